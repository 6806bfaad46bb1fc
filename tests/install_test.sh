#!/usr/bin/env bash
# install_test.sh BUILD_FOLDER: `cmake --install` puts a program that runs, and its documents, where it is told to.
set -euo pipefail
build=$1
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
[ -x "$build/unghost" ] || { echo "$build/unghost is not built" >&2; exit 1; }
cmake --install "$build" --prefix "$prefix" >/dev/null
"$prefix/bin/unghost" --version | grep -Eq '^unghost [0-9]+\.[0-9]+\.[0-9]+( \([0-9a-f]{10}\))?$'
for file in README.md LICENSE unghost.example.toml; do [ -s "$prefix/share/doc/unghost/$file" ]; done
