//! Revisions of git repositories: `--rev`, `--base`, `--baseline`. The repositories are made here, without git.
#![cfg(feature = "git")]

#[path = "revisions/repository.rs"]
mod repository;

use std::fs;

use gix::objs::tree::{Entry, EntryKind};
use repository::{Is, Repository, Run, findings, run, valid, write};

/// A client that is too old, one that may be, and a good one, with lines that make files alike.
const OLD: &str = "requests==2.0\nflask==1.0\nkubernetes==11.0.0\n";
const PERHAPS: &str = "requests==2.0\nflask==1.0\nkubernetes>=11\n";
const GOOD: &str = "requests==2.0\nflask==1.0\nkubernetes==29.0.0\n";
const OLD_GO: &str = "module m\n\ngo 1.16\n\nrequire k8s.io/client-go v8.0.0+incompatible\n";

/// A repository whose `main` has some files, with other files in its work tree.
fn changed(before: &[(&str, &str)], after: &[(&str, &str)]) -> Repository {
    let repository = Repository::new();
    let before: Vec<_> = before.iter().map(|(path, text)| (*path, Is::File(text))).collect();
    repository.commit("main", &[], &before);
    repository.check_out(after);
    repository
}

/// The findings after a change, and the exit code.
fn told(before: &[(&str, &str)], after: &[(&str, &str)]) -> (Option<i32>, Vec<String>) {
    let (exit, report) = changed(before, after).scan(&["--base", "main"]);
    (exit, findings(&report))
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn what_was_there_is_known() {
    let moved_down = format!("# a line more\n\n{}", OLD.replace("11.0.0", "10.0.0"));
    let after = [("a/requirements.txt", moved_down.as_str()), ("b/go.mod", OLD_GO)];
    let repository = changed(&[("a/requirements.txt", OLD)], &after);
    let (exit, report) = repository.scan(&["--base", "main"]);
    assert_eq!(exit, Some(1));
    assert_eq!(findings(&report), ["known a/requirements.txt kubernetes", "new b/go.mod k8s.io/client-go"]);
    assert_eq!(report["base"]["name"], "main");
    assert_eq!(report["base"]["compared"], true);
    assert_eq!((&report["summary"]["new"], &report["summary"]["known"]), (&1.into(), &1.into()));

    let of = |form: &str| repository.run("", &["scan", "--base", "main", "--format", form]).stdout;
    for form in ["text", "github", "rdjson"] {
        let text = of(form);
        assert!(text.contains("b/go.mod"), "{form}: {text}");
        assert!(!text.contains("a/requirements.txt"), "{form}: {text}");
    }
    for form in ["sarif", "markdown", "html", "csv", "gitlab", "junit", "json"] {
        let text = of(form);
        assert!(text.contains("b/go.mod") && text.contains("a/requirements.txt"), "{form}: {text}");
    }
    assert!(of("text").ends_with("; 1 new since `main`, 1 known\n"));
    let sarif: serde_json::Value = serde_json::from_str(&of("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let states: Vec<_> = results.iter().map(|result| result["baselineState"].as_str().unwrap()).collect();
    assert_eq!(states, ["unchanged", "new"]);
    let junit = of("junit");
    assert!(junit.contains("failures=\"1\"") && junit.contains("known before"), "{junit}");
}

#[test]
fn nothing_new_passes() {
    let (exit, found) = told(&[("requirements.txt", OLD)], &[("requirements.txt", OLD), ("x.py", "")]);
    assert_eq!((exit, found), (Some(0), owned(&["known requirements.txt kubernetes"])));
    let repository = changed(&[("requirements.txt", OLD)], &[("requirements.txt", GOOD)]);
    let (exit, report) = repository.scan(&["--base", "main"]);
    assert_eq!((exit, findings(&report).len()), (Some(0), 0));
    assert_eq!(report["base"]["compared"], true);
}

#[test]
fn worse_is_new_and_better_is_not() {
    let told = |before, after| told(&[("requirements.txt", before)], &[("requirements.txt", after)]).1;
    assert_eq!(told(PERHAPS, OLD), ["new requirements.txt kubernetes"]);
    assert_eq!(told(OLD, PERHAPS), ["known requirements.txt kubernetes"]);
    assert_eq!(told(GOOD, OLD), ["new requirements.txt kubernetes"]);
    assert_eq!(told(GOOD, PERHAPS), ["new requirements.txt kubernetes"]);
}

#[test]
fn what_was_ignored_was_not_known() {
    let ignored = OLD.replace("11.0.0", "11.0.0  # kubefloor: ignore[bound-service-account-token] not in a pod");
    let (exit, found) = told(&[("requirements.txt", &ignored)], &[("requirements.txt", OLD)]);
    assert_eq!((exit, found), (Some(1), owned(&["new requirements.txt kubernetes"])));
    let (exit, found) = told(&[("requirements.txt", OLD)], &[("requirements.txt", &ignored)]);
    assert_eq!((exit, found.len()), (Some(0), 0));

    let repository = changed(&[], &[("requirements.txt", &ignored)]);
    let path = repository.outside().join("baseline.json").display().to_string();
    assert_eq!(repository.run("", &["scan", "-q", "--report", &format!("json={path}")]).exit, Some(0));
    repository.check_out(&[("requirements.txt", OLD)]);
    let (exit, report) = repository.scan(&["--baseline", &path]);
    assert_eq!((exit, findings(&report)), (Some(1), owned(&["new requirements.txt kubernetes"])));
    // The configuration of now counts for both states.
    let all =
        "[[ignore]]\nrule = \"bound-service-account-token\"\npackage = \"kubernetes\"\nreason = \"not in a pod\"\n";
    let before = [("requirements.txt", OLD), ("kubefloor.toml", all)];
    let (exit, found) = told(&before, &[("requirements.txt", OLD)]);
    assert_eq!((exit, found), (Some(0), owned(&["known requirements.txt kubernetes"])));
    let (exit, found) = told(&before[..1], &before);
    assert_eq!((exit, found.len()), (Some(0), 0));
}

#[test]
fn what_only_tests_needed_and_now_runs_is_new() {
    let package =
        |group: &str| format!("{{\"name\": \"a\", \"{group}\": {{\"@kubernetes/client-node\": \"0.10.0\"}}}}");
    let (development, runtime) = (package("devDependencies"), package("dependencies"));
    let told = |before: &str, after: &str| told(&[("package.json", before)], &[("package.json", after)]).1;
    assert_eq!(told(&development, &runtime), ["new package.json @kubernetes/client-node"]);
    assert_eq!(told(&runtime, &development), ["known package.json @kubernetes/client-node"]);
}

#[test]
fn a_second_one_in_a_file_is_new() {
    let package = |groups: &[&str]| {
        let groups = groups.iter().map(|group| format!("  \"{group}\": {{ \"@kubernetes/client-node\": \"0.10.0\" }}"));
        format!("{{\n{}\n}}\n", groups.collect::<Vec<_>>().join(",\n"))
    };
    let (before, after) = (package(&["devDependencies"]), package(&["dependencies", "devDependencies"]));
    let (exit, found) = told(&[("package.json", &before)], &[("package.json", &after)]);
    let expected = ["new package.json @kubernetes/client-node", "known package.json @kubernetes/client-node"];
    assert_eq!((exit, found), (Some(1), owned(&expected)));
    let (exit, found) = told(&[("package.json", &after)], &[("package.json", &before)]);
    assert_eq!((exit, found), (Some(0), owned(&expected[1..])));
}

#[test]
fn a_file_that_has_moved_is_known() {
    let edited = format!("{OLD}another==1\n");
    let cases: &[(&str, &str, &str, &str)] = &[
        ("a/requirements.txt", "b/requirements.txt", OLD, "known"),
        ("a/requirements.txt", "b/requirements.txt", &edited, "known"),
        ("requirements.txt", "requirements/base.txt", OLD, "known"),
        ("a/requirements.txt", "b/requirements.txt", "kubernetes==11.0.0\nx==1\ny==1\nz==1\n", "new"),
    ];
    for (from, to, text, state) in cases {
        let (_, found) = told(&[(from, OLD)], &[(to, text)]);
        assert_eq!(found, [format!("{state} {to} kubernetes")], "{from} {text:?}");
    }
    let package = "{\n  \"name\": \"a\",\n  \"dependencies\": {\n    \"@kubernetes/client-node\": \"0.10.0\"\n  }\n}\n";
    let (_, found) = told(&[("package.json", package)], &[("web/package.json", package)]);
    assert_eq!(found, ["known web/package.json @kubernetes/client-node"]);
}

#[test]
fn a_copy_is_new_and_of_several_that_moved_each_counts_once() {
    let (_, found) = told(&[("a/requirements.txt", OLD)], &[("a/requirements.txt", OLD), ("b/requirements.txt", OLD)]);
    assert_eq!(found, ["known a/requirements.txt kubernetes", "new b/requirements.txt kubernetes"]);
    let after = [("b/requirements.txt", OLD), ("c/requirements.txt", OLD)];
    let (_, found) = told(&[("a/requirements.txt", OLD)], &after);
    assert_eq!(found, ["known b/requirements.txt kubernetes", "new c/requirements.txt kubernetes"]);
}

#[test]
fn a_folder_below_the_top_and_a_named_file_are_held_against_themselves() {
    let before = [("s/a/requirements.txt", OLD), ("go.mod", OLD_GO)];
    let after = [("s/a/requirements.txt", OLD), ("s/b/go.mod", OLD_GO), ("go.mod", OLD_GO)];
    let repository = changed(&before, &after);
    let expected = ["known a/requirements.txt kubernetes", "new b/go.mod k8s.io/client-go"];
    let (_, report) = repository.scan_in("s", &["--base", "main"]);
    assert_eq!(findings(&report), expected);
    assert_eq!(report["within_repository"], "s");
    let (_, report) = repository.scan(&["--base", "main", "s"]);
    assert_eq!(findings(&report), expected);
    let (exit, report) = repository.scan(&["--base", "main", "s/a/requirements.txt"]);
    assert_eq!((exit, findings(&report)), (Some(0), owned(&["known s/a/requirements.txt kubernetes"])));
    let (exit, report) = repository.scan(&["--base", "main", "s/b"]);
    assert_eq!((exit, findings(&report)), (Some(1), owned(&["new go.mod k8s.io/client-go"])), "a folder that is new");
    let (exit, report) = repository.scan(&["--base", "main", "s/b/go.mod"]);
    assert_eq!((exit, findings(&report)), (Some(1), owned(&["new s/b/go.mod k8s.io/client-go"])));
}

#[test]
fn the_base_is_where_the_two_have_parted() {
    let repository = Repository::new();
    let old = [("requirements.txt", Is::File(OLD))];
    let parted = repository.commit("main", &[], &old);
    // Others have mended it since.
    let mended = repository.commit("other", &[parted], &[("requirements.txt", Is::File(GOOD))]);
    repository.check_out(&[("requirements.txt", OLD)]);
    let (exit, report) = repository.scan(&["--base", "other"]);
    assert_eq!((exit, findings(&report)), (Some(0), owned(&["known requirements.txt kubernetes"])));
    assert_eq!(report["base"]["commit"], parted.to_string());
    let (exit, report) = repository.scan(&["--base", "other.."]);
    assert_eq!((exit, findings(&report)), (Some(1), owned(&["new requirements.txt kubernetes"])));
    assert_eq!(report["base"]["commit"], mended.to_string());
    for base in ["other...", "...other", "main...other", "other...HEAD"] {
        let (exit, report) = repository.scan(&["--base", base]);
        assert_eq!((exit, &report["base"]["commit"]), (Some(0), &parted.to_string().into()), "{base}");
    }
    // What is checked out in a pull request: a merge, whose first parent the base is.
    repository.commit("main", &[mended, parted], &[("requirements.txt", Is::File(GOOD))]);
    let (_, report) = repository.scan(&["--base", "other"]);
    assert_eq!(report["base"]["commit"], mended.to_string());
}

/// The first line that was said to people, and the findings.
fn failed(repository: &Repository, base: &str) -> (Option<i32>, String, Vec<String>) {
    let Run { exit, stdout, stderr } = repository.run("", &["scan", "--format", "json", "--base", base]);
    (exit, stderr.lines().next().unwrap_or_default().to_owned(), findings(&valid(&stdout)))
}

fn add_remote(repository: &Repository) {
    let path = repository.data().join("config");
    let settings = fs::read_to_string(&path).unwrap();
    let remote =
        "[remote \"origin\"]\n\turl = https://example.com/a.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n";
    fs::write(path, settings + remote).unwrap();
}

#[test]
fn without_the_base_everything_counts() {
    let repository = changed(&[("requirements.txt", OLD)], &[("requirements.txt", OLD)]);
    let says = |base: &str| {
        let (exit, said, found) = failed(&repository, base);
        assert_eq!((exit, found), (Some(1), owned(&["- requirements.txt kubernetes"])), "{base}");
        said.strip_prefix(&format!("warning: nothing is held against `{base}`, and every finding counts: "))
            .unwrap_or_else(|| panic!("{said}"))
            .to_owned()
    };
    let zeros = "0".repeat(39) + "1";
    assert_eq!(says("nosuch"), "there is no revision `nosuch` in this clone");
    assert_eq!(
        says(&zeros),
        format!("commit `{zeros}` is not in this repository, which has no remote to fetch it from")
    );
    add_remote(&repository);
    assert_eq!(
        says("topic"),
        "there is no revision `topic` in this clone; get it with `git fetch --no-tags origin \
         +topic:refs/remotes/origin/topic`, then name `origin/topic`"
    );
    assert_eq!(
        says("origin/a'b"),
        "there is no revision `origin/a'b` in this clone; get it with `git fetch --no-tags origin \
         '+refs/heads/a'\\''b:refs/remotes/origin/a'\\''b'`"
    );
    assert_eq!(
        says(&zeros),
        format!("commit `{zeros}` is not in this clone; get it with `git fetch --no-tags origin {zeros}`")
    );
    assert_eq!(says("HEAD~1"), "there is no revision `HEAD~1` in this clone");
    assert_eq!(
        says("HEAD:requirements.txt"),
        "`HEAD:requirements.txt` is no commit but a blob; name a branch, a tag or a commit"
    );
    assert_eq!(says(""), "no revision is named; name a branch, a tag or a commit");
    let strict = repository.run("", &["scan", "--strict", "--base", "nosuch"]);
    assert_eq!(strict.exit, Some(2), "{}", strict.stderr);
    for form in ["text", "sarif", "github", "markdown", "html"] {
        let text = repository.run("", &["scan", "--base", "nosuch", "--format", form]).stdout;
        assert!(text.contains("nosuch"), "{form}: {text}");
    }
}

#[test]
fn a_shallow_clone_needs_the_base_commit_and_nothing_before_it() {
    let repository = Repository::new();
    let before = repository.commit("main", &[], &[("requirements.txt", Is::File(GOOD))]);
    let base = repository.commit("base", &[before], &[("requirements.txt", Is::File(OLD))]);
    let head = repository.commit("main", &[base], &[("requirements.txt", Is::File(OLD)), ("go.mod", Is::File(OLD_GO))]);
    repository.check_out(&[("requirements.txt", OLD), ("go.mod", OLD_GO)]);
    add_remote(&repository);
    repository.forget(before);
    let expected = owned(&["new go.mod k8s.io/client-go", "known requirements.txt kubernetes"]);
    for shallow in [format!("{base}\n"), format!("{base}\n{head}\n")] {
        fs::write(repository.data().join("shallow"), shallow).unwrap();
        for name in ["base", "HEAD^1", "HEAD~1", &base.to_string()] {
            let (exit, report) = repository.scan(&["--base", name]);
            assert_eq!((exit, findings(&report)), (Some(1), expected.clone()), "{name}");
            assert_eq!(report["base"]["commit"], base.to_string());
        }
    }
    // Now it is not there.
    fs::write(repository.data().join("shallow"), format!("{head}\n")).unwrap();
    fs::remove_file(repository.data().join("refs/heads/base")).unwrap();
    repository.forget(base);
    let (exit, said, found) = failed(&repository, "HEAD^1");
    assert_eq!((exit, found), (Some(1), owned(&["- go.mod k8s.io/client-go", "- requirements.txt kubernetes"])));
    let get = format!("is not in this clone; get it with `git fetch --no-tags --depth=1 origin {base}`");
    assert!(said.ends_with(&format!("`HEAD^1`, which is `{base}`, {get}")), "{said}");
    let (_, said, _) = failed(&repository, &base.to_string());
    assert!(said.ends_with(&format!("commit `{base}` {get}")), "{said}");
    let (_, said, _) = failed(&repository, "HEAD~2");
    assert!(said.ends_with("if the history goes back that far, get it with `git fetch --unshallow origin`"), "{said}");
}

#[test]
fn files_that_a_partial_clone_left_out_are_said() {
    let before = [("a/requirements.txt", OLD), ("b/requirements.txt", "kubernetes==10.0.0\n")];
    let repository = changed(&before, &before);
    add_remote(&repository);
    repository.forget(repository.object(gix::objs::Kind::Blob, b"kubernetes==10.0.0\n"));
    let (exit, said, found) = failed(&repository, "main");
    assert_eq!(
        (exit, found),
        (Some(1), owned(&["known a/requirements.txt kubernetes", "new b/requirements.txt kubernetes"]))
    );
    assert!(
        said.starts_with("warning: some findings may count as new that `main` has as well: one object of "),
        "{said}"
    );
    assert!(said.contains("get them with `git fetch --refetch --no-filter origin "), "{said}");
    // The folder itself.
    let tree = repository.tree(&[("requirements.txt", Is::File(OLD))]);
    repository.forget(tree);
    let (exit, said, found) = failed(&repository, "main");
    assert_eq!(exit, Some(1));
    assert_eq!(found, ["new a/requirements.txt kubernetes", "new b/requirements.txt kubernetes"]);
    assert!(said.contains("2 objects of commit"), "{said}");
    let (_, report) = repository.scan(&["--rev", "main"]);
    assert_eq!(report["problems"].as_array().unwrap().len(), 2, "{report:#}");
}

#[test]
fn a_revision_is_scanned_as_if_it_were_checked_out() {
    let files = [
        ("a/requirements.txt", OLD),
        ("go.mod", OLD_GO),
        ("b/requirements.txt", "-r ../a/requirements.txt\n"),
        (".hidden/requirements.txt", OLD),
        ("vendor/modules.txt", "# k8s.io/client-go v8.0.0+incompatible\n## explicit\n"),
        ("vendor/requirements.txt", OLD),
        ("web/.yarnrc.yml", "catalog:\n  \"@kubernetes/client-node\": 0.10.0\n"),
        ("web/package.json", "{\"dependencies\": {\"@kubernetes/client-node\": \"catalog:\"}}\n"),
        ("web/yarn.lock", "__metadata:\n  version: 8\n"),
        ("node_modules/a/package.json", "{\"dependencies\": {\"@kubernetes/client-node\": \"0.10.0\"}}\n"),
    ];
    let repository = changed(&files, &files);
    let (exit, mut there) = repository.scan(&[]);
    repository.check_out(&[]);
    let (exit_of_revision, mut revision) = repository.scan(&["--rev", "main"]);
    assert_eq!(exit, exit_of_revision);
    assert_eq!(revision["revision"]["name"], "main");
    revision.as_object_mut().unwrap().remove("revision");
    assert_eq!(there, revision);
    let (_, report) = repository.scan(&["--rev", "main", "a"]);
    assert_eq!(findings(&report), ["- requirements.txt kubernetes"], "a folder that is not checked out");
    let (_, report) = repository.scan(&["--rev", "main", "b/requirements.txt"]);
    assert_eq!(findings(&report), ["- a/requirements.txt kubernetes"]);
    assert_eq!(repository.run("", &["scan", "--rev", "main", "c"]).exit, Some(2));
    let missing = repository.run("", &["scan", "--rev", "nosuch"]);
    assert_eq!(
        (missing.exit, missing.stderr.as_str()),
        (Some(2), "error: there is no revision `nosuch` in this clone\n")
    );
    there = repository.scan(&["--rev", "main", "--base", "main"]).1;
    assert!(findings(&there).iter().all(|finding| finding.starts_with("known ")));
}

#[test]
fn a_bare_repository_has_revisions() {
    let repository = Repository::bare();
    let one = repository.commit("main", &[], &[("a/requirements.txt", Is::File(OLD))]);
    repository.commit("main", &[one], &[("a/requirements.txt", Is::File(OLD)), ("go.mod", Is::File(OLD_GO))]);
    let (exit, report) = repository.scan(&["--rev", "main", "--base", "main~1"]);
    assert_eq!(exit, Some(1));
    assert_eq!(findings(&report), ["known a/requirements.txt kubernetes", "new go.mod k8s.io/client-go"]);
}

#[test]
fn a_bare_repository_that_came_with_a_commit_is_none() {
    let repository = changed(&[("a/requirements.txt", GOOD)], &[("a/requirements.txt", OLD)]);
    let planted = repository.top().join("a");
    let git = gix::init_bare(repository.outside().join("bare")).unwrap();
    for name in ["HEAD", "config"] {
        fs::copy(git.git_dir().join(name), planted.join(name)).unwrap();
    }
    for name in ["objects", "refs/heads"] {
        fs::create_dir_all(planted.join(name)).unwrap();
    }
    let (exit, report) = repository.scan(&["--base", "main", "a"]);
    assert_eq!((exit, findings(&report)), (Some(1), owned(&["new requirements.txt kubernetes"])));
}

#[test]
fn a_linked_work_tree_and_a_folder_with_a_git_file_have_revisions() {
    let repository = changed(&[("requirements.txt", OLD)], &[("requirements.txt", OLD)]);
    let linked = repository.outside().join("linked");
    fs::create_dir(&linked).unwrap();
    let data = repository.data().join("worktrees/linked");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(data.join("commondir"), "../..\n").unwrap();
    fs::write(data.join("gitdir"), format!("{}\n", linked.join(".git").display())).unwrap();
    fs::write(linked.join(".git"), format!("gitdir: {}\n", data.display())).unwrap();
    write(&linked, &[("requirements.txt", OLD), ("go.mod", OLD_GO)]);
    let expected = ["new go.mod k8s.io/client-go", "known requirements.txt kubernetes"];
    let scan = |folder| valid(&run(folder, &["scan", "--format", "json", "--base", "main"]).stdout);
    assert_eq!(findings(&scan(&linked)), expected);
    // As in a submodule.
    let separate = repository.outside().join("separate");
    fs::create_dir(&separate).unwrap();
    fs::write(separate.join(".git"), "gitdir: ../top/.git\n").unwrap();
    write(&separate, &[("requirements.txt", OLD), ("go.mod", OLD_GO)]);
    assert_eq!(findings(&scan(&separate)), expected);
    fs::write(separate.join(".git"), "gitdir: ../nowhere\n").unwrap();
    let lost = run(&separate, &["scan", "--base", "main"]);
    assert_eq!(lost.exit, Some(1));
    assert!(lost.stderr.contains("every finding counts: the git repository `"), "{}", lost.stderr);
}

#[test]
fn long_names_of_objects_are_read_too() {
    let repository = Repository::with_long_names();
    let id = repository.commit("main", &[], &[("requirements.txt", Is::File(OLD))]);
    assert_eq!(id.to_string().len(), 64);
    repository.check_out(&[("requirements.txt", OLD), ("go.mod", OLD_GO)]);
    let (_, report) = repository.scan(&["--base", &id.to_string()]);
    assert_eq!(findings(&report), ["new go.mod k8s.io/client-go", "known requirements.txt kubernetes"]);
}

#[test]
fn a_format_of_repositories_that_is_not_known_is_refused() {
    let repository = changed(&[("requirements.txt", OLD)], &[("requirements.txt", OLD)]);
    let settings = "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tobjectFormat = sha999\n";
    fs::write(repository.data().join("config"), settings).unwrap();
    let (exit, said, found) = failed(&repository, "main");
    assert_eq!((exit, found), (Some(1), owned(&["- requirements.txt kubernetes"])));
    assert!(said.contains("cannot be read"), "{said}");
}

#[test]
fn without_a_commit_and_without_a_repository_everything_counts() {
    let repository = Repository::new();
    repository.check_out(&[("requirements.txt", OLD)]);
    let (exit, said, found) = failed(&repository, "HEAD");
    assert_eq!((exit, found.len()), (Some(1), 1), "{said}");
    assert!(said.contains("there is no revision `HEAD` in this clone"), "{said}");
    // A branch that begins anew is held against the other itself.
    let other = repository.commit("other", &[], &[("requirements.txt", Is::File(OLD))]);
    let (exit, report) = repository.scan(&["--base", "other"]);
    assert_eq!((exit, &report["base"]["commit"]), (Some(0), &other.to_string().into()));
    let none = tempfile::tempdir().unwrap();
    write(none.path(), &[("requirements.txt", OLD)]);
    let run = run(none.path(), &["scan", "--base", "main"]);
    assert_eq!(run.exit, Some(1));
    assert!(run.stderr.contains("what is scanned lies in no git repository"), "{}", run.stderr);
}

#[test]
fn nothing_leads_out_of_a_revision() {
    let repository = Repository::new();
    fs::write(repository.outside().join("requirements.txt"), OLD).unwrap();
    let outside = format!("{}/requirements.txt", repository.outside().display());
    let (up, sub) = ("../../requirements.txt", "1".repeat(40));
    repository.commit(
        "main",
        &[],
        &[
            ("a/requirements.txt", Is::Link(up)),
            ("b/requirements.txt", Is::Link(&outside)),
            ("c/requirements.txt", Is::Link("requirements.txt")),
            ("d/requirements.txt", Is::Link("../real/requirements.txt")),
            ("e/requirements.txt", Is::File("-r ../../requirements.txt\n")),
            ("f", Is::Submodule(&sub)),
            ("real/requirements.txt", Is::File(OLD)),
        ],
    );
    repository.check_out(&[("f/requirements.txt", OLD)]);
    let (_, report) = repository.scan(&["--rev", "main"]);
    assert_eq!(findings(&report), ["- real/requirements.txt kubernetes"]);
    let problems = report["problems"].as_array().unwrap();
    let problems: Vec<&str> = problems.iter().map(|problem| problem["path"].as_str().unwrap()).collect();
    assert_eq!(
        problems,
        ["a/requirements.txt", "b/requirements.txt", "c/requirements.txt", "e/requirements.txt", "f"],
        "{report:#}"
    );
}

#[test]
fn a_submodule_that_stays_at_its_commit_is_known() {
    let sub = changed(&[("requirements.txt", OLD)], &[("requirements.txt", OLD)]);
    let at = sub.git.find_reference("refs/heads/main").unwrap().id().detach();
    for (commit, state) in [(at.to_string(), "known"), ("1".repeat(40), "new")] {
        let repository = Repository::new();
        repository.commit("main", &[], &[("x/sub", Is::Submodule(&commit))]);
        repository.check_out(&[("x/sub/requirements.txt", OLD)]);
        fs::write(repository.top().join("x/sub/.git"), format!("gitdir: {}\n", sub.data().display())).unwrap();
        let (_, report) = repository.scan(&["--base", "main"]);
        assert_eq!(findings(&report), [format!("{state} x/sub/requirements.txt kubernetes")]);
    }
}

#[test]
fn names_that_no_file_can_have_are_left_out() {
    let repository = Repository::new();
    let oid = repository.object(gix::objs::Kind::Blob, OLD.as_bytes());
    let inner = repository.tree(&[("requirements.txt", Is::File(OLD))]);
    let file = |name: &str| Entry { mode: EntryKind::Blob.into(), filename: name.into(), oid };
    let folder = |name: &str| Entry { mode: EntryKind::Tree.into(), filename: name.into(), oid: inner };
    let entries =
        vec![file("../requirements.txt"), file("a/requirements.txt"), folder(".."), folder("."), folder("ok")];
    let mut bytes = Vec::new();
    for entry in entries {
        let mode = if entry.mode.is_tree() { "40000" } else { "100644" };
        bytes.extend(format!("{mode} {}\0", entry.filename).bytes());
        bytes.extend(entry.oid.as_slice());
    }
    let tree = repository.object(gix::objs::Kind::Tree, &bytes);
    repository.commit_of("main", &[], tree);
    let (_, report) = repository.scan(&["--rev", "main"]);
    assert_eq!(findings(&report), ["- ok/requirements.txt kubernetes"]);
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    let repository = changed(
        &[("requirements.txt", OLD), (".gitattributes", "* filter=evil diff=evil\n")],
        &[("requirements.txt", OLD), (".gitattributes", "* filter=evil diff=evil\n")],
    );
    let mark = repository.outside().join("ran");
    let touch = format!("touch {}", mark.display());
    let settings = format!(
        "[core]\n\tbare = false\n\tfsmonitor = \"{touch}\"\n\tsshCommand = \"{touch}\"\n\tpager = \"{touch}\"\n\
         [filter \"evil\"]\n\tsmudge = \"{touch}\"\n\tclean = \"{touch}\"\n\tprocess = \"{touch}\"\n\trequired = true\n\
         [diff \"evil\"]\n\ttextconv = \"{touch}\"\n[credential]\n\thelper = \"!{touch}\"\n\
         [remote \"origin\"]\n\turl = \"ext::{touch}\"\n\tuploadpack = \"{touch}\"\n\tpromisor = true\n\
         [extensions]\n\tpartialClone = origin\n[include]\n\tpath = ../../outside\n"
    );
    fs::write(repository.data().join("config"), settings).unwrap();
    let (exit, report) = repository.scan(&["--base", "main"]);
    assert_eq!((exit, findings(&report)), (Some(0), owned(&["known requirements.txt kubernetes"])));
    repository.forget(repository.object(gix::objs::Kind::Blob, OLD.as_bytes()));
    let (exit, ..) = failed(&repository, "main");
    assert_eq!(exit, Some(1));
    assert!(!mark.exists());
}

#[test]
fn a_tree_that_holds_itself_many_times_over_ends() {
    let repository = Repository::new();
    let mut tree = repository.tree(&[("requirements.txt", Is::File(OLD))]);
    for _ in 0..40 {
        let entry = |name: &str| Entry { mode: EntryKind::Tree.into(), filename: name.into(), oid: tree };
        tree = repository.tree_of(vec![entry("node_modules"), entry("a")]);
    }
    let mut deep = tree;
    for _ in 0..600 {
        deep = repository.tree_of(vec![Entry { mode: EntryKind::Tree.into(), filename: "d".into(), oid: deep }]);
    }
    repository.commit_of("main", &[], tree);
    let (exit, report) = repository.scan(&["--rev", "main"]);
    assert_eq!((exit, findings(&report).len()), (Some(1), 1));
    repository.commit_of("main", &[], deep);
    let (_, report) = repository.scan(&["--rev", "main"]);
    assert_eq!(report["problems"].as_array().unwrap().len(), 1, "{report:#}");
}

#[test]
fn an_object_is_not_larger_than_a_file() {
    let repository = Repository::new();
    let large = OLD.to_owned() + &"#".repeat(80 * 1024 * 1024);
    repository.commit("main", &[], &[("requirements.txt", Is::File(&large))]);
    let (_, report) = repository.scan(&["--rev", "main"]);
    assert_eq!(report["problems"][0]["kind"], "too-large", "{report:#}");
}

#[test]
fn a_damaged_object_is_said() {
    let repository = changed(&[("requirements.txt", OLD)], &[("requirements.txt", OLD)]);
    let name = repository.object(gix::objs::Kind::Blob, OLD.as_bytes()).to_string();
    let path = repository.data().join("objects").join(&name[..2]).join(&name[2..]);
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"x\x9c nothing of the kind").unwrap();
    let (exit, said, found) = failed(&repository, "main");
    assert_eq!((exit, found), (Some(1), owned(&["new requirements.txt kubernetes"])));
    assert!(said.contains("damaged"), "{said}");
}

#[test]
#[cfg(unix)]
fn who_borrows_objects_has_to_be_this_user() {
    let lender = changed(&[("requirements.txt", OLD)], &[]);
    let repository = Repository::new();
    let alternates = repository.data().join("objects/info/alternates");
    fs::create_dir_all(alternates.parent().unwrap()).unwrap();
    fs::write(&alternates, format!("{}\n", lender.data().join("objects").display())).unwrap();
    repository.point("main", lender.git.find_reference("refs/heads/main").unwrap().id().detach());
    let (exit, report) = repository.scan(&["--rev", "main"]);
    assert_eq!((exit, findings(&report).len()), (Some(1), 1));
    // Only root can give files away.
    if std::os::unix::fs::chown(repository.data(), Some(12345), None).is_ok() {
        let refused = repository.run("", &["scan", "--rev", "main"]);
        assert_eq!(refused.exit, Some(2));
        assert!(refused.stderr.contains("belongs to another user and borrows"), "{}", refused.stderr);
        fs::remove_file(alternates).unwrap();
        repository.commit("main", &[], &[("requirements.txt", Is::File(OLD))]);
        assert_eq!(repository.scan(&["--rev", "main"]).0, Some(1), "one that borrows nothing");
    }
}

#[test]
fn an_earlier_report_is_a_baseline() {
    let before = [("s/a/requirements.txt", OLD), ("s/c/requirements.txt", PERHAPS)];
    let repository = changed(&[], &before);
    let path = repository.outside().join("baseline.json");
    let (report, file) = (format!("json={}", path.display()), path.display().to_string());
    assert_eq!(repository.run("s", &["scan", "-q", "--report", &report]).exit, Some(1));
    let (exit, report) = repository.scan(&["--baseline", &file]);
    let known = ["known s/a/requirements.txt kubernetes", "known s/c/requirements.txt kubernetes"];
    assert_eq!((exit, findings(&report)), (Some(0), owned(&known)), "it was made in a folder below");
    repository.check_out(&[("s/b/requirements.txt", OLD), ("s/c/requirements.txt", OLD), ("go.mod", OLD_GO)]);
    let (exit, report) = repository.scan_in("s", &["--baseline", &file]);
    assert_eq!(
        (exit, findings(&report)),
        (Some(1), owned(&["known b/requirements.txt kubernetes", "new c/requirements.txt kubernetes"]))
    );
    assert_eq!(report["base"]["name"], file);
    let refused = |text: &str| {
        fs::write(&path, text).unwrap();
        let run = repository.run("", &["scan", "--baseline", &file]);
        assert_eq!(run.exit, Some(2), "{text}");
        run.stderr
    };
    assert!(refused("{").contains("is no report of kubefloor in JSON"));
    assert!(refused("{\"schema_version\": 99, \"clients\": []}").contains("its `schema_version` is 99"));
    fs::remove_file(&path).unwrap();
    assert_eq!(repository.run("", &["scan", "--baseline", &file]).exit, Some(2));
    assert_eq!(repository.run("", &["scan", "--baseline", &file, "--base", "main"]).exit, Some(2));
}
