//! Git repositories and commits as manifests, lockfiles and rules write them.

/// A repository without what has no bearing on which one it is: scheme, user, `.git`, a slash at the end, and case. The form
/// of scp (`git@host:path`) is that of an address.
pub fn address(written: &str) -> String {
    let bare = written.split_once("://").map_or(written, |(_, rest)| rest);
    let bare = bare.split_once('@').map_or(bare, |(_, rest)| rest).replacen(':', "/", 1);
    bare.trim_end_matches('/').trim_end_matches(".git").to_ascii_lowercase()
}

/// Whether a word can be an abbreviated or whole commit.
pub fn is_commit(word: &str) -> bool {
    (7..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_many_addresses() {
        for written in [
            "https://github.com/acme/client",
            "https://GitHub.com/acme/Client.git/",
            "git+ssh://git@github.com/acme/client.git",
            "git+git@github.com:acme/client.git",
            "github.com:acme/client",
        ] {
            assert_eq!(address(written), "github.com/acme/client", "{written}");
        }
        assert_ne!(address("https://github.com/acme/client-node"), address("https://github.com/acme/client"));
    }

    #[test]
    fn commits_are_hexadecimal_and_not_short() {
        assert!(is_commit("1fbdaa4") && is_commit(&"a".repeat(64)));
        assert!(!is_commit("1fbdaa") && !is_commit("v1.2.3a") && !is_commit(&"a".repeat(65)));
    }
}
