#!/bin/sh
# The figures of src-tauri/BENCHMARKS.md, on release builds.
set -eu
# The programs to compare with.
missing=
for pair in gh:gh git:git docker-credential-secretservice:golang-docker-credential-helpers; do
	command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
if [ -n "$missing" ]; then
	if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
		# shellcheck disable=SC2086 # a list of words is meant
		apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1
	else
		echo "bench: install the programs to compare with first:$missing" >&2
		exit 1
	fi
fi
echo "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, Linux $(uname -r), $(. /etc/os-release; echo "$PRETTY_NAME"), $(date -u +%F)"
FLOWSTATE_BIN_DIR="$PWD/target/release" cargo run --quiet -p testbed --example figures
cargo run --quiet --release -p machine --example config_update
cargo run --quiet --release -p machine --example simulated_day "${FLOWSTATE_BENCH_HOURS:-24}"
