//! Maven artifacts, whatever tool builds.

pub mod effective;
pub mod known_boms;
pub mod management;
pub mod places;
pub mod pom_xml;
pub mod poms;
pub mod requirement;
pub mod resolve;
pub mod version;

use crate::model::Format;

/// The formats that name Maven artifacts.
pub const FORMATS: &[&Format] = &[&pom_xml::FORMAT];
