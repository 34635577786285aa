//! What a POM inherits, and the values of its expressions (Maven Model Builder, "profile injection", "inheritance assembly",
//! "model interpolation").
//!
//! Traps:
//! - Expressions are put in after inheritance, in the context of the POM that is built: a child's property changes what its
//!   parent's management says.
//! - `${project.version}` is the model's value even where a property has that name; without a prefix the property wins.
//! - What `.mvn/maven.config` sets beats every POM; what `.mvn/jvm.config` sets counts where no POM has it.
//! - A profile of the POM that is active by default is not once another of the same POM is active.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::management::Bom;
use super::pom_xml::package_name;
use super::poms::{Coordinates, Parent, Pom, PomId, Poms};
use crate::model::{FileId, Include, Origin, Reason, Variable, Why, folder};

/// Longest chain of parents, and of BOMs that import BOMs.
pub(crate) const MAX_CHAIN: usize = 32;

/// Deepest nesting of expressions in values of properties.
const MAX_NESTING: usize = 32;

/// Most expressions in one value.
const MAX_EXPRESSIONS: usize = 256;

/// Longest value, in bytes.
const MAX_VALUE: usize = 64 * 1024;

/// A POM with its parents, and a profile that was asked for.
pub struct Context<'a> {
    /// The POM and its parents as far as they are in the tree, nearest first.
    pub chain: Vec<PomId>,
    /// How the chain ends.
    pub end: End<'a>,
    /// The profile.
    pub profile: Option<&'a str>,
    /// The BOMs it imports, once they were asked for.
    pub(crate) boms: OnceCell<Vec<Bom<'a>>>,
}

/// How a chain of parents ends.
#[derive(Clone, Copy)]
pub enum End<'a> {
    /// With a POM that has no parent.
    Top,
    /// With a parent that is not in the tree.
    Remote(Missing<'a>),
    /// With a POM that asks for this one, which is already part of it.
    Cycle(PomId),
    /// At [`MAX_CHAIN`].
    TooLong,
}

/// A POM that is asked for, and mostly not there.
#[derive(Clone, Copy)]
pub struct Missing<'a> {
    /// The POM that asks.
    pub asking: PomId,
    /// Where it asks.
    pub include: &'a Include,
}

/// A value with its expressions put in.
pub struct Value {
    /// The value, or why there is none.
    pub text: Result<String, Why>,
    /// The text to edit: the property's, where the value is one property and nothing else.
    pub origin: Origin,
    /// That text as written.
    pub written: String,
    /// The properties on the way, outermost first: where each is used, and its name.
    pub through: Vec<(Origin, String)>,
    /// The properties that are parts of the value.
    pub parts: Vec<(Origin, String)>,
}

/// All models of a tree.
pub struct Models<'a> {
    /// The POMs.
    pub poms: Poms<'a>,
    boms: RefCell<HashMap<PomId, Rc<Context<'a>>>>,
}

impl<'a> Models<'a> {
    /// The models of some POMs.
    pub fn new(poms: Poms<'a>) -> Models<'a> {
        Models { poms, boms: RefCell::default() }
    }

    /// A POM with its parents.
    pub fn context(&self, pom: PomId, profile: Option<&'a str>) -> Context<'a> {
        let mut chain = vec![pom];
        loop {
            let asking = chain[chain.len() - 1];
            let end = match self.poms.get(asking).parent {
                Parent::None => End::Top,
                Parent::Elsewhere(include) => End::Remote(Missing { asking, include }),
                Parent::Here(parent, _) if chain.contains(&parent) => End::Cycle(parent),
                Parent::Here(..) if chain.len() >= MAX_CHAIN => End::TooLong,
                Parent::Here(parent, _) => {
                    chain.push(parent);
                    continue;
                }
            };
            return Context { chain, end, profile, boms: OnceCell::new() };
        }
    }

    /// Whether something that hangs on a condition counts in a context.
    pub fn is_active(&self, context: &Context<'a>, pom: PomId, condition: Option<&str>) -> bool {
        self.poms.get(pom).is_active(condition, context.profile)
    }

    /// The property of a name: the nearest POM's.
    fn property(&self, context: &Context<'a>, name: &str) -> Option<(PomId, &'a Variable)> {
        context.chain.iter().find_map(|id| Some((*id, self.poms.get(*id).property(name, context.profile)?)))
    }

    /// A value of the model itself, by its path.
    fn model_value(&self, context: &Context<'a>, path: &str) -> Option<&'a str> {
        let pom = self.poms.get(*context.chain.first()?);
        let (coordinates, field) = match path.strip_prefix("parent.") {
            None => (pom.coordinates, path),
            Some(field) => match pom.parent {
                Parent::None => return None,
                Parent::Here(_, include) | Parent::Elsewhere(include) => {
                    (include.identity.as_ref().map(Coordinates::of)?, field)
                }
            },
        };
        let value = match field {
            "groupId" => coordinates.group,
            "artifactId" => coordinates.artifact,
            "version" => coordinates.version?,
            _ => return None,
        };
        (!value.is_empty()).then_some(value)
    }

    /// What an expression stands for: a value, and the property that holds it if one does.
    fn look_up(&self, context: &Context<'a>, expression: &str) -> Option<(&'a str, Option<(FileId, &'a Variable)>)> {
        let path = expression.strip_prefix("project.").or_else(|| expression.strip_prefix("pom."));
        if let Some(value) = path.and_then(|path| self.model_value(context, path)) {
            return Some((value, None));
        }
        let folder = folder(self.poms.path(context.chain[0]));
        if let Some((file, variable)) = self.poms.arguments.find("maven.config", folder, expression) {
            return Some((&variable.value, Some((file, variable))));
        }
        if let Some((pom, variable)) = self.property(context, expression) {
            return Some((&variable.value, Some((self.poms.get(pom).file, variable))));
        }
        if let Some((file, variable)) = self.poms.arguments.find("jvm.config", folder, expression) {
            return Some((&variable.value, Some((file, variable))));
        }
        self.model_value(context, expression).map(|value| (value, None))
    }

    /// Puts in the expressions of a text.
    pub fn value(&self, context: &Context<'a>, text: &'a str, origin: Origin) -> Value {
        let mut value =
            Value { text: Ok(String::new()), origin, written: text.to_owned(), through: Vec::new(), parts: Vec::new() };
        let (mut text, mut seen) = (text, HashSet::new());
        while value.through.len() < MAX_NESTING
            && let Some(name) = sole_expression(text)
            && let Some((next, Some((file, variable)))) = self.look_up(context, name)
            && seen.insert(name)
        {
            value.through.push((value.origin, name.to_owned()));
            value.origin = Origin { file, span: variable.span };
            next.clone_into(&mut value.written);
            text = next;
        }
        let mut expansion = Expansion::new(self, context, true);
        value.text = expansion.expand(text);
        if value.text.is_ok() {
            value.parts = expansion.parts;
        }
        value
    }

    /// A name with its expressions put in; as it is where one is not known.
    pub fn name(&self, context: &Context<'a>, name: &str) -> String {
        if !name.contains("${") {
            return name.to_owned();
        }
        let mut expansion = Expansion::new(self, context, false);
        expansion.expand(name).unwrap_or_else(|_| name.to_owned())
    }

    /// A BOM is built on its own: no profile is asked for.
    pub(crate) fn bom_context(&self, pom: PomId) -> Rc<Context<'a>> {
        let mut boms = self.boms.borrow_mut();
        Rc::clone(boms.entry(pom).or_insert_with(|| Rc::new(self.context(pom, None))))
    }

    /// The POM of a context.
    pub fn pom(&self, context: &Context<'a>) -> &Pom<'a> {
        self.poms.get(context.chain[0])
    }

    /// A missing POM's name and version, as far as they are known where it is asked for.
    pub fn coordinates(&self, context: &Context<'a>, missing: Missing<'a>) -> String {
        let Some(identity) = &missing.include.identity else { return String::new() };
        let name = self.name(context, package_name(&identity.name));
        identity.version.as_ref().map_or(name.clone(), |version| format!("{name}:{}", self.name(context, version)))
    }
}

/// The name in a text that is one expression and nothing else.
fn sole_expression(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains(['$', '{', '}'])).then_some(name)
}

/// Putting in the expressions of one text.
struct Expansion<'m, 'a> {
    models: &'m Models<'a>,
    context: &'m Context<'a>,
    stack: Vec<String>,
    left: usize,
    /// Whether a failure names the absent parent; not where that name itself is put together.
    explains: bool,
    parts: Vec<(Origin, String)>,
}

impl<'m, 'a> Expansion<'m, 'a> {
    fn new(models: &'m Models<'a>, context: &'m Context<'a>, explains: bool) -> Expansion<'m, 'a> {
        Expansion { models, context, stack: Vec::new(), left: MAX_EXPRESSIONS, explains, parts: Vec::new() }
    }

    fn expand(&mut self, text: &str) -> Result<String, Why> {
        let unresolved = |message: String| Err(Why::new(Reason::UnresolvedVariable, message));
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            out.push_str(before);
            rest = behind;
            if self.stack.iter().any(|outer| outer == name) {
                return unresolved(format!("property `{name}` refers to itself"));
            }
            self.left = self.left.saturating_sub(1);
            if self.left == 0 || self.stack.len() >= MAX_NESTING || out.len() > MAX_VALUE {
                return unresolved(format!("property `{name}` leads to more properties than are followed"));
            }
            let Some((value, property)) = self.models.look_up(self.context, name) else {
                if let Some(variable) = name.strip_prefix("env.") {
                    return unresolved(format!("environment variable `{variable}` decides when the build runs"));
                }
                let message = format!("property `{name}` is not defined in this repository");
                let (End::Remote(parent), true) = (self.context.end, self.explains) else { return unresolved(message) };
                let parent = self.models.coordinates(self.context, parent);
                return unresolved(format!("{message}, and parent `{parent}`, which may define it, is not in it"));
            };
            if let Some((file, variable)) = property {
                let origin = Origin { file, span: variable.span };
                self.parts.push((origin, name.to_owned()));
            }
            self.stack.push(name.to_owned());
            let value = self.expand(value)?;
            self.stack.pop();
            out.push_str(&value);
        }
        out.push_str(rest);
        if out.len() > MAX_VALUE {
            return unresolved(format!("its value is longer than {MAX_VALUE} bytes"));
        }
        Ok(out)
    }
}
