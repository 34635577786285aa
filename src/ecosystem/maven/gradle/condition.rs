//! What a statement of a Gradle script hangs on, as one text: `implementation`, `implementation in subprojects`,
//! `test in :app if useK8s`.

use std::fmt;

/// What a statement hangs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The configuration; empty where there is none.
    pub configuration: String,
    /// The projects it is for.
    pub target: Target,
    /// The condition of the nearest `if`, as written.
    pub when: Option<String>,
}

/// The projects that a statement is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// The script's own.
    #[default]
    Own,
    /// The script's own and all below it.
    All,
    /// All below the script's own.
    Below,
    /// The project of this path, `:a:b`.
    Project(String),
}

const IN: &str = " in ";
const IF: &str = " if ";

impl Condition {
    /// Reads the text of one.
    pub fn parse(text: &str) -> Condition {
        let text = format!(" {text}");
        let text = text.as_str();
        let (text, when) = match text.split_once(IF) {
            Some((text, when)) => (text, Some(when.to_owned())),
            None => (text, None),
        };
        let (configuration, target) = match text.split_once(IN) {
            None => (text, Target::Own),
            Some((configuration, "allprojects")) => (configuration, Target::All),
            Some((configuration, "subprojects")) => (configuration, Target::Below),
            Some((configuration, path)) => (configuration, Target::Project(path.to_owned())),
        };
        Condition { configuration: configuration.trim().to_owned(), target, when }
    }

    /// The text; `None` where it says nothing.
    pub fn text(&self) -> Option<String> {
        let text = self.to_string();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.configuration)?;
        match &self.target {
            Target::Own => {}
            Target::All => write!(f, "{IN}allprojects")?,
            Target::Below => write!(f, "{IN}subprojects")?,
            Target::Project(path) => write!(f, "{IN}{path}")?,
        }
        match &self.when {
            Some(when) => write!(f, "{IF}{when}"),
            None => Ok(()),
        }
    }
}
