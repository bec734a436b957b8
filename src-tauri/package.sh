#!/bin/sh
# .deb and .rpm of the app with its command line, under target/release/bundle. What they hold is built already.
set -eu

# One time for all files: the same commit gives the same bytes.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

place=target/package
rm -rf "$place"
mkdir -p "$place/man" "$place/completions"
auth=target/release/flowstate-auth
"$auth" man --out "$place/man" >/dev/null
find "$place/man" -type f -exec gzip -9n {} +
for shell in bash zsh fish; do
	"$auth" completions "$shell" >"$place/completions/flowstate-auth.$shell"
done
npm --prefix ui exec -- tauri build --bundles deb,rpm --config "$(sh src-tauri/package/files.sh "$place")"
