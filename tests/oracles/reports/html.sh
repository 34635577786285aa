#!/usr/bin/env bash
# Shows an HTML report in a headless Chromium: light, dark, on a narrow screen and on paper, as PNG files in a folder; and fails if the
# page asks for anything besides itself, runs a script, or breaks its own content security policy.
#
#   html.sh REPORT.html FOLDER
#
# Needs chromium, pdftoppm (poppler-utils) and python3.
set -euo pipefail
report=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

browse() {
  timeout 120 chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --user-data-dir="$profile" \
    --host-resolver-rules='MAP * ~NOTFOUND' "$@" 2>> "$folder/browser.log"
}

: > "$folder/browser.log"
browse --window-size=1280,2400 --screenshot="$folder/light.png" "file://$report"
browse --window-size=1280,2400 --blink-settings=preferredColorScheme=0 --screenshot="$folder/dark.png" "file://$report"
browse --window-size=500,2400 --screenshot="$folder/narrow.png" "file://$report"
browse --no-pdf-header-footer --print-to-pdf="$folder/print.pdf" "file://$report"
pdftoppm -r 70 -png "$folder/print.pdf" "$folder/print"

# What the page asked for, as the browser's own log of its network has it, and what it complained of.
browse --log-net-log="$folder/net.json" --enable-logging=stderr --v=0 --dump-dom "file://$report" > "$folder/dom.html"
python3 - "$folder" "$report" <<'PYTHON'
import json, pathlib, sys

folder, report = pathlib.Path(sys.argv[1]), sys.argv[2]
text = (folder / "net.json").read_text()
log = json.loads(text)
kinds = {number: name for name, number in log["constants"]["logEventTypes"].items()}
# The browser itself tries to phone home; only what the page asks for has an origin as its initiator.
own = set()
for event in log["events"]:
    params = event.get("params", {})
    if kinds[event["type"]] == "URL_REQUEST_START_JOB" and params.get("initiator", "not an origin") != "not an origin":
        own.add(params["url"])
own = sorted(own)
complaints = [line for line in (folder / "browser.log").read_text().splitlines() if "CONSOLE" in line or "Content Security" in line]
scripts = (folder / "dom.html").read_text().lower().count("<script")
print("asked for:", own or "nothing", "| complaints:", complaints or "none", "| scripts:", scripts)
sys.exit(bool(own or complaints or scripts))
PYTHON
