//! Where a Kubernetes manifest names a service account: in the pods that it describes, whatever makes them, or as an object of its own.
//!
//! Traps:
//! - Pods lie deep in objects, in kinds that anybody can define, too. So a `serviceAccountName` counts wherever it stands.
//! - `serviceAccount` is its older name (core/v1 `PodSpec`), and where both stand the newer one counts. In the values of a Helm chart it is a
//!   mapping with a `name`.
//! - A template is no YAML. Behind the place where it ceases to be, lines are looked at one by one; of those neither the kind nor the
//!   namespace is known.
//! - An object that stands in a `List` has a kind and a namespace of its own.
//!
//! Not done: templates that make up the name, and the overlays of Kustomize.

use std::collections::BTreeSet;

use crate::ecosystem::yaml::{self, Node, Scalar};
use crate::source::{LineCol, SourceText};

/// Most places of one file.
const MAX_MENTIONS: usize = 1_000;

/// A place that names a service account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// The file.
    pub path: String,
    /// The place of the name in it.
    pub at: LineCol,
    /// The name.
    pub account: String,
    /// The namespace, if it is written there.
    pub namespace: Option<String>,
    /// The kind of the object, if that is known.
    pub kind: Option<String>,
    /// The name of the object.
    pub name: Option<String>,
    /// Whether the object is the account, not something that runs with it.
    pub is_account: bool,
}

/// The places of a text that name one of some accounts, in the order of the text.
pub fn read(path: &str, source: &SourceText, names: &BTreeSet<String>) -> Vec<Mention> {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for document in yaml::read_all(source, &mut problems) {
        let Some(root) = document.root() else { continue };
        let is_list = text(&root, "kind").is_some_and(|kind| kind.text.ends_with("List"));
        let items = root.get("items").filter(|_| is_list).map(|items| items.items());
        for object in items.unwrap_or_else(|| vec![root]) {
            let object = Object { path, source, names, root: object };
            object.read(&mut found);
        }
    }
    if let Some(problem) = problems.first() {
        let first = source.line_col(problem.span.start).line;
        for line in first..=source.line_count() {
            found.extend(of_line(path, source, line, names));
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.at == b.at);
    found.truncate(MAX_MENTIONS);
    found
}

/// An object, and what is looked for in it.
struct Object<'a> {
    path: &'a str,
    source: &'a SourceText,
    names: &'a BTreeSet<String>,
    root: Node<'a>,
}

impl Object<'_> {
    fn read(&self, found: &mut Vec<Mention>) {
        let kind = text(&self.root, "kind");
        let metadata = self.root.get("metadata");
        let is_account = kind.is_some_and(|kind| kind.text == "ServiceAccount");
        if let Some(name) = metadata.and_then(|metadata| text(&metadata, "name")).filter(|_| is_account) {
            self.add(found, name, true);
            return;
        }
        let mut next = vec![self.root];
        while let Some(node) = next.pop() {
            if found.len() > MAX_MENTIONS {
                return;
            }
            let members = node.members();
            let has_newer = members.iter().any(|(key, _)| key.text == "serviceAccountName");
            for (key, value) in members {
                let name = match key.text.as_str() {
                    "serviceAccountName" => value.scalar(),
                    "serviceAccount" if has_newer => None,
                    "serviceAccount" => value.scalar().or_else(|| text(&value, "name").filter(|_| kind.is_none())),
                    _ => None,
                };
                if let Some(name) = name {
                    self.add(found, name, false);
                }
                next.push(value);
            }
            next.extend(node.items());
        }
    }

    fn add(&self, found: &mut Vec<Mention>, account: &Scalar, is_account: bool) {
        if !self.names.contains(&account.text) {
            return;
        }
        let metadata = self.root.get("metadata");
        let of_object = |key: &str| metadata.and_then(|metadata| text(&metadata, key)).map(|one| one.text.clone());
        found.push(Mention {
            path: self.path.to_owned(),
            at: self.source.line_col(account.span.start),
            account: account.text.clone(),
            // What a template will put there is not known.
            namespace: of_object("namespace").filter(|namespace| !namespace.contains("{{")),
            kind: text(&self.root, "kind").map(|kind| kind.text.clone()),
            name: of_object("name"),
            is_account,
        });
    }
}

/// The text of a member, if it is one and says something.
fn text<'d>(node: &Node<'d>, key: &str) -> Option<&'d Scalar> {
    node.get(key)?.scalar().filter(|scalar| !scalar.is_null())
}

/// What one line of a template says.
fn of_line(path: &str, source: &SourceText, line: usize, names: &BTreeSet<String>) -> Option<Mention> {
    let whole = source.line(line);
    let rest = whole.trim_start().trim_start_matches("- ").trim_start();
    let value = ["serviceAccountName:", "serviceAccount:"].iter().find_map(|key| rest.strip_prefix(key))?;
    let value = value.split(" #").next().unwrap_or_default().trim();
    let name = value.trim_matches(['"', '\'']);
    if !names.contains(name) {
        return None;
    }
    let before = whole.len() - rest.len() + rest.find(name)?;
    // The name of an account can be part of the key.
    let behind_colon = whole.find(':').map_or(before, |colon| colon + 1 + whole[colon + 1..].find(name).unwrap_or(0));
    Some(Mention {
        path: path.to_owned(),
        at: source.line_col(source.line_start(line) + behind_colon),
        account: name.to_owned(),
        namespace: None,
        kind: None,
        name: None,
        is_account: false,
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn found(text: &str) -> Vec<(usize, usize, String, Option<String>, bool)> {
        let names = ["cart", "e"].map(str::to_owned).into();
        let mentions = read("d.yaml", &SourceText::new(text), &names);
        let parts = mentions.into_iter().map(|one| {
            let kind = one.kind.unwrap_or_default();
            (one.at.line, one.at.column, kind, one.namespace, one.is_account)
        });
        parts.collect()
    }

    fn place(
        line: usize,
        column: usize,
        kind: &str,
        namespace: &str,
        is_account: bool,
    ) -> (usize, usize, String, Option<String>, bool) {
        (line, column, kind.into(), Some(namespace.to_owned()).filter(|text| !text.is_empty()), is_account)
    }

    #[test]
    fn pods_are_found_wherever_they_lie() {
        let text = "\
kind: CronJob
metadata: {name: cart, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccount: cart
          serviceAccountName: \"cart\"
---
kind: ServiceAccount
metadata:
  name: cart
---
kind: RoleBinding
metadata: {name: x}
subjects: [{kind: ServiceAccount, name: cart}]
---
kind: List
items:
- kind: Pod
  metadata: {namespace: a}
  spec: {serviceAccountName: cart}
- kind: Pod
  metadata: {namespace: b}
  spec: {serviceAccountName: other}
---
serviceAccount:
  create: true
  name: cart
";
        assert_eq!(
            found(text),
            [
                place(9, 32, "CronJob", "shop", false),
                place(13, 9, "ServiceAccount", "", true),
                place(23, 30, "Pod", "a", false),
                place(30, 9, "", "", false),
            ]
        );
    }

    #[test]
    fn templates_are_read_by_lines() {
        let text = "kind: Deployment\nmetadata:\n  namespace: {{ .Values.x }}\n  {{- if .Values.y }}\nspec:\n  serviceAccountName: cart # why\n  serviceAccountName: e\n  serviceAccountName: {{ cart }}\n";
        assert_eq!(found(text), [place(6, 23, "", "", false), place(7, 23, "", "", false)]);
    }

    #[test]
    fn no_depth_and_no_alias_does_harm() {
        assert_eq!(found(&"a: {".repeat(100_000)), []);
        let mut text = "a0: &a0 {serviceAccountName: cart}\n".to_owned();
        for level in 1..40 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(",");
            let _ = writeln!(text, "a{level}: &a{level} [{aliases}]");
        }
        assert_eq!(found(&text), [place(1, 30, "", "", false)]);
    }
}
