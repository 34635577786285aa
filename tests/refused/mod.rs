//! Wrong data files, each with the place and the sentence of its refusal beside it: `<case>.toml` and `<case>.refused`.

use std::path::Path;

use kubefloor::data::RuleError;

/// Holds each case in a folder below `tests` against its sentence, and says how many there are; `UPDATE_FIXTURES=1` writes
/// the sentences. The line is the same whatever the line ends are.
pub(crate) fn each_at_its_place(folder: &str, parse: impl Fn(&str, &str) -> Option<RuleError>) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut count = 0;
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().flatten() {
        if entry.path().extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        count += 1;
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(entry.path()).expect("the case is readable");
        let error = parse(&name, &text).expect(&name);
        let found = format!("{error}\n");
        let expected = entry.path().with_extension("refused");
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(&expected, &found).expect("the expected sentence is writable");
        }
        assert_eq!(std::fs::read_to_string(&expected).unwrap_or_default(), found, "{name}");
        let with_crlf = parse(&name, &text.replace('\n', "\r\n")).expect(&name);
        assert_eq!((with_crlf.at.map(|at| at.line), &name), (error.at.map(|at| at.line), &name));
    }
    count
}
