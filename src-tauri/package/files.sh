#!/bin/sh
# Prints, as a part of tauri.conf.json, which files the packages hold beside the app: the manual pages are as many as there are commands.
set -eu
place=$1
list() {
	printf '"/usr/bin/flowstate-auth": "target/release/flowstate-auth"'
	for page in "$place"/man/*; do
		printf ', "/usr/share/man/man1/%s": "%s"' "${page##*/}" "$page"
	done
	printf ', "/usr/share/bash-completion/completions/flowstate-auth": "%s/completions/flowstate-auth.bash"' "$place"
	printf ', "/usr/share/zsh/vendor-completions/_flowstate-auth": "%s/completions/flowstate-auth.zsh"' "$place"
	printf ', "/usr/share/fish/vendor_completions.d/flowstate-auth.fish": "%s/completions/flowstate-auth.fish"' "$place"
}
printf '{"bundle": {"linux": {"deb": {"files": {%s}}}}}\n' "$(list)"
