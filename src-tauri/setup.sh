#!/bin/sh
# Checks what the project needs and installs Debian's packages (the arguments) where they are missing; after --tests also what runs
# the tests.
set -eu

fail() { printf 'setup: %s\n' "$1" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
debian() { have dpkg-query && have apt-get; }

tests=
if [ "${1:-}" = --tests ]; then
	tests=1
	shift
fi

# Node 20.19 or later builds the page.
node_help='install Node.js 20.19 or later (on Debian: "apt-get install nodejs npm" where that is new enough, else a newer package or nvm)'
have node && have npm || fail "Node.js was not found; $node_help"
node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>20||(a===20&&b>=19)?0:1)' ||
	fail "Node.js $(node --version) is too old; $node_help"

rust_help='install Rust with rustup (on Debian: "apt-get install rustup && rustup default stable", or see rustup.rs)'
have cargo || fail "Rust was not found; $rust_help"
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
found=$(rustc --version | cut -d' ' -f2)
[ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
	fail "Rust $found is too old, $wanted is needed; run \"rustup update stable\""

if debian; then
	missing=
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
	done
	if [ -n "$missing" ]; then
		as=
		[ "$(id -u)" = 0 ] || { have sudo || fail "these packages are missing and there is no sudo; as root run: apt-get install$missing"; as=sudo; }
		echo "setup: installing$missing"
		$as apt-get update -qq
		# shellcheck disable=SC2086 # a list of words is meant
		$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
	fi
else
	echo "setup: this is not Debian; make sure that you have what these Debian packages hold: $*" >&2
fi

# The test runner, the one program that cargo has to install.
[ -z "$tests" ] || have cargo-nextest || { echo 'setup: installing cargo-nextest (some minutes)'; cargo install --locked --quiet cargo-nextest; }
