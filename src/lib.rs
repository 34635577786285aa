//! kubefloor finds programs whose Kubernetes client reads its service-account token once and keeps sending a dead one.
//!
//! The modules in floor order; each uses lower ones only:
//!
//! | floor | modules | takes → gives |
//! |---|---|---|
//! | 0 | [`source`] | text → places |
//! | 1 | `ecosystem::*::version`, `ecosystem::*::requirement`, [`version`] | text → versions and ranges |
//! | 1 | [`data`] | data files → tables, or what is wrong with them |
//! | 2 | [`model`] | types only |
//! | 3 | `ecosystem::*::<format>` | text → `Reading` |
//! | 4 | `ecosystem::*::resolve`, [`ecosystem`] | all readings of one ecosystem → dependencies |
//! | 5 | [`rules`], [`judge`], [`fix`] | data and dependencies → findings, and what mends them |
//! | 5 | [`config`], [`owners`] | the user's files → what is left out, ignored, and who is asked |
//! | 5 | [`platform`], [`token`] | data, a text and a time → what a token says of itself |
//! | 5 | [`audit`] | bytes of logs → who sends stale tokens |
//! | 5 | [`query`] | names and times → a query for an engine that holds logs |
//! | 6 | [`report`] | findings → one finished value → its forms |
//! | 7 | [`tree`], [`walk`], [`scan`], [`logs`] | a root → a report |
//! | 8 | [`cli`] | arguments → output, exit code |

pub mod audit;
pub mod cli;
pub mod config;
pub mod data;
pub mod ecosystem;
pub mod fix;
pub mod judge;
pub mod logs;
pub mod model;
pub mod owners;
pub mod platform;
pub mod purl;
pub mod query;
pub mod report;
pub mod rules;
pub mod scan;
pub mod source;
pub mod token;
pub mod tree;
pub mod version;
pub mod walk;
