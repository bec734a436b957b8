#!/bin/sh
# Starts a local auth server and the app. Without a display the same job is done on a private one, by the demo.
set -eu
bin=target/debug
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "$(uname)" = Linux ]; then
	echo "There is no display here, so this runs on a private one."
	FLOWSTATE_BIN_DIR="$PWD/$bin" exec "$bin/examples/demo"
fi
log=$(mktemp)
"$bin/flowstate-auth-server" --dev --domain default >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT INT TERM
while ! grep -q 'listening on' "$log"; do
	kill -0 "$server" 2>/dev/null || { echo "The auth server did not start; see above." >&2; exit 1; }
	sleep 0.1
done
url=$(sed -n 's/^listening on //p' "$log")
echo "The auth server listens on $url. The codes it mails are shown here and at $url/dev/mailbox."
"$bin/flowstate-auth" server add local --url "$url" --name Local 2>/dev/null || true
"$bin/flowstate-tray" --show --server local
