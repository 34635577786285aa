//! A change of a file as a unified diff, which `git apply` and `patch` take.
//!
//! Works on bytes, so that it can be applied whatever the encoding is. Edits never add or take away lines: line by line is
//! all that has to be compared.

use std::ops::Range;

/// Lines of context, as everybody has them.
const CONTEXT: usize = 3;

/// The diff of two files with as many lines; nothing if they are alike.
pub fn unified(path: &str, before: &[u8], after: &[u8]) -> Vec<u8> {
    let before: Vec<&[u8]> = before.split_inclusive(|byte| *byte == b'\n').collect();
    let after: Vec<&[u8]> = after.split_inclusive(|byte| *byte == b'\n').collect();
    let changed: Vec<usize> =
        (0..before.len().max(after.len())).filter(|at| before.get(*at) != after.get(*at)).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for at in changed {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(before.len());
        match hunks.last_mut() {
            Some(last) if around.start <= last.end => last.end = around.end,
            _ => hunks.push(around),
        }
    }
    let mut out = format!("--- {}\n+++ {}\n", quoted("a", path), quoted("b", path)).into_bytes();
    for hunk in hunks {
        let (start, length) = (hunk.start + 1, hunk.len());
        out.extend(format!("@@ -{start},{length} +{start},{length} @@\n").bytes());
        let mut at = hunk.start;
        while at < hunk.end {
            let same = before[at] == after[at];
            let end = (at..hunk.end).find(|other| (before[*other] == after[*other]) != same).unwrap_or(hunk.end);
            if same {
                lines(&mut out, b' ', &before[at..end]);
            } else {
                lines(&mut out, b'-', &before[at..end]);
                lines(&mut out, b'+', &after[at..end]);
            }
            at = end;
        }
    }
    out
}

fn lines(out: &mut Vec<u8>, mark: u8, lines: &[&[u8]]) {
    for line in lines {
        out.push(mark);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

/// A path as git writes it in a diff: in quotes with C's escapes where it holds what would end or mislead the line.
fn quoted(side: &str, path: &str) -> String {
    let path = format!("{side}/{path}");
    if !path.contains(|c: char| c.is_control() || matches!(c, '"' | '\\')) {
        return path;
    }
    let mut out = String::from("\"");
    for character in path.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            c if c.is_control() => {
                let mut buffer = [0; 4];
                out.extend(c.encode_utf8(&mut buffer).bytes().map(|byte| format!("\\{byte:03o}")));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_join_where_their_context_meets() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15";
        let after = before.replace("\n2\n", "\ntwo\n").replace("\n4\n", "\nfour\n").replace("15", "fifteen");
        let diff = String::from_utf8(unified("a b/\"c\"\n", before.as_bytes(), after.as_bytes())).unwrap();
        let wanted = "--- \"a/a b/\\\"c\\\"\\012\"\n+++ \"b/a b/\\\"c\\\"\\012\"\n@@ -1,7 +1,7 @@\n 1\n-2\n+two\n 3\n-4\n+four\n 5\n 6\n \
                      7\n@@ -12,4 +12,4 @@\n 12\n 13\n 14\n-15\n\\ No newline at end of file\n+fifteen\n\\ No newline at end of \
                      file\n";
        assert_eq!(diff, wanted);
        assert!(unified("x", b"a", b"a").is_empty());
    }
}
