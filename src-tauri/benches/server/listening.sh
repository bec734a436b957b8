# For the scripts beside it, which read it in.

# listening NAME PID OUT ERR: waits until the server says where it listens; that is in $address then.
listening() {
	tries=0
	until address=$(sed -n 's#^listening on http://##p' "$3") && [ -n "$address" ]; do
		tries=$((tries + 1))
		if [ $tries -gt 300 ] || ! kill -0 "$2" 2>/dev/null; then
			echo "bench-server: $1 did not start:" >&2
			tail -n 20 "$4" >&2
			exit 1
		fi
		sleep 0.1
	done
}
