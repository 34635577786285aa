"""Compares what kubefloor reads from locks with what the tools that wrote them say is in them.

How to run it, from the root of the repository, with a kubefloor that was built (`cargo build`):

    python -m venv locks
    locks/bin/pip install uv==0.13.9 poetry==2.5.1 pdm==2.29.4 'hishel[httpx2]==1.4.0' pipenv==2026.10.3
    locks/bin/python tests/oracles/pypi/locks.py target/debug/kubefloor

Each tool locks a small project of its own in a temporary folder, from the index that it is configured for, and lists the packages in
its lock: uv and PDM by their exports, Pipenv by `pipenv requirements`, Poetry by its own reader. For each client in that list kubefloor
must tell the same versions, at the manifest or in the lock. Two tools also say who needs a client that is not asked for.

Nothing is written; the versions change with the index.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BIN = Path(sys.executable).parent
CLIENTS = ["kubernetes", "kubernetes-asyncio", "openshift", "kopf", "kr8s", "lightkube", "pykube-ng"]

PROJECT = """
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11,<4.0"
dependencies = ["openshift>=0.11,<0.13", "kr8s==0.17.0 ; sys_platform == 'linux'"]
[project.optional-dependencies]
aio = ["kubernetes-asyncio>=12"]
[dependency-groups]
dev = ["kopf"]
"""

POETRY = PROJECT + """
[tool.poetry]
package-mode = false
"""

WORKSPACE = PROJECT.replace('"kr8s==', '"shop-lib", "kr8s==') + """
[tool.uv.workspace]
members = ["lib"]
[tool.uv.sources]
shop-lib = { workspace = true }
"""

MEMBER = """
[project]
name = "shop-lib"
version = "0.1"
requires-python = ">=3.11,<4.0"
dependencies = ["lightkube>=0.15"]
"""

PIPFILE = """
[packages]
openshift = ">=0.11,<0.13"
kr8s = {version = "==0.17.0", markers = "sys_platform == 'linux'"}
[dev-packages]
kopf = "*"
kubernetes-asyncio = ">=12"
"""

# Poetry asks its own index for more than other tools do; one that answers with pages alone can be named.
if "INDEX" in os.environ:
    POETRY += f"""
[[tool.poetry.source]]
name = "mirror"
url = "{os.environ["INDEX"]}"
priority = "primary"
"""

READ_POETRY = """
from pathlib import Path
from poetry.factory import Factory
for package in Factory().create_poetry(Path(".")).locker.locked_repository().packages:
    print(f"{package.name}=={package.version}")
"""


def run(folder, *command):
    environment = dict(os.environ, PIPENV_VENV_IN_PROJECT="1", PIPENV_IGNORE_VIRTUALENVS="1")
    result = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=folder, env=environment, capture_output=True, text=True
    )
    if result.returncode != 0:
        raise SystemExit(f"{command}: {result.stdout}{result.stderr}")
    return result.stdout


def listed(text):
    """The versions of the clients in lines `name==version ; marker`."""
    found = {}
    for line in text.splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", line.strip())
        name = match and re.sub(r"[-_.]+", "-", match[1]).lower()
        if name in CLIENTS:
            found.setdefault(name, set()).add(match[2])
    return found


def told(kubefloor, folder):
    """The versions that kubefloor tells, and what each client comes in through."""
    result = subprocess.run([kubefloor, "scan", "--format", "json", folder], capture_output=True, text=True)
    report = json.loads(result.stdout)
    versions, through = {}, {}
    for entry in report["clients"]:
        found = {
            match[1].lstrip("=")
            for related in entry["related"]
            if (match := re.match("locked to `(.*)` here", related["message"]))
        }
        versions.setdefault(entry["package"], set()).update(found or {entry["selected"]})
        chains = [
            match[1] for related in entry["related"] if (match := re.match("comes in through (.*)", related["message"]))
        ]
        if chains:
            through[entry["package"]] = chains[0]
    return versions, through, report["problems"]


def main(kubefloor):
    kubefloor = str(Path(kubefloor).resolve())
    wrong = 0
    with tempfile.TemporaryDirectory() as root:
        cases = {
            "uv": (
                {"pyproject.toml": WORKSPACE, "lib/pyproject.toml": MEMBER},
                [("uv", "lock")],
                (
                    "uv",
                    "export",
                    "--all-packages",
                    "--all-extras",
                    "--all-groups",
                    "--no-hashes",
                    "--no-emit-workspace",
                ),
            ),
            "uv-script": (
                {"tool.py": '# /// script\n# dependencies = ["openshift>=0.11,<0.13"]\n# ///\n'},
                [("uv", "lock", "--script", "tool.py")],
                ("uv", "export", "--script", "tool.py", "--no-hashes"),
            ),
            "uv-pylock": (
                {"pyproject.toml": PROJECT},
                [("uv", "lock"), ("uv", "export", "--all-extras", "--format", "pylock.toml", "-o", "pylock.toml")],
                ("uv", "export", "--all-extras", "--all-groups", "--no-hashes", "--no-emit-project"),
            ),
            "poetry": ({"pyproject.toml": POETRY}, [("poetry", "lock", "-n")], ("python", "-c", READ_POETRY)),
            "pdm": (
                {"pyproject.toml": PROJECT},
                [("pdm", "lock", "-G", ":all")],
                ("pdm", "export", "--no-hashes", "-G", ":all"),
            ),
            "pipenv": ({"Pipfile": PIPFILE}, [("pipenv", "lock")], ("pipenv", "requirements", "--dev")),
        }
        for name, (files, lock, listing) in cases.items():
            folder = Path(root, name)
            for path, text in files.items():
                Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, path).write_text(text)
            for command in lock:
                run(folder, *command)
            expected = listed(run(folder, *listing))
            versions, through, problems = told(kubefloor, folder)
            agree = versions == expected and not problems
            wrong += not agree
            print(f"{name}: {'agrees' if agree else 'DISAGREES'}: {expected}; comes in: {through}")
            if not agree:
                print(f"    kubefloor: {versions} {problems}")
            if name not in ("pipenv", "uv-pylock") and "openshift" not in through.get("kubernetes", ""):
                wrong += 1
                print(f"    who needs kubernetes is not told: {through}")
    return wrong


sys.exit(main(sys.argv[1]))
