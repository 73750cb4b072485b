# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bash completion of extramctl. Commands and options come from its own help, memories from sysfs.

_extramctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word i
	local program=${COMP_WORDS[0]}
	COMPREPLY=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-d|--device) i=$((i + 1)) ;;
		-*) ;;
		*)
			command=$word
			break ;;
		esac
	done

	case $prev in
	-d|--device|--to-device)
		local nodes
		nodes=$("$program" -q list 2>/dev/null | awk '{ print $1; print $2 }' | sort -u)
		mapfile -t COMPREPLY < <(compgen -W "$nodes" -- "$cur")
		return ;;
	-i|--input|-o|--output)
		if [ "$command" = read ] || [ "$command" = write ]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
		fi ;;
	--modules)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur")
		return ;;
	esac

	if [[ $cur == -* ]]; then
		local options
		options=$("$program" ${command:+"$command"} --help 2>/dev/null |
			grep -oE '^ +(-[a-zA-Z?], +)?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+')
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		return
	fi

	case $command in
	'')
		local commands
		commands=$("$program" --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur") ;;
	test)
		mapfile -t COMPREPLY < <(compgen -W "walking address random march" -- "$cur") ;;
	sim)
		mapfile -t COMPREPLY < <(compgen -W "load unload list power reset fail" -- "$cur") ;;
	esac
}
complete -F _extramctl extramctl
