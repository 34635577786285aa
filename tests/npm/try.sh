#!/usr/bin/env bash
# Makes the npm packages from an archive as a release has it, installs them without a network, and runs the program.
#
#   tests/npm/try.sh PROGRAM
#
# Needs node and npm. PROGRAM is a kubefloor built for this machine, which must be Linux on x64.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export npm_config_cache=$work/cache npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false

version=$("$program" --version)
version=${version#kubefloor }
mkdir "$work/archives"
tar -czf "$work/archives/kubefloor-v$version-x86_64-unknown-linux-musl.tar.gz" -C "$(dirname "$program")" kubefloor
node "$root/npm/pack.mjs" --some "$work/archives" "$work/packages"
if node "$root/npm/pack.mjs" "$work/archives" "$work/others" 2>"$work/said"; then
  echo "an archive that is missing is passed over"
  exit 1
fi

mkdir "$work/app"
cd "$work/app"
echo '{"private": true}' >package.json
for package in kubefloor-linux-x64 kubefloor; do
  tarball=$(npm pack --silent --pack-destination "$work" "$work/packages/$package")
  # Offline, the packages for other platforms cannot be had; they are optional.
  npm install --silent --offline "$work/$tarball"
done
echo 'kubernetes==11.0.0' >requirements.txt
[ "$(npx --offline kubefloor --version)" = "kubefloor $version" ]
end=0
npx --offline kubefloor scan requirements.txt >"$work/said" || end=$?
[ "$end" = 1 ] && grep -q 'kubernetes 11.0.0' "$work/said"

rm -rf node_modules/kubefloor-linux-x64
end=0
npx --offline kubefloor --version 2>"$work/said" || end=$?
[ "$end" = 2 ] && grep -q 'omit=optional' "$work/said"
echo "npm: kubefloor $version is installed and runs"
