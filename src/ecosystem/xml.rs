//! XML as a tree of elements with places, for the formats that are written in it (XML 1.0, fifth edition).
//!
//! Traps:
//! - Text arrives in pieces around comments, CDATA sections and references; together they are one value.
//! - A document type is never expanded: of the references, the five predefined ones and characters are read (sections 4.1 and
//!   4.6); any other stays in the value as it is written.
//! - Names are compared without their namespace prefix.
//! - In an attribute's value a line end or tab counts as a space (section 3.3.3).
//! - A broken file keeps what was read before the break; an element that is never closed is closed where its parent is, or
//!   at the end.
//!
//! Not done: validation; of an attribute that is written twice both are kept.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::model::{Problem, ProblemKind};
use crate::source::Span;

/// Elements nested deeper than this are not kept.
const MAX_DEPTH: usize = 128;

/// Longest name of a reference in an attribute, in bytes.
const MAX_REFERENCE: usize = 64;

/// Problems of one file beyond this are not reported.
const MAX_PROBLEMS: usize = 20;

/// The number of an element in its [`Tree`].
pub type ElementId = usize;

/// A document.
#[derive(Debug, Default)]
pub struct Tree {
    elements: Vec<Element>,
    /// What breaks the grammar.
    pub problems: Vec<Problem>,
}

/// An element.
#[derive(Debug)]
pub struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// Its start tag.
    pub tag: Span,
    /// The text directly in it, without surrounding blanks.
    pub value: String,
    /// Where that text stands, from its first to its last character; `None` where it is blank.
    pub value_span: Option<Span>,
    /// Whether the value holds a reference that is not expanded.
    pub has_reference: bool,
    /// What is written in its start tag behind the name.
    pub attributes: Vec<Attribute>,
    /// The elements directly in it.
    pub children: Vec<ElementId>,
}

/// An attribute.
#[derive(Debug)]
pub struct Attribute {
    /// Its name without a prefix.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where the value stands, without quotes.
    pub span: Span,
    /// Whether the value holds a reference that is not expanded.
    pub has_reference: bool,
}

impl Element {
    /// The attribute of a name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// Builds a tree from events.
#[derive(Default)]
struct Builder {
    tree: Tree,
    open: Vec<ElementId>,
    /// How many elements are open below the deepest that is kept.
    too_deep: usize,
}

impl Tree {
    /// Reads a document.
    pub fn read(text: &str) -> Tree {
        // The library drops a mark at the start and then counts without it.
        let mark = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        let mut reader = Reader::from_str(&text[mark..]);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        let place =
            |position: u64| usize::try_from(position).map_or(text.len(), |position| (position + mark).min(text.len()));
        let mut builder = Builder::default();
        loop {
            let start = place(reader.buffer_position());
            let event = reader.read_event();
            let span = Span::new(start, place(reader.buffer_position()));
            match event {
                Ok(Event::Start(tag)) => {
                    builder.start(tag.local_name().as_ref(), span);
                    builder.attributes(text, &tag, span);
                }
                Ok(Event::Empty(tag)) => {
                    builder.start(tag.local_name().as_ref(), span);
                    builder.attributes(text, &tag, span);
                    builder.close_last();
                }
                Ok(Event::End(tag)) => builder.end(tag.local_name().as_ref(), span),
                Ok(Event::Text(_)) => builder.text(&text[span.start..span.end], span),
                Ok(Event::CData(_)) => {
                    let inside = Span::new(span.start + "<![CDATA[".len(), span.end - "]]>".len());
                    builder.text(&text[inside.start..inside.end], inside);
                }
                Ok(Event::GeneralRef(reference)) => builder.reference(&reference, &text[span.start..span.end], span),
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Ok(Event::Eof) => break,
                Err(error) => {
                    let at = place(reader.error_position());
                    builder.report(Span::new(at, at), ProblemKind::Syntax, format!("not well-formed: {error}"));
                    break;
                }
            }
        }
        builder.finish()
    }

    /// An element by its number.
    pub fn get(&self, id: ElementId) -> &Element {
        &self.elements[id]
    }

    /// The outermost element; the first, where a broken file has several.
    pub fn root(&self) -> Option<&Element> {
        self.elements.first()
    }

    /// The elements directly in another.
    pub fn children<'a>(&'a self, element: &'a Element) -> impl Iterator<Item = &'a Element> {
        element.children.iter().map(|id| &self.elements[*id])
    }

    /// The elements of one name directly in another.
    pub fn named<'a>(&'a self, element: &'a Element, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children(element).filter(move |child| child.name == name)
    }

    /// The first element of a name directly in another.
    pub fn child<'a>(&'a self, element: &'a Element, name: &str) -> Option<&'a Element> {
        self.children(element).find(|child| child.name == name)
    }

    /// The elements at the end of a path of names below another, whatever their number at each step.
    pub fn path<'a>(&'a self, element: &'a Element, names: &[&str]) -> Vec<&'a Element> {
        let mut found = vec![element];
        for name in names {
            found = found.into_iter().flat_map(|element| self.children(element)).filter(|e| e.name == *name).collect();
        }
        found
    }
}

impl Builder {
    fn start(&mut self, name: &str, tag: Span) {
        if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            let at = Span::new(tag.start, tag.start + 1);
            self.report(at, ProblemKind::Syntax, "`<` is not followed by a name".into());
            // An end tag that belongs to it is then unmatched, and so reported and dropped as well.
            return;
        }
        if self.open.len() >= MAX_DEPTH {
            if self.too_deep == 0 {
                let message = format!("elements nested deeper than {MAX_DEPTH} are not read");
                self.report(tag, ProblemKind::Limit, message);
            }
            self.too_deep += 1;
            return;
        }
        let id = self.tree.elements.len();
        if let Some(parent) = self.open.last() {
            self.tree.elements[*parent].children.push(id);
        } else if id > 0 {
            self.report(tag, ProblemKind::Syntax, format!("`{name}` stands behind the outermost element"));
        }
        self.tree.elements.push(Element {
            name: name.to_owned(),
            tag,
            value: String::new(),
            value_span: None,
            has_reference: false,
            attributes: Vec::new(),
            children: Vec::new(),
        });
        self.open.push(id);
    }

    /// Adds the attributes of the element that was just opened.
    fn attributes(&mut self, text: &str, tag: &BytesStart<'_>, span: Span) {
        let Some(element) = self.tree.elements.last_mut().filter(|element| element.tag == span) else { return };
        let mut broken = false;
        for attribute in tag.attributes().with_checks(false) {
            let Ok(attribute) = attribute else {
                broken = true;
                continue;
            };
            // The library hands out a part of the text, of which only the address tells where it stands.
            let offset = (attribute.value.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            let place = Span::new(offset, offset.saturating_add(attribute.value.len()));
            if text.get(place.start..place.end) != Some(&*attribute.value) {
                continue;
            }
            let (value, has_reference) = attribute_value(&attribute.value);
            let name = attribute.key.local_name().as_ref().to_owned();
            element.attributes.push(Attribute { name, value, span: place, has_reference });
        }
        if broken {
            self.report(span, ProblemKind::Syntax, "an attribute of this element is malformed".into());
        }
    }

    /// Closes the element that was just opened.
    fn close_last(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else {
            self.close();
        }
    }

    fn end(&mut self, name: &str, tag: Span) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let Some(position) = self.open.iter().rposition(|id| self.tree.elements[*id].name == name) else {
            return self.report(tag, ProblemKind::Syntax, format!("`</{name}>` closes nothing"));
        };
        while self.open.len() > position + 1 {
            self.unclosed();
        }
        self.close();
    }

    /// Closes the innermost element for which there is no end tag.
    fn unclosed(&mut self) {
        if let Some(id) = self.open.last() {
            let element = &self.tree.elements[*id];
            let (tag, message) = (element.tag, format!("`<{}>` is never closed", element.name));
            self.report(tag, ProblemKind::Syntax, message);
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(id) = self.open.pop() {
            let element = &mut self.tree.elements[id];
            let length = element.value.trim_end_matches(is_blank).len();
            element.value.truncate(length);
        }
    }

    fn text(&mut self, piece: &str, span: Span) {
        let blank_before = piece.len() - piece.trim_start_matches(is_blank).len();
        let length = piece.trim_end_matches(is_blank).len();
        // Line ends are one character each (section 2.11).
        let value = piece.replace("\r\n", "\n");
        if length <= blank_before {
            self.append(&value, None);
        } else {
            self.append(&value, Some(Span::new(span.start + blank_before, span.start + length)));
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>, written: &str, span: Span) {
        if let Ok(Some(c)) = reference.resolve_char_ref() {
            return self.append(c.encode_utf8(&mut [0; 4]), (!is_blank(c)).then_some(span));
        }
        if let Some(text) = quick_xml::escape::resolve_xml_entity(reference) {
            return self.append(text, Some(span));
        }
        self.append(written, Some(span));
        if let (Some(id), 0) = (self.open.last(), self.too_deep) {
            self.tree.elements[*id].has_reference = true;
        }
    }

    /// Appends to the innermost element's value; `span` is where the piece is not blank.
    fn append(&mut self, piece: &str, span: Option<Span>) {
        let (Some(id), 0) = (self.open.last(), self.too_deep) else { return };
        let element = &mut self.tree.elements[*id];
        element.value.push_str(if element.value.is_empty() { piece.trim_start_matches(is_blank) } else { piece });
        element.value_span = match (element.value_span, span) {
            (Some(old), Some(new)) => Some(old.to(new)),
            (old, new) => old.or(new),
        };
    }

    fn report(&mut self, span: Span, kind: ProblemKind, message: String) {
        if self.tree.problems.len() < MAX_PROBLEMS {
            self.tree.problems.push(Problem { kind, message, span });
        }
    }

    /// Closes what the end of the text leaves open; one problem speaks for all of it.
    fn finish(mut self) -> Tree {
        if self.tree.problems.is_empty() && !self.open.is_empty() {
            self.unclosed();
        }
        while !self.open.is_empty() {
            self.close();
        }
        self.tree
    }
}

/// An attribute's value with its references put in, and whether one of them is left.
fn attribute_value(written: &str) -> (String, bool) {
    let mut value = String::with_capacity(written.len());
    let mut has_reference = false;
    let blanks = ['\r', '\n', '\t'];
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('&') {
        value.push_str(&before.replace("\r\n", " ").replace(blanks, " "));
        rest = after;
        let end = after.bytes().take(MAX_REFERENCE).position(|byte| byte == b';');
        let Some((name, behind)) = end.map(|end| (&after[..end], &after[end + 1..])) else {
            value.push('&');
            continue;
        };
        match (BytesRef::new(name).resolve_char_ref(), quick_xml::escape::resolve_xml_entity(name)) {
            (Ok(Some(c)), _) => value.push(c),
            (_, Some(text)) => value.push_str(text),
            _ => {
                value.push('&');
                has_reference = true;
                continue;
            }
        }
        rest = behind;
    }
    value.push_str(&rest.replace("\r\n", " ").replace(blanks, " "));
    (value, has_reference)
}

/// White space as Java's `trim` has it, which is what the tools trim values with.
fn is_blank(c: char) -> bool {
    c <= ' '
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String, Option<String>)> {
        let tree = Tree::read(text);
        let found = tree.elements.iter().map(|element| {
            let place = element.value_span.map(|span| text[span.start..span.end].to_owned());
            (element.name.clone(), element.value.clone(), place)
        });
        found.collect()
    }

    #[test]
    fn pieces_are_joined_and_places_are_without_blanks() {
        let text = "<a> \r\n 8<!-- was 9 -->.0<![CDATA[.2 ]]>  <?p?></a>";
        assert_eq!(values(text), [("a".into(), "8.0.2".into(), Some("8<!-- was 9 -->.0<![CDATA[.2".into()))]);
        let text = "\u{FEFF}<x:a>&#32;&#56;&amp;&v;</x:a>";
        assert_eq!(values(text), [("a".into(), "8&&v;".into(), Some("&#56;&amp;&v;".into()))]);
    }

    #[test]
    fn attributes_have_places() {
        let text = "\u{FEFF}<a x:b = '1&#46;2&amp;&v;'\n c=\"\tz\"/>";
        let tree = Tree::read(text);
        let a = tree.root().unwrap();
        let found = |name: &str| a.attribute(name).map(|b| (b.value.as_str(), &text[b.span.start..b.span.end]));
        assert_eq!(found("b"), Some(("1.2&&v;", "1&#46;2&amp;&v;")));
        assert!(a.attribute("b").unwrap().has_reference);
        assert_eq!(found("c"), Some((" z", "\tz")));
        assert_eq!(Tree::read("<a b=1 c='2'/>").problems.len(), 1);
        assert_eq!(Tree::read("<a b='1'>").root().unwrap().attributes.len(), 1);
    }

    #[test]
    fn an_unclosed_element_ends_with_its_parent() {
        let tree = Tree::read("<a><b>1<c/></a>");
        assert_eq!(tree.root().unwrap().children, [1]);
        assert_eq!(tree.problems.len(), 1);
        assert_eq!(Tree::read("<a><b>1").problems.len(), 1);
        assert_eq!(Tree::read("<a></b></a>").problems.len(), 1);
        assert_eq!(Tree::read("<a><![CDATA[1</a>").root().unwrap().name, "a");
    }

    #[test]
    fn hostile_nesting_is_linear_and_does_not_overflow() {
        let deep = "<a>".repeat(200_000);
        assert!(Tree::read(&deep).elements.len() <= MAX_DEPTH);
        let unmatched = "<a>".repeat(100) + &"</b>".repeat(200_000);
        assert_eq!(Tree::read(&unmatched).problems.len(), MAX_PROBLEMS);
        let laughs = "<!DOCTYPE a [<!ENTITY x \"&y;&y;\">]><a>&x;</a>";
        assert_eq!(Tree::read(laughs).root().unwrap().value, "&x;");
    }
}
