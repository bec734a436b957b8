#!/bin/sh
# Puts Python's programs for the tests into target/python, anew where their list has changed.
set -eu

list=src-tauri/crates/testbed/python/requirements.txt
place=target/python

cmp -s "$list" "$place/requirements.txt" && exit 0
command -v python3 >/dev/null 2>&1 || { echo 'python: python3 was not found; install it, with its venv module' >&2; exit 1; }
echo "python: making $place"
rm -rf "$place"
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check --requirement "$list"
cp "$list" "$place/requirements.txt"
