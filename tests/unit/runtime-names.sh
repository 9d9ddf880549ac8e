#!/bin/sh
# SPDX-License-Identifier: MIT
# What libpinion exports stands in its header, its map and its manual, whose pages are complete.
top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$top" || exit 1
man=build/man
number=0
failed=0

# result NAME: ok if $scratch/problems is empty, else not ok with what is in it.
result() {
	number=$((number + 1))
	if [ -s "$scratch/problems" ]; then
		failed=1
		echo "not ok $number - $1"
		sed 's/^/# /' "$scratch/problems"
	else
		echo "ok $number - $1"
	fi
}

# same NAME FILE: the list in FILE is the list of what the library exports.
same() {
	diff "$scratch/exported" "$2" >"$scratch/problems"
	result "$1"
}

exported() {
	nm -D --defined-only build/lib/libpinion.so.1 |
		sed -n 's/.* T \(.*\)@@PINION_1\.[0-9]*$/\1/p' | sort
}

echo "TAP version 13"
echo "1..7"
exported >"$scratch/exported"
test -s "$scratch/exported" || echo "nothing is exported with a version" >"$scratch/problems"
result "$(wc -l <"$scratch/exported") functions are exported with a version"

nm -D --defined-only build/lib/libpinion.so.1 |
	grep -v '@@PINION_1\.[0-9]*$\| A PINION_1\.[0-9]*$' \
	>"$scratch/problems"
result "nothing else is exported"

sed -n 's/^\t\t\(pinion_[a-z0-9_]*\);$/\1/p' libruntime/pinion.map | sort >"$scratch/map"
same "each stands in pinion.map, and no other" "$scratch/map"

cc -E -P libruntime/include/pinion.h | grep -o '\bpinion_[a-z0-9_]*(' | tr -d '(' | sort -u \
	>"$scratch/header"
same "each stands in pinion.h, and no other" "$scratch/header"

(cd $man && ls *.3) | sed 's/\.3$//' | sort >"$scratch/pages"
same "each has a page, and no page is left over" "$scratch/pages"

: >"$scratch/problems"
sed -n 's/^\.so man3\///p' $man/*.3 | while read -r target; do
	[ -f "$man/$target" ] || echo "link to $target"
done >"$scratch/problems"
sed -n 's/^\.Xr \(pinion[a-z0-9_]*\) \([37]\).*/\1.\2/p' $man/*.[37] libruntime/man/*.7 |
	sort -u |
	while read -r target; do
		[ -f "$man/$target" ] || [ -f "libruntime/man/$target" ] ||
			echo "reference to $target"
	done >>"$scratch/problems"
result "links and references lead to pages"

for page in $(grep -L '^\.so ' $man/*.3); do
	for part in NAME SYNOPSIS DESCRIPTION 'RETURN VALUES' ERRORS 'SEE ALSO'; do
		grep -qx "\.Sh $part" "$page" || echo "$page has no $part"
	done
	for link in $(grep -lx "\.so man3/$(basename "$page")" $man/*.3); do
		name=$(basename "$link" .3)
		grep -qx "\.Fo $name" "$page" || echo "$page does not describe $name"
	done
done >"$scratch/problems"
result "pages have their sections and describe what links to them"
exit $failed
