"""Writes tests/versions/pypi-oracle.txt: what `packaging` and `poetry-core` say of versions and requirements.

How to run it, from the root of the repository:

    python -m pip install packaging==26.3 poetry-core==2.5.0
    python tests/oracles/pypi/generate.py > tests/versions/pypi-oracle.txt

The seed is fixed: the same libraries give the same file. The lines are described in tests/fixtures/versions.rs.

- Orders and refusals of versions: `packaging.version.Version`.
- Pep440: `packaging.requirements.Requirement`, since that is what reads a manifest. Pipfile: the same behind Pipenv's own
  rule (`==` before whatever does not start with a comparison, `*` is any).
- Poetry: `poetry.core.constraints.version.parse_constraint`.
- below, above and straddles are decided on a dense list of versions around every number in the requirement and the
  minimum, wide of them, and between them.
- Pre-releases: admitted if a specifier names one (`SpecifierSet.prereleases`); otherwise only if no release on the dense
  list matches. poetry-core leaves the choice to its caller, so the rule of src/ecosystem/pypi/poetry_constraint.rs is
  applied: a constraint without alternatives that names one outside of `!=` admits them.

Left out on purpose, since kubefloor decides otherwise: `===` against another spelling of the same version or with a text
that is none (it compares text, kubefloor takes the version or says that it cannot know), and Poetry's wildcards behind suffixes (`1.0.post1.*`).
Post-releases outside of a Poetry constraint with `!=`: poetry-core takes 1.0.post1 for excluded by `!=1.0` as soon as the
rest is a range, and for admitted otherwise.
"""

import random
import re
import sys

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version
from poetry.core.constraints.version import Version as PoetryVersion
from poetry.core.constraints.version import parse_constraint

chosen = random.Random(12)

# What the index lists for five clients.
PUBLISHED = {
    "kubernetes": """
        37.0.2 37.0.1 37.0.0 37.0.0b1 37.0.0a1 36.0.3 36.0.2 36.0.1 36.0.0 36.0.0b1 36.0.0a3 36.0.0a2 35.0.0 35.0.0b1
        35.0.0a1 34.1.0 34.1.0b1 34.1.0a1 33.1.0 33.1.0b1 33.1.0a1 32.0.1 32.0.0 32.0.0b1 32.0.0a1 31.0.0 31.0.0b1
        31.0.0a1 30.1.0 30.1.0b1 30.1.0a1 29.0.0 29.0.0b1 29.0.0a1 28.1.0 28.1.0b1 28.1.0a1 27.2.0 27.2.0b1 27.2.0a1
        26.1.0 26.1.0b1 26.1.0a1 25.3.0 25.3.0b1 25.2.0a1 24.2.0 24.1.0b1 24.1.0a1 23.6.0 23.3.0 23.3.0b1 23.3.0a1
        22.6.0 22.6.0b1 22.6.0a1 21.7.0 21.7.0b1 21.7.0a1 20.13.0 20.12.0b1 20.11.0a1 19.15.0 19.15.0b1 19.15.0a1
        18.20.0 18.20.0b1 18.17.0a1 17.17.0 17.17.0b1 17.14.0a1 12.0.1 12.0.0 12.0.0b1 12.0.0a1 11.0.0 11.0.0b2
        11.0.0b1 11.0.0a1 10.1.0 10.0.1 10.0.0 10.0.0a1 9.0.1 9.0.0 9.0.0b1 9.0.0a1 8.0.2 8.0.1 8.0.0 8.0.0b1 8.0.0a1
        7.0.1 7.0.0 7.0.0b1 7.0.0a1 6.1.0 6.0.0 6.0.0b1 5.0.0 5.0.0b1 4.0.0 4.0.0b1 4.0.0a1 3.0.0 3.0.0b1 3.0.0a1
        2.0.0 2.0.0b1 2.0.0a1 1.0.2 1.0.1 1.0.0 1.0.0b3 1.0.0b2 1.0.0b1 1.0.0a5 1.0.0a4 1.0.0a3 1.0.0a2 0.0.0a5
        0.0.0a2""",
    "kubernetes-asyncio": """
        36.1.0 35.0.1 35.0.0 34.3.3 33.3.0 32.3.2 32.3.1 32.3.0 32.0.0 31.1.1 31.1.0 30.3.1 30.3.0 30.1.1 30.1.0 29.0.1
        29.0.0 28.2.1 28.2.0 27.6.0 26.9.0 25.11.0 24.2.3 24.2.2 24.2.1 24.2.0 23.6.0 22.6.5 22.6.4 22.6.3 22.6.2
        22.6.1 22.6.0 21.7.1 21.7.0 20.13.0 19.15.1 19.15.0 18.20.1 18.20.0 12.1.2 12.1.1 12.1.0 12.0.1 12.0.0 11.3.0
        11.2.0 11.1.0 11.0.0 10.0.1 10.0.0 9.1.0 9.0.0 8.1.0 8.0.3 8.0.2 8.0.1 8.0.0 7.0.0 1.0.0b9 1.0.0b8 1.0.0b7
        1.0.0b6 1.0.0b5 1.0.0b4 1.0.0b3 1.0.0b2 1.0.0b1 1.0.0a4 1.0.0a3 1.0.0a2""",
    "openshift": """
        0.13.2 0.13.1 0.13.0 0.12.1 0.12.0 0.12.0rc2 0.11.2 0.11.1 0.11.0 0.10.3 0.10.2 0.10.1 0.10.0 0.10.0rc1 0.9.3
        0.9.2 0.9.1 0.9.0 0.9.0rc0 0.9.0a4 0.9.0a3 0.9.0a2 0.9.0a1 0.8.9 0.8.8 0.8.7 0.8.6 0.8.5 0.8.4 0.8.3 0.8.2
        0.8.1 0.8.0 0.8.0a1 0.7.2 0.7.1 0.7.0 0.6.4 0.6.3 0.6.2 0.6.1 0.6.0 0.5.0 0.4.4 0.4.3 0.4.2 0.4.1 0.4.0a1 0.3.4
        0.3.3 0.3.2 0.3.1 0.3.0 0.0.1""",
    "lightkube": """
        1.0.1 1.0.0 0.22.0 0.21.0 0.19.1 0.19.0 0.18.0 0.17.2 0.17.1 0.17.0 0.16.2 0.16.1 0.16.0 0.15.8 0.15.7 0.15.6
        0.15.5 0.15.4 0.15.3 0.15.2 0.15.1 0.15.0 0.14.0 0.13.0 0.12.0 0.11.0 0.10.2 0.10.1 0.10.0 0.9.0 0.8.1 0.8.0
        0.7.2 0.7.1 0.6.0 0.5.1 0.4.1 0.2.1 0.2.0 0.0.1""",
    "kr8s": """
        0.20.15 0.20.14 0.20.13 0.20.12 0.20.11 0.20.10 0.20.9 0.20.8 0.20.7 0.20.6 0.20.5 0.20.4 0.20.3 0.20.2 0.20.1
        0.20.0 0.19.1 0.19.0 0.18.1 0.18.0 0.17.4 0.17.3 0.17.2 0.17.1 0.17.0 0.16.2 0.16.1 0.16.0 0.15.0 0.14.6 0.14.5
        0.14.4 0.14.3 0.14.2 0.14.1 0.14.0 0.13.6 0.13.5 0.13.4 0.13.3 0.13.2 0.13.1 0.13.0 0.12.15 0.12.14 0.12.13
        0.12.12 0.12.11 0.12.10 0.12.9 0.12.8 0.12.7 0.12.6 0.12.5 0.12.4 0.12.3 0.12.2 0.12.1 0.12.0 0.11.0 0.10.0
        0.9.2 0.9.1 0.9.0 0.8.20 0.8.19 0.8.18 0.8.17 0.8.16 0.8.15 0.8.13 0.8.12 0.8.11 0.8.10 0.8.9 0.8.8 0.8.7 0.8.6
        0.8.5 0.8.4 0.8.3 0.8.2 0.8.1 0.8.0 0.7.0 0.6.0 0.5.2 0.5.1 0.5.0 0.4.1 0.4.0 0.3.0 0.2.0 0.1.0 0.1.0a0""",
}
PUBLISHED = {name: text.split() for name, text in PUBLISHED.items()}
MINIMUMS = ["12.0.0", "12.0.0", "12.0.0", "12.0.0a1", "11.0.0", "24.2.0", "0.13.0", "0.11.0", "0.15.7", "0.8.0", "1.0.0", "36.0.1"]


def pick(*values):
    return chosen.choice(values)


# Versions.


def number():
    return pick(0, 0, 1, 2, 3, 7, 9, 10, 11, 12, 13, 36, 99, 100, 2020, 20201, 18446744073709551616)


def release():
    return ".".join(str(number()) for _ in range(pick(1, 2, 2, 3, 3, 3, 3, 4, 5)))


def near():
    """A version around a minimum that matters."""
    return pick("11", "12", "12", "13", "0", "1", "36") + pick("", ".0", ".0.0", ".0.1", ".1", ".0.0.0", ".9.10", ".0.0.1")


def suffixes():
    text = ""
    if chosen.random() < 0.3:
        text += pick("a", "b", "rc") + str(pick(0, 1, 2, 10))
    if chosen.random() < 0.15:
        text += ".post" + str(pick(0, 1, 2, 10))
    if chosen.random() < 0.2:
        text += ".dev" + str(pick(0, 1, 2, 10))
    return text


def local():
    return "+" + ".".join(pick("0", "1", "9", "10", "a", "b", "abc", "1a", "cu118", "007") for _ in range(pick(1, 1, 2, 3)))


def version(with_local=0.15):
    epoch = pick("1!", "0!", "2!") if chosen.random() < 0.04 else ""
    base = pick(near, near, release)()
    return epoch + base + suffixes() + (local() if chosen.random() < with_local else "")


def respelled(text):
    """Another spelling of the same version, in most cases."""
    spelled = text
    words = {
        "a": pick("a", "alpha", "ALPHA", ".a", "-a.", "_alpha_", "A-"),
        "b": pick("b", "beta", "Beta", ".b", "-beta.", "_b_"),
        "rc": pick("rc", "c", "pre", "preview", "RC", ".rc.", "-c_", "_PREVIEW-"),
    }
    head, plus, tail = spelled.partition("+")
    head = re.sub(r"(a|b|rc)(\d+)", lambda m: words[m[1]] + (m[2] if m[2] != "0" or pick(True, False) else ""), head)
    posts = [".post", "post", "-post-", "_rev", ".r", "-r.", "POST", "-"]
    head = re.sub(r"\.post(\d+)", lambda m: pick(*posts) + m[1], head)
    head = re.sub(r"\.dev(\d+)", lambda m: pick(".dev", "dev", "-dev", "_DEV.", ".dev-") + (m[1] if m[1] != "0" or pick(True, False) else ""), head)
    if chosen.random() < 0.3:
        head = re.sub(r"^(\d+!)?(\d+)", lambda m: (m[1] or "") + "0" * pick(1, 2) + m[2], head)
    if chosen.random() < 0.3:
        head = re.sub(r"^((\d+!)?\d+(\.\d+)*)(?=$|[^\d.!])", lambda m: m[1] + pick(".0", ".0.0", ".00"), head)
    spelled = head + plus + tail.replace(".", pick(".", "-", "_")).upper()
    return pick("", "", "", "v", "V", " ", "\t ", " v") + spelled + pick("", "", "", " ", "\n", "\u00a0", "\x1c")


WILD = [
    "", " ", "*", "x", "latest", "master", "main", "1.0.*", "1.0-snapshot", "1.0.Final", "^1.0", "~1.0", "=1.0", "==1.0",
    ">=1.0", "1,0", "1.0,", "1..0", ".1", "1.", "1.0.", "-1.0", "+1.0", "1.0+", "1.0+a..b", "1.0+a_", "1.0+_a", "1.0+a+b", "!1",
    "1!", "1!!1", "1! 1", "1 .0", "1. 0", "1.0 a1", "1.0a 1", "v", "vv1.0", "v 1.0", "version 1", "2020-01-01", "2020.01.01",
    "20200101", "2020_01_01", "2020-01", "1.0-1", "1.0-1-1", "1.0-1.dev1", "1.0--1", "1.0a--1", "1.0a-", "1.0a.", "1.0a-.dev1",
    "1.0a_post", "1.0.post.dev", "1.0.post-.dev-", "1.0-a-1-1", "1.0dev1post1", "1.0dev1a1", "1.0post1a1", "1.0a1b1", "1.0r",
    "1.0rev", "1.0re", "1.0c", "1.0pre-1", "1.0prev", "1.0preview_2", "1.0gamma1", "1.0alph1", "1.0betamax", "1.0.dev", "1.0.d1",
    "1.0/1", "1.0\\1", "1.0;1", "1.0#1", "1.0@1", "1.0[x]", "(1.0)", "'1.0'", "\"1.0\"", "1_0", "1e3", "0x10", "1.0L", "NaN",
    "\u0661.\u0662", "1.\u0660", "\uff11.0", "1.0\u00b2", "1.0a\u0661", "1.0+\u0661", "1.0+\u00e9", "\u2167", "\u0669!1",
    "1.0po\u017ft1", "\ufeff1.0", "1.0\u200b", "1.0\u00a0", "\u30001.0", "1.0\x0c", "\x1f1.0\x1e", "\x851.0", "1.0\x00", "None",
    "0", "00", "0.0.0.0.0", "000.00", "0!0", "00!0", "1.0-0", "1.0+0", "1.0+00", "1.0+0.a", "1.0+A", "1.0.DEV1", "1.0POST",
    "1.0C1", "1.0.RC-1", "1.0.-rc1", "1.0._a1", "1.0-.1", "1.0.post_1", "1.0post.1", "1.0-r4", "1.0_r4", "1.0.rev.4", "$1.0",
    "${V}", "{{ v }}", "%(v)s", "@v@", "<12", "12.0.0 13.0.0", "12.0.0;", "12.0.0,13", "12,13", "12.x", "12.X", "x.12",
]


def wild():
    if chosen.random() < 0.05:
        return "".join(pick(*"0123456789") for _ in range(pick(20, 40, 300))) + pick("", ".1", "a1", ".post1")
    text = respelled(version()) if chosen.random() < 0.7 else version()
    for _ in range(pick(1, 1, 2)):
        at = chosen.randrange(len(text) + 1)
        insertion = pick(" ", ".", "-", "_", "v", "=", "!", "+", "*", "a", "0", "1", "dev", "post", "rc", "\u0665", "\uff15", "\u00a0", ",")
        text = text[:at] + insertion + text[at + pick(0, 1):]
    return text


def parsed(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


# Requirements.

COMPARISONS = ["==", "!=", ">=", "<=", ">", "<", "~="]


def operand():
    return chosen.choice(PUBLISHED[pick(*PUBLISHED)]) if chosen.random() < 0.4 else version(0.0)


def clause():
    roll = chosen.random()
    if roll < 0.15:
        base = ".".join(str(number()) for _ in range(pick(1, 1, 2, 3))) if pick(True, False) else near()
        return pick("==", "==", "!=") + base + ".*"
    if roll < 0.2:
        return pick("==", "!=") + operand() + local()
    comparison = chosen.choice(COMPARISONS)
    text = operand()
    if comparison == "~=" and chosen.random() < 0.9 and "." not in re.match(r"(\d+!)?[\d.]*", text)[0]:
        text = re.sub(r"^((\d+!)?\d+)", r"\1.0", text)
    if chosen.random() < 0.15:
        text = respelled(text).strip()
    return comparison + pick("", "", "", " ", "  ") + text


def pep440():
    count = pick(1, 1, 1, 2, 2, 2, 3, 4)
    return pick(",", ",", ", ", " , ").join(clause() for _ in range(count)) + pick("", "", "", "", ",")


def window():
    """A lower and an upper bound in this order, as most manifests have them."""
    low, high = sorted((operand(), operand()), key=Version)
    return f"{pick('>=', '>', '~=' if '.' in low else '>=')}{low},{pick('<', '<', '<=', '!=')}{high}"


def poetry_clause():
    roll = chosen.random()
    if roll < 0.25:
        return "^" + pick("", "", " ") + operand()
    if roll < 0.4:
        return "~" + pick("", "", " ") + operand()
    if roll < 0.5:
        return pick("", "", "==", "!=", ">=", "<") + pick("11", "12", "12.0", "0.13", "36.0.1", "1.2.3.4", "0") + pick(".*", ".*", ".*.*")
    if roll < 0.6:
        return operand()
    if roll < 0.65:
        return pick("*", "x", "*.*", "X.x", "v*")
    return pick("==", "=", "!=", ">=", "<=", ">", "<", "~=") + pick("", "", " ") + operand()


def poetry():
    groups = []
    for _ in range(pick(1, 1, 1, 1, 2, 3)):
        count = pick(1, 1, 1, 2, 2, 3)
        groups.append(pick(",", ", ", " ", " , ").join(poetry_clause() for _ in range(count)))
    return pick("||", " || ", " | ", "|").join(groups) + pick("", "", "", "", ",")


def pipfile():
    roll = chosen.random()
    if roll < 0.2:
        return pick("*", " * ")
    if roll < 0.5:
        return operand()
    if roll < 0.6:
        return near() + ".*"
    return pep440()


WILD_REQUIREMENTS = [
    "=12", "=12.0.0", "===", "== ", ">=", "12", "12.0", ">=12 <13", ">=12, <13 <14", ">=12.*", "<=12.*", "~=12.*", "<12.*", ">12.*", "~=12",
    "~=v12", "==*", "*", "==12.*.*", "==12.**", "==12*", "==12.0a1.*", "==12.post1.*", "==12.dev1.*", "==12+a.*", "==12 .*", ">=12+a",
    "<12+a", "~=12.0+a", "<=12+a", ">12+a", ",", ",,", ",>=12", ">=12,,<13", ">=12,", ">=12, ,", "=>12", "=<12", "<>12", "!12", "~12", "^12",
    "^=12", ">==12", "<==12", "!==12", "====12", "~>12", "latest", ">=latest", "==latest", "==", "!=", ">= 12", ">=\t12", "> =12", ">=12.",
    ">=.12", ">=12..0", "==12.0.0.Final", "==2020-01-01", "==\u0661\u0662", "==${V}", "=={{v}}", "==1.0\u00a0", "==v12", "==V12", "== v 12",
    "==vv12", "|| 12", "12 || 13", "==12||==13", "==12 or ==13", ">=12&<13", "'>=12'", "==12-1", "==12--1", "==12c", ">=12.0.0-beta.1", ">=12-rc",
    "==12.0.0-SNAPSHOT", "==0!12", "==1!12", "==!12", "==12!", "==012", "==12.00", "==12.x", "==12.0.x", "==12.0.0+local-1_x.Y", "!=12+A",
]


def pep440_specifiers(text):
    try:
        return Requirement("x " + text).specifier
    except InvalidRequirement:
        return None


def pipfile_specifiers(text):
    # As Pipenv's `dependency_as_pip_install_line` builds the line.
    if text.strip() == "*":
        return SpecifierSet("")
    return pep440_specifiers(text if re.match(r"[<>=!~]{1,2}", text) else f"=={text}")


def poetry_constraint(text):
    try:
        return parse_constraint(text)
    except ValueError:
        return None


PRERELEASE = re.compile(r"\d[-._]?(a|b|c|rc|pre|dev|alpha|beta|preview)|post[-._]?\d*[-._]?dev|-\d+[-._]?dev", re.I)


class Judge:
    """A requirement and how one asks it."""

    def __init__(self, grammar, text):
        self.grammar, self.text = grammar, text
        if grammar == "poetry":
            self.constraint = poetry_constraint(text)
            self.known = self.constraint is not None
            clauses = [clause for clause in re.split(r"[ ,]+(?![\d])|,", text) if "!=" not in clause]
            self.prereleases = "|" not in text and any(PRERELEASE.search(clause) for clause in clauses)
        else:
            self.constraint = (pep440_specifiers if grammar == "pep440" else pipfile_specifiers)(text)
            self.known = self.constraint is not None
            self.prereleases = self.known and bool(self.constraint.prereleases)

    def between_bounds(self, candidate):
        if self.grammar == "poetry":
            return self.constraint.allows(PoetryVersion.parse(str(candidate)))
        return self.constraint.contains(candidate, prereleases=True)

    def admitted(self, candidates):
        inside = [candidate for candidate in candidates if self.between_bounds(candidate)]
        if self.prereleases:
            return inside
        return [candidate for candidate in inside if not candidate.is_prerelease] or inside


def dense(*texts):
    """Versions around every number that the texts name, wide of them, and between them."""
    found = set()
    for text in texts:
        for match in re.finditer(r"(?i)v?(\d+!)?\d+(\.\d+)*([-._]?(a|b|c|rc|alpha|beta|pre|preview)[-._]?\d*)?((-\d+)|[-._]?(post|rev|r)[-._]?\d*)?([-._]?dev[-._]?\d*)?(\+[a-z0-9._-]*[a-z0-9])?", text):
            named = parsed(match[0])
            if named is None:
                continue
            found.add(named)
            epoch = f"{named.epoch}!" if named.epoch else ""
            release = list(named.release)
            around = [release, release + [0, 1], release + [1], release + [0, 0, 0, 0, 1]]
            for index in range(len(release)):
                around.append(release[:index] + [release[index] + 1])
                around.append(release[:index] + [release[index] + 1, 0, 1])
                if release[index]:
                    around.append(release[:index] + [release[index] - 1, 9999999])
                    around.append(release[:index] + [release[index] - 1])
            for numbers in around:
                base = epoch + ".".join(map(str, numbers))
                for suffix in ["", ".post0", ".post1", ".post2", ".post11", ".dev0", ".dev1", "a0.dev0", "a0", "a1", "a1.post1", "a2", "b1", "b2", "rc0", "rc1", "rc2", "rc10", "rc11", ".post1.dev0", "+local", "+0"]:
                    found.add(Version(base + suffix))
            public = named.public
            found.update(Version(public + more) for more in ["+local", "+0"])
            found.update(filter(None, (parsed(public + more) for more in [".post0", ".post1", ".dev1"])))
    found.update(Version(text) for text in ["0", "0.0.1", "0.1", "1", "5.5", "11", "11.5", "12", "12.0.1", "13", "24.3", "100", "1000000", "1!0", "1!12", "9!9"])
    for versions in PUBLISHED.values():
        found.update(map(Version, versions))
    return sorted(found)


# Lines.


def escape(text):
    out = []
    for c in text:
        if c in "\\":
            out.append("\\\\")
        elif c in "\t\n\r":
            out.append({"\t": "\\t", "\n": "\\n", "\r": "\\r"}[c])
        elif " " < c <= "~" or c == " ":
            out.append(c)
        else:
            out.append("\\u{%x}" % ord(c))
    return "".join(out)


lines = {}


def line(*words):
    lines["\t".join(escape(word) for word in words)] = None


def order(a, b):
    left, right = parsed(a), parsed(b)
    if left is None or right is None:
        for text, value in ((a, left), (b, right)):
            if value is None:
                line("refuse", text)
        return
    if left == right:
        line("order", a, "=", b)
    else:
        first, second = (a, b) if left < right else (b, a)
        line("order", first, "<", second)


def judge(grammar, text, share):
    asked = Judge(grammar, text)
    if "===" in text and asked.known:
        return
    if not asked.known:
        line("refuse-range", grammar, text)
        return
    minimum = chosen.choice(MINIMUMS)
    candidates = dense(text, minimum)
    admitted = asked.admitted(candidates)
    if admitted:
        low = [candidate for candidate in admitted if candidate < Version(minimum)]
        verdict = "below" if len(low) == len(admitted) else "straddles" if low else "above"
        line(verdict, grammar, text, minimum)
    inside = set(admitted)
    for candidate in chosen.sample(sorted(inside), min(len(inside), share)):
        line("in", grammar, text, str(candidate))
    outside = [candidate for candidate in dense(text) if candidate not in inside]
    if grammar == "poetry" and "!=" in text:
        outside = [candidate for candidate in outside if not candidate.is_postrelease]
    for candidate in chosen.sample(outside, min(len(outside), share)):
        line("out", grammar, text, str(candidate))


def main():
    for versions in PUBLISHED.values():
        ordered = sorted(versions, key=Version)
        for older, newer in zip(ordered, ordered[1:]):
            order(older, newer)
    for text in WILD:
        order(text, "1.0")
    for text in WILD_REQUIREMENTS:
        for grammar in ("pep440", "pipfile"):
            judge(grammar, text, 2)
    for text in ["", "*", "12", "12.*", ">=12.*", "~=12", "^12", "~12", "^0", "^0.0", "^0.0.0", "^0.1", "^0.0.3", "^0.0.0.5", "^1.2.3.4", "~0", "~1.2.3.4",
                 "^12.0.0b1", "~12.0.0rc1", "^12.0.0.post1", "~12.0.post1", ">=12 <13", ">=12,<13", ">=12, <13 ,", "^11||^12", "^11 | ^12", "|| 12", "12 ||", "12,,13",
                 ">= 12 <13", ">=12 - 13", "12 - 13", "latest", "==12.*", "!=12.*", "<=12.*", "^12.*", "~12.*", "=12", "<>12", "v12", "V12.0", "^v12", "dev", "x", "12.x", "12.X", "*.1"]:
        judge("poetry", text, 3)
    while len(lines) < 6500:
        order(version(), version())
    while len(lines) < 8500:
        text = version()
        order(text, respelled(text))
    while len(lines) < 9500:
        text = wild()
        order(text, str(parsed(text) or "1.0"))
    for name in PUBLISHED:
        for _ in range(120):
            text = f"==={chosen.choice(PUBLISHED[name])}"
            candidate = chosen.choice(PUBLISHED[name])
            line("in" if text == f"==={candidate}" else "out", "pep440", text, candidate)
            line("in", "pep440", text, text[3:])
    while len(lines) < 16500:
        judge("pep440", pick(pep440, pep440, window)(), 1)
    while len(lines) < 18000:
        judge("pipfile", pipfile(), 1)
    while len(lines) < 24000:
        judge("poetry", poetry(), 1)
    sys.stdout.write(
        "# Generated by tests/oracles/pypi/generate.py from packaging 26.3 and poetry-core 2.5.0; do not edit.\n"
    )
    sys.stdout.write("".join(text + "\n" for text in lines))


main()
