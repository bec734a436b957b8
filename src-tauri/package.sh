#!/bin/sh
# .deb and .rpm of the app with its command line, and of the server, under target/release/bundle.
set -eu

# Looked for before anything is built.
tools=$PWD/target/tools
for tool in cargo-deb cargo-generate-rpm; do
	[ -x "$tools/bin/$tool" ] || { echo "package: $tool is missing in target/tools; run: make package-tools" >&2; exit 1; }
done
PATH=$tools/bin:$PATH

# The same commit gives the same bytes: one time for all files, and in the programs no path of whoever builds them.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
export SOURCE_DATE_EPOCH RUSTFLAGS
cargo build --release -p cli -p auth-server

place=target/package
debs=target/release/bundle/deb
rpms=target/release/bundle/rpm
rm -rf "$place" "$debs" "$rpms"
mkdir -p "$place/man" "$place/completions" "$rpms"
auth=target/release/flowstate-auth
"$auth" man --out "$place/man" >/dev/null
find "$place/man" -type f -exec gzip -9n {} +
for shell in bash zsh fish; do
	"$auth" completions "$shell" >"$place/completions/flowstate-auth.$shell"
done
npm --prefix ui exec -- tauri build --bundles deb --config "$(sh src-tauri/package/files.sh "$place")"

# The server goes to other machines: a package of its own.
cargo deb --quiet --no-build --package auth-server --output "$debs/"

# What a .deb holds, all of that one time.
unpack() {
	dpkg-deb -R "$1" "$2"
	find "$2" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# The .rpm is made of what the .deb holds: Tauri's own says when it was made. One folder has another name there. What it needs stands in
# Cargo.toml: looked for, it would be what the libraries of this machine need in turn.
rpm_of() {
	tree=$1
	shift
	{
		echo 'assets = ['
		find "$PWD/$tree" \( -path '*/DEBIAN' -o -name 'README.Debian*' \) -prune -o -type f \
			-printf '{ source = "%p", dest = "/%P", mode = "%m" },\n' | LC_ALL=C sort
		echo ']'
	} | sed 's|"/usr/share/zsh/vendor-completions|"/usr/share/zsh/site-functions|' >"$tree.toml"
	cargo generate-rpm "$@" --auto-req disabled --payload-compress xz --metadata-overwrite "$tree.toml" --output "$rpms/"
}

unpack "$debs"/flowstate-accounts_*.deb "$place/app"
# Tauri packs with gzip; xz makes it half as large.
dpkg-deb --root-owner-group -Zxz -z9 -b "$place/app" "$debs"/flowstate-accounts_*.deb >/dev/null
rpm_of "$place/app"
unpack "$debs"/flowstate-auth-server_*.deb "$place/server"
rpm_of "$place/server" --package src-tauri/crates/auth-server
ls -l "$debs"/*.deb "$rpms"/*.rpm
