#!/usr/bin/env bash
# Runs the hooks for real, with pre-commit and with prek, in a repository made for it, and says how long each took.
#
#   tests/hooks/try.sh [WHEELS]
#
# Needs git, cargo, python3, pre-commit, prek and (for prek's Python) uv on the path. What is tried is what is committed. WHEELS is a
# folder with a wheel of this version; without it maturin builds one. CARGO_TARGET_DIR may name a folder to build in, TRY one of
# the two tools. What is built from source is not optimized, since that takes minutes each time; with OPTIMIZED=1 it is, as for users.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$work/target}
if [ -z "${OPTIMIZED:-}" ]; then
  export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
fi
export PRE_COMMIT_HOME=$work/pre-commit PREK_HOME=$work/prek UV_CACHE_DIR=$work/uv PIP_DISABLE_PIP_VERSION_CHECK=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
export GIT_CONFIG_GLOBAL=/dev/null NO_COLOR=1

hooks=$work/hooks
git clone -q "$root" "$hooks"
revision=$(git -C "$hooks" rev-parse HEAD)

wheels=${1:-}
if [ -z "$wheels" ]; then
  wheels=$work/wheels
  (cd "$hooks/wheel" && maturin build --release --locked --out "$wheels")
fi
wheels=$(cd "$wheels" && pwd)
export PIP_FIND_LINKS=$wheels UV_FIND_LINKS=$wheels
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-index kubefloor
system=$work/venv/bin

# --- a repository with old debts, and changes to it ---

project=$work/project
mkdir -p "$project/service" "$project/jobs/node_modules/dependency" "$project/old"
cd "$project"
git init -q .
pom() { printf '<project>\n  %s\n</project>\n' "$1"; }
parent='<groupId>a</groupId><artifactId>a</artifactId><version>1</version>'
property() { pom "$parent<packaging>pom</packaging><properties><client>$1</client></properties>" >pom.xml; }
property 9.0.0
pom "<parent>$parent</parent><artifactId>service</artifactId><dependencies><dependency>
  <groupId>io.kubernetes</groupId><artifactId>client-java</artifactId><version>\${client}</version>
  </dependency></dependencies>" >service/pom.xml
lock() {
  printf '{"lockfileVersion": 3, "packages": {
    "": {"dependencies": {"@kubernetes/client-node": "^0.10.0"}},
    "node_modules/@kubernetes/client-node": {"version": "%s"}}}\n' "$1" >jobs/package-lock.json
}
lock 0.10.3
echo '{"dependencies": {"@kubernetes/client-node": "^0.10.0"}}' >jobs/package.json
echo '{"dependencies": {"@kubernetes/client-node": "0.10.1"}}' >jobs/node_modules/dependency/package.json
echo 'kubernetes==11.0.0' >old/requirements.txt
echo hello >README.md
# --- how the hooks are configured ---
{
  echo repos:
  printf -- '  - repo: %s\n    rev: %s\n    hooks:\n' "$hooks" "$revision"
  for id in kubefloor kubefloor-all kubefloor-wheel kubefloor-wheel-all kubefloor-system kubefloor-system-all; do
    echo "      - id: $id"
  done
} >.pre-commit-config.yaml
git add -A -f
git commit -q -m 'old debts'

times=$work/times
: >"$times"

# Runs a hook and compares its end and what it says: `check WHAT TOOL HOOK END WORDS…`, then the arguments after `--`.
check() {
  local what=$1 tool=$2 hook=$3 end=$4 words=() output started found=0
  shift 4
  while [ "$1" != -- ]; do
    words+=("$1")
    shift
  done
  shift
  started=$(date +%s%N)
  output=$(PATH=$system:$PATH "$tool" "$@" 2>&1) || found=$?
  printf '| %s | `%s` | %s | %s s |\n' "$tool" "$hook" "$what" \
    "$(awk "BEGIN { printf \"%.2f\", ($(date +%s%N) - $started) / 1e9 }")" | tee -a "$times"
  if [ "$found" != "$end" ]; then
    printf '%s\n%s: %s ended with %s, not %s\n' "$output" "$what" "$tool $*" "$found" "$end"
    exit 1
  fi
  for word in ${words[@]+"${words[@]}"}; do
    # What starts with an exclamation mark must not be said.
    if [ "${word#!}" != "$word" ]; then
      if [[ $output == *"${word#!}"* ]]; then
        printf '%s\n%s: %s says `%s`\n' "$output" "$what" "$tool $*" "${word#!}"
        exit 1
      fi
    elif [[ $output != *"$word"* ]]; then
      printf '%s\n%s: %s does not say `%s`\n' "$output" "$what" "$tool $*" "$word"
      exit 1
    fi
  done
}

for tool in ${TRY:-pre-commit prek}; do
  "$tool" validate-manifest "$hooks/.pre-commit-hooks.yaml"
  for hook in kubefloor kubefloor-wheel kubefloor-system; do
    whole=$hook-all
    check 'installed, nothing staged' "$tool" $hook 0 kipped -- run $hook

    echo more >>README.md
    git add README.md
    check 'no manifest staged' "$tool" $hook 0 kipped -- run $hook
    check 'no manifest staged' "$tool" $whole 0 kipped -- run $whole

    property 8.0.2
    git add pom.xml
    check 'the property of a parent' "$tool" $hook 1 'io.kubernetes:client-java 8.0.2' 'service/pom.xml' '!kubernetes 11.0.0' \
      -- run $hook
    check 'the property of a parent' "$tool" $whole 1 'io.kubernetes:client-java 8.0.2' 'kubernetes 11.0.0' '!0.10.1' -- run $whole
    property 9.0.0
    git add pom.xml

    lock 0.10.2
    git add jobs/package-lock.json
    check 'a lockfile' "$tool" $hook 1 '@kubernetes/client-node 0.10.2' 'jobs/package.json' '!kubernetes 11.0.0' -- run $hook
    lock 0.10.3
    git add jobs/package-lock.json

    echo '{"dependencies": {"@kubernetes/client-node": "0.10.0"}}' >jobs/node_modules/dependency/package.json
    git add jobs
    check 'an installed package' "$tool" $hook 0 Passed -- run $hook
    git reset -q --hard

    check 'all files' "$tool" $hook 1 'kubernetes 11.0.0' '!0.10.1' -- run $hook --all-files
  done
  # From the hooks' own repository, without a configuration.
  property 8.0.2
  git add pom.xml
  for hook in kubefloor kubefloor-wheel kubefloor-system; do
    check 'try-repo' "$tool" $hook 1 'io.kubernetes:client-java 8.0.2' -- try-repo "$hooks" $hook --verbose
  done
  git reset -q --hard
done

printf '\n%s, %s, %s\n\n| tool | hook | what | time |\n|---|---|---|---|\n' "$(pre-commit --version)" "$(prek --version)" "$(cargo --version)"
cat "$times"
