# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian packages as plain files: fetched by apt into the cache and unpacked there, never installed. Each suite has an
# apt configuration, lists and an empty package database of its own, so neither other suites nor other architectures
# touch the system's. Mirrors come from the system's sources, signatures are checked against Debian's keyring.
# To be sourced after lib.sh.

# The system's mirror for a release (bookworm, bookworm-security), as apt itself understands the sources.
_deb_mirror()
{
	# shellcheck disable=SC2016 # the fields are apt's, not the shell's
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v r="$1" '$1 == r && $2 == "main" { print $3; exit }'
}

_deb_mirrors()
{
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	DEB_MAIN=$(_deb_mirror "$codename")
	DEB_SECURITY=$(_deb_mirror "$codename-security")
	if [ -z "$DEB_MAIN" ]; then
		DEB_MAIN=$(_deb_mirror stable)
		DEB_SECURITY=$(_deb_mirror stable-security)
	fi
	[ -n "$DEB_MAIN" ] || die "apt's sources name no Debian mirror for '$codename' (see /etc/apt/sources.list.d)"
}

# Which releases make up a suite, as "release mirror" lines. "SUITE@ARCH" is a suite for packages of one more architecture.
_deb_releases()
{
	_deb_mirrors
	case $1 in
	*@*) echo "${1%@*} $DEB_MAIN" ;;
	sid) echo "$1 $DEB_MAIN" ;;
	*-backports)
		# What they need beyond themselves is in the release.
		_deb_releases "${1%-backports}"
		echo "$1 $DEB_MAIN" ;;
	*)
		echo "$1 $DEB_MAIN"
		if [ -n "$DEB_SECURITY" ]; then
			echo "$1-security $DEB_SECURITY"
		fi ;;
	esac
}

_deb_apt()
{
	local suite=$1 tool=$2 root=$CACHE/apt/$1 others=arm64
	shift 2
	case $suite in
	*@*) others=${suite#*@} ;;
	esac
	"$tool" -q -o "Dir::State=$root/state" -o "Dir::State::status=$root/status" -o "Dir::Cache=$root/cache" \
		-o "Dir::Etc::sourcelist=$root/suite.sources" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o APT::Architecture=amd64 -o "APT::Architectures=amd64,$others" -o Acquire::Languages=none \
		-o Dir::Cache::pkgcache=pkgcache.bin -o APT::Sandbox::User= -o Acquire::Retries=3 "$@"
}

_deb_update()
{
	local suite=$1 root=$CACHE/apt/$1 release mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial"
	: >"$root/status"
	: >"$root/suite.sources"
	while read -r release mirror; do
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$mirror" "$release"
		if [ -r "$keyring" ]; then
			echo "Signed-By: $keyring"
		fi
		echo
	done < <(_deb_releases "$suite") >"$root/suite.sources"
	[ -s "$root/suite.sources" ] || die "no mirror found for $suite"
	_deb_apt "$suite" apt-get update -o APT::Update::Error-Mode=any
	touch "$root/updated"
}

# deb_refresh SUITE: package lists not older than a day. Only needed before something is fetched.
deb_refresh()
{
	local suite=$1
	[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || die "fetching packages is made for Debian on amd64"
	if [ -n "$(find "$CACHE/apt/$suite/updated" -mmin -1440 2>/dev/null)" ]; then
		return
	fi
	lock "apt-$suite"
	if [ -n "$(find "$CACHE/apt/$suite/updated" -mmin -1440 2>/dev/null)" ]; then
		return
	fi
	step lists "Debian $suite" "$LOGS/apt-$suite.log" _deb_update "$suite"
}

# deb_version SUITE PACKAGE[:ARCH]: the version that would be fetched; fails when there is none.
deb_version()
{
	local version
	version=$(_deb_apt "$1" apt-cache show --no-all-versions "$2" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1)
	[ -n "$version" ] || return 1
	echo "$version"
}

# deb_depends SUITE PACKAGE[:ARCH]: names it depends on, one a line.
deb_depends()
{
	_deb_apt "$1" apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
		--no-enhances "$2" | sed -n 's/^ *|\{0,1\}Depends: \([^<].*\)$/\1/p'
}

# deb_match SUITE REGEX: newest package whose name matches, by version of the number in it.
deb_match()
{
	_deb_apt "$1" apt-cache pkgnames | grep -E "^($2)\$" | sort -V | tail -n 1
}

_deb_unpack()
{
	local suite=$1 dest=$2 deb
	shift 2
	rm -rf "$dest.debs"
	mkdir -p "$dest.debs" "$dest"
	(cd "$dest.debs" && _deb_apt "$suite" apt-get download "$@")
	for deb in "$dest.debs"/*.deb; do
		dpkg-deb -x "$deb" "$dest"
	done
	rm -rf "$dest.debs"
}

# deb_unpack SUITE DEST PACKAGE[:ARCH]...: fetches packages and unpacks them below DEST.
deb_unpack()
{
	local suite=$1 dest=$2
	shift 2
	step fetch "$*" "$LOGS/fetch-$suite.log" _deb_unpack "$suite" "$dest" "$@"
}
