//! The story of a rule as text: what happens, how long it goes well, how to see it, what helps, and who says so.
//!
//! Addresses and commands stand in lines of their own that are never broken, so that they can be clicked and copied.

use std::fmt::Write;

use crate::report::neutral::neutral;
use crate::rules::{Confidence, Rule};

/// The widest line of prose, indents and all.
const WIDTH: usize = 100;

pub(super) fn text(rule: &Rule) -> String {
    let mut text = format!("{} ({})\n", neutral(&rule.id), neutral(&rule.date));
    prose(&mut text, "  ", "  ", &rule.title);
    prose(&mut text, "  ", "  ", &rule.description);
    if let Some(story) = &rule.story {
        text.push_str("\nWhat happens\n");
        for (number, step) in story.happens.iter().enumerate() {
            prose(&mut text, &format!("  {}. ", number + 1), "     ", step);
        }
        if !story.grace.is_empty() {
            text.push_str("\nHow long a token that is not renewed goes on working\n");
        }
        for grace in &story.grace {
            let sure = match grace.confidence {
                Confidence::Verified => "",
                Confidence::Reported => " (reported)",
            };
            prose(&mut text, "  - ", "    ", &format!("{}: {}{sure}", grace.platform, grace.lasts));
            lines(&mut text, "    ", &grace.evidence);
        }
        if !story.checks.is_empty() {
            text.push_str("\nHow to see it in a cluster\n");
        }
        for check in &story.checks {
            prose(&mut text, "  - ", "    ", &check.what);
            lines(&mut text, "    $ ", check.command.as_slice());
        }
        text.push_str("\nWhat helps\n");
        for help in &story.helps {
            prose(&mut text, "  - ", "    ", help);
        }
        text.push_str("\nRead more\n");
        lines(&mut text, "  ", &story.links);
    }
    let count = rule.clients.len();
    let clients = if count == 1 { "client is" } else { "clients are" };
    text.push('\n');
    prose(
        &mut text,
        "",
        "",
        &format!(
            "{count} {clients} judged by this rule: `kubefloor rules` lists them, `kubefloor explain CLIENT` says more of one."
        ),
    );
    text
}

fn lines(text: &mut String, indent: &str, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "{indent}{}", neutral(line));
    }
}

/// Words in lines of limited width; a word that is wider than that has a line to itself.
fn prose(text: &mut String, first: &str, indent: &str, words: &str) {
    text.push_str(first);
    let mut column = first.chars().count();
    let mut is_first = true;
    for word in neutral(words).split_whitespace() {
        let width = word.chars().count();
        if !is_first && column + 1 + width > WIDTH {
            let _ = write!(text, "\n{indent}");
            column = indent.chars().count();
        } else if !is_first {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
        is_first = false;
    }
    text.push('\n');
}
