//! A path as Ruby code builds it from literals and from the place of its own file, or the pattern that `Dir` is asked for.
//!
//! - `Dir[…]` and `Dir.glob` take a pattern. In a loop over them one turn stands for every file there is, and the paths that are built
//!   of its parameter are patterns.
//! - A plain path may hold what means something in a pattern; then it cannot be part of one.

use ruby_prism::{CallNode, Node, NodeList};

use super::variables::read_name;
use super::{Bindings, Program, Value, name};

/// A path, or a pattern of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// The path, `/` between folders.
    pub(crate) text: String,
    /// Whether it is a pattern, as `Dir.glob` takes it.
    pub(crate) is_pattern: bool,
}

impl Path {
    fn plain(text: impl Into<String>) -> Path {
        Path { text: text.into(), is_pattern: false }
    }

    /// Parts as one path; `None` where a plain one of them would mean something else in a pattern.
    fn joined(parts: &[Path], separator: &str) -> Option<Path> {
        let is_pattern = parts.iter().any(|part| part.is_pattern);
        let fits = |part: &Path| !is_pattern || part.is_pattern || !part.text.contains(MEANING);
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        parts.iter().all(fits).then(|| Path { text: texts.join(separator), is_pattern })
    }
}

/// What means something in a pattern.
const MEANING: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

/// Stands for the file itself, which is a folder to `File.expand_path`.
const ITSELF: &str = "__FILE__";

/// How deep calls are folded.
const MAX_DEPTH: usize = 16;

impl<'p> Program<'p> {
    /// The path that an expression gives, relative to the folder of the file, `/` between folders; `None` if it is computed.
    pub(crate) fn path(&self, node: &Node<'p>, bindings: &Bindings) -> Option<Path> {
        finished(&self.fold_path(node, bindings, 0)?)
    }

    /// The patterns of `Dir[…]` or `Dir.glob(…)`; `None` if one of them is computed, or if the call is another.
    pub(super) fn patterns(&self, call: &CallNode<'p>, bindings: &Bindings, depth: usize) -> Option<Vec<String>> {
        let receiver = call.receiver()?;
        let method = name(&call.name());
        let class = self.slice(self.span(&receiver.location())).trim_start_matches("::");
        if !matches!((class, method.as_str()), ("Dir", "[]" | "glob") | ("Pathname", "glob")) {
            return None;
        }
        let arguments: Vec<Node<'p>> = call.arguments()?.arguments().iter().collect();
        // What stands behind the pattern of `glob` are flags.
        if method == "glob" && arguments.len() != 1 {
            return None;
        }
        let mut patterns = Vec::new();
        for argument in &arguments {
            let elements: Vec<Node<'p>> = match argument.as_array_node() {
                Some(array) => array.elements().iter().collect(),
                None => {
                    patterns.push(self.pattern(argument, bindings, depth)?);
                    continue;
                }
            };
            for element in &elements {
                patterns.push(self.pattern(element, bindings, depth)?);
            }
        }
        Some(patterns)
    }

    fn pattern(&self, node: &Node<'p>, bindings: &Bindings, depth: usize) -> Option<String> {
        let path = finished(&Path { is_pattern: true, ..self.fold_path(node, bindings, depth + 1)? })?;
        // A backslash takes the meaning of what follows.
        (!path.text.contains(['\\', '\0'])).then_some(path.text)
    }

    fn fold_path(&self, node: &Node<'p>, bindings: &Bindings, depth: usize) -> Option<Path> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.fold(node, bindings, depth).value {
            Value::Text(text) => return Some(Path::plain(text)),
            Value::Paths(text) => return Some(Path { text, is_pattern: true }),
            _ => {}
        }
        if let Some(variable) =
            read_name(node).and_then(|name| self.variables.default(&name, self.span(&node.location()).start))
        {
            return self.fold_path(&variable.value, bindings, depth + 1);
        }
        if node.as_source_file_node().is_some() {
            return Some(Path::plain(ITSELF));
        }
        if let Some(string) = node.as_interpolated_string_node() {
            let mut parts = Vec::new();
            for part in &string.parts() {
                if let Some(part) = part.as_string_node() {
                    parts.push(Path::plain(String::from_utf8_lossy(part.unescaped())));
                    continue;
                }
                let statements = part.as_embedded_statements_node()?.statements()?.body();
                let only = statements.first().filter(|_| statements.len() == 1)?;
                parts.push(self.fold_path(&only, bindings, depth + 1)?);
            }
            return Path::joined(&parts, "");
        }
        let call = node.as_call_node()?;
        let arguments = call.arguments().map(|arguments| arguments.arguments());
        let mut paths = Vec::new();
        for argument in arguments.iter().flat_map(NodeList::iter) {
            paths.push(self.fold_path(&argument, bindings, depth + 1)?);
        }
        let method = name(&call.name());
        let Some(receiver) = call.receiver() else {
            return match (method.as_str(), paths.as_slice()) {
                ("__dir__", []) => Some(Path::plain(".")),
                ("Pathname", [path]) => Some(path.clone()),
                _ => None,
            };
        };
        let receiver_text = self.slice(self.span(&receiver.location()));
        match (receiver_text.trim_start_matches("::"), method.as_str(), paths.as_slice()) {
            ("File", "join", paths) => Path::joined(paths, "/"),
            ("File", "expand_path" | "realpath" | "absolute_path", [path]) => Some(path.clone()),
            ("File", "expand_path" | "absolute_path", [path, folder]) => {
                Path::joined(&[folder.clone(), path.clone()], "/")
            }
            ("File", "dirname", [path]) => Path::joined(&[path.clone(), Path::plain("..")], "/"),
            ("Pathname", "new", [path]) => Some(path.clone()),
            ("Bundler", "root", []) => Some(Path::plain(".")),
            (_, "join" | "+" | "/", [path]) => {
                Path::joined(&[self.fold_path(&receiver, bindings, depth + 1)?, path.clone()], "/")
            }
            (_, "to_s" | "to_path" | "expand_path", []) => self.fold_path(&receiver, bindings, depth + 1),
            (_, "dirname" | "parent", []) => {
                Path::joined(&[self.fold_path(&receiver, bindings, depth + 1)?, Path::plain("..")], "/")
            }
            _ => None,
        }
    }
}

/// A path that is built as one from the folder of the file; `None` where that is not to be told.
fn finished(path: &Path) -> Option<Path> {
    // What `..` takes back of a pattern that stands for any number of folders is not known.
    let is_known = !(path.is_pattern && path.text.contains("..") && path.text.contains("**"));
    let path = Path { text: normalized(&path.text), is_pattern: path.is_pattern };
    (is_known && !path.text.contains(ITSELF)).then_some(path)
}

/// Resolves `.` and `..` as far as there is something to resolve them against.
fn normalized(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}
