//! MSBuild's conditions (MSBuild documentation, "MSBuild conditions"), with a third answer where the tree does not tell.
//!
//! Traps:
//! - `and` binds closer than `or`; texts are compared without case, and as numbers where both are such.
//! - A property that nobody sets is empty, unless the command line or the environment sets it. So `'$(X)' == ''` holds then,
//!   which is how defaults are written, and any other comparison with it is not known.
//! - `Exists` starts at the project's folder, on an import at that of the file with the import.
//! - Quotes stand inside of quotes where a function has arguments: `'$(X.Contains('a'))' == 'true'`.

use super::expression::{self, Properties, Text};

/// Deepest nesting of parentheses and negations.
const MAX_DEPTH: usize = 64;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The tree does not tell.
    Unknown,
}

impl Truth {
    fn of(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }

    /// Whether both hold.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    fn or(self, other: Truth) -> Truth {
        self.not().and(other.not()).not()
    }

    fn not(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

/// Whether a condition holds; no condition always does.
pub fn holds(condition: Option<&str>, properties: &dyn Properties) -> Truth {
    holds_in("MSBuildProjectDirectory", condition, properties)
}

/// Whether the condition on an import holds.
pub fn holds_for_import(condition: Option<&str>, properties: &dyn Properties) -> Truth {
    holds_in("MSBuildThisFileDirectory", condition, properties)
}

fn holds_in(folder: &str, condition: Option<&str>, properties: &dyn Properties) -> Truth {
    let Some(condition) = condition else { return Truth::Yes };
    let mut parser = Parser { rest: condition.trim(), folder, properties };
    match parser.either(0) {
        Some(truth) if parser.rest.is_empty() => truth,
        _ => Truth::Unknown,
    }
}

struct Parser<'a> {
    rest: &'a str,
    /// The property with the folder at which relative paths start.
    folder: &'a str,
    properties: &'a dyn Properties,
}

/// One side of a comparison; `None` where it is not known.
type Side = Option<Text>;

impl Parser<'_> {
    /// One or more conditions between which stands `or`. `None` is a syntax that is not known.
    fn either(&mut self, depth: usize) -> Option<Truth> {
        let mut truth = self.all(depth)?;
        while self.word("or") {
            truth = truth.or(self.all(depth)?);
        }
        Some(truth)
    }

    fn all(&mut self, depth: usize) -> Option<Truth> {
        let mut truth = self.one(depth)?;
        while self.word("and") {
            truth = truth.and(self.one(depth)?);
        }
        Some(truth)
    }

    fn one(&mut self, depth: usize) -> Option<Truth> {
        if depth > MAX_DEPTH {
            return None;
        }
        if !self.rest.starts_with("!=") && self.sign("!") {
            return self.one(depth + 1).map(Truth::not);
        }
        if self.sign("(") {
            let truth = self.either(depth + 1)?;
            return self.sign(")").then_some(truth);
        }
        if let Some(name) = self.function_name() {
            return self.function(name);
        }
        let left = self.side()?;
        let operators = ["==", "!=", "<=", ">=", "<", ">"];
        let Some(operator) = operators.into_iter().find(|operator| self.sign(operator)) else {
            return Some(left.map_or(Truth::Unknown, |left| truth_of(&left)));
        };
        let right = self.side()?;
        let (Some(left), Some(right)) = (left, right) else { return Some(Truth::Unknown) };
        Some(compare(&left, operator, &right))
    }

    /// The length of the name if a call comes next.
    fn function_name(&self) -> Option<usize> {
        let name = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        (name > 0 && self.rest[name..].trim_start().starts_with('(')).then_some(name)
    }

    /// `Exists('path')` and other functions; `None` where it breaks off.
    fn function(&mut self, name: usize) -> Option<Truth> {
        let (name, rest) = self.rest.split_at(name);
        let arguments = rest.trim_start().strip_prefix('(')?;
        let end = expression::closing(arguments)?;
        let argument = &arguments[..end];
        self.rest = arguments[end + 1..].trim_start();
        if !name.eq_ignore_ascii_case("exists") {
            return Some(Truth::Unknown);
        }
        let argument = argument.trim().trim_matches(['\'', '"']);
        let path = expression::expand(argument, self.properties).ok().filter(|path| path.doubtful.is_none());
        let exists = path.and_then(|path| self.exists(&path.text));
        Some(exists.map_or(Truth::Unknown, Truth::of))
    }

    /// Whether a file exists.
    fn exists(&self, path: &str) -> Option<bool> {
        let path = expression::slashes(path);
        if path.is_empty() {
            return Some(false);
        }
        if path.starts_with('/') {
            return self.properties.exists(&expression::absolute(&path)?);
        }
        let folder = self.properties.property(self.folder)?.ok()?;
        self.properties.exists(&expression::absolute(&format!("{}/{path}", folder.text))?)
    }

    /// A quoted text, an expression, a number or a word.
    fn side(&mut self) -> Option<Side> {
        let text = if let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let inside = &self.rest[1..];
            let end = end_of_quote(inside, quote)?;
            self.rest = inside[end + 1..].trim_start();
            &inside[..end]
        } else {
            let end = match self.rest.strip_prefix("$(") {
                Some(inside) => expression::closing(inside)? + "$()".len(),
                None => self
                    .rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+')))
                    .unwrap_or(self.rest.len()),
            };
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest.trim_start();
            if text.is_empty() {
                return None;
            }
            text
        };
        Some(expression::expand(text, self.properties).ok())
    }

    fn sign(&mut self, sign: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn word(&mut self, word: &str) -> bool {
        let Some(found) = self.rest.get(..word.len()).filter(|found| found.eq_ignore_ascii_case(word)) else {
            return false;
        };
        let rest = &self.rest[found.len()..];
        if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest.trim_start();
        true
    }
}

/// Where a quoted text ends; quotes inside of `$(…)` do not end it.
fn end_of_quote(text: &str, quote: char) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let end = rest.find(quote)?;
        match rest.find("$(").filter(|open| *open < end) {
            Some(open) => at += open + 2 + expression::closing(&rest[open + 2..])? + 1,
            None => return Some(at + end),
        }
    }
}

fn compare(left: &Text, operator: &str, right: &Text) -> Truth {
    let numbers = number(&left.text).zip(number(&right.text));
    let equal = match numbers {
        Some((left, right)) => left.total_cmp(&right).is_eq(),
        None => match (boolean(&left.text), boolean(&right.text)) {
            (Some(left), Some(right)) => left == right,
            _ => left.text.to_lowercase() == right.text.to_lowercase(),
        },
    };
    if left.doubtful.is_some() || right.doubtful.is_some() {
        return if equal && operator == "==" { Truth::Yes } else { Truth::Unknown };
    }
    match (operator, numbers) {
        ("==", _) => Truth::of(equal),
        ("!=", _) => Truth::of(!equal),
        ("<", Some((left, right))) => Truth::of(left < right),
        ("<=", Some((left, right))) => Truth::of(left <= right),
        (">", Some((left, right))) => Truth::of(left > right),
        (">=", Some((left, right))) => Truth::of(left >= right),
        _ => Truth::Unknown,
    }
}

fn number(text: &str) -> Option<f64> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    is_number.then(|| text.parse().ok())?
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "!false" | "!off" | "!no" => Some(true),
        "false" | "off" | "no" | "!true" | "!on" | "!yes" => Some(false),
        _ => None,
    }
}

fn truth_of(text: &Text) -> Truth {
    match boolean(&text.text) {
        Some(truth) if text.doubtful.is_none() => Truth::of(truth),
        _ => Truth::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::Gap;
    use super::*;

    struct Few;

    impl Properties for Few {
        fn property(&self, name: &str) -> Option<Result<Text, Gap>> {
            let text = match name.to_ascii_lowercase().as_str() {
                "tf" => "net6.0",
                "on" => "TRUE",
                "empty" => "",
                "msbuildprojectdirectory" => "/src",
                "lost" => return Some(Err(Gap::Property("lost".into()))),
                _ => return None,
            };
            Some(Ok(Text { text: text.into(), doubtful: None }))
        }

        fn exists(&self, path: &str) -> Option<bool> {
            path.ends_with("props").then(|| path == "/src/a.props")
        }
    }

    #[test]
    fn conditions_have_three_answers() {
        let rows = [
            ("'$(TF)' == 'NET6.0'", Truth::Yes),
            ("'$(TF)'!='net6.0'", Truth::No),
            ("$(On) and '$(TF)' == 'net5.0' or true", Truth::Yes),
            ("$(On) AND ('$(TF)' == 'net5.0' Or false)", Truth::No),
            ("!$(On) or !('$(TF)' == '')", Truth::Yes),
            ("'$(X)' == ''", Truth::Yes),
            ("'$(X)' != ''", Truth::Unknown),
            ("'$(X)' == 'true'", Truth::Unknown),
            ("'$(X)' == 'true' and '$(TF)' == 'a'", Truth::No),
            ("'$(Empty)' == ''", Truth::Yes),
            ("$(TF.StartsWith('net6'))", Truth::Yes),
            ("'$(TF.Contains(')'))' == 'true'", Truth::No),
            ("'1.0' == '1' and 2 >= 10", Truth::No),
            ("'on' == 'true'", Truth::Yes),
            ("'$(Lost)' == 'a'", Truth::Unknown),
            ("Exists('a.props')", Truth::Yes),
            ("!exists('$(MSBuildProjectDirectory)\\b.props')", Truth::Yes),
            ("Exists('a.txt')", Truth::Unknown),
            ("HasTrailingSlash('a/')", Truth::Unknown),
            ("…", Truth::Unknown),
            ("'a' == 'a' b", Truth::Unknown),
            ("('a' == 'a'", Truth::Unknown),
            ("'a", Truth::Unknown),
        ];
        for (condition, expected) in rows {
            assert_eq!(holds(Some(condition), &Few), expected, "{condition}");
        }
        for deep in ["(", "!", "'$('", "x(", "$("] {
            assert_eq!(holds(Some(&deep.repeat(100_000)), &Few), Truth::Unknown);
        }
        assert_eq!(holds(None, &Few), Truth::Yes);
    }
}
