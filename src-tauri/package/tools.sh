#!/bin/sh
# Puts the programs that make the server's package into target/tools, anew where another version is wanted.
set -eu

place=$PWD/target/tools
for tool in cargo-deb@3.8.0 cargo-generate-rpm@0.21.1; do
	name=${tool%@*}
	[ -x "$place/bin/$name" ] && grep -qF "\"$name ${tool#*@} " "$place/.crates.toml" && continue
	echo "package: installing $name (some minutes)"
	cargo install --quiet --locked --root "$place" "$tool"
done
