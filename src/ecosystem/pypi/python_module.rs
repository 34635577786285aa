//! What the statements of a Python source bind to which names, without running them.
//!
//! Traps:
//! - A name may be bound in several branches; each binding keeps the condition that it stands under.
//! - A list grows after it was bound: `+=`, `.append`, `.extend`, `names["key"] = …`.
//! - A function has names of its own; it sees the module's names where it binds none.
//!
//! Not done here: what the bound expressions are worth is `python_value`'s.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::ecosystem::pypi::python_source::{Kind, Tokens};

/// The tokens of an expression.
pub type Expression = Range<usize>;

/// The function whose body a statement belongs to, by the number of its `def`; 0 is the module.
pub type Scope = usize;

/// How a statement bears on a name.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is bound to a value.
    Assign(Expression),
    /// It is bound to something that is not followed: an import, a parameter.
    Opaque,
    /// It is bound to what a loop takes out of a value, piece by piece.
    Each(Expression),
    /// All elements of a value are added.
    Extend(Expression),
    /// A value is added as an element.
    Append(Expression),
    /// A value is put under a key.
    SetItem(Expression, Expression),
    /// A value is added as an element to what is under a key.
    AppendItem(Expression, Expression),
}

/// A statement that bears on a name.
#[derive(Clone, Debug)]
pub struct Binding {
    /// How.
    pub change: Change,
    /// The condition that it stands under, if it may not be run.
    pub condition: Option<String>,
    /// The number of its first token.
    pub position: usize,
    /// Whether it forgets what was bound before.
    pub fresh: bool,
}

/// The bindings of a source.
#[derive(Debug, Default)]
pub struct Module {
    bindings: HashMap<(Scope, String), Vec<Binding>>,
    /// What functions return, with its condition, by name; the scope is the function's own.
    pub returns: HashMap<String, Vec<(Scope, Expression, Option<String>)>>,
    /// The scope of each logical line by its first token, in order, with its condition.
    lines: Vec<(usize, Scope, Option<String>)>,
}

/// A block that is open while its lines are indented deeper than its header.
struct Block {
    indentation: usize,
    scope: Scope,
    condition: Option<String>,
    /// What the branches behind it are the alternative to.
    alternative: Option<String>,
}

impl Module {
    /// Reads the statements of a source.
    pub fn new(tokens: &Tokens<'_>) -> Module {
        let mut module = Module::default();
        let mut blocks: Vec<Block> = Vec::new();
        let mut functions: Vec<String> = Vec::new();
        let mut start = 0;
        while start < tokens.list.len() {
            let mut end = start;
            while end < tokens.list.len() && !matches!(tokens.list[end].kind, Kind::LineEnd) {
                end = tokens.closing[end].max(end) + 1;
            }
            let end_of_line = end.min(tokens.list.len());
            if end_of_line > start {
                module.line(tokens, start..end_of_line, &mut blocks, &mut functions);
            }
            start = end + 1;
        }
        module
    }

    /// Where a token stands: in which scope, and under which condition.
    pub fn at(&self, token: usize) -> (Scope, Option<&str>) {
        let index = self.lines.partition_point(|(start, _, _)| *start <= token);
        match index.checked_sub(1).map(|index| &self.lines[index]) {
            Some((_, scope, condition)) => (*scope, condition.as_deref()),
            None => (0, None),
        }
    }

    /// The bindings that count for a name, first to last, and their scope: the scope's own if it binds the name, else the
    /// module's, to which the scope may have added.
    pub fn bindings(&self, scope: Scope, name: &str) -> (Scope, &[Binding]) {
        let of = |scope| self.bindings.get(&(scope, name.to_owned())).map_or(&[][..], Vec::as_slice);
        let own = of(scope);
        let is_local =
            own.iter().any(|binding| matches!(binding.change, Change::Assign(_) | Change::Opaque | Change::Each(_)));
        if scope != 0 && is_local { (scope, own) } else { (0, of(0)) }
    }

    fn line(&mut self, tokens: &Tokens<'_>, line: Expression, blocks: &mut Vec<Block>, functions: &mut Vec<String>) {
        let indentation = indentation(tokens, line.start);
        let mut closed = None;
        while blocks.last().is_some_and(|block| block.indentation >= indentation) {
            closed = blocks.pop().filter(|block| block.indentation == indentation);
        }
        let (scope, outer) = blocks.last().map_or((0, None), |block| (block.scope, block.condition.clone()));
        let first = tokens.name(line.start).unwrap_or_default();
        let first = if first == "async" { tokens.name(line.start + 1).unwrap_or_default() } else { first };
        let is_header = matches!(
            first,
            "if" | "elif" | "else" | "try" | "except" | "finally" | "for" | "while" | "with" | "def" | "class"
        );
        let colon = if is_header { top_level(tokens, &line, ":").next() } else { None };
        let Some(colon) = colon else {
            self.statements(tokens, line, scope, outer.as_deref(), functions);
            return;
        };
        let header = line.start + 1..colon;
        let text = shown(tokens, &header);
        let before = closed.and_then(|block| block.alternative);
        let mut inner = scope;
        let (condition, alternative) = match first {
            // A setup script is run as the main module.
            "if" if text.contains("__name__") => (None, None),
            "if" | "while" => (Some(format!("if {text}")), Some(format!("not ({text})"))),
            "elif" => (Some(format!("if {text}")), Some(both(before.as_deref(), &format!("not ({text})")))),
            "else" => (before.map(|before| format!("if {before}")), None),
            "except" => (Some(format!("except {text}").trim_end().to_owned()), None),
            "for" => (Some(format!("for {text}")), None),
            "def" | "class" => {
                functions.push(tokens.name(header.start).unwrap_or_default().to_owned());
                inner = functions.len();
                for index in header.clone().skip(1).filter(|_| first == "def") {
                    if let Some(name) = tokens.name(index) {
                        self.bind(inner, name, Change::Opaque, None, index);
                    }
                }
                (None, None)
            }
            _ => (None, None),
        };
        if matches!(first, "for" | "with" | "except") {
            self.header_names(tokens, &header, scope, outer.as_deref());
        }
        // A function's body is run when it is called, not where it stands.
        let condition =
            if matches!(first, "def" | "class") { None } else { join(outer.as_deref(), condition.as_deref()) };
        self.lines.push((line.start, scope, outer));
        blocks.push(Block { indentation, scope: inner, condition: condition.clone(), alternative });
        if colon + 1 < line.end {
            self.statements(tokens, colon + 1..line.end, inner, condition.as_deref(), functions);
        }
    }

    /// The names that a `for`, `with` or `except` binds.
    fn header_names(&mut self, tokens: &Tokens<'_>, header: &Expression, scope: Scope, condition: Option<&str>) {
        let word = |word| header.clone().find(|index| tokens.name(*index) == Some(word));
        let loop_end = if tokens.name(header.start.wrapping_sub(1)) == Some("for") { word("in") } else { None };
        let (names, change) = match loop_end {
            Some(end) => (header.start..end, Change::Each(end + 1..header.end)),
            None => (word("as").unwrap_or(header.end)..header.end, Change::Opaque),
        };
        for index in names {
            if let Some(name) = tokens.name(index) {
                self.bind(scope, name, change.clone(), condition, index);
            }
        }
    }

    /// Statements on one line, between semicolons.
    fn statements(
        &mut self,
        tokens: &Tokens<'_>,
        line: Expression,
        scope: Scope,
        condition: Option<&str>,
        functions: &[String],
    ) {
        self.lines.push((line.start, scope, condition.map(str::to_owned)));
        for statement in split(tokens, &line, ";") {
            self.statement(tokens, statement, scope, condition, functions);
        }
    }

    fn statement(
        &mut self,
        tokens: &Tokens<'_>,
        line: Expression,
        scope: Scope,
        condition: Option<&str>,
        functions: &[String],
    ) {
        let Some(first) = tokens.name(line.start) else { return };
        match first {
            "return" => {
                if let Some(function) = scope.checked_sub(1).and_then(|index| functions.get(index)) {
                    let value = (scope, line.start + 1..line.end, condition.map(str::to_owned));
                    self.returns.entry(function.clone()).or_default().push(value);
                }
                return;
            }
            "import" | "from" => {
                for index in line {
                    if let Some(name) = tokens.name(index) {
                        self.bind(scope, name, Change::Opaque, condition, index);
                    }
                }
                return;
            }
            _ => {}
        }
        if line.start + 1 < line.end {
            self.change(tokens, &line, scope, condition, first);
        }
    }

    fn change(&mut self, tokens: &Tokens<'_>, line: &Expression, scope: Scope, condition: Option<&str>, name: &str) {
        let position = line.start;
        let mut bind = |name: &str, change| self.bind(scope, name, change, condition, position);
        if let Some(at) = ["+=", "|="].iter().find_map(|operator| top_level(tokens, line, operator).next()) {
            let value = at + 1..line.end;
            match target(tokens, &(line.start..at)) {
                Some(Target::Name) => bind(name, Change::Extend(value)),
                Some(Target::Item(key)) => bind(name, Change::SetItem(key, value)),
                None => {}
            }
            return;
        }
        let assignments: Vec<usize> = top_level(tokens, line, "=").collect();
        if let Some(last) = assignments.last() {
            let value = last + 1..line.end;
            let used: HashSet<&str> = value.clone().filter_map(|index| tokens.name(index)).collect();
            let mut start = line.start;
            for at in assignments {
                let left = start..at;
                let name = tokens.name(left.start).unwrap_or_default();
                match target(tokens, &left) {
                    // `names = names + […]` adds to them.
                    Some(Target::Name) if used.contains(name) => bind(name, Change::Extend(value.clone())),
                    Some(Target::Name) => bind(name, Change::Assign(value.clone())),
                    Some(Target::Item(key)) => bind(name, Change::SetItem(key, value.clone())),
                    None => {
                        for index in left {
                            if let Some(name) = tokens.name(index) {
                                bind(name, Change::Opaque);
                            }
                        }
                    }
                }
                start = at + 1;
            }
            return;
        }
        if let Some((key, method, arguments)) = method_call(tokens, line) {
            match (method, key) {
                ("append" | "add", None) => bind(name, Change::Append(arguments)),
                ("append" | "add", Some(key)) => bind(name, Change::AppendItem(key, arguments)),
                ("extend" | "update", None) => bind(name, Change::Extend(arguments)),
                ("extend" | "update", Some(key)) => bind(name, Change::SetItem(key, arguments)),
                ("insert", None) => {
                    let element = split(tokens, &arguments, ",").nth(1).unwrap_or(arguments);
                    bind(name, Change::Append(element));
                }
                _ => {}
            }
        }
    }

    fn bind(&mut self, scope: Scope, name: &str, change: Change, condition: Option<&str>, position: usize) {
        // What a function adds to a name that it does not bind, it adds to the module's.
        let adds = !matches!(change, Change::Assign(_) | Change::Opaque | Change::Each(_));
        let scope = if adds && !self.bindings.contains_key(&(scope, name.to_owned())) { 0 } else { scope };
        let fresh = condition.is_none() && matches!(change, Change::Assign(_));
        let binding = Binding { change, condition: condition.map(str::to_owned), position, fresh };
        self.bindings.entry((scope, name.to_owned())).or_default().push(binding);
    }
}

/// What stands left of `=`, if it is a name or an item of one.
enum Target {
    Name,
    Item(Expression),
}

fn target(tokens: &Tokens<'_>, left: &Expression) -> Option<Target> {
    tokens.name(left.start)?;
    if left.len() == 1 || tokens.is_operator(left.start + 1, ":") {
        return Some(Target::Name);
    }
    let open = left.start + 1;
    let whole = tokens.is_operator(open, "[") && tokens.closing[open] + 1 == left.end;
    whole.then(|| Target::Item(open + 1..tokens.closing[open]))
}

/// `name.method(arguments)` or `name[key].method(arguments)`.
fn method_call<'a>(tokens: &Tokens<'a>, line: &Expression) -> Option<(Option<Expression>, &'a str, Expression)> {
    let mut at = line.start + 1;
    let mut key = None;
    if tokens.is_operator(at, "[") {
        key = Some(at + 1..tokens.closing[at]);
        at = tokens.closing[at] + 1;
    }
    let method = tokens.name(at + 1).filter(|_| tokens.is_operator(at, "."))?;
    let open = at + 2;
    let whole = tokens.is_operator(open, "(") && tokens.closing[open] + 1 >= line.end;
    whole.then(|| (key, method, open + 1..tokens.closing[open].min(line.end)))
}

/// The places of an operator in a range, outside brackets in it.
pub fn top_level<'a>(
    tokens: &'a Tokens<'_>,
    range: &Expression,
    operator: &'a str,
) -> impl Iterator<Item = usize> + 'a {
    outside_brackets(tokens, range).filter(move |index| tokens.is_operator(*index, operator))
}

/// The tokens of a range that no bracket in it encloses, the brackets included.
pub fn outside_brackets<'a>(tokens: &'a Tokens<'_>, range: &Expression) -> impl Iterator<Item = usize> + 'a {
    let (mut at, end) = (range.start, range.end);
    std::iter::from_fn(move || {
        let index = at;
        at = tokens.closing.get(index).map_or(end, |closing| (*closing).max(index + 1));
        (index < end).then_some(index)
    })
}

/// The parts of a range between an operator outside brackets; an empty last one is left out.
pub fn split<'a>(
    tokens: &'a Tokens<'_>,
    range: &Expression,
    operator: &'a str,
) -> impl Iterator<Item = Expression> + 'a {
    let mut start = range.start;
    let end = range.end;
    let ends: Vec<usize> = top_level(tokens, range, operator).chain([end]).collect();
    ends.into_iter().filter_map(move |at| {
        let part = start..at;
        start = at + 1;
        (part.start < part.end).then_some(part)
    })
}

/// Longest condition that is made longer.
const MAX_CONDITION: usize = 240;

/// The condition of both.
pub fn join(outer: Option<&str>, inner: Option<&str>) -> Option<String> {
    match (outer, inner) {
        (Some(outer), Some(_)) if outer.len() > MAX_CONDITION => Some(outer.to_owned()),
        (Some(outer), Some(inner)) => Some(format!("{outer} and {}", inner.strip_prefix("if ").unwrap_or(inner))),
        (Some(only), None) | (None, Some(only)) => Some(only.to_owned()),
        (None, None) => None,
    }
}

fn both(before: Option<&str>, text: &str) -> String {
    match before {
        Some(before) if before.len() > MAX_CONDITION => before.to_owned(),
        Some(before) => format!("{before} and {text}"),
        None => text.to_owned(),
    }
}

/// An expression as written, on one line and not too long.
pub fn shown(tokens: &Tokens<'_>, range: &Expression) -> String {
    let span = tokens.span(range.start, range.end);
    let words = tokens.text[span.start..span.end].split_whitespace();
    let text = words.collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(80) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

fn indentation(tokens: &Tokens<'_>, first: usize) -> usize {
    let start = tokens.list[first].span.start;
    let line = tokens.text[..start].rfind(['\n', '\r']).map_or(0, |index| index + 1);
    let mut column = 0;
    for c in tokens.text[line..start].chars() {
        // A tab goes to the next multiple of eight (Language Reference, "Indentation").
        column = if c == '\t' { (column / 8 + 1) * 8 } else { column + 1 };
    }
    column
}
