#!/bin/sh
# Puts an RxDB server for the tests into target/rxdb, anew where its list of packages has changed.
set -eu

list=src-tauri/crates/testbed/node
place=target/rxdb

cmp -s "$list/package-lock.json" "$place/package-lock.json" && [ -d "$place/node_modules" ] && exit 0
echo "rxdb: making $place"
rm -rf "$place"
mkdir -p "$place"
cp "$list/package.json" "$place/"
cp "$list/package-lock.json" "$place/package-lock.json"
(cd "$place" && npm ci --no-audit --no-fund --ignore-scripts --silent) || { rm "$place/package-lock.json"; exit 1; }
