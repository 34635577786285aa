"""Lets `kubefloor fix --write` edit copies of trees, and asks each ecosystem's own tool whether it takes the edited files.

    python3 tests/oracles/fix/check.py KUBEFLOOR TREE...

What a tool took before the edit it must take after it; a file that it refused before is counted and passed over, but for our own. A tool
that is not there is passed over too, and named. Only parsers are asked: nothing of a tree is run, but for Gemfiles and
gemspecs, which are Ruby programs. Those are evaluated below `tests/fix` only; elsewhere Ruby reads their grammar.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
OURS = HERE.parents[1] / "fix"


def tool(*command, cwd=None, env=None):
    """What a command prints; raises if it refuses."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise ValueError((done.stderr or done.stdout).strip()[:400])
    return done.stdout


def go(path, ours):
    kind = "work" if path.name == "go.work" else "mod"
    return json.loads(tool("go", kind, "edit", "-json", str(path), env={"GOTOOLCHAIN": "local", "GOFLAGS": ""}))


def requirements(path, ours):
    from packaging.requirements import Requirement

    found = []
    text = path.read_bytes().decode("utf-8", "replace").replace("\\\n", "")
    for line in text.splitlines():
        line = re.sub(r"(^|\s)#.*$", "", line).split(" --")[0].strip()
        if line and not line.startswith("-") and "://" not in line:
            found.append(str(Requirement(line)))
    return found


def toml(path, ours):
    document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    if path.name == "pyproject.toml":
        from packaging.requirements import Requirement

        project = document.get("project", {})
        extras = project.get("optional-dependencies", {}).values()
        for text in [*project.get("dependencies", []), *(text for extra in extras for text in extra)]:
            Requirement(text)
        poetry = document.get("tool", {}).get("poetry", {})
        groups = [poetry, *poetry.get("group", {}).values()]
        for name, value in (item for group in groups for item in group.get("dependencies", {}).items()):
            from poetry.core.constraints.version import parse_constraint

            version = value if isinstance(value, str) else isinstance(value, dict) and value.get("version")
            if version and name != "python":
                parse_constraint(version)
    if path.name == "Pipfile":
        from packaging.specifiers import SpecifierSet

        for value in document.get("packages", {}).values():
            version = value if isinstance(value, str) else value.get("version", "*")
            SpecifierSet("" if version == "*" else version)
    if path.name == "Cargo.toml":
        # Cargo takes no package without a target, and looks at the members of a workspace as well.
        for manifest in path.parent.rglob("Cargo.toml"):
            (manifest.parent / "src").mkdir(exist_ok=True)
            (manifest.parent / "src/lib.rs").touch()
        command = ("cargo", "metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path", str(path))
        return [package["dependencies"] for package in json.loads(tool(*command))["packages"]]
    return document


def npm(path, ours):
    script = """
        const npa = require(process.argv[1]);
        const document = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8').replace(/^\\ufeff/, ''));
        for (const key of ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'])
            for (const [name, spec] of Object.entries(document[key] || {}))
                if (/kube|k8s/.test(name) && !/^(catalog|workspace):/.test(spec)) {
                    const found = npa.resolve(name, spec);
                    const type = found.type === 'alias' ? found.subSpec.type : found.type;
                    if (type !== 'range' && type !== 'version') throw Error(name + ' ' + spec + ' is a ' + type);
                }
    """
    root = tool("npm", "root", "-g").strip()
    return tool("node", "-e", script, f"{root}/npm/node_modules/npm-package-arg", str(path))


def ruby(path, ours):
    if not ours:
        return tool("ruby", "-c", str(path))
    if path.suffix == ".gemspec":
        script = "s = Gem::Specification.load(ARGV[0]) or abort 'not loaded'; puts s.dependencies"
        return tool("ruby", "-e", script, str(path))
    return tool("ruby", str(HERE.parent / "gem/bundler.rb"), str(path), env={"K8S": "1"})


def cabal(path, ours):
    return tool("runghc", str(HERE / "Parses.hs"), str(path))


def pom(path, ours):
    return tool("java", "-cp", "/usr/share/maven/lib/*", str(HERE / "Poms.java"), str(path))


def xml_document(path, ours):
    return xml.etree.ElementTree.parse(path).getroot().tag


def python(path, ours):
    return compile(path.read_bytes(), str(path), "exec")


def yaml(path, ours):
    import yaml as library

    return library.safe_load(path.read_bytes().decode("utf-8-sig"))


JUDGES = [
    (r"go\.(mod|work)", go),
    (r".*require.*\.(txt|in)|constraints.*\.txt|.*requirements/.*\.(txt|in)", requirements),
    (r"pyproject\.toml|Pipfile|Cargo\.toml|.*\.versions\.toml", toml),
    (r"package\.json", npm),
    (r"Gemfile|.*\.gemspec", ruby),
    (r".*\.cabal", cabal),
    (r".*pom.*\.xml", pom),
    (r".*\.(csproj|props)|packages\.config", xml_document),
    (r".*\.py", python),
    (r".*\.ya?ml", yaml),
]


def judge_of(path):
    names = (path.name, str(path))
    return next((judge for pattern, judge in JUDGES if any(re.fullmatch(pattern, name) for name in names)), None)


def main():
    kubefloor = str(pathlib.Path(sys.argv[1]).resolve())
    counts, missing, wrong = collections.Counter(), collections.Counter(), []
    for tree in map(pathlib.Path, sys.argv[2:]):
        ours = OURS in tree.resolve().parents
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "tree"
            shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
            done = subprocess.run([kubefloor, "scan", "--format", "json", "."], cwd=copy, capture_output=True, text=True)
            fixes = [entry["fix"] for entry in json.loads(done.stdout)["findings"] if entry["fix"]]
            paths = sorted({edit["path"] for fix in fixes for edit in fix["edits"]})
            before = {}
            for path in paths:
                judge = judge_of(pathlib.Path(path))
                if judge is None:
                    counts["no judge for this format"] += 1
                    continue
                try:
                    judge(copy / path, ours)
                    before[path] = judge
                except (FileNotFoundError, ModuleNotFoundError) as error:
                    missing[str(error)] += 1
                except Exception as error:
                    counts[f"{judge.__name__}: refused before the edit too"] += 1
                    if ours:
                        wrong.append(f"{tree}/{path}: our own, and {judge.__name__} refuses it: {error}")
            subprocess.run([kubefloor, "fix", "--write", "."], cwd=copy, capture_output=True, check=False)
            for path, judge in before.items():
                try:
                    judge(copy / path, ours)
                    counts[f"{judge.__name__}: taken"] += 1
                except Exception as error:
                    wrong.append(f"{tree}/{path}: {judge.__name__} refuses it: {error}")
    for what, count in sorted(counts.items()):
        print(f"{count:6} {what}")
    for what, count in missing.items():
        print(f"{count:6} not asked: {what}")
    print("\n".join(wrong) or "no file that was taken before is refused after")
    sys.exit(1 if wrong else 0)


main()
