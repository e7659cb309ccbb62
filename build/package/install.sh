#!/bin/sh
# Installs auscult from a release: a folder that holds its files, or the address of one. It takes the file for this
# machine, checks it against SHA256SUMS, and that against its signature, and says what it did.
#
# Usage: sh install.sh [--from FOLDER|URL] [--key PUBLICKEY] [--prefix FOLDER] [--tool] [--dry-run]
#
#   --from FOLDER|URL  where the release is; without it, the folder of this script
#   --key PUBLICKEY    minisign's public key, or a file that holds it (AUSCULT_KEY): the signature must be of it
#   --prefix FOLDER    where to put the programs of an archive (/usr/local, or ~/.local for other users than root)
#   --tool             the archive even where there is a package: programs only, no service
#   --dry-run          check all and say what would be done
set -eu

fail() { echo "install: $*" >&2; exit 1; }
say() { echo "install: $*"; }

from=$(dirname "$0") key=${AUSCULT_KEY:-} prefix='' tool='' dry=''
while [ $# -gt 0 ]; do
	case $1 in
	--from | --key | --prefix)
		[ $# -ge 2 ] || fail "$1 needs a value"
		case $1 in --from) from=$2 ;; --key) key=$2 ;; --prefix) prefix=$2 ;; esac
		shift 2
		;;
	--tool) tool=yes; shift ;;
	--dry-run) dry=yes; shift ;;
	-h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) fail "unknown argument $1; see --help" ;;
	esac
done

case $(uname -s) in
Linux) os=linux ;;
Darwin) os=darwin ;;
*) fail "no release is for $(uname -s); on Windows unpack the .zip and put its bin folder on the path" ;;
esac
case $(uname -m) in
x86_64 | amd64) arch=amd64 deb=amd64 ;;
aarch64 | arm64) arch=arm64 deb=arm64 ;;
armv6l) arch=armv6 deb=armhf ;;
armv7l | armv8l) arch=armv7 deb=armhf ;;
*) fail "no release is for $(uname -m): build it with 'make build'" ;;
esac
# A kernel of 64 bits may carry programs of 32: those of the package manager decide.
if [ $os = linux ] && command -v dpkg >/dev/null 2>&1; then
	deb=$(dpkg --print-architecture)
	case $deb in
	amd64 | arm64) arch=$deb ;;
	armhf) [ "$arch" = armv6 ] || arch=armv7 ;;
	*) fail "no release is for Debian's $deb" ;;
	esac
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# fetch NAME: brings a file of the release into $work.
fetch() {
	case $from in
	https://* | http://*)
		if command -v curl >/dev/null 2>&1; then
			curl --fail --silent --show-error --location --output "$work/$1" "$from/$1"
		elif command -v wget >/dev/null 2>&1; then
			wget -q -O "$work/$1" "$from/$1"
		else
			fail "install curl or wget, or download the release and give --from FOLDER"
		fi
		;;
	*) cp "$from/$1" "$work/$1" 2>/dev/null ;;
	esac || { rm -f "$work/$1"; return 1; }
}

fetch SHA256SUMS || fail "$from has no SHA256SUMS: name the folder or address of a release with --from"
if [ -n "$key" ]; then
	command -v minisign >/dev/null 2>&1 || fail "a key is given, and minisign is missing, which checks it: apt install minisign"
	fetch SHA256SUMS.minisig || fail "$from is not signed: it has no SHA256SUMS.minisig"
	if [ -f "$key" ]; then set -- -p "$key"; else set -- -P "$key"; fi
	minisign -V -q "$@" -m "$work/SHA256SUMS" -x "$work/SHA256SUMS.minisig" >/dev/null || fail "SHA256SUMS is not signed by this key: nothing was installed"
	say "the signature is of the key that you gave"
else
	say "the signature was not checked: give minisign's public key with --key"
fi

kind=archive
if [ -z "$tool" ] && [ $os = linux ]; then
	if command -v dpkg >/dev/null 2>&1; then
		kind=deb
	elif command -v rpm >/dev/null 2>&1 && [ "$arch" != armv6 ] && [ "$arch" != armv7 ]; then
		kind=rpm
	fi
fi
case $kind in
deb) wanted="_$deb\\.deb\$" ;;
rpm) wanted="\\.$(uname -m)\\.rpm\$" ;;
archive) wanted="_${os}_$arch\\.tar\\.gz\$" ;;
esac
name=$(awk '{ print $2 }' "$work/SHA256SUMS" | grep -E "$wanted" || true)
[ -n "$name" ] || fail "the release has no $kind for $os on $arch"
case $name in */* | *"
"*) fail "SHA256SUMS names more than one $kind for $os on $arch, or one elsewhere: $name" ;; esac
fetch "$name" || fail "$from has no $name"
sum=$(awk -v name="$name" '$2 == name { print $1 }' "$work/SHA256SUMS")
if command -v sha256sum >/dev/null 2>&1; then
	is=$(sha256sum "$work/$name")
else
	is=$(shasum -a 256 "$work/$name")
fi
[ "${is%% *}" = "$sum" ] || fail "$name is damaged or was changed: its SHA-256 is ${is%% *}, not $sum"
say "$name is what SHA256SUMS says"

root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

case $kind in
deb | rpm)
	if [ -n "$dry" ]; then say "would install $name"; exit 0; fi
	chmod 755 "$work" # apt reads as a user of its own
	if [ $kind = deb ]; then
		if command -v apt-get >/dev/null 2>&1; then root apt-get install -y "$work/$name"; else root dpkg -i "$work/$name"; fi
	elif command -v dnf >/dev/null 2>&1; then
		root dnf install -y "$work/$name"
	elif command -v zypper >/dev/null 2>&1; then
		root zypper --non-interactive install --allow-unsigned-rpm "$work/$name"
	else
		root rpm -Uvh "$work/$name"
	fi
	say "installed $name: auscultd, auscult, and the service auscultd; 'auscult' says what comes next"
	;;
archive)
	if [ -z "$prefix" ]; then
		if [ "$(id -u)" = 0 ]; then prefix=/usr/local; else prefix=$HOME/.local; fi
	fi
	if [ -n "$dry" ]; then say "would install the programs of $name into $prefix/bin"; exit 0; fi
	tar -xzf "$work/$name" -C "$work"
	folder=$work/${name%.tar.gz}
	mkdir -p "$prefix/bin" "$prefix/share/man/man1" "$prefix/share/man/man8" "$prefix/share/bash-completion/completions" \
		"$prefix/share/zsh/site-functions" "$prefix/share/fish/vendor_completions.d"
	for program in "$folder"/bin/*; do
		# Beside the old one first: a running program cannot be written to.
		cp "$program" "$prefix/bin/.${program##*/}.new"
		mv -f "$prefix/bin/.${program##*/}.new" "$prefix/bin/${program##*/}"
	done
	cp "$folder"/share/man/*.1 "$prefix/share/man/man1/"
	cp "$folder"/share/man/*.8 "$prefix/share/man/man8/"
	cp "$folder/share/completion/auscult" "$prefix/share/bash-completion/completions/"
	cp "$folder/share/completion/_auscult" "$prefix/share/zsh/site-functions/"
	cp "$folder/share/completion/auscult.fish" "$prefix/share/fish/vendor_completions.d/"
	say "installed $(cd "$folder/bin" && echo *) into $prefix/bin, with manual pages and completion below $prefix/share"
	case :$PATH: in *:"$prefix/bin":*) ;; *) say "add it to your path: export PATH=\"$prefix/bin:\$PATH\"" ;; esac
	;;
esac
