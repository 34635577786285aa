//! A path as Ruby code builds it from literals and from the place of its own file.

use ruby_prism::{Node, NodeList};

use super::variables::read_name;
use super::{Bindings, Program, Value, name};

/// Stands for the file itself, which is a folder to `File.expand_path`.
const ITSELF: &str = "__FILE__";

/// How deep calls are folded.
const MAX_DEPTH: usize = 16;

impl<'p> Program<'p> {
    /// The path that an expression gives, relative to the folder of the file, `/` between folders; `None` if it is computed.
    pub(crate) fn path(&self, node: &Node<'p>, bindings: &Bindings) -> Option<String> {
        let path = normalized(&self.fold_path(node, bindings, 0)?);
        (!path.contains(ITSELF)).then_some(path)
    }

    fn fold_path(&self, node: &Node<'p>, bindings: &Bindings, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Value::Text(text) = self.value(node, bindings).value {
            return Some(text);
        }
        if let Some(variable) =
            read_name(node).and_then(|name| self.variables.get(&name, self.span(&node.location()).start))
        {
            return self.fold_path(&variable.value, bindings, depth + 1);
        }
        if node.as_source_file_node().is_some() {
            return Some(ITSELF.into());
        }
        if let Some(string) = node.as_interpolated_string_node() {
            let mut path = String::new();
            for part in &string.parts() {
                if let Some(part) = part.as_string_node() {
                    path.push_str(&String::from_utf8_lossy(part.unescaped()));
                    continue;
                }
                let statements = part.as_embedded_statements_node()?.statements()?.body();
                let only = statements.first().filter(|_| statements.len() == 1)?;
                path.push_str(&self.fold_path(&only, bindings, depth + 1)?);
            }
            return Some(path);
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
                ("__dir__", []) => Some(".".into()),
                ("Pathname", [path]) => Some(path.clone()),
                _ => None,
            };
        };
        let receiver_text = self.slice(self.span(&receiver.location()));
        match (receiver_text.trim_start_matches("::"), method.as_str(), paths.as_slice()) {
            ("File", "join", paths) => Some(paths.join("/")),
            ("File", "expand_path" | "realpath" | "absolute_path", [path]) => Some(path.clone()),
            ("File", "expand_path" | "absolute_path", [path, folder]) => Some(format!("{folder}/{path}")),
            ("File", "dirname", [path]) => Some(format!("{path}/..")),
            ("Pathname", "new", [path]) => Some(path.clone()),
            ("Bundler", "root", []) => Some(".".into()),
            (_, "join" | "+" | "/", [path]) => {
                Some(format!("{}/{path}", self.fold_path(&receiver, bindings, depth + 1)?))
            }
            (_, "to_s" | "to_path" | "expand_path", []) => self.fold_path(&receiver, bindings, depth + 1),
            (_, "dirname" | "parent", []) => Some(format!("{}/..", self.fold_path(&receiver, bindings, depth + 1)?)),
            _ => None,
        }
    }
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
