//! `build.sbt` and the definitions beside it: `"group" % "artifact" % "version"` (sbt Reference Manual, "Library dependencies",
//! "Library management", "Cross-building").
//!
//! A module is declared wherever it is put together, be it in `libraryDependencies` or as a value of `project/Dependencies.scala`.
//!
//! Traps:
//! - `%%` and `%%%` add the Scala version to the artifact's name. It stands as [`SCALA`] in the name until the version is known.
//! - A fourth operand is a configuration: `% Test`, `% "test->test"`, `% "provided,runtime"`.
//! - `Seq("g" %% "a", "g" %% "b").map(_ % version)` gives the version, or the configuration, to all of them.
//! - `Seq("a", "b").map("g" % _ % version)` and `def k8s(a: String) = "g" % a % "1.0"` leave a part of the name open (`script::mentions`).
//! - A version is a string or a name: `val v = "1.0"`, `Versions.k8s`, `k8s.value`.
//! - A setting such as `scalaVersion := …` is a variable: with [`WHOLE_BUILD`] as condition one that all projects of the build
//!   have (`ThisBuild / scalaVersion`, `scalaVersion in Global`, `inThisBuild(…)`), with [`SHARED`] one in a list that has a name.
//! - A project's own `.settings(scalaVersion := …)` counts for the modules of its statement, be it in a list of settings that it
//!   names: it is the condition of those ([`OWN_SCALA`]).
//!
//! Not done: versions that are computed; what a plugin adds.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;

use super::gradle;
use super::script::template::{self, Written};
use super::script::{Dialect, Range, Script, mentions};
use crate::model::{
    Declared, Ecosystem, Effect, Format, Grammar, Override, Problem, ProblemKind, Reading, Scope, Stated, Variable,
};
use crate::source::SourceText;

/// The format's line in the table.
pub const FORMAT: Format = Format {
    id: "build_sbt",
    name: "sbt build definition",
    ecosystem: Ecosystem::Maven,
    globs: &["*.sbt", "project/*.scala"],
    read,
};

/// What stands in a name for the Scala version.
pub const SCALA: &str = "{scala}";

/// What stands in a name for the Scala version with `CrossVersion.for3Use2_13`, and with `CrossVersion.for2_13Use3`.
pub const SCALA_NOT_3: &str = "{scala: 2.13 for 3}";
/// See [`SCALA_NOT_3`].
pub const SCALA_3: &str = "{scala: 3 for 2.13}";

/// What stands in a condition before the Scala version of the module's own project.
pub const OWN_SCALA: &str = "scala ";

/// The setting of the Scala version.
pub const SCALA_VERSION: &str = "scalaVersion";

/// The condition of a setting that counts for the projects of a build that have none of their own.
pub const WHOLE_BUILD: &str = "build";

/// The condition of a setting in a list of settings that projects may take in.
pub const SHARED: &str = "shared";

/// Most tokens of a statement that are looked at for the settings of a project.
const MAX_STATEMENT: usize = 1500;

/// Most statements that are looked at for lists of settings.
const MAX_LISTS: usize = 60;

/// Most tokens before the name of a value.
const MAX_HEAD: usize = 6;

/// Most tokens behind a module in which its way of crossing versions is looked for.
const MAX_CROSS: usize = 12;

/// The part of the Scala version that artifacts' names have: the first two numbers, from 3 on the first.
pub fn binary_version(version: &str) -> Option<String> {
    let mut numbers = version.split('.');
    match (numbers.next(), numbers.next()) {
        (Some("2"), Some(minor)) => Some(format!("2.{minor}")),
        (Some(major), _) if !major.is_empty() && major.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(major.to_owned())
        }
        _ => None,
    }
}

fn read(source: &SourceText) -> Reading {
    let script = Script::new(source.text(), Dialect::Scala);
    let mut reading = gradle::variables(&script);
    let mut reader = Reader {
        script: &script,
        effect: None,
        build: false,
        whole_until: 0,
        shared_until: 0,
        own: OnceCell::new(),
        crossing: OnceCell::new(),
        statements: script.statements(script.all()),
        scala_of: RefCell::default(),
    };
    let mut index = 0;
    while index < script.tokens.len() {
        index = reader.token(index, &mut reading);
    }
    reading.mentions = mentions::mentions(&script);
    if let Some((span, what)) = script.broken {
        let message = format!("{what}, so something may be missed");
        reading.problems.push(Problem { kind: ProblemKind::Syntax, message, span });
    }
    reading.variables.sort_by_key(|variable| variable.span);
    reading
}

struct Reader<'s, 'a> {
    script: &'s Script<'a>,
    /// What the modules at hand are put into, if they are no dependencies.
    effect: Option<Effect>,
    build: bool,
    /// Where settings of all projects of the build end.
    whole_until: usize,
    /// Where a list of settings that has a name ends.
    shared_until: usize,
    /// The names of the file's own values.
    own: OnceCell<HashSet<String>>,
    /// Where it sets the Scala versions to cross.
    crossing: OnceCell<Vec<usize>>,
    /// Its statements, in order.
    statements: Vec<Range>,
    /// The Scala version of the project whose statement was asked for last.
    scala_of: RefCell<Option<(Range, Option<String>)>>,
}

impl Reader<'_, '_> {
    /// Reads a module at a token, if it is the first operator of one; gives the next token.
    fn token(&mut self, index: usize, reading: &mut Reading) -> usize {
        let script = self.script;
        self.keyword(index);
        if script.is(index, ":=") {
            reading.variables.extend(self.setting(index));
        }
        let suffix = match () {
            () if script.is(index, "%") => "",
            () if script.is(index, "%%") => "_{scala}",
            () if script.is(index, "%%%") => "_sjs1_{scala}",
            () => return index + 1,
        };
        let (Some(group), Some((artifact, after))) = (self.operand_before(index), self.operand(index + 1)) else {
            return index + 1;
        };
        let mut operands = Vec::new();
        let mut next = after;
        while let Some(mark) = self.percent(next)
            && let Some((operand, after)) = self.operand(mark + 1)
        {
            operands.push(operand);
            next = after;
        }
        // What is asked of all modules of a list.
        let of_all = self.mapped(next);
        operands.extend(of_all);
        let is_name = |written: &Written| !written.text.is_empty() && !written.text.contains([' ', '%', '(', '/']);
        let is_literal =
            |written: &Written| !written.text.starts_with("${") && !written.text.starts_with(char::is_numeric);
        if !is_name(&group) || !is_name(&artifact) || !(is_literal(&group) || is_literal(&artifact)) {
            return next;
        }
        // A parameter is no variable, unless one has its name in this very file.
        let own = self.own.get_or_init(|| reading.variables.iter().map(|variable| variable.name.clone()).collect());
        let is_own = |text: &str| own.contains(expression(text));
        let names_of = |written: &Written| {
            let names = mentions::names(script, &written.text, index);
            let is_opened = names.iter().any(|name| *name != written.text);
            if is_opened && is_own(&written.text) { vec![written.text.clone()] } else { names }
        };
        let requirement = |version: &Written| {
            let own = (Stated::Requirement(version.text.clone(), Grammar::Maven), version.span());
            match mentions::stated(script, version, index) {
                (Stated::Requirement(text, _), _) if text == version.text => own,
                _ if is_own(&version.text) => own,
                (Stated::Requirement(text, _), span) => (Stated::Requirement(text, Grammar::Maven), span),
                other => other,
            }
        };
        let (version, scope) = match operands.as_slice() {
            [] => (None, None),
            [only] if scope(only).is_some() && only.text.parse::<u64>().is_err() => (None, scope(only)),
            [version, rest @ ..] => (Some(version), rest.iter().find_map(scope)),
        };
        let scope = if self.build { Scope::Build } else { scope.unwrap_or(Scope::Runtime) };
        let own_scala = if suffix.is_empty() { None } else { self.own_scala(index) };
        let condition = own_scala.map(|version| format!("{OWN_SCALA}{version}"));
        let suffix = suffix.replace(SCALA, self.crossed(next));
        let names: Vec<String> = names_of(&group)
            .iter()
            .flat_map(|group| {
                let suffix = &suffix;
                names_of(&artifact).into_iter().map(move |artifact| format!("{group}:{artifact}{suffix}"))
            })
            .collect();
        let (stated, span) = version.map_or_else(|| (Stated::Nothing, artifact.span()), requirement);
        for name in names {
            let stated = stated.clone();
            let condition = condition.clone();
            let declared = Declared { name: name.clone(), stated, scope, direct: Some(true), condition, span };
            match self.effect {
                None => reading.declared.push(declared),
                Some(Effect::Force) => {
                    let then = Declared { scope: Scope::Managed, direct: None, ..declared };
                    reading.overrides.push(Override { effect: Effect::Force, name, when: None, then });
                }
                Some(_) => {}
            }
        }
        next
    }

    /// Notes what a word says of the modules and settings behind it.
    fn keyword(&mut self, index: usize) {
        let script = self.script;
        if !script.is_word(index) {
            return;
        }
        match script.word(index) {
            "libraryDependencies" | "allDependencies" | "val" | "def" => {
                self.effect = None;
                self.build = false;
            }
            "dependencyOverrides" => self.effect = Some(Effect::Force),
            "excludeDependencies" | "evictionWarningOptions" | "libraryDependencySchemes" => {
                self.effect = Some(Effect::Exclude);
            }
            "addSbtPlugin" | "addCompilerPlugin" | "compilerPlugin" => {
                self.effect = None;
                self.build = true;
            }
            "inThisBuild" if script.is(index + 1, "(") => {
                self.whole_until = script.skip(index + 1, script.tokens.len());
            }
            "inScope" if script.is(index + 1, "(") && is_whole_build(script.word(index + 2)) => {
                let behind = script.skip(index + 1, script.tokens.len());
                self.whole_until = script.skip(behind, script.tokens.len());
            }
            "Seq" | "List" | "Vector" | "settings" if script.is(index + 1, "(") && self.is_value(index) => {
                self.shared_until = script.skip(index + 1, script.tokens.len());
            }
            _ => {}
        }
    }

    /// `scalaVersion := "2.13.8"`, in whatever scope.
    fn setting(&self, index: usize) -> Option<Variable> {
        let script = self.script;
        let mut last = index.checked_sub(1)?;
        let mut whole = index < self.whole_until;
        if last >= 2 && script.is_word(last) && script.word(last - 1) == "in" {
            whole |= is_whole_build(script.word(last));
            last -= 2;
        }
        let mut scope = last;
        while scope >= 2 && script.is(scope - 1, "/") && script.is_word(scope - 2) {
            scope -= 2;
            whole |= is_whole_build(script.word(scope));
        }
        let name = script.is_word(last).then(|| script.word(last))?;
        let value = self.value(name, index)?;
        let is_plain = !value.text.contains(['\n', '(']);
        let condition = match () {
            () if whole => Some(WHOLE_BUILD),
            () if index < self.shared_until => Some(SHARED),
            () => None,
        };
        is_plain.then(|| Variable {
            name: name.to_owned(),
            value: value.text.clone(),
            condition: condition.map(str::to_owned),
            span: value.span(),
        })
    }

    /// The value of a setting; of `crossScalaVersions.value.head` the version that is meant.
    fn value(&self, name: &str, mark: usize) -> Option<Written> {
        let script = self.script;
        let (value, _) = self.operand(mark + 1)?;
        if name != SCALA_VERSION {
            return Some(value);
        }
        let last = match expression(&value.text) {
            "crossScalaVersions.value.head" | "crossScalaVersions.value(0)" => false,
            "crossScalaVersions.value.last" => true,
            _ => return Some(value),
        };
        let all = script.tokens.len();
        let is_cross = |index: &usize| script.word(*index) == "crossScalaVersions" && script.is(index + 1, ":=");
        let settings = self.crossing.get_or_init(|| (0..all).filter(is_cross).collect());
        let before = settings.partition_point(|index| *index < mark);
        let setting = *settings.get(before.saturating_sub(1))?;
        let chain = script.chain(setting + 2, all)?;
        let elements = script.split(script.trimmed(chain.segments.last()?.arguments?), ",");
        template::of_value(script, *if last { elements.last() } else { elements.first() }?)
    }

    /// The Scala version that the project has of itself in whose statement a module stands.
    fn own_scala(&self, index: usize) -> Option<String> {
        let after = self.statements.partition_point(|statement| statement.start <= index);
        let statement = *self.statements.get(after.checked_sub(1)?)?;
        if let Some((known, version)) = &*self.scala_of.borrow()
            && *known == statement
        {
            return version.clone();
        }
        let version = self.scala_of_statement(statement);
        *self.scala_of.borrow_mut() = Some((statement, version.clone()));
        version
    }

    fn scala_of_statement(&self, statement: Range) -> Option<String> {
        let script = self.script;
        let has_settings = |index: usize| script.word(index) == "settings" && script.is(index + 1, "(");
        let range = statement.start..statement.end.min(statement.start + MAX_STATEMENT);
        if !range.clone().any(has_settings) {
            return None;
        }
        if let Some(version) = self.scala_in(range.clone()) {
            return Some(version);
        }
        // A list of settings that it names.
        let lists = self.statements.iter().filter(|other| **other != statement).take(MAX_LISTS);
        let named = lists.filter_map(|other| {
            let head = other.start..other.end.min(other.start + MAX_HEAD);
            let val = head.clone().find(|index| script.is_word(*index) && script.word(*index) == "val")?;
            let is_project =
                (val..other.end.min(other.start + MAX_STATEMENT)).any(|index| script.word(index) == "project");
            (script.is_word(val + 1) && !is_project).then(|| (script.word(val + 1), *other))
        });
        let named: Vec<(&str, Range)> = named.collect();
        let mut words = range.filter(|index| script.is_word(*index));
        words.find_map(|index| {
            let (_, list) = named.iter().find(|(name, _)| *name == script.word(index))?;
            self.scala_in(list.start..list.end.min(list.start + MAX_STATEMENT))
        })
    }

    /// The Scala version that some tokens set for what they belong to.
    fn scala_in(&self, mut range: std::ops::Range<usize>) -> Option<String> {
        let script = self.script;
        let is_set = |index: &usize| {
            script.is_word(*index)
                && script.word(*index) == SCALA_VERSION
                && script.is(index + 1, ":=")
                && !(*index > 0 && script.is(index - 1, "/"))
        };
        let value = self.value(SCALA_VERSION, range.find(is_set)? + 1)?;
        (!value.text.contains(['\n', '('])).then_some(value.text)
    }

    /// What stands for the Scala version in the name of a module behind which something may say which one is taken.
    fn crossed(&self, next: usize) -> &'static str {
        let script = self.script;
        let line = next..script.tokens.len().min(next + MAX_CROSS);
        let mut line =
            line.take_while(|index| ![",", "%", "%%", "+=", "++=", ":="].iter().any(|mark| script.is(*index, mark)));
        let word = line.find_map(|index| match script.word(index) {
            "for3Use2_13" if script.is_word(index) => Some(SCALA_NOT_3),
            "for2_13Use3" if script.is_word(index) => Some(SCALA_3),
            _ => None,
        });
        word.unwrap_or(SCALA)
    }

    /// Whether a call is the value of a name: `val common = Seq(…)`, `= Def.settings(…)`.
    fn is_value(&self, call: usize) -> bool {
        let script = self.script;
        let mut before = call;
        if before >= 2 && script.is(before - 1, ".") && script.word(before - 2) == "Def" {
            before -= 2;
        }
        while before > 0 && script.is_line_end(before - 1) {
            before -= 1;
        }
        before > 0 && script.is(before - 1, "=")
    }

    /// The next `%` behind line ends.
    fn percent(&self, mut index: usize) -> Option<usize> {
        while self.script.is_line_end(index) {
            index += 1;
        }
        self.script.is(index, "%").then_some(index)
    }

    fn operand(&self, mut index: usize) -> Option<(Written, usize)> {
        let script = self.script;
        while script.is_line_end(index) {
            index += 1;
        }
        if script.is_string(index) {
            return Some((template::of_string(script, &script.tokens[index]), index + 1));
        }
        if script.is(index, "(") {
            let end = script.skip(index, script.tokens.len());
            return Some((template::of_value(script, script.inside(index, end))?, end));
        }
        let chain = script.chain(index, script.tokens.len())?;
        // What modifies the module is no part of the operand: `"1.0" exclude(…)` has it apart, `v.exclude(…)` has it not.
        Some((template::of_value(script, Range::new(index, chain.end))?, chain.end))
    }

    fn operand_before(&self, index: usize) -> Option<Written> {
        let script = self.script;
        let mut last = index.checked_sub(1)?;
        while script.is_line_end(last) {
            last = last.checked_sub(1)?;
        }
        if script.is_string(last) {
            return Some(template::of_string(script, &script.tokens[last]));
        }
        let chain = script.chain_before(last, 0)?;
        let start = script.tokens.partition_point(|token| token.outer.start < chain.span.start);
        template::of_value(script, Range::new(start, last + 1))
    }

    /// The operands behind `_` in `.map(_ % x)` behind the list that a module stands in.
    fn mapped(&self, next: usize) -> Vec<Written> {
        let script = self.script;
        let mut index = next;
        // The rest of the list: at most to its end.
        while index < script.tokens.len() && !script.is(index, ")") {
            if script.is(index, "}") || (script.is_line_end(index) && index > next + 4000) {
                return Vec::new();
            }
            index = script.skip(index, script.tokens.len());
        }
        let mut close = index + 1;
        while script.is_line_end(close) {
            close += 1;
        }
        let is_map = (script.is(close, ".") && script.word(close + 1) == "map") || script.word(close) == "map";
        let open = close + if script.is(close, ".") { 2 } else { 1 };
        if !is_map || !script.is(open, "(") || script.word(open + 1) != "_" {
            return Vec::new();
        }
        let mut operands = Vec::new();
        let mut at = open + 2;
        while let Some(mark) = self.percent(at)
            && let Some((operand, after)) = self.operand(mark + 1)
        {
            operands.push(operand);
            at = after;
        }
        operands
    }
}

/// Whether a scope takes in all projects of a build.
fn is_whole_build(scope: &str) -> bool {
    matches!(scope, "ThisBuild" | "Global")
}

/// The one expression that a template consists of.
fn expression(text: &str) -> &str {
    text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).unwrap_or(text)
}

/// What a module is for, by its configuration; `None` for a text that is none.
fn scope(operand: &Written) -> Option<Scope> {
    let text = operand.text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).unwrap_or(&operand.text);
    let name = text.rsplit('.').next().unwrap_or(text);
    let mut scopes = name.split([',', ';']).map(|part| {
        let own = part.split("->").next().unwrap_or(part).trim();
        match own.to_ascii_lowercase().as_str() {
            "test" | "it" | "integrationtest" | "e2e" | "test-internal" => Some(Scope::Test),
            "provided" => Some(Scope::Peer),
            "optional" => Some(Scope::Optional),
            "compile" | "runtime" | "default" | "*" => Some(Scope::Runtime),
            _ => None,
        }
    });
    let first = scopes.next()??;
    scopes.try_fold(first, |least, scope| Some(least.min(scope?)))
}
