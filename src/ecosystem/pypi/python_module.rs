//! What the statements of a Python source bind to which names, without running them.
//!
//! Traps:
//! - A name may be bound in several branches; each binding keeps the condition that it stands under.
//! - A list grows after it was bound: `+=`, `.append`, `.extend`, `names["key"] = …`, `names.setdefault("key", []).append(…)`.
//! - A function has names of its own; it sees the module's names where it binds none, and binds those that it calls `global`.
//! - What stands in a loop is done once for each turn, so a binding keeps the loops around it.
//!
//! Not done here: what the bound expressions are worth is `python_value`'s.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

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
    /// It is bound to something that is not followed: an import, a caught error.
    Opaque,
    /// It is bound to what a call gives.
    Parameter,
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
    /// Where the statement stands: what a function adds to a name of the module's is the module's.
    pub scope: Scope,
    /// The condition that it stands under, if it may not be run.
    pub condition: Option<String>,
    /// The loops around it in its scope, from the outermost on.
    pub loops: Rc<Loops>,
    /// The number of its first token.
    pub position: usize,
    /// Whether it forgets what was bound before.
    pub fresh: bool,
}

/// The loops around a statement.
#[derive(Clone, Debug, Default)]
pub struct Loops {
    /// For each loop the names that it binds, and what it takes them out of.
    pub headers: Vec<(Expression, Expression)>,
    /// The condition of the statement without the loops' part in it.
    pub condition: Option<String>,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is where a call does not give it.
    pub default: Option<Expression>,
    /// Whether it takes all that is left.
    pub takes_rest: bool,
}

/// The bindings of a source.
#[derive(Debug, Default)]
pub struct Module {
    bindings: HashMap<(Scope, String), Vec<Binding>>,
    /// What functions return or yield, by name.
    pub returns: HashMap<String, Vec<Binding>>,
    /// The parameters of functions, by name.
    pub parameters: HashMap<String, Vec<Parameter>>,
    /// The functions and classes by their scopes, one less.
    pub functions: Vec<String>,
    /// The names that functions call the module's own.
    globals: HashSet<(Scope, String)>,
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
    /// The loops that are open inside of it.
    loops: Rc<Loops>,
}

/// Where a statement stands.
struct Around<'a> {
    scope: Scope,
    condition: Option<&'a str>,
    loops: Rc<Loops>,
    /// The names of the functions by their scopes, one less.
    functions: &'a [String],
}

/// How many loops in each other are followed; those further out are not.
const MAX_LOOPS: usize = 4;

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
        module.functions = functions;
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
        let is_local = own.iter().any(|binding| !binding.change.adds());
        if scope != 0 && is_local { (scope, own) } else { (0, of(0)) }
    }

    fn line(&mut self, tokens: &Tokens<'_>, line: Expression, blocks: &mut Vec<Block>, functions: &mut Vec<String>) {
        let indentation = indentation(tokens, line.start);
        let mut closed = None;
        while blocks.last().is_some_and(|block| block.indentation >= indentation) {
            closed = blocks.pop().filter(|block| block.indentation == indentation);
        }
        let (scope, outer, loops) = match blocks.last() {
            Some(block) => (block.scope, block.condition.clone(), Rc::clone(&block.loops)),
            None => (0, None, Rc::default()),
        };
        let first = tokens.name(line.start).unwrap_or_default();
        let first = if first == "async" { tokens.name(line.start + 1).unwrap_or_default() } else { first };
        let is_header = matches!(
            first,
            "if" | "elif" | "else" | "try" | "except" | "finally" | "for" | "while" | "with" | "def" | "class"
        );
        let colon = if is_header { top_level(tokens, &line, ":").next() } else { None };
        let Some(colon) = colon else {
            let around = Around { scope, condition: outer.as_deref(), loops, functions };
            self.statements(tokens, line, &around);
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
                if first == "def" {
                    self.parameters(tokens, &header, inner);
                }
                (None, None)
            }
            _ => (None, None),
        };
        if matches!(first, "for" | "with" | "except") {
            let around = Around { scope, condition: outer.as_deref(), loops: Rc::clone(&loops), functions };
            self.header_names(tokens, &header, &around);
        }
        let (condition, loops) = match first {
            // A function's body is run when it is called, not where it stands.
            "def" | "class" => (None, Rc::default()),
            "for" => {
                let mut loops = Loops::clone(&loops);
                loops.headers.extend(loop_header(tokens, &header));
                if loops.headers.len() > MAX_LOOPS {
                    loops.headers.remove(0);
                    loops.condition.clone_from(&outer);
                }
                (join(outer.as_deref(), condition.as_deref()), Rc::new(loops))
            }
            _ if condition.is_some() => {
                let inside = join(loops.condition.as_deref(), condition.as_deref());
                let loops = Loops { headers: loops.headers.clone(), condition: inside };
                (join(outer.as_deref(), condition.as_deref()), Rc::new(loops))
            }
            _ => (outer.clone(), loops),
        };
        self.lines.push((line.start, scope, outer));
        blocks.push(Block {
            indentation,
            scope: inner,
            condition: condition.clone(),
            alternative,
            loops: Rc::clone(&loops),
        });
        if colon + 1 < line.end {
            let around = Around { scope: inner, condition: condition.as_deref(), loops, functions };
            self.statements(tokens, colon + 1..line.end, &around);
        }
    }

    /// The parameters of the function of a scope.
    fn parameters(&mut self, tokens: &Tokens<'_>, header: &Expression, scope: Scope) {
        let open = header.start + 1;
        if !tokens.is_operator(open, "(") {
            return;
        }
        let mut parameters = Vec::new();
        for part in split(tokens, &(open + 1..tokens.closing[open].min(header.end)), ",") {
            let stars = part.clone().take_while(|index| tokens.word(*index).starts_with('*')).count();
            let Some(name) = tokens.name(part.start + stars) else { continue };
            let default = top_level(tokens, &part, "=").next().map(|at| at + 1..part.end);
            self.bind(&Around::of(scope), name, Change::Parameter, part.start);
            parameters.push(Parameter { name: name.to_owned(), default, takes_rest: stars > 0 });
        }
        self.parameters.insert(tokens.name(header.start).unwrap_or_default().to_owned(), parameters);
    }

    /// The names that a `for`, `with` or `except` binds.
    fn header_names(&mut self, tokens: &Tokens<'_>, header: &Expression, around: &Around<'_>) {
        let (names, change) = match loop_header(tokens, header) {
            Some((names, values)) => (names, Change::Each(values)),
            None => (word(tokens, header, "as").unwrap_or(header.end)..header.end, Change::Opaque),
        };
        for index in names {
            if let Some(name) = tokens.name(index) {
                self.bind(around, name, change.clone(), index);
            }
        }
    }

    /// Statements on one line, between semicolons.
    fn statements(&mut self, tokens: &Tokens<'_>, line: Expression, around: &Around<'_>) {
        self.lines.push((line.start, around.scope, around.condition.map(str::to_owned)));
        for statement in split(tokens, &line, ";") {
            self.statement(tokens, statement, around);
        }
    }

    fn statement(&mut self, tokens: &Tokens<'_>, line: Expression, around: &Around<'_>) {
        let Some(first) = tokens.name(line.start) else { return };
        match first {
            "return" | "yield" => {
                if let Some(function) = around.scope.checked_sub(1).and_then(|index| around.functions.get(index)) {
                    let value = line.start + 1..line.end;
                    let (change, loops) = match first {
                        // What ends a loop is returned in one turn at most.
                        "return" => (Change::Assign(value), Rc::default()),
                        _ if tokens.name(value.start) == Some("from") => {
                            (Change::Extend(value.start + 1..value.end), Rc::clone(&around.loops))
                        }
                        _ => (Change::Append(value), Rc::clone(&around.loops)),
                    };
                    let condition = around.condition.map(str::to_owned);
                    let returned =
                        Binding { change, scope: around.scope, condition, loops, position: line.start, fresh: false };
                    self.returns.entry(function.clone()).or_default().push(returned);
                }
            }
            "import" | "from" => {
                for index in line {
                    if let Some(name) = tokens.name(index) {
                        self.bind(around, name, Change::Opaque, index);
                    }
                }
            }
            "global" => {
                let names = line.skip(1).filter_map(|index| tokens.name(index));
                self.globals.extend(names.map(|name| (around.scope, name.to_owned())));
            }
            _ if line.start + 1 < line.end => self.change(tokens, &line, around, first),
            _ => {}
        }
    }

    fn change(&mut self, tokens: &Tokens<'_>, line: &Expression, around: &Around<'_>, name: &str) {
        let mut bind = |name: &str, change| self.bind(around, name, change, line.start);
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
            if assignments.len() == 1 && self.assign_pairwise(tokens, line.start..*last, &value, around) {
                return;
            }
            let used: HashSet<&str> = value.clone().filter_map(|index| tokens.name(index)).collect();
            let mut start = line.start;
            for at in &assignments {
                self.assign(tokens, start..*at, &value, &used, around);
                start = at + 1;
            }
            return;
        }
        if let Some(call) = method_call(tokens, line) {
            let arguments = call.arguments;
            match (call.method, call.key) {
                ("append" | "add", None) => bind(name, Change::Append(arguments)),
                ("append" | "add", Some(key)) => bind(name, Change::AppendItem(key, arguments)),
                ("extend" | "update", None) => bind(name, Change::Extend(arguments)),
                ("extend" | "update", Some(key)) => bind(name, Change::SetItem(key, arguments)),
                ("insert", None) => {
                    let element = split(tokens, &arguments, ",").nth(1).unwrap_or(arguments);
                    bind(name, Change::Append(element));
                }
                ("setdefault", None) => {
                    let mut parts = split(tokens, &arguments, ",");
                    if let (Some(key), Some(value)) = (parts.next(), parts.next()) {
                        bind(name, Change::SetItem(key, value));
                    }
                }
                _ => {}
            }
        }
    }

    /// `left = value`; `used` are the names in the value.
    fn assign(
        &mut self,
        tokens: &Tokens<'_>,
        left: Expression,
        value: &Expression,
        used: &HashSet<&str>,
        around: &Around<'_>,
    ) {
        let position = left.start;
        let name = tokens.name(left.start).unwrap_or_default();
        match target(tokens, &left) {
            // `names = names + […]` adds to them.
            Some(Target::Name) if used.contains(name) => {
                self.bind(around, name, Change::Extend(value.clone()), position);
            }
            Some(Target::Name) => self.bind(around, name, Change::Assign(value.clone()), position),
            Some(Target::Item(key)) => self.bind(around, name, Change::SetItem(key, value.clone()), position),
            None => {
                for index in left {
                    if let Some(name) = tokens.name(index) {
                        self.bind(around, name, Change::Opaque, position);
                    }
                }
            }
        }
    }

    /// `a, b = x, y`; false if it is nothing of the kind.
    fn assign_pairwise(
        &mut self,
        tokens: &Tokens<'_>,
        left: Expression,
        value: &Expression,
        around: &Around<'_>,
    ) -> bool {
        let names: Vec<Expression> = split(tokens, &left, ",").collect();
        let values: Vec<Expression> = split(tokens, value, ",").collect();
        let is_name = |part: &Expression| part.len() == 1 && tokens.name(part.start).is_some();
        if names.len() < 2 || names.len() != values.len() || !names.iter().all(is_name) {
            return false;
        }
        for (name, value) in names.into_iter().zip(values) {
            let used = value.clone().filter_map(|index| tokens.name(index)).collect();
            self.assign(tokens, name, &value, &used, around);
        }
        true
    }

    fn bind(&mut self, around: &Around<'_>, name: &str, change: Change, position: usize) {
        let key = (around.scope, name.to_owned());
        // What a function adds to a name that it does not bind, it adds to the module's.
        let is_global = self.globals.contains(&key) || change.adds() && !self.bindings.contains_key(&key);
        let scope = if is_global { 0 } else { around.scope };
        let fresh = around.condition.is_none() && matches!(change, Change::Assign(_)) && scope == around.scope;
        let binding = Binding {
            change,
            scope: around.scope,
            condition: around.condition.map(str::to_owned),
            loops: Rc::clone(&around.loops),
            position,
            fresh,
        };
        self.bindings.entry((scope, name.to_owned())).or_default().push(binding);
    }
}

impl Change {
    /// Whether it adds to what is bound already.
    pub fn adds(&self) -> bool {
        match self {
            Change::Assign(_) | Change::Opaque | Change::Parameter | Change::Each(_) => false,
            Change::Extend(_) | Change::Append(_) | Change::SetItem(..) | Change::AppendItem(..) => true,
        }
    }
}

impl Around<'_> {
    /// At the head of a function.
    fn of(scope: Scope) -> Around<'static> {
        Around { scope, condition: None, loops: Rc::default(), functions: &[] }
    }
}

/// The names that a `for` binds and what it takes them out of.
fn loop_header(tokens: &Tokens<'_>, header: &Expression) -> Option<(Expression, Expression)> {
    // `async for` has its first name where others have `for`.
    let start = [header.start, header.start + 1].into_iter().find(|start| tokens.name(start - 1) == Some("for"))?;
    let end = word(tokens, header, "in")?;
    Some((start..end, end + 1..header.end))
}

fn word(tokens: &Tokens<'_>, range: &Expression, word: &str) -> Option<usize> {
    range.clone().find(|index| tokens.name(*index) == Some(word))
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

/// A statement that calls a method of a name, or of what is under a key of it.
struct MethodCall<'a> {
    key: Option<Expression>,
    method: &'a str,
    arguments: Expression,
}

/// `name.method(arguments)`, `name[key].method(arguments)` or `name.setdefault(key, …).method(arguments)`.
fn method_call<'a>(tokens: &Tokens<'a>, line: &Expression) -> Option<MethodCall<'a>> {
    let mut at = line.start + 1;
    let mut key = None;
    let gets = matches!(tokens.name(at + 1), Some("setdefault" | "get")) && tokens.is_operator(at + 2, "(");
    if tokens.is_operator(at, "[") {
        key = Some(at + 1..tokens.closing[at]);
        at = tokens.closing[at] + 1;
    } else if gets && tokens.is_operator(at, ".") && tokens.closing[at + 2] + 1 < line.end {
        key = split(tokens, &(at + 3..tokens.closing[at + 2]), ",").next();
        at = tokens.closing[at + 2] + 1;
    }
    let method = tokens.name(at + 1).filter(|_| tokens.is_operator(at, "."))?;
    let open = at + 2;
    let whole = tokens.is_operator(open, "(") && tokens.closing[open] + 1 >= line.end;
    whole.then(|| MethodCall { key, method, arguments: open + 1..tokens.closing[open].min(line.end) })
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
        (Some(outer), Some(inner)) if outer.len() > MAX_CONDITION || outer == inner => Some(outer.to_owned()),
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
