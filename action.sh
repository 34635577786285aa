#!/usr/bin/env bash
# What action.yml runs: `install` finds the program, `scan` runs it once and shows what it says, `gate` ends the job as it did.
#
# - Inputs come as environment variables and are never part of a command's text.
# - What the program prints can quote scanned files. The program makes that harmless; here it is kept from the runner as well.
# - macOS has bash 3.2: no `mapfile`, and an empty array is unset. Windows has Git's bash, whose paths the program does not know.
set -euo pipefail

newline=$'\n'
# In variables, since bash 3.2 does not know them from its own syntax.
is_version='^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$'
is_commit='^([0-9a-f]{40}|[0-9a-f]{64})$'

# Shows a message of ours, in which an input may stand, as an error or a warning.
annotate() {
  local text=${2//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$newline/%0A}
  printf '::%s title=kubefloor::%s\n' "$1" "$text"
}

fail() {
  annotate error "$1"
  exit 2
}

# Refuses what is neither `true` nor `false`, which would be taken for `false`.
check_boolean() {
  case "$2" in true | false) ;; *) fail "$1 is true or false" ;; esac
}

# Sets an output of the step; a value of several lines cannot set another.
output() {
  local end="end-$RANDOM$RANDOM$RANDOM"
  printf '%s<<%s\n%s\n%s\n' "$1" "$end" "$2" "$end" >>"$GITHUB_OUTPUT"
}

# A path that programs of Windows understand, too.
native() {
  if command -v cygpath >/dev/null; then cygpath -m "$1"; else printf '%s\n' "$1"; fi
}

# A key of the table [package] of our own manifest.
manifest() {
  sed -n '/^\[package\]/,/^\[/s/^'"$1"' *= *"\([^"]*\)".*/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml"
}

# --- install ---

# The target whose release runs here; none if there is no such release.
target() {
  case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
    Linux-X64) echo x86_64-unknown-linux-musl ;;
    Linux-ARM64) echo aarch64-unknown-linux-musl ;;
    macOS-X64) echo x86_64-apple-darwin ;;
    macOS-ARM64) echo aarch64-apple-darwin ;;
    Windows-X64) echo x86_64-pc-windows-msvc ;;
    Windows-ARM64) echo aarch64-pc-windows-msvc ;;
  esac
}

# Ends the search if a program runs and is the version that is looked for.
use() {
  local path said
  path=$(command -v -- "$1") || return 1
  # The scan may run in another folder.
  case "$path" in /* | ?:[/\\]*) ;; *) path=$PWD/$path ;; esac
  said=$("$path" --version 2>&1) || return 1
  if [ "${said%% *}" != kubefloor ] || { [ -n "${2:-}" ] && [ "$said" != "kubefloor $2" ]; }; then return 1; fi
  echo "$said: $path"
  output binary "$path"
  exit 0
}

download() {
  # No connection but over TLS, except to this machine.
  local protocol='=https'
  case "$1" in http://127.0.0.1[:/]* | http://localhost[:/]*) protocol='=http,https' ;; esac
  curl --proto "$protocol" --proto-redir '=https' --tlsv1.2 -fsSL --retry 3 --connect-timeout 30 -o "$2" "$1"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi
}

# Whether the file's sum is the one in the list; a wrong one ends everything.
check_sum() {
  local archive=$1 sums=$2 sum name expected='' found
  while read -r sum name; do
    name=${name%$'\r'}
    if [ "${name#\*}" = "$archive" ]; then expected=$sum; fi
  done <"$sums"
  if [ -z "$expected" ]; then return 1; fi
  found=$(sha256 "$archive")
  found=${found%% *}
  # A name with a backslash makes sha256sum write one in front.
  if [ "${found#\\}" != "$expected" ]; then
    fail "the download $archive is not the file that was released: its SHA-256 is ${found#\\}, not $expected"
  fi
}

# Whether GitHub attests that the release workflow made the file from the version's tag.
check_attestation() {
  local archive=$1 version=$2 repository=$3
  case "$INPUT_VERIFY_ATTESTATION" in
    false) return 0 ;;
    auto)
      if ! command -v gh >/dev/null || [ -z "${GH_TOKEN:-}" ] || [ "${GITHUB_SERVER_URL:-}" != https://github.com ]; then
        echo "the attestation of $archive is not asked for, which needs gh and a token of github.com"
        return 0
      fi
      ;;
  esac
  gh attestation verify "$archive" --repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml" \
    --source-ref "refs/tags/v$version" --deny-self-hosted-runners && return 0
  if [ "$INPUT_VERIFY_ATTESTATION" = true ]; then
    fail "the download $archive has no attestation that $repository has built it from v$version"
  fi
  annotate warning "the download $archive could not be attested, so it is not used"
  return 1
}

unpack() {
  case "$1" in
    *.zip) if command -v unzip >/dev/null; then unzip -q "$1"; else "$SYSTEMROOT/System32/tar.exe" -xf "$1"; fi ;;
    *) tar -xzf "$1" ;;
  esac
}

# Downloads the release of a version into a folder. Ends with 1 if there is none that may be used, with 2 if it is a wrong one.
release() {
  local version=$1 folder=$2 repository mirror archive target
  target=$(target)
  repository=$(manifest repository)
  repository=${repository#https://github.com/}
  repository=${repository:-${ACTION_REPOSITORY:-}}
  mirror=${INPUT_MIRROR%/}
  mirror=${mirror:-${repository:+https://github.com/$repository/releases/download}}
  if [ -z "$target" ] || [ -z "$mirror" ] || ! command -v curl >/dev/null; then exit 1; fi
  archive=kubefloor-v$version-$target.tar.gz
  case "$target" in *windows*) archive=${archive%.tar.gz}.zip ;; esac
  # From inside, since tar takes the colon in a path of Windows for a host.
  mkdir -p "$folder" && cd "$folder" || exit 1
  echo "download $mirror/v$version/$archive"
  download "$mirror/v$version/SHA256SUMS" SHA256SUMS || exit 1
  download "$mirror/v$version/$archive" "$archive" || exit 1
  check_sum "$archive" SHA256SUMS || exit 1
  check_attestation "$archive" "$version" "$repository" || exit 1
  unpack "$archive" || exit 1
  rm -f SHA256SUMS "$archive"
}

install() {
  local version name cache arch new temp code=0
  case "$INPUT_VERIFY_ATTESTATION" in auto | true | false) ;; *) fail "verify-attestation is auto, true or false" ;; esac
  if [ -n "$INPUT_BINARY" ]; then
    use "$INPUT_BINARY" || fail "the input binary names no kubefloor that runs: $INPUT_BINARY"
  fi
  version=$(manifest version)
  [[ $version =~ $is_version ]] || fail "the action's own Cargo.toml has no version"
  name=kubefloor
  if [ "${RUNNER_OS:-}" = Windows ]; then name=kubefloor.exe; fi
  temp=$(native "$RUNNER_TEMP")

  # The layout of the runner's tool cache: what is complete has a mark beside it.
  arch=$(printf '%s' "${RUNNER_ARCH:-unknown}" | tr '[:upper:]' '[:lower:]')
  cache=$(native "${RUNNER_TOOL_CACHE:-$RUNNER_TEMP}")/kubefloor/$version
  if [ -f "$cache/$arch.complete" ]; then use "$cache/$arch/$name" "$version" || true; fi

  new=$(mktemp -d "$temp/kubefloor-release.XXXXXX")/$arch
  (release "$version" "$new") || code=$?
  case "$code" in
    0)
      if mkdir -p "$cache" && rm -rf "${cache:?}/$arch" && mv "$new" "$cache/"; then
        : >"$cache/$arch.complete"
        new=$cache/$arch
      fi
      use "$new/$name" "$version" || fail "the release of kubefloor $version does not run here"
      ;;
    1) ;;
    *) exit "$code" ;;
  esac

  # The action's own sources are here. They are built from their folder, so that no configuration of cargo's in the scanned
  # repository counts, and not put into the cache, since several commits share a version.
  # The token is not for build scripts.
  unset GH_TOKEN
  command -v cargo >/dev/null ||
    fail "there is no release of kubefloor $version for this machine, and no cargo to build it; the input binary can name one"
  echo "::group::no release of kubefloor $version to use, so it is built"
  # Built soon rather than fast: the scan takes a second.
  export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
  (cd "$GITHUB_ACTION_PATH" &&
    CARGO_TARGET_DIR=$temp/kubefloor-build cargo install --locked --force --path . --root "$temp/kubefloor-built") ||
    fail "kubefloor $version could not be built from the action's sources"
  echo "::endgroup::"
  use "$temp/kubefloor-built/bin/$name" "$version" || fail "the kubefloor that was built does not run"
}

# --- scan ---

git() {
  # In a container the checkout belongs to somebody else. Files that were committed can look like a bare repository, whose settings
  # name programs: none is taken for one, and nothing that settings name is run for a comparison.
  GIT_TERMINAL_PROMPT=0 command git -c safe.directory='*' -c safe.bareRepository=explicit -c core.fsmonitor=false "$@"
}

is_shallow() { [ "$(git rev-parse --is-shallow-repository 2>/dev/null)" = true ]; }

# Gets a commit with its files, if it is not here.
get() {
  local depth=()
  if ! git cat-file -e "$1^{tree}" 2>/dev/null; then
    # A depth would make a whole clone a shallow one.
    if is_shallow; then depth=(--depth=1); fi
    git fetch --quiet --no-tags ${depth[@]+"${depth[@]}"} origin "$1" || return 0
  fi
  if [ -n "$(git config --get remote.origin.partialclonefilter)" ]; then
    # Such a clone has the files that are checked out; the others come when git reads them, and it is not git that will.
    git diff --numstat --no-renames --no-ext-diff --no-textconv "$1" HEAD >/dev/null || true
  fi
}

# Where two commits have parted; more of a shallow clone's history is got until that is known.
parted() {
  local depth
  for depth in 0 100 1000 1000000000; do
    if [ "$depth" != 0 ]; then
      is_shallow || break
      git fetch --quiet --no-tags --deepen="$depth" origin "$1" "$2" || break
    fi
    if git merge-base "$1" "$2" 2>/dev/null; then return; fi
  done
  # The program finds nothing there either, and says what to do.
  printf '%s...%s\n' "$1" "$2"
}

# The revision that the event compares with, if what is checked out is what the event is about. Checked out could be anything,
# for `pull_request_target` the base itself: compared with the base that would have nothing new.
base_of_event() {
  local head parents
  head=$(git rev-parse --verify HEAD) || return 0
  if [ -n "$MERGE_GROUP_BASE" ]; then
    if [ "$head" = "$MERGE_GROUP_HEAD" ]; then echo "$MERGE_GROUP_BASE"; fi
    return
  fi
  # A shallow clone has the names of parents that it does not have.
  parents=$(git cat-file -p HEAD | sed -n -e '/^$/q' -e 's/^parent //p')
  if [ "$head" = "$PULL_REQUEST_HEAD" ]; then
    get "$PULL_REQUEST_BASE"
    parted "$PULL_REQUEST_BASE" "$head"
  elif [ "$parents" = "${parents%%"$newline"*}$newline$PULL_REQUEST_HEAD" ]; then
    # GitHub's merge with the base as it is now, so that what else was done there is on both sides.
    echo "${parents%%"$newline"*}"
  fi
}

# The revision to compare with; none if everything is to be judged.
base() {
  local base=$INPUT_BASE
  if [ "$INPUT_MODE" = all ]; then return; fi
  if [ -z "$base" ] && [ -n "$PULL_REQUEST_BASE$MERGE_GROUP_BASE" ]; then
    base=$(base_of_event)
    if [ -z "$base" ]; then echo "what is checked out is not what the event is about, so everything is judged" >&2; fi
  fi
  if [[ $base =~ $is_commit ]]; then get "$base"; fi
  printf '%s\n' "$base"
}

scan() {
  local out base code=0 quiet path arguments=() paths=()
  case "$INPUT_MODE" in new | all) ;; *) fail "mode is new or all" ;; esac
  check_boolean annotations "$INPUT_ANNOTATIONS"
  check_boolean summary "$INPUT_SUMMARY"
  check_boolean upload-sarif "$INPUT_UPLOAD_SARIF"
  cd -- "$INPUT_WORKING_DIRECTORY" || fail "there is no folder $INPUT_WORKING_DIRECTORY, which working-directory names"
  out=$(mktemp -d "$(native "$RUNNER_TEMP")/kubefloor.XXXXXX")
  base=$(base)
  if [ -n "$base" ]; then arguments+=("--base=$base"); fi
  if [ -n "$INPUT_FAIL_ON" ]; then arguments+=("--fail-on=$INPUT_FAIL_ON"); fi
  if [ -n "$INPUT_MIN_SEVERITY" ]; then arguments+=("--min-severity=$INPUT_MIN_SEVERITY"); fi
  for path in github markdown sarif json; do arguments+=("--report=$path=$out/kubefloor.$path"); done
  while IFS= read -r path; do
    path=${path%$'\r'}
    if [ -n "$path" ]; then paths+=("$path"); fi
  done <<<"$INPUT_PATHS"

  quiet=kubefloor-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$quiet"
  # Git's bash on Windows would take the paths in the arguments for its own.
  MSYS_NO_PATHCONV=1 "$BINARY" scan --color=always "${arguments[@]}" -- ${paths[@]+"${paths[@]}"} 2>&1 || code=$?
  echo "::$quiet::"

  if [ ! -s "$out/kubefloor.json" ]; then
    # It could not do what was asked, and the log says why; or it was ended.
    annotate error "there is no report, see the log of the step"
    code=2
  fi
  if [ "$INPUT_ANNOTATIONS" = true ] && [ -f "$out/kubefloor.github" ]; then cat "$out/kubefloor.github"; fi
  if [ "$INPUT_SUMMARY" = true ] && [ -f "$out/kubefloor.markdown" ]; then cat "$out/kubefloor.markdown" >>"$GITHUB_STEP_SUMMARY"; fi
  for path in sarif json; do
    if [ -s "$out/kubefloor.$path" ]; then output "$path" "$out/kubefloor.$path"; fi
  done
  output exit-code "$code"
  if [ -s "$out/kubefloor.json" ]; then
    # In the report's summary, which is not indented deeper; a text has no line end that is not escaped.
    output incompatible "$(sed -n 's/^    "incompatible": \([0-9]*\),$/\1/p' "$out/kubefloor.json")"
  fi
  if [ -n "$PULL_REQUEST_HEAD" ] &&
    { [ "$PULL_REQUEST_FROM" != "$GITHUB_REPOSITORY" ] || [ "$PULL_REQUEST_AUTHOR" = 'dependabot[bot]' ]; }; then
    output is-foreign true
  fi
}

# --- gate ---

gate() {
  case "$EXIT_CODE" in
    0) echo "kubefloor has nothing to complain of" ;;
    1) echo "kubefloor has findings; the job summary lists them all" ;;
    *) echo "kubefloor could not do what was asked; the log of the scan says why" ;;
  esac
  exit "$EXIT_CODE"
}

case "${1:-}" in
  install | scan | gate) "$1" ;;
  *) fail "action.sh is run with install, scan or gate" ;;
esac
