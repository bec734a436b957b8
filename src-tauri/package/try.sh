#!/bin/sh
# Installs, upgrades and removes the packages of `make package` on a clean Debian 12 in a folder, as root, and looks at what that does to a
# person's files. The packages must be there already.
set -eu

root=target/clean-debian
packages=target/release/bundle/deb
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -n 1)
say() { echo "package: $*"; }
fail() { echo "package: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail 'a system of its own needs root'
command -v debootstrap >/dev/null || fail 'apt install debootstrap first'

[ -n "$mirror" ] || fail 'apt has no source to take a clean system from'

# The bare system is made once; each try gets a copy.
if [ ! -e "$root.base/.done" ]; then
	say 'making a clean system'
	rm -rf "$root.base"
	debootstrap --variant=minbase bookworm "$root.base" "$mirror" >"$root.log" 2>&1 || { tail -n 5 "$root.log" >&2; exit 1; }
	touch "$root.base/.done"
fi
trap 'umount "$root/proc" 2>/dev/null || true' EXIT
umount "$root/proc" 2>/dev/null || true
rm -rf "$root"
cp -a "$root.base" "$root"
mount -t proc proc "$root/proc"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
[ ! -d /etc/apt/apt.conf.d ] || cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/"
# Services are not started in here, as in any image that is being built.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive HOME=/home/ada LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# What a person has: the shared file with a session and other tools' keys, our own settings, autostart as they chose it.
mkdir -p "$root/home/ada/.flowstate" "$root/home/ada/.local/share/flowstate-accounts" "$root/home/ada/.config/autostart"
cat >"$root/home/ada/.flowstate/config.json" <<'END'
{"version":"1.0.0","servers":{"prod":{"id":"prod","name":"Prod","url":"https://auth.example.com","domainId":"default","theirs":1,
"auth":{"accessToken":"a.b.c","refreshToken":"","expiresAt":4102444800000,"userId":"u","email":"ada@example.com"}}},"activeServerId":"prod","dojo":{"kept":true}}
END
echo '{"version":1}' >"$root/home/ada/.local/share/flowstate-accounts/settings.json"
person() { (cd "$root/home" && find . -type f -exec sha256sum {} + | sort); }
before=$(person)
same() { [ "$(person)" = "$before" ] || { person >&2; fail "$1 changed a person's files"; }; }

mkdir -p "$root/packages"
cp "$packages"/*.deb "$root/packages/"
say 'installing'
inside sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends /packages/*.deb' >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 1; }
same 'installing'
for file in usr/bin/flowstate-tray usr/bin/flowstate-auth usr/bin/flowstate-auth-server usr/share/applications/flowstate-accounts.desktop \
	usr/share/man/man1/flowstate-auth.1.gz usr/share/man/man1/flowstate-auth-token.1.gz usr/share/bash-completion/completions/flowstate-auth \
	usr/share/zsh/vendor-completions/_flowstate-auth usr/share/fish/vendor_completions.d/flowstate-auth.fish; do
	[ -e "$root/$file" ] || fail "/$file is missing"
done
find "$root/usr/share/icons" -name 'flowstate-tray.png' | grep -q . || fail 'the icon is missing'
unit=$(cd "$root" && find usr/lib lib -name flowstate-auth-server.service -type f 2>/dev/null | head -n 1)
[ -n "$unit" ] || fail "the server's unit is missing"
! find "$root/etc" -path '*wants*' -name 'flowstate-auth-server*' | grep -q . || fail "the server's unit was enabled"
dpkg-deb -e "$packages"/flowstate-auth-server_*.deb "$root/scripts"
for script in postinst prerm postrm; do
	[ -x "$root/scripts/$script" ] || fail "the server's package has no $script"
done
grep -q ' try-restart flowstate-auth-server' "$root/scripts/postinst" || fail 'an upgrade would leave the old server running'
grep -q ' stop flowstate-auth-server' "$root/scripts/prerm" || fail 'a removal would leave the server running'
! find "$root/etc/xdg/autostart" -name '*flowstate*' 2>/dev/null | grep -q . || fail 'the app starts by itself'
# shellcheck disable=SC2046 # a list of files is meant
[ -z "$(inside sh -c 'ldd /usr/bin/flowstate-tray /usr/bin/flowstate-auth /usr/bin/flowstate-auth-server | grep "not found"' || true)" ] || fail 'a library is missing'
[ "$(inside flowstate-auth token)" = a.b.c ] || fail 'flowstate-auth does not find the session'
inside flowstate-auth-server --version
inside flowstate-tray --version
same 'using it'

say 'upgrading'
for package in "$root"/packages/*.deb; do
	rm -rf "$root/newer"
	dpkg-deb -R "$package" "$root/newer"
	sed -i 's/^Version: .*/&+later/' "$root/newer/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$root/newer" "$package" >/dev/null
done
mkdir -p "$root/var/lib/flowstate-auth-server" "$root/etc/flowstate"
echo data >"$root/var/lib/flowstate-auth-server/auth.db"
echo FLOWSTATE_AUTH_MAIL=dev >"$root/etc/flowstate/auth-server.env"
inside sh -c 'dpkg -i /packages/*.deb' >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 1; }
same 'upgrading'
inside dpkg -l flowstate-accounts flowstate-auth-server | grep -c '+later' | grep -qx 2 || fail 'it was not upgraded'
! find "$root/etc" -path '*wants*' -name 'flowstate-auth-server*' | grep -q . || fail "upgrading enabled the server's unit"

say 'removing'
# As `systemctl enable` makes it, which is not in here.
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s "/$unit" "$root/etc/systemd/system/multi-user.target.wants/flowstate-auth-server.service"
inside dpkg --purge flowstate-accounts flowstate-auth-server >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 1; }
same 'removing'
left=$(cd "$root" && find usr etc lib var/lib/systemd -name '*flowstate*' ! -path 'etc/flowstate*' 2>/dev/null || true)
[ -z "$left" ] || fail "removing left $left"
[ -s "$root/var/lib/flowstate-auth-server/auth.db" ] && [ -s "$root/etc/flowstate/auth-server.env" ] || fail "removing took the server's data"
say 'installed, upgraded and removed; nothing of a person or of the server was touched'
