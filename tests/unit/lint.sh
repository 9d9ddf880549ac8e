#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each check of tools/lint/lint finds what it is for in a small tree of its own, passes the same
# tree without it, and compares what it found with limits.table.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree

# begin: an empty tree.
begin() {
	rm -rf "$tree"
	mkdir -p "$tree/tools/lint" "$tree/driver" "$tree/uapi" "$tree/build"
}

# lint CHECK: its output goes to $scratch/out.
lint() {
	"$top/tools/lint/lint" --top "$tree" "$@" >"$scratch/out" 2>&1
	local status=$?
	cat "$scratch/out"
	return $status
}

# finds CHECK TEXT: the check fails with that finding, and counts itself as failed.
finds() {
	lint "$1"
	[ $? = 1 ] && grep -qF -- "$2" "$scratch/out" &&
		[ "$(tail -n 1 "$scratch/out")" = "0 passed, 1 failed, 0 skipped" ]
}

passes() {
	lint "$1" && [ "$(tail -n 1 "$scratch/out")" = "1 passed, 0 failed, 0 skipped" ]
}

limit() {
	echo "$*" >>"$tree/tools/lint/limits.table"
}

# lowers CHECK: the table has what was found, and no line more.
lowers() {
	lint "$1" --lower
	[ $? = 1 ] && grep -qF "1 lines lowered or dropped" "$scratch/out"
}

tap_plan 41

begin
printf 'int f(void)\n{\n\treturn 1;\n}\n' >"$tree/driver/a.c"
if command -v clang-format-19 >/dev/null; then
	cp "$top/.clang-format" "$tree"
	tap_check "format: C as it should be" passes format
	sed -i 's/return 1/return  1/' "$tree/driver/a.c"
	tap_check "format: two blanks" finds format "driver/a.c:3: not as clang-format-19"
else
	tap_skip "format: C as it should be" "no clang-format-19"
	tap_skip "format: two blanks" "no clang-format-19"
fi

begin
seq 600 >"$tree/driver/a.c"
tap_check "files: 600 lines" passes files
seq 601 >"$tree/driver/a.c"
tap_check "files: 601 lines" finds files "driver/a.c:601: 601 lines, more than 600"
limit files driver/a.c 601 a reason
tap_check "limits: as much as is allowed" passes files
seq 602 >"$tree/driver/a.c"
tap_check "limits: one more than is allowed" finds files "driver/a.c:601: 602 lines"
seq 601 >"$tree/driver/a.c"
limit files driver/b.c 700 a reason
tap_check "limits: an exception without need" finds files "limits.table:2: files driver/b.c"
tap_check "limits: --lower drops it" lowers files
tap_check "limits: it is gone, and the other one is not" passes files
limit files driver/c.c
tap_check "limits: a line without number and reason" \
	eval '! lint files && grep -q table:2: "$scratch/out"'

begin
printf '%0100d\n' 0 | tee "$tree/a.sh" "$tree/a.rst" "$tree/Makefile" >"$tree/a.py"
printf '#!/bin/sh\n%0100d\n' 0 >"$tree/script"
tap_check "lines: 100 columns" passes lines
for name in a.sh a.rst a.py Makefile script a.c; do
	begin
	printf '#!/bin/sh\n\t%093d\n' 0 >"$tree/$name"
	tap_check "lines: 101 columns, of which a tab makes 8, in $name" \
		finds lines "$name:2: 101 columns, more than 100"
done

# c_function N: a function of so many lines in all.
c_function() {
	echo "static int __attribute__((noinline)) f(int a)"
	echo "{"
	yes "	a++;" | head -n $(($1 - 3))
	echo "}"
}
begin
c_function 40 >"$tree/driver/a.c"
tap_check "functions: 40 lines" passes functions
c_function 41 >"$tree/driver/a.c"
tap_check "functions: 41 lines" finds functions "driver/a.c:1: f() has 41 lines"

begin
cat >"$tree/driver/a.h" <<'END'
/**
 * struct a - numbers of entries
 * @count: number of entries in @pages
 * @pdev: device
 */
/* Entries are pinned while the buffer is made. */
END
echo "@pdev: device" >"$tree/tools/lint/short-members.list"
tap_check "prose: lines that stand alone" passes prose
sed 's/number of entries in @pages/of them those that are pinned/' -i "$tree/driver/a.h"
tap_check "prose: a member that begins with a pronoun" \
	finds prose 'driver/a.h:3: @count begins with "of them"'
sed 's/of them those that are pinned/entries/' -i "$tree/driver/a.h"
tap_check "prose: a member of one word" \
	finds prose 'driver/a.h:3: "@count: entries" says too little'
limit prose driver 1 a reason
tap_check "prose: one finding in a folder with one" passes prose
sed 's/Entries are/Those are/' -i "$tree/driver/a.h"
tap_check "prose: a comment more than is allowed" \
	finds prose 'driver/a.h:6: comment begins with "Those"'

# names PAGE LITERAL...: the page names one thing a line, in a tree with a function and a header.
names() {
	local page=$1
	begin
	mkdir -p "$tree/man"
	printf 'struct pinion_a;\nint pinion_f(void);\n' >"$tree/driver/a.h"
	shift
	printf '%s\n' "$@" >"$tree/$page"
}
names a.rst '``driver/a.h``' '``driver/*.h --help``' '``a.h``' '``build/b.h``' '``pinion_f()``' \
	'``struct pinion_a``' '``driver/NAME.c``' '``pinion_NAME()``' '``math.h``'
tap_check "names: what is in the tree" passes names
for name in driver/b.h b.h 'pinion_g()' 'struct pinion_b'; do
	names a.rst '' "\`\`$name\`\`"
	tap_check "names: $name, which is not in the tree" finds names "a.rst:2: $name is not in"
done
names a.rst '``driver/NAME.c``' '``driver/b/NAME.c``'
tap_check "names: the folder of a file for the reader to name" \
	finds names "a.rst:2: driver/b/ is not in the tree"
names man/a.3 '.Pa driver/b.h'
tap_check "names: a path of a manual page" finds names "man/a.3:1: driver/b.h is not in the tree"
names a.md '[text](driver/a.h) [text](https://example.org/b.h)'
tap_check "names: a link to a file, and one to elsewhere" passes names
names driver/a.md '[text](driver/a.h)'
tap_check "names: a link from another folder" \
	finds names "driver/a.md:1: the link driver/a.h leads nowhere"

cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}
doc=$cache/kernel/current/build/scripts/kernel-doc
if [ -e "$doc" ]; then
	begin
	printf '/**\n * f() - give one\n * @a: a number\n *\n * Return: 1.\n */\nint f(int a);\n' \
		>"$tree/uapi/a.h"
	tap_check "kernel-doc: complete" \
		env KERNEL_DOC="$doc" "$top/tools/lint/lint" --top "$tree" kernel-doc
	sed '/@a/d' -i "$tree/uapi/a.h"
	tap_check "kernel-doc: a parameter without a line" \
		finds kernel-doc "uapi/a.h:6: Function parameter"
else
	tap_skip "kernel-doc: complete" "no guest kernel"
	tap_skip "kernel-doc: a parameter without a line" "no guest kernel"
fi

# A stand-in for checkpatch shows what becomes of its messages.
begin
cat >"$scratch/checkpatch" <<'END'
#!/bin/sh
for last; do :; done
echo "$last:3: CHECK:SPACING: a blank"
echo "total: 0 errors, 0 warnings, 1 checks, 3 lines checked"
END
chmod +x "$scratch/checkpatch"
export CHECKPATCH=$scratch/checkpatch
touch "$tree/driver/a.c"
tap_check "checkpatch: a message" finds checkpatch "driver/a.c:3: SPACING: a blank"
echo "* SPACING a reason" >"$tree/tools/lint/checkpatch.list"
tap_check "checkpatch: what is ignored elsewhere is not in driver/" \
	finds checkpatch "driver/a.c:3: SPACING"
echo "driver SPACING a reason" >"$tree/tools/lint/checkpatch.list"
tap_check "checkpatch: ignored in driver/" passes checkpatch

# Objects of a part in which a calls b, and b calls a through c.
begin
mkdir -p "$tree/libruntime/src" "$tree/build/libruntime"
echo 'int b(void); int a(void); int a(void) { return b(); }' >"$tree/libruntime/src/a.c"
echo 'int c(void); int b(void); int b(void) { return c(); }' >"$tree/libruntime/src/b.c"
echo 'int a(void); int c(void); int c(void) { return a(); }' >"$tree/libruntime/src/c.c"
compile() {
	local name
	for name in a b c; do
		${CC:-gcc} -c "$tree/libruntime/src/$name.c" -o "$tree/build/libruntime/$name.o"
	done
}
tap_check "circles: nothing was built" finds circles "has not been built"
compile
tap_check "circles: of three files" finds circles "a circle of 3 files: a.c b.c c.c"
echo 'int c(void); int c(void) { return 1; }' >"$tree/libruntime/src/c.c"
compile
tap_check "circles: none when c calls nobody" passes circles

tap_done
