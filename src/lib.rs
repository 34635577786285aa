//! kubefloor finds programs whose Kubernetes client reads its service-account token once and keeps sending a dead one.
//!
//! The modules in floor order; each uses lower ones only:
//!
//! | floor | modules | takes → gives |
//! |---|---|---|
//! | 0 | [`source`] | text → places |
//! | 1 | `ecosystem::*::version`, `ecosystem::*::requirement`, [`version`] | text → versions and ranges |
//! | 2 | [`model`] | types only |
//! | 3 | `ecosystem::*::<format>` | text → `Reading` |
//! | 4 | `ecosystem::*::resolve`, [`ecosystem`] | all readings of one ecosystem → dependencies |

pub mod ecosystem;
pub mod judge;
pub mod model;
pub mod rules;
pub mod scan;
pub mod source;
pub mod version;
pub mod walk;
