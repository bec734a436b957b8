#!/bin/sh
# The figures of "PostgreSQL" in src-tauri/BENCHMARKS.md: what size costs, and what replicas bring. Where this user may not set processor
# quotas, the rows with replicas are left out. Variables: as in server.sh, which calls this.
set -eu

seconds=${FLOWSTATE_BENCH_SECONDS:-8}
people=${FLOWSTATE_BENCH_PEOPLE:-1000000}
build=target/release
. src-tauri/benches/server/listening.sh
# Of a core, for each replica; the load takes the rest.
quota=20
cgroup=/sys/fs/cgroup/cpu/flowstate-bench.$$

programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
run=$(mktemp -d)
chmod 755 "$run"
servers=
end_servers() {
	for pid in $servers; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	servers=
}
end() {
	end_servers
	[ -z "${database:-}" ] || kill -INT "$database" 2>/dev/null || true
	[ -z "${started:-}" ] || wait "$started" 2>/dev/null || true
	rmdir "$cgroup"/* "$cgroup" 2>/dev/null || true
	rm -rf "$run"
}
trap end EXIT
trap 'exit 130' INT TERM

as_owner() {
	if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Durable as it comes: fsync and synchronous_commit are on.
[ "$(id -u)" != 0 ] || chown postgres "$run"
port=54329
as_owner "$programs/initdb" -D "$run/data" --username=auth --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
as_owner taskset -c 0 "$programs/postgres" -D "$run/data" -p "$port" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$run" \
	-c max_connections=200 -c shared_buffers=512MB -c max_wal_size=4GB >"$run/log" 2>&1 &
started=$!
until "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"; do
	kill -0 "$started" || { cat "$run/log" >&2; exit 1; }
	sleep 0.2
done
database=$(head -n 1 "$run/data/postmaster.pid")
sql() { "$programs/psql" -h 127.0.0.1 -p "$port" -U auth -d auth -qtAX -v ON_ERROR_STOP=1 "$@"; }
"$programs/createdb" -h 127.0.0.1 -p "$port" -U auth auth
storage="postgres://auth@127.0.0.1:$port/auth?sslmode=disable"

# begin CORE GROUP: one more server.
begin() {
	out=$run/out.$(echo "$servers" | wc -w)
	: >"$out"
	FLOWSTATE_LOG=warn taskset -c "$1" chrt --batch 0 "$build/flowstate-auth-server" --dev --limits off --listen 127.0.0.1:0 --alg EdDSA \
		--storage "$storage" >"$out" 2>"$run/err" </dev/null &
	pid=$!
	servers="$servers $pid"
	[ -z "$2" ] || echo "$pid" >"$2/cgroup.procs"
	listening 'the server on PostgreSQL' "$pid" "$out" "$run/err"
	addresses=${addresses:+$addresses,}$address
}

# measure NAME FLOW CLIENTS: a row.
measure() {
	pids=$(echo "$servers" | xargs | tr ' ' ',')
	taskset -c 1 "$build/examples/load" "$2" "$addresses" --pid "$pids" --database "$database" --clients "$3" --seconds "$seconds" --name "$1"
}

both() {
	addresses=
	begin 0 ''
	measure "$1" sign-in 64
	measure "$1" refresh 64
	end_servers
}

echo
echo "PostgreSQL $("$programs/postgres" --version | sed 's/.*) //; s/ .*//'), fsync and synchronous_commit on; $seconds s each"
echo
echo '| servers | flow | clients | flows/s | median ms | p99 ms | of a request | servers: CPU ms a flow | of a core % | database: CPU ms a flow | of its core % | RSS MiB | failed |'
echo '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|'
both 'one, on the core of the database'
if [ "$people" -gt 0 ]; then
	# Copies of the first one, each with a name and a session of its own.
	for table in users:email sessions:userId; do
		kind=${table%:*} field=${table#*:}
		of_domain=
		[ "$kind" = sessions ] || of_domain='"domainId",'
		others='expires'
		[ "$kind" = sessions ] || others=
		sql -c "WITH one AS (SELECT * FROM flowstate_auth.$kind LIMIT 1)
			INSERT INTO flowstate_auth.$kind (id, version, doc, $of_domain \"$field\"${others:+, $others})
			SELECT 'fill-' || n, 1, (doc::jsonb || jsonb_build_object('id', 'fill-' || n, '$field', 'fill-' || n))::text,
				$of_domain 'fill-' || n${others:+, $others}
			FROM one, generate_series(1, $people) AS n ON CONFLICT DO NOTHING"
	done
	sql -c 'VACUUM ANALYZE' -c CHECKPOINT
	both "one, on the core of the database, $people people"
fi
if mkdir "$cgroup" 2>/dev/null && [ -e "$cgroup/cpu.cfs_quota_us" ]; then
	for replicas in 1 2 3; do
		addresses=
		for number in $(seq "$replicas"); do
			mkdir -p "$cgroup/$number"
			echo 10000 >"$cgroup/$number/cpu.cfs_period_us"
			echo $((quota * 100)) >"$cgroup/$number/cpu.cfs_quota_us"
			begin 1 "$cgroup/$number"
		done
		measure "$replicas, each with $quota % of the other core" sign-in 64
		measure "$replicas, each with $quota % of the other core" refresh 64
		end_servers
	done
else
	echo 'bench-server: no processor quotas here, so no rows with replicas' >&2
fi
