// Makes the npm packages of a version from the archives of its release: one for each platform that holds the program, and `kubefloor`,
// which depends on all of them as they fit.
//
//   node npm/pack.mjs ARCHIVES PACKAGES
//
// ARCHIVES is a folder with the archives of the version in Cargo.toml, PACKAGES one that is made. What is in it is published with `npm
// publish`, those of the platforms first. An archive that is missing is an error, but with `--some`, for trying it out.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

// What Node calls the platforms that a release is built for. The builds for Linux are static, so any libc will do.
const PLATFORMS = [
  ["x86_64-unknown-linux-musl", "linux", "x64"],
  ["aarch64-unknown-linux-musl", "linux", "arm64"],
  ["x86_64-apple-darwin", "darwin", "x64"],
  ["aarch64-apple-darwin", "darwin", "arm64"],
  ["x86_64-pc-windows-msvc", "win32", "x64"],
  ["aarch64-pc-windows-msvc", "win32", "arm64"],
];

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const some = process.argv.includes("--some");
const [archives, packages] = process.argv.slice(2).filter((argument) => argument !== "--some").map((path) => resolve(path));
if (!packages) {
  console.error("usage: node npm/pack.mjs [--some] ARCHIVES PACKAGES");
  process.exit(2);
}

const manifest = readFileSync(join(root, "Cargo.toml"), "utf8").match(/^\[package\]$([^]*?)^\[/m)[1];
const field = (name) => manifest.match(new RegExp(`^${name} = "(.*)"$`, "m"))?.[1];
const version = field("version");
const about = { version, license: field("license"), repository: field("repository") };
const licences = ["LICENSE-APACHE", "LICENSE-MIT"];

function write(name, description, more, files) {
  const folder = join(packages, name);
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify({ name, description, ...about, ...more }, null, 2);
  writeFileSync(join(folder, "package.json"), `${text}\n`);
  for (const [from, to] of files) {
    copyFileSync(from, join(folder, to));
  }
  for (const licence of licences) {
    copyFileSync(join(root, licence), join(folder, licence));
  }
  return folder;
}

function unpack(archive, folder) {
  if (archive.endsWith(".zip") && process.platform === "linux") {
    execFileSync("unzip", ["-q", archive, "-d", folder]);
  } else {
    execFileSync("tar", ["-xf", archive, "-C", folder]);
  }
}

const optionalDependencies = {};
for (const [target, os, cpu] of PLATFORMS) {
  const ending = os === "win32" ? "zip" : "tar.gz";
  const archive = join(archives, `kubefloor-v${version}-${target}.${ending}`);
  const name = `kubefloor-${os}-${cpu}`;
  optionalDependencies[name] = version;
  if (!existsSync(archive)) {
    if (some) continue;
    console.error(`error: ${archive} is not there`);
    process.exit(2);
  }
  const unpacked = mkdtempSync(join(tmpdir(), "kubefloor-"));
  unpack(archive, unpacked);
  const program = os === "win32" ? "kubefloor.exe" : "kubefloor";
  const more = { os: [os], cpu: [cpu], preferUnplugged: true, files: [program] };
  const folder = write(name, `kubefloor for ${os} on ${cpu}`, more, [[join(unpacked, program), program]]);
  chmodSync(join(folder, program), 0o755);
  rmSync(unpacked, { recursive: true });
  console.log(name);
}
const keywords = manifest.match(/^keywords = (\[.*\])$/m)?.[1];
const more = {
  keywords: JSON.parse(keywords ?? "[]"),
  bin: { kubefloor: "kubefloor.js" },
  files: ["kubefloor.js"],
  engines: { node: ">=16" },
  optionalDependencies,
};
write("kubefloor", field("description"), more, [
  [join(here, "kubefloor", "kubefloor.js"), "kubefloor.js"],
  [join(root, "README.md"), "README.md"],
]);
console.log("kubefloor");
