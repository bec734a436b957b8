#!/bin/sh
# The figures of src-tauri/BENCHMARKS.md, on release builds.
set -eu
if ! command -v gh >/dev/null 2>&1; then
	if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
		apt-get install -y -qq --no-install-recommends gh >/dev/null 2>&1
	else
		echo "bench: gh is the program to compare with; install it first" >&2
		exit 1
	fi
fi
echo "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, Linux $(uname -r), $(. /etc/os-release; echo "$PRETTY_NAME"), $(date -u +%F)"
FLOWSTATE_BIN_DIR="$PWD/target/release" cargo run --quiet -p testbed --example figures
cargo run --quiet --release -p machine --example config_update
