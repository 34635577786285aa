"""Makes the wheels of a version from the archives of its release, so that what pip installs is what was run, summed and attested.

    python3 wheel/pack.py ARCHIVES WHEELS

ARCHIVES is a folder with the archives of the version in Cargo.toml; one that is missing is an error. Needs Python 3.11 and nothing
else. The format of a wheel: the specification "Binary distribution format", of its metadata: "Core metadata specifications".
"""

import base64
import hashlib
import pathlib
import re
import sys
import tarfile
import tomllib
import zipfile

# The builds for Linux are static, so any libc will do.
PLATFORMS = {
    "x86_64-unknown-linux-musl": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64-unknown-linux-musl": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "x86_64-pc-windows-msvc": "win_amd64",
    "aarch64-pc-windows-msvc": "win_arm64",
}

ROOT = pathlib.Path(__file__).parent.parent


def python_version(version):
    """A version of Cargo's as PEP 440 has it."""
    found = re.fullmatch(r"(\d+\.\d+\.\d+)(?:-(alpha|beta|rc|dev)\.?(\d*))?", version)
    if not found:
        sys.exit(f"error: {version} is no version that Python has as well")
    release, kind, number = found.groups()
    kind = {None: "", "alpha": "a", "beta": "b", "rc": "rc", "dev": ".dev"}[kind]
    return release + kind + (number or "0" if kind else "")


def program(archives, version, target):
    """The program in a target's archive, and its name."""
    stem = archives / f"kubefloor-v{version}-{target}"
    if "windows" in target:
        with zipfile.ZipFile(f"{stem}.zip") as archive:
            return "kubefloor.exe", archive.read("kubefloor.exe")
    with tarfile.open(f"{stem}.tar.gz") as archive:
        return "kubefloor", archive.extractfile("kubefloor").read()


def metadata(package, version):
    keywords = ",".join(package["keywords"])
    head = f"""\
Metadata-Version: 2.4
Name: kubefloor
Version: {version}
Summary: {package["description"]}
Keywords: {keywords}
License-Expression: {package["license"]}
License-File: LICENSE-APACHE
License-File: LICENSE-MIT
Requires-Python: >=3.8
Description-Content-Type: text/markdown; charset=UTF-8
"""
    return head + "\n" + (ROOT / "README.md").read_text("utf-8")


def write(path, files):
    """A zip in which neither the time nor the machine leaves a trace."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content, mode in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)


def record(files, name):
    lines = []
    for path, content, _ in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}\n")
    return "".join(lines) + f"{name},,\n"


def main(archives, wheels):
    package = tomllib.loads((ROOT / "Cargo.toml").read_text("utf-8"))["package"]
    version = python_version(package["version"])
    wheels.mkdir(parents=True, exist_ok=True)
    for target, platform in PLATFORMS.items():
        name, content = program(archives, package["version"], target)
        info = f"kubefloor-{version}.dist-info"
        tags = "".join(f"Tag: py3-none-{tag}\n" for tag in platform.split("."))
        about = f"Wheel-Version: 1.0\nGenerator: kubefloor\nRoot-Is-Purelib: false\n{tags}"
        files = [
            (f"kubefloor-{version}.data/scripts/{name}", content, 0o755),
            (f"{info}/METADATA", metadata(package, version).encode(), 0o644),
            (f"{info}/WHEEL", about.encode(), 0o644),
        ]
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"]:
            files.append((f"{info}/licenses/{licence}", (ROOT / licence).read_bytes(), 0o644))
        files.append((f"{info}/RECORD", record(files, f"{info}/RECORD").encode(), 0o644))
        path = wheels / f"kubefloor-{version}-py3-none-{platform}.whl"
        write(path, files)
        print(path.name)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python3 wheel/pack.py ARCHIVES WHEELS")
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
