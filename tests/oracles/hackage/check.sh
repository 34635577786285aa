#!/bin/sh
# Compares the fixtures of .cabal and package.yaml files with what Cabal and hpack make of them; see Components.hs.
# Needs GHC with its Cabal library, and hpack (made with 0.34.7) for the second half. Run it from the root of the repository.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for case in tests/formats/cabal/*.in; do
    set -- "$@" "${case%.in}.facts" "$case"
done

if command -v hpack >"$work/found"; then
    for case in tests/formats/package_yaml/*.in; do
        name=$(basename "$case" .in)
        mkdir "$work/$name"
        cp "$case" "$work/$name/package.yaml"
        if hpack --force "$work/$name" >"$work/log" 2>&1; then
            set -- "$@" "${case%.in}.facts" "$(ls "$work/$name"/*.cabal)"
        elif [ "$name" != broken ]; then
            echo "$case: hpack refuses it"
            cat "$work/log"
            exit 1
        fi
    done
fi

runghc tests/oracles/hackage/Components.hs "$@"
