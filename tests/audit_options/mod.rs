//! What the tests of audits ask for: what is built in, and no list of pods.

use kubefloor::audit::{Agents, Options};
use kubefloor::platform::Platforms;
use kubefloor::rules::RuleSet;

/// The options for a platform; what the log looks like if none is stated.
pub(crate) fn options(platform: Option<&str>) -> Options<'static> {
    Options {
        platform: platform.map(str::to_owned),
        lifetime: None,
        pods: None,
        rules: RuleSet::built_in(),
        agents: Agents::built_in(),
        platforms: Platforms::built_in(),
    }
}
