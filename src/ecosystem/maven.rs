//! Maven artifacts, whatever tool builds.

pub mod bazel_maven;
pub mod build_gradle;
pub mod build_gradle_kts;
pub mod build_properties;
pub mod build_sbt;
pub mod effective;
pub mod gradle;
pub mod gradle_lockfile;
pub mod gradle_properties;
pub mod ivy_xml;
pub mod known_boms;
pub mod libs_versions_toml;
pub mod management;
pub mod maven_config;
pub mod maven_install_json;
pub mod places;
pub mod pom_xml;
pub mod poms;
pub mod requirement;
pub mod resolve;
pub mod script;
pub mod version;
pub mod versions_properties;

use crate::model::Format;

/// The formats that name Maven artifacts.
pub const FORMATS: &[&Format] = &[
    &pom_xml::FORMAT,
    &maven_config::FORMAT,
    &build_gradle::FORMAT,
    &build_gradle_kts::FORMAT,
    &gradle_properties::FORMAT,
    &versions_properties::FORMAT,
    &libs_versions_toml::FORMAT,
    &gradle_lockfile::FORMAT,
    &build_sbt::FORMAT,
    &build_properties::FORMAT,
    &ivy_xml::FORMAT,
    &bazel_maven::FORMAT,
    &maven_install_json::FORMAT,
];
