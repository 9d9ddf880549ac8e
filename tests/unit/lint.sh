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

# A check that cannot be made says why, and no traceback of Python does.
unable() {
	finds "$1" "lint: $1: failed: $2" && ! grep Traceback "$scratch/out"
}

# refuses TEXT: the request cannot be met.
refuses() {
	lint files
	[ $? = 2 ] && grep -qF -- "$1" "$scratch/out" && ! grep Traceback "$scratch/out"
}

# with TOOL SCRIPT COMMAND...: a program of that name does what the script says.
with() {
	mkdir -p "$scratch/bin"
	printf '#!/bin/sh\n%s\n' "$2" >"$scratch/bin/$1"
	chmod +x "$scratch/bin/$1"
	PATH=$scratch/bin:$PATH "${@:3}"
	local status=$?
	rm "$scratch/bin/$1"
	return $status
}

tap_plan 84

begin
printf 'int f(void)\n{\n\treturn 1;\n}\n' >"$tree/driver/a.c"
if command -v clang-format-19 >/dev/null; then
	cp "$top/.clang-format" "$tree"
	tap_check "format: C as it should be" passes format
	sed -i 's/return 1/return  1/' "$tree/driver/a.c"
	tap_check "format: two blanks" finds format "driver/a.c:3: not as clang-format-19"
	mv "$tree/driver/a.c" "$tree/driver/a b.c"
	tap_check "format: a file with a blank in its name" \
		finds format "driver/a b.c:3: not as clang-format-19"
else
	tap_skip "format: C as it should be" "no clang-format-19"
	tap_skip "format: two blanks" "no clang-format-19"
	tap_skip "format: a file with a blank in its name" "no clang-format-19"
fi
tap_check "format: a clang-format that fails" \
	with clang-format-19 'exit 3' unable format "clang-format-19 failed"

begin
seq 600 >"$tree/driver/a.c"
tap_check "files: 600 lines" passes files
seq 601 >"$tree/driver/a.c"
tap_check "files: 601 lines" finds files "driver/a.c:601: 601 lines, more than 600"
limit files driver/a.c 601 a reason
tap_check "limits: as much as is allowed" passes files
seq 602 >"$tree/driver/a.c"
tap_check "limits: one more than is allowed" finds files "driver/a.c:601: 602 lines"
tap_check "limits: the finding says where the exception is, and how much that allows" \
	finds files "limits.table:1 allows 601 for driver/a.c, which has 602"
seq 601 >"$tree/driver/a.c"
limit files driver/b.c 700 a reason
tap_check "limits: an exception without need" finds files "limits.table:2: files driver/b.c"
tap_check "limits: --lower drops it" lowers files
tap_check "limits: it is gone, and the other one is not" passes files
limit files driver/c.c
tap_check "limits: a line without number and reason" \
	eval '! lint files && grep -q table:2: "$scratch/out"'
begin
limit file driver/a.c 601 a reason
tap_check "limits: a check that does not exist" \
	refuses "limits.table:1: there is no check 'file', only format, files"

begin
{
	printf '/*\n'
	yes '' | head -n 300
	yes ' * words' | head -n 300
	printf ' */\n// words\n#define A "/*"\n'
	seq 599
} | tee "$tree/driver/a.h" >"$tree/uapi/a.h"
tap_check "files: comments are counted" finds files "driver/a.h:601: 1203 lines, more than 600"
rm "$tree/driver/a.h"
tap_check "files: comments of public headers are not" passes files
echo 'int a; /* words */' >>"$tree/uapi/a.h"
tap_check "files: code of public headers is" \
	finds files "uapi/a.h:1204: 601 lines outside comments, more than 600"

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

begin
printf '# caf\351\n' >"$tree/a.sh"
tap_check "lines: a source that is not UTF-8" finds lines "a.sh:1: not UTF-8"

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
for edit in 's,^{,& /* words */,' 's,^{,& // words,' 's,^},& /* words */,' \
	'1{N;s,\n, ,}' '1{N;s,int a)\n{,int a\,\n\t\tint b) {,}'; do
	c_function 43 | sed "$edit" >"$tree/driver/a.c"
	tap_check "functions: too long after $edit" finds functions "driver/a.c:1: f() has 4"
done
printf 'struct __attribute__((packed)) a {\n%s\n};\n' "$(yes '	int a;' | head -n 50)" \
	>"$tree/driver/a.c"
c_function 40 >>"$tree/driver/a.c"
tap_check "functions: a struct is none" passes functions

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

# Where a comment begins, in a script: the first one, too, which stands below the licence.
first_comment() {
	finds prose 'comment begins with "They"' &&
		[ "$(grep -c 'begins with' "$scratch/out")" = 1 ]
}
for head in '#!/bin/sh' '# SPDX-License-Identifier: GPL-2.0-or-later' \
	'# SPDX-License-Identifier: GPL-2.0-or-later\n#'; do
	for name in a.sh Makefile; do
		begin
		printf "$head\n# They run.\n# It is not the first line.\n" >"$tree/$name"
		tap_check "prose: the first comment of $name, below '$head'" first_comment
	done
done
# doc TEXT: kernel-doc in a header.
doc() {
	begin
	printf "$1\n" >"$tree/driver/a.h"
}
for text in '/** they are entries */' '/** struct a - those that are pinned */' \
	'/**\n * f() - of them the first\n */' \
	'/**\n * f() - give one\n * Return: it is zero.\n */' \
	'/**\n * f() - give one\n *\n * Return:\n * They are zero.\n */'; do
	doc "$text"
	tap_check "prose: $text" finds prose 'kernel-doc begins with "'
done
doc '/**\n * enum a - who is at fault\n *\n * They are words.\n */'
tap_check "prose: an enum that answers a question" passes prose

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
names a.rst 'In ``driver/a.h' '--all`` a ``literal`` goes on, `` `` is none, and ``driver/b.h``.' \
	'' 'One `` that is left open.' '' 'And ``b.h``.'
tap_check "names: behind a literal of two lines" finds names "a.rst:2: driver/b.h is not in"
tap_check "names: in the next paragraph" finds names "a.rst:6: b.h is not in"
printf 'caf\351\n' >"$tree/a.rst"
tap_check "names: a page that is not UTF-8" finds names "a.rst:1: not UTF-8"
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
	mv "$tree/uapi/a.h" "$tree/uapi/a b.h"
	tap_check "kernel-doc: a file with a blank in its name" \
		finds kernel-doc "uapi/a b.h:6: Function parameter"
else
	tap_skip "kernel-doc: complete" "no guest kernel"
	tap_skip "kernel-doc: a parameter without a line" "no guest kernel"
	tap_skip "kernel-doc: a file with a blank in its name" "no guest kernel"
fi

# Stand-ins for kernel-doc that fail, and one that finds nothing.
begin
touch "$tree/uapi/a.h"
export KERNEL_DOC=doc
tap_check "kernel-doc: a tool that fails in silence" \
	with doc 'exit 3' unable kernel-doc "doc failed with status 3"
tap_check "kernel-doc: a tool that cannot open a file, and ends with 0" \
	with doc 'echo Error: cannot' unable kernel-doc "doc failed with status 0: Error: cannot"
tap_check "kernel-doc: no such tool" unable kernel-doc "doc is missing"
printf '/**\n * f() - give one\n */\nint f(void)\n{\n}\n\nstatic int g(void)\n{\n}\n' \
	>"$tree/driver/a.c"
printf '/** h() - give one */\nint h(void);\n' >"$tree/driver/a.h"
printf 'int h(void)\n{\n}\n' >>"$tree/driver/a.c"
tap_check "kernel-doc: each function of the driver has it" with doc '' passes kernel-doc
printf '\nint g2(void)\n{\n}\n' >>"$tree/driver/a.c"
tap_check "kernel-doc: a function without" \
	with doc '' finds kernel-doc "driver/a.c:15: g2() has no kernel-doc"
rm "$tree/driver/a.c"
printf 'static inline int i(void)\n{\n}\n' >>"$tree/driver/a.h"
tap_check "kernel-doc: an inline function without" \
	with doc '' finds kernel-doc "driver/a.h:3: i() has no kernel-doc"
unset KERNEL_DOC

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
mv "$tree/driver/a.c" "$tree/driver/a b.c"
rm "$tree/tools/lint/checkpatch.list"
tap_check "checkpatch: a file with a blank in its name" \
	finds checkpatch "driver/a b.c:3: SPACING: a blank"
export CHECKPATCH=patch
tap_check "checkpatch: a tool that fails in silence" \
	with patch 'exit 3' unable checkpatch "patch failed with status 3"
touch "$tree/driver/c.c"
tap_check "checkpatch: a tool that gives up after a file" \
	with patch 'echo total: 0; echo cannot open' unable checkpatch "patch failed with status 0"
unset CHECKPATCH

export MAKE=make
tap_check "sparse: make fails" \
	with make 'exit 3' unable sparse "'make sparse-driver' failed with status 3"

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
tap_check "circles: an nm that fails" with nm 'exit 3' unable circles "nm "

# git that is not there: the PATH has Python only.
without_git() {
	PATH=$scratch/python "$top/tools/lint/lint" --top "$tree" files >"$scratch/out" 2>&1
	[ $? = 2 ] && grep -x "lint: git is missing: install the package git" "$scratch/out"
}
begin
mkdir "$tree/.git" "$scratch/python"
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$scratch/python/python3"
tap_check "git: it is not installed" without_git
tap_check "git: it refuses" refuses "git does not list the files of $tree: "

tap_done
