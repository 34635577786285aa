//! Bundler's manifest, `Gemfile` (Bundler, `man/gemfile.5`, `lib/bundler/dsl.rb`). It is Ruby; what is literal is read, and
//! nothing is executed.
//!
//! Traps:
//! - A version alone is exact. A requirement may be several strings or arrays of them; one string holds one requirement.
//! - Of the branches of `if`, `case` and the like only one is taken at run time; each is read, with its clause as condition.
//! - A `git`, `path` or shorthand (`github: "a/b"`), in the call or in the block round it, decides whatever version stands
//!   beside it.
//! - `gemspec` takes in the gemspec of a folder without naming it; the include then names the folder, with `/` at its end.
//! - `eval_gemfile` is relative to the file that it stands in.
//! - In a loop over `Dir[…]` it takes in whatever the pattern finds, which may be nothing.
//! - A requirement that is computed is stated as computed, at its place.
//!
//! Not done: methods that a Gemfile defines are not called, plugins are not read.

use std::rc::Rc;

use ruby_prism::{CallNode, Node};

use super::declaration::{self, Statement};
use super::gem_source::{self, Options, Shorthands, Taken};
use super::gemspec;
use super::ruby::{self, Located, Next, Path, Program, Scope as Place, Value};
use crate::model::{
    Declared, Ecosystem, Format, GitReference, Include, Problem, ProblemKind, Reading, Role, Scope, Source, Stated,
};
use crate::source::{SourceText, Span};

/// Bundler's manifest, and whatever it takes in.
pub const FORMAT: Format = Format {
    id: "gemfile",
    name: "Gemfile",
    ecosystem: Ecosystem::Gem,
    // Variants end in anything but `k`, so that no lockfile and no backup is one.
    globs: &["Gemfile", "gems.rb", "*.gemfile", "Gemfile[._-]*[!k]"],
    read,
};

/// Most groups and platforms that are kept of the blocks round a call.
const MAX_WORDS: usize = 100;

/// Most patterns that are looked for; each asks for a walk.
const MAX_PATTERNS: usize = 50;

/// What the blocks round a call say.
#[derive(Clone)]
struct Context {
    groups: Rc<[String]>,
    is_optional: bool,
    platforms: Rc<[String]>,
    install_if: Option<Rc<str>>,
    source: Option<Rc<Source>>,
}

/// A reading in the making.
struct Reader<'a, 'p> {
    program: &'a Program<'p>,
    reading: Reading,
    shorthands: Shorthands,
}

fn read(source: &SourceText) -> Reading {
    // A copy of a lockfile under another name (`Gemfile.lock.orig`) is no Ruby.
    if ["GEM\n", "GEM\r\n", "GIT\n", "GIT\r\n", "PATH\n", "PATH\r\n"].iter().any(|head| source.text().starts_with(head))
    {
        return Reading::default();
    }
    ruby::read(source, |program| {
        let mut reader = Reader { program, reading: Reading::default(), shorthands: Shorthands::new() };
        let context =
            Context { groups: Rc::new([]), is_optional: false, platforms: Rc::new([]), install_if: None, source: None };
        let cut = ruby::walk(program, context, |call, place| reader.call(call, place));
        reader.reading.problems.extend(cut.map(ruby::too_many_turns));
        reader.reading
    })
}

impl<'p> Reader<'_, 'p> {
    fn call(&mut self, call: &CallNode<'p>, place: &Place<Context>) -> Next<Context> {
        let is_own = call.receiver().is_none_or(|receiver| receiver.as_self_node().is_some());
        let name = ruby::name(&call.name());
        if !is_own {
            return Next::Parts;
        }
        let nodes: Vec<Node<'p>> =
            call.arguments().iter().flat_map(|list| list.arguments().iter().collect::<Vec<_>>()).collect();
        let arguments: Vec<Located> = match name.as_str() {
            "gem" | "group" | "source" | "git" | "github" | "path" | "platforms" | "platform" | "install_if"
            | "gemspec" | "git_source" => declaration::arguments(self.program, call, &place.bindings),
            "eval_gemfile" | "eval" | "instance_eval" | "class_eval" => {
                return self.evaluate(call, &name, &nodes, place);
            }
            _ => return Next::Parts,
        };
        let (positional, options) = match arguments.split_last() {
            Some((last, before)) if matches!(last.value, Value::Map(_)) => (before, Options::new(Some(last))),
            _ => (arguments.as_slice(), Options::new(None)),
        };
        let mut context = place.context.clone();
        match name.as_str() {
            "gem" => {
                self.gem(positional, &options, place);
                // Where a bracket is not closed, the next declaration is among the arguments of this one.
                return Next::Parts;
            }
            "gemspec" => {
                self.gemspec(call, &nodes, place);
                return Next::Done;
            }
            "git_source" => {
                self.shorthand(call, positional);
                return Next::Done;
            }
            "group" => {
                let more = gem_source::words(self.program, positional);
                context.groups = context.groups.iter().cloned().chain(more).take(MAX_WORDS).collect();
                context.is_optional |= options.get("optional").is_some();
            }
            "platforms" | "platform" => {
                let more = gem_source::words(self.program, positional);
                context.platforms = context.platforms.iter().cloned().chain(more).take(MAX_WORDS).collect();
            }
            "install_if" => context.install_if = Some(self.written(positional).into()),
            "source" => context.source = None,
            "path" => context.source = Some(Rc::new(Source::Path(self.text(positional)))),
            "git" => {
                let repository = self.text(positional);
                context.source = Some(Rc::new(options.repository(self.program, repository, GitReference::Default)));
            }
            _ => {
                let Some(value) = positional.first() else { return Next::Parts };
                let (repository, reference) = gem_source::expand(&name, value, self.program, &self.shorthands);
                context.source = Some(Rc::new(options.repository(self.program, repository, reference)));
            }
        }
        Next::Block(context)
    }

    fn text(&self, positional: &[Located]) -> String {
        positional.first().map_or(String::new(), |value| gem_source::text(self.program, value))
    }

    fn written(&self, values: &[Located]) -> String {
        let texts: Vec<&str> = values.iter().map(|value| self.program.slice(value.span)).collect();
        ruby::excerpt(&texts.join(", "))
    }

    fn gem(&mut self, positional: &[Located], options: &Options, place: &Place<Context>) {
        let Some((name_argument, requirements)) = positional.split_first() else { return };
        let Some(name) = declaration::gem_name(name_argument) else { return };
        let mut statement = declaration::requirements(self.program, &mut self.reading, name_argument, requirements);
        let source = match options.taken_from(self.program, &self.shorthands) {
            Taken::Source(source) => Some(source),
            Taken::Registry => None,
            Taken::Here => place.context.source.as_deref().cloned(),
        };
        if let Some(source) = source {
            let span = match statement.stated {
                Stated::Requirement(..) => statement.span,
                _ => name_argument.place(),
            };
            statement = Statement { stated: Stated::Source(source), span };
        } else if options.is_open {
            // An option that is not known could take the gem from elsewhere.
            let message = "options that are computed".to_owned();
            statement = Statement { stated: Stated::Computed(message), ..statement };
        }
        let mut groups = place.context.groups.to_vec();
        groups.extend(options.words(self.program, ["groups", "group"]));
        let mut platforms = place.context.platforms.to_vec();
        platforms.extend(options.words(self.program, ["platform", "platforms"]));
        let own_install_if = options.get("install_if").map(|value| ruby::excerpt(self.program.slice(value.span)));
        let install_if = own_install_if.or_else(|| place.context.install_if.as_deref().map(str::to_owned));
        self.reading.declared.push(Declared {
            name: name.to_owned(),
            stated: statement.stated,
            scope: scope(&groups, place.context.is_optional),
            direct: Some(true),
            condition: condition(place, &groups, &platforms, install_if),
            span: statement.span,
        });
    }

    fn gemspec(&mut self, call: &CallNode<'p>, nodes: &[Node<'p>], place: &Place<Context>) {
        let options = nodes.last().map(|node| self.program.value(node, &place.bindings));
        let options = Options::new(options.as_ref());
        let folder = match options.get("path") {
            None => Path { text: ".".to_owned(), is_pattern: false },
            Some(_) => match self.option_path(nodes, "path", place) {
                Some(folder) => folder,
                None => return self.unknown_include(call, place),
            },
        };
        let Path { text: folder, is_pattern } = folder;
        let text = match options.get("name").and_then(Located::word) {
            Some(name) => format!("{folder}/{name}.gemspec"),
            None if is_pattern => format!("{folder}/*.gemspec"),
            None => format!("{folder}/"),
        };
        self.include(call, &gemspec::FORMAT, Path { text, is_pattern }, place);
    }

    /// The path that an option of a call gives.
    fn option_path(&self, nodes: &[Node<'p>], option: &str, place: &Place<Context>) -> Option<Path> {
        let hash = nodes.last()?;
        let pairs = match hash.as_keyword_hash_node() {
            Some(hash) => hash.elements(),
            None => hash.as_hash_node()?.elements(),
        };
        for pair in &pairs {
            let Some(pair) = pair.as_assoc_node() else { continue };
            if self.program.value(&pair.key(), &place.bindings).word() == Some(option) {
                return self.program.path(&pair.value(), &place.bindings);
            }
        }
        None
    }

    /// `eval_gemfile "path"`, and what did its work before there was one: `eval File.read("path")`.
    fn evaluate(
        &mut self,
        call: &CallNode<'p>,
        name: &str,
        nodes: &[Node<'p>],
        place: &Place<Context>,
    ) -> Next<Context> {
        let Some(first) = nodes.first() else { return Next::Parts };
        let path = if name == "eval_gemfile" {
            self.program.path(first, &place.bindings)
        } else {
            let Some(file) = read_file(first) else { return Next::Parts };
            self.program.path(&file, &place.bindings)
        };
        match path {
            Some(path) => self.include(call, &FORMAT, path, place),
            None => self.unknown_include(call, place),
        }
        Next::Done
    }

    fn include(&mut self, call: &CallNode<'p>, format: &'static Format, path: Path, place: &Place<Context>) {
        if path.is_pattern {
            let mut patterns = self.reading.includes.iter().filter(|include| include.role == Role::Matching);
            if patterns.clone().any(|include| include.paths.contains(&path.text) && include.format.id == format.id) {
                return;
            }
            if patterns.nth(MAX_PATTERNS - 1).is_some() {
                return self.unknown_include(call, place);
            }
        }
        self.reading.includes.push(Include {
            role: if path.is_pattern { Role::Matching } else { Role::Requirements },
            paths: vec![path.text],
            format,
            identity: None,
            condition: condition(place, &[], &[], None),
            span: self.arguments(call),
        });
    }

    fn unknown_include(&mut self, call: &CallNode<'p>, place: &Place<Context>) {
        let span = self.arguments(call);
        if ruby::is_conditional(condition(place, &[], &[], None).as_deref()) {
            return;
        }
        let message =
            format!("`{}` is computed, so gems of that file may be missed", ruby::excerpt(self.program.slice(span)));
        self.reading.problems.push(Problem { kind: ProblemKind::MissingInclude, message, span });
    }

    /// The place of the arguments, or of the call's name where there is none.
    fn arguments(&self, call: &CallNode<'p>) -> Span {
        let location = call.arguments().map(|arguments| arguments.location()).or_else(|| call.message_loc());
        self.program.span(&location.unwrap_or_else(|| call.location()))
    }

    /// `git_source(:name) { |value| "https://host/#{value}.git" }`
    fn shorthand(&mut self, call: &CallNode<'p>, positional: &[Located]) {
        let Some(name) = positional.first().and_then(Located::word) else { return };
        // What everybody defines is what Bundler does by itself.
        if !matches!(name, "github" | "gist" | "bitbucket" | "gitlab") {
            self.shorthands.insert(name.to_owned(), template(call));
        }
    }
}

/// The argument of `File.read(…)`, `Bundler.read_file(…)` and their like.
fn read_file<'p>(node: &Node<'p>) -> Option<Node<'p>> {
    let call = node.as_call_node()?;
    let reads =
        matches!(ruby::name(&call.name()).as_str(), "read" | "binread" | "read_file") && call.receiver().is_some();
    call.arguments().filter(|_| reads)?.arguments().first()
}

/// What stands before and behind the one value in the string that a block ends in.
fn template(call: &CallNode<'_>) -> Option<(String, String)> {
    let body = call.block()?.as_block_node()?.body()?.as_statements_node()?.body();
    let string = body.first().filter(|_| body.len() == 1)?.as_interpolated_string_node()?;
    let (mut before, mut behind, mut values) = (String::new(), String::new(), 0);
    for part in &string.parts() {
        match part.as_string_node() {
            Some(part) => {
                let side = if values == 0 { &mut before } else { &mut behind };
                side.push_str(&String::from_utf8_lossy(part.unescaped()));
            }
            None => {
                let statements = part.as_embedded_statements_node()?.statements()?.body();
                statements.first()?.as_local_variable_read_node()?;
                values += 1;
            }
        }
    }
    (values == 1).then_some((before, behind))
}

/// What the groups are for: any that is neither for development nor for tests is taken to be needed at run time.
fn scope(groups: &[String], is_optional: bool) -> Scope {
    let is_test = |group: &String| matches!(group.as_str(), "test" | "tests");
    let is_development = |group: &String| matches!(group.as_str(), "development" | "dev");
    if is_optional {
        Scope::Optional
    } else if groups.is_empty() {
        Scope::Runtime
    } else if groups.iter().all(is_test) {
        Scope::Test
    } else if groups.iter().all(|group| is_test(group) || is_development(group)) {
        Scope::Development
    } else {
        Scope::Runtime
    }
}

/// Clauses first, so that `ruby::is_conditional` finds them; then groups, platforms and `install_if`.
fn condition(
    place: &Place<Context>,
    groups: &[String],
    platforms: &[String],
    install_if: Option<String>,
) -> Option<String> {
    let mut parts = place.clauses.to_vec();
    if !groups.is_empty() {
        parts.push(format!("group {}", groups.join(", ")));
    }
    if !platforms.is_empty() {
        parts.push(format!("platforms {}", platforms.join(", ")));
    }
    parts.extend(install_if.map(|install_if| format!("install_if {install_if}")));
    (!parts.is_empty()).then(|| parts.join("; "))
}
