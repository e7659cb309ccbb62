# shellcheck shell=bash disable=SC2034 # its variables are for who reads it
# A layer above a root file system in which a package lives its life: nothing of what lies below is changed, and what systemd
# would be told is recorded. Read by lifecycle and rpm-lifecycle, which set name and lower.
set -euo pipefail
mkdir -p build/out/package
work=$(mktemp -d "$PWD/build/out/package/.life.XXXXXX")
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
fail() { echo "$name: $*" >&2; [ ! -e "$work/out" ] || tail -n 20 "$work/out" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "run it as root"

root=$work/root
# The layer must not lie on what it covers.
mkdir -p "$work/layer" "$root"
mount -t tmpfs -o size=600M tmpfs "$work/layer"
cleanup() {
	umount "$root/proc" 2>/dev/null || true
	umount "$root/dev" 2>/dev/null || true
	umount "$root" 2>/dev/null || umount --lazy "$root" || true
	umount "$work/layer" 2>/dev/null || true
	rm -rf --one-file-system "$work"
}
trap cleanup EXIT
mkdir "$work/layer/upper" "$work/layer/work" "$work/layer/packages"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/layer/upper,workdir=$work/layer/work" "$root"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
mount -t proc proc "$root/proc"
mkdir -p "$root/run/systemd/system" "$root/stub" "$root/packages"
rm -rf "${root:?}/usr/sbin/policy-rc.d" "$root/etc/auscult" "$root/var/lib/auscult"

# --- what stands for systemd ------------------------------------------------------------------------------------------
cat >"$root/stub/systemctl" <<'END'
#!/bin/sh
echo "$*" >>/stub/log
case "$*" in
"is-active "*) cat /stub/active; [ "$(cat /stub/active)" = active ] ;;
*is-enabled*) [ "$(cat /stub/enabled)" = yes ] ;;
*NRestarts*) cat /stub/restarts ;;
esac
END
cat >"$root/stub/deb-systemd-invoke" <<'END'
#!/bin/sh
echo "invoke $*" >>/stub/log
# What runs now is the version that is on the disk; one called bad does not live.
case "$1" in
start | restart) if [ -e /stub/kill ] && auscultd --version | grep -q "$(cat /stub/kill)"; then echo failed; else echo active; fi >/stub/active ;;
stop) echo inactive >/stub/active ;;
esac
END
printf '#!/bin/sh\nexit 0\n' >"$root/stub/udevadm"
printf '#!/bin/sh\nexit 0\n' >"$root/stub/sleep" # watching goes fast
chmod 755 "$root"/stub/*
now() { printf '%s\n' "$1" >"$root/stub/active"; printf '%s\n' "$2" >"$root/stub/enabled"; echo 0 >"$root/stub/restarts"; : >"$root/stub/log"; }
inside() { chroot "$root" /usr/bin/env PATH=/stub:/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null >"$work/out" 2>&1; }
said() { grep -qF -- "$1" "$work/out" || fail "nobody said: $1"; }
told() { grep -qxF -- "$1" "$root/stub/log" || { cat "$root/stub/log"; fail "systemd was not told: $1"; }; }
untold() { ! grep -E -- "$1" "$root/stub/log" || fail "systemd was told that"; }
step() { echo "$name: $1"; }
config=$root/etc/auscult/auscultd.toml
