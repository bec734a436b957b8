#!/bin/sh
# .deb and .rpm of the app with its command line, and of the server, under target/release/bundle. The programs but the app are built already.
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

# Tauri packs with gzip; xz makes it half as large.
for package in target/release/bundle/deb/flowstate-accounts_*.deb; do
	rm -rf "$place/deb"
	dpkg-deb -R "$package" "$place/deb"
	find "$place/deb" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group -Zxz -z9 -b "$place/deb" "$package" >/dev/null
done

# The server goes to other machines: a package of its own. The tools that make it come with cargo.
tools=$PWD/target/tools
for tool in cargo-deb@3.8.0 cargo-generate-rpm@0.21.1; do
	[ -x "$tools/bin/${tool%@*}" ] || cargo install --quiet --locked --root "$tools" "$tool"
done
PATH=$tools/bin:$PATH
cargo deb --quiet --no-build --package auth-server --output target/release/bundle/deb/
mkdir -p target/release/bundle/rpm
cargo generate-rpm --package src-tauri/crates/auth-server --output target/release/bundle/rpm/
ls -l target/release/bundle/deb/*.deb target/release/bundle/rpm/*.rpm
