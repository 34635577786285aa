//! The `kubefloor` command.

fn main() {}
