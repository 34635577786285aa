//! Go modules.

pub mod go_mod;
pub mod go_sum;
pub mod go_work;
mod modfile;
pub mod resolve;
pub mod vendor_modules_txt;
pub mod version;

use crate::model::Format;

/// The formats that name Go modules.
pub const FORMATS: &[&Format] = &[&go_mod::FORMAT, &go_work::FORMAT, &go_sum::FORMAT, &vendor_modules_txt::FORMAT];
