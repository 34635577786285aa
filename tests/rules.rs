use kubefloor::rules::*;
#[test]
fn t() { match Rule::parse("rules/bound-service-account-token.toml", include_str!("../rules/bound-service-account-token.toml")) { Ok(r)=>println!("{}", r.clients.len()), Err(e)=>panic!("{e}") } }
