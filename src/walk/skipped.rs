//! The folders that hold what is not the project's own: installed packages, vendored sources, tools' caches.
//!
//! The names alone decide where no project would use them for itself; others need a file beside or inside them that says
//! what they are. Names that say too little (`third_party`, `external`, `build`, `dist`) are left in: a manifest that a
//! project keeps there by hand is the project's.
//!
//! `docs/walk.md` shows this table; a test keeps the two equal.

use std::path::Path;

/// A kind of folder that is skipped.
#[derive(Debug)]
pub struct Skipped {
    /// Its name; `*` at the start stands for any beginning.
    pub folder: &'static str,
    /// What else must hold.
    pub when: When,
    /// The files right inside it that are read all the same, since they say what is vendored.
    pub except: &'static [&'static str],
    /// What it holds.
    pub what: &'static str,
}

/// What else must hold for a folder to be skipped; names in a list are alternatives.
#[derive(Debug)]
pub enum When {
    /// Nothing, the name is enough.
    Always,
    /// One of these lies beside it.
    Beside(&'static [&'static str]),
    /// One of these lies in it.
    Holds(&'static [&'static str]),
    /// It lies in a folder of this name.
    Inside(&'static str),
}

const fn always(folder: &'static str, what: &'static str) -> Skipped {
    Skipped { folder, when: When::Always, except: &[], what }
}

const REPOSITORY_DATA: &str = "a repository's own data";

/// Files that say what a `vendor` folder of Go holds.
const GO_VENDOR_LISTS: &[&str] = &["modules.txt", "vendor.json", "manifest"];

/// Every kind of folder that is skipped.
pub const SKIPPED: &[Skipped] = &[
    always(".git", REPOSITORY_DATA),
    always(".hg", REPOSITORY_DATA),
    always(".svn", REPOSITORY_DATA),
    always(".jj", REPOSITORY_DATA),
    always("_darcs", REPOSITORY_DATA),
    always("node_modules", "installed npm packages"),
    always("bower_components", "installed Bower packages"),
    always("jspm_packages", "installed jspm packages"),
    always(".yarn", "Yarn's cache and unplugged packages"),
    always(".pnpm-store", "pnpm's store"),
    always("site-packages", "installed Python packages"),
    always("dist-packages", "installed Python packages"),
    always("__pypackages__", "installed Python packages (PEP 582)"),
    always("__pycache__", "compiled Python"),
    always(".tox", "tox's environments"),
    always(".nox", "nox's environments"),
    always(".pixi", "pixi's environments"),
    always(".eggs", "packages that a setup.py fetched"),
    always("*.egg-info", "the metadata of an installed or built Python package"),
    always("EGG-INFO", "the metadata of an unpacked Python package"),
    always("*.dist-info", "the metadata of an installed or built Python package"),
    Skipped {
        folder: "*",
        when: When::Holds(&["pyvenv.cfg", "conda-meta"]),
        except: &[],
        what: "a Python or conda environment",
    },
    Skipped {
        folder: "vendor",
        when: When::Beside(&[
            "go.mod",
            "go.work",
            "Gopkg.toml",
            "Gopkg.lock",
            "glide.yaml",
            "glide.lock",
            "vendor.conf",
            "Godeps",
            "composer.json",
        ]),
        except: GO_VENDOR_LISTS,
        what: "vendored Go or PHP packages",
    },
    Skipped {
        folder: "vendor",
        when: When::Holds(&["modules.txt", "vendor.json", "github.com", "golang.org", "gopkg.in", "k8s.io"]),
        except: GO_VENDOR_LISTS,
        what: "vendored Go packages",
    },
    Skipped { folder: "_workspace", when: When::Inside("Godeps"), except: &[], what: "Go packages vendored by godep" },
    Skipped { folder: "bundle", when: When::Inside("vendor"), except: &[], what: "installed gems" },
    Skipped { folder: "cache", when: When::Inside("vendor"), except: &[], what: "packed gems" },
    always(".bundle", "Bundler's settings and installed gems"),
    always("dist-newstyle", "cabal's build output and the sources it fetched"),
    always(".stack-work", "stack's build output"),
    always(".cabal-sandbox", "a cabal sandbox"),
    Skipped {
        folder: "target",
        when: When::Beside(&["Cargo.toml", "pom.xml", "build.sbt"]),
        except: &[],
        what: "build output, with copies of manifests",
    },
    Skipped {
        folder: "*",
        when: When::Holds(&[".cargo-checksum.json"]),
        except: &[],
        what: "a crate that `cargo vendor` copied",
    },
    always(".gradle", "Gradle's caches"),
    always(".terraform", "fetched Terraform modules"),
    always(".terragrunt-cache", "fetched Terraform modules"),
    Skipped { folder: "Pods", when: When::Beside(&["Podfile"]), except: &[], what: "installed CocoaPods" },
    Skipped { folder: "deps", when: When::Beside(&["mix.exs"]), except: &[], what: "fetched Elixir packages" },
];

/// The rule by which a folder is skipped, if one is; `exists` tells whether anything is at a path.
pub(super) fn rule_for(folder: &Path, exists: impl Fn(&Path) -> bool) -> Option<&'static Skipped> {
    let name = folder.file_name()?.to_str()?;
    SKIPPED.iter().find(|skipped| skipped.has_name(name) && skipped.when.holds(folder, &exists))
}

impl Skipped {
    /// Whether it is what a version control system keeps for itself.
    pub fn is_repository_data(&self) -> bool {
        self.what == REPOSITORY_DATA
    }

    fn has_name(&self, name: &str) -> bool {
        match self.folder.strip_prefix('*') {
            Some(ending) => name.ends_with(ending),
            None => name == self.folder,
        }
    }
}

impl When {
    fn holds(&self, folder: &Path, exists: &impl Fn(&Path) -> bool) -> bool {
        match self {
            When::Always => true,
            When::Beside(names) => names.iter().any(|name| exists(&folder.with_file_name(name))),
            When::Holds(names) => names.iter().any(|name| exists(&folder.join(name))),
            When::Inside(name) => folder.parent().and_then(Path::file_name).is_some_and(|parent| parent == *name),
        }
    }
}
