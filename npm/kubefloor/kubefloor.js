#!/usr/bin/env node
// Starts the program, which is in a package of its own for each platform: npm installs the one that fits. Nothing is downloaded and no
// script is run when it is installed.
"use strict";

const { spawnSync } = require("node:child_process");

const platform = `${process.platform}-${process.arch}`;
const program = process.platform === "win32" ? "kubefloor.exe" : "kubefloor";

function find() {
  try {
    return require.resolve(`kubefloor-${platform}/${program}`);
  } catch {
    const known = Object.keys(require("./package.json").optionalDependencies ?? {});
    const why = known.includes(`kubefloor-${platform}`)
      ? `the package kubefloor-${platform} is not installed; install without --omit=optional, and on the platform it is run on`
      : `there is no build for ${platform}; \`cargo install kubefloor\` makes one`;
    console.error(`error: ${why}`);
    process.exit(2);
  }
}

const { status, signal, error } = spawnSync(find(), process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`error: kubefloor cannot be run: ${error.message}`);
  process.exit(2);
}
if (signal) {
  // As if the program had been started itself.
  process.kill(process.pid, signal);
}
process.exit(status ?? 2);
