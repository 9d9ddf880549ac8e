# SPDX-License-Identifier: GPL-2.0-or-later
# Makes an index of manual pages, which the demo searches. Container images often leave the pages
# out of all packages (dpkg's path-exclude); then some are unpacked into the cache and indexed
# there.
#
# Result: man/whatis, lines "name (section) - description", and man/path, the MANPATH of these
# pages.

STEP_TITLE="manual pages"
STEP_MB=60
MIN_LINES=1000
# Packages whose pages are unpacked if the machine has none; the demo's questions are about these.
PAGES="manpages manpages-dev coreutils gzip procps tar util-linux"

step_missing() {
	[ -f "$CACHE/man/whatis" ] || echo "index of manual pages"
}

# whatis_lines MANPATH: prints the pages that have a description, sorted.
whatis_lines() {
	LC_ALL=C.UTF-8 apropos -M "$1" -l . 2>/dev/null |
		grep -v -F '(unknown subject)' | grep ' - ' | LC_ALL=C sort -u
}

# collect MANPATH: writes the pages to $WORK/whatis; fails if there are too few.
collect() {
	whatis_lines "$1" >"$WORK/whatis" || :
	[ "$(wc -l <"$WORK/whatis")" -ge "$MIN_LINES" ]
}

host_manpath() { manpath -q 2>/dev/null || echo /usr/share/man; }

index_host_pages() {
	detail "few manual pages are indexed; running mandb"
	as_root mandb -q >>"$LOG" 2>&1 || :
}

unpack_manual() {
	dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --wildcards './usr/share/man/man*'
}

unpack_pages() {
	local dir=$CACHE/man/pages mb deb uri key
	detail "this machine leaves manual pages out; unpacking some into the cache"
	read -r uri key < <(host_mirror)
	apt_source_line deb "$uri" "$key" "$(suite_field 2)" | private_apt man
	run_logged "reading the package index" papt man apt-get update
	mkdir -p "$WORK/debs" "$WORK/pages"
	cd "$WORK/debs"
	mb=$(papt man apt-get download --print-uris $PAGES | uris_mb)
	run_download "downloading manual pages" . "$mb" papt man apt-get download $PAGES
	for deb in *.deb; do
		run_logged "unpacking $deb" unpack_manual "$deb" "$WORK/pages"
	done
	cd /
	mkdir -p "$CACHE/man"
	commit_dir "$WORK/pages" "$dir"
	run_logged "indexing manual pages" mandb -q "$dir/usr/share/man"
}

step_run() {
	local path
	path=$(host_manpath)
	if ! collect "$path" && ! { index_host_pages && collect "$path"; }; then
		unpack_pages
		path=$CACHE/man/pages/usr/share/man
		collect "$path" ||
			die "fewer than $MIN_LINES manual pages could be indexed," \
				"but the demo needs them; see $LOG."
	fi
	mkdir -p "$CACHE/man"
	echo "$path" >"$CACHE/man/path"
	mv "$WORK/whatis" "$CACHE/man/whatis"
	detail "$(wc -l <"$CACHE/man/whatis") manual pages"
}
