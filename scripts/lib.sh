# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts share: where things are kept, how they speak, how they time and log a step. To be sourced.

set -euo pipefail
export LC_ALL=C

# TOP is the project; CACHE holds what is costly to make again and belongs to no checkout; OUT is what a build leaves.
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/extram
OUT=$TOP/build
LOGS=$OUT/log
export TOP CACHE OUT LOGS

if [ -n "${JOBS:-}" ]; then
	[[ $JOBS =~ ^[1-9][0-9]*$ ]] || { echo "JOBS=$JOBS: not a number" >&2; exit 2; }
else
	JOBS=$(nproc)
fi
export JOBS

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# usage: prints the comment block at the head of the calling script, which is its manual.
usage()
{
	sed -n '/^# SPDX/d; 2,/^[^#]/{ s/^# \{0,1\}//p; }' "$0" | sed '/./,$!d'
	exit "${1:-0}"
}

# say WHAT TEXT: a line of progress, in two columns.
say()
{
	printf '  %-9s %s\n' "$1" "$2" >&2
}

# step WHAT TEXT LOG COMMAND...: runs a command whose output goes to LOG and tells how long it took. When the command
# fails, the end of the log is shown and its path. A function with several commands stops at the first that fails, but
# only while step itself is no part of a condition: bash ignores errexit there.
step()
{
	local what=$1 text=$2 log=$3 start=$SECONDS status errexit=
	shift 3
	mkdir -p "$(dirname "$log")"
	printf '  %-9s %s' "$what" "$text" >&2
	[[ $- != *e* ]] || errexit=yes
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	status=$?
	[ -z "$errexit" ] || set -e
	if [ "$status" -eq 0 ]; then
		printf ' (%d s)\n' $((SECONDS - start)) >&2
	else
		printf ': failed after %d s, status %d\n' $((SECONDS - start)) "$status" >&2
		tail -n 25 "$log" | sed 's/^/    | /' >&2
		echo "    whole log: $log" >&2
	fi
	return "$status"
}

# lock NAME: waits until no other caller holds this lock of the cache; held until the script ends.
lock()
{
	local fd
	mkdir -p "$CACHE/lock"
	exec {fd}>"$CACHE/lock/$1"
	if ! flock -n "$fd"; then
		say lock "waiting for another run that holds $CACHE/lock/$1"
		flock "$fd"
	fi
}

# host_arch: this machine's architecture as the kernel names it.
host_arch()
{
	case $(uname -m) in
	x86_64) echo x86_64 ;;
	aarch64) echo arm64 ;;
	*) uname -m ;;
	esac
}

# cross_prefix ARCH: prefix of the compiler for a kernel architecture, empty when it is this machine's own.
cross_prefix()
{
	if [ "$1" = "$(host_arch)" ]; then
		return
	fi
	case $1 in
	um) ;;
	arm64) echo aarch64-linux-gnu- ;;
	x86_64) echo x86_64-linux-gnu- ;;
	arm) echo arm-linux-gnueabi- ;;
	riscv) echo riscv64-linux-gnu- ;;
	s390) echo s390x-linux-gnu- ;;
	powerpc) echo powerpc64-linux-gnu- ;;
	*) die "no cross compiler known for $1" ;;
	esac
}

# suite_result NAME PASSED FAILED: the closing line of one suite, and a record that test and test-all add up.
suite_result()
{
	printf '%s: %d passed, %d failed\n' "$1" "$2" "$3"
	if [ -n "${EXTRAM_RESULTS:-}" ]; then
		printf '%s %d %d\n' "$1" "$2" "$3" >>"$EXTRAM_RESULTS"
	fi
	[ "$2" -gt 0 ] && [ "$3" -eq 0 ]
}

# kernel_series NAME: what a KERNEL setting means as "suite series", the series as the regular expression of a version.
kernel_series()
{
	case $1 in
	6.1) echo 'bookworm 6\.1' ;;
	6.12) echo 'bookworm 6\.12' ;;
	7.x) echo 'sid 7\.[0-9]+' ;;
	*) die "KERNEL=$1: known are 6.1, 6.12 and 7.x" ;;
	esac
}

KERNELS="6.1 6.12 7.x"
export KERNELS
