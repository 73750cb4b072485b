# SPDX-License-Identifier: GPL-2.0-only
# Reads one .gcov file made with -b -c; prints the shares and what was not reached; fails below lines % and branches %.
# A line is "count: number: text" with count ##### when never run; branches follow as "branch  n taken c" or "never executed".
/^branch/ {
	total++
	if ($0 ~ /taken [1-9]/)
		taken++
	else
		missing[number] = missing[number] " " $2
	next
}
/^ *[^:]+: *[0-9]+:/ {
	split($0, part, ":")
	count = part[1]
	gsub(/ /, "", count)
	number = part[2] + 0
	text[number] = substr($0, length(part[1]) + length(part[2]) + 3)
	if (count == "-")
		next
	all++
	if (count ~ /^#|^=/)
		never[number] = 1
	else
		ran++
}
END {
	for (i = 1; i <= number; i++) {
		if (i in never)
			printf "line %d never ran:%s\n", i, text[i]
		else if (i in missing)
			printf "line %d, branch%s not taken:%s\n", i, missing[i], text[i]
	}
	if (!all || !total) {
		print "nothing was measured"
		print "coverage: 0 passed, 1 failed"
		exit 1
	}
	printf "emalloc.c: lines %.2f %% of %d (least %s), branches %.2f %% of %d (least %s)\n",
	       100 * ran / all, all, lines, 100 * taken / total, total, branches
	bad = (100 * ran / all < lines) + (100 * taken / total < branches)
	printf "coverage: %d passed, %d failed\n", 2 - bad, bad
	exit bad > 0
}
