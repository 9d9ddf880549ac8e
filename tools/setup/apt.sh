# SPDX-License-Identifier: GPL-2.0-or-later
# A private configuration of apt in the cache. Mirror, keyring, proxy and credentials are those of
# the machine's configuration. Source lists, indexes and archives are separate, so that /etc/apt is
# never written.

# Prints the archives in the machine's source lists, one a line: URI, suite and keyring.
host_sources() {
	local file files=()
	for file in "$APT_ETC"/sources.list "$APT_ETC"/sources.list.d/*.list \
		"$APT_ETC"/sources.list.d/*.sources; do
		[ ! -f "$file" ] || files+=("$file")
	done
	[ ${#files[@]} -gt 0 ] || return 0
	mkdir -p "$CACHE/apt"
	awk -v KEYFILE="$CACHE/apt/embedded-key.asc" -f "$SETUP_DIR/sources.awk" "${files[@]}"
}

# Prints the archive that has the main suite of this release, as "URI keyring".
host_mirror() {
	local codename
	codename=$(suite_field 2)
	host_sources | awk -F '\t' -v c="$codename" '
		$2 == c || $2 ~ /^(old)?stable$/ { print $1, $3; exit }'
}

# suite_source SUITE: prints the archive that has SUITE, as "URI keyring". If apt's lists do not
# name SUITE, it is the archive of this release's main suite; for a security suite it is the
# archive of another security suite, and the function fails if there is none.
suite_source() {
	local found
	found=$(host_sources | awk -F '\t' -v s="$1" '
		$2 == s && !exact { exact = $1 " " $3 }
		s ~ /-security$/ && $2 ~ /-security$/ && !near { near = $1 " " $3 }
		END { print exact ? exact : near }')
	case $1 in
	*-security) ;;
	*) found=${found:-$(host_mirror)} ;;
	esac
	[ -n "$found" ] && echo "$found"
}

# apt_source_line TYPE URI KEYRING SUITE: prints a line for sources.list.
apt_source_line() {
	local options=
	[ "$3" = - ] || options="[signed-by=$3] "
	printf '%s %s%s %s main\n' "$1" "$options" "$2" "$4"
}

# private_apt NAME [ARCHITECTURE]: makes the configuration NAME from the source lines on standard
# input. apt then knows the packages of ARCHITECTURE and of amd64.
private_apt() {
	local dir=$CACHE/apt/$1 arch=${2:-amd64}
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/empty.d"
	cat >"$dir/sources.list"
	: >"$dir/status"
	cat >"$dir/apt.conf" <<-END
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Architectures;
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; $([ $arch = amd64 ] || echo '"amd64";') };
		APT::Sandbox::User "root";
		APT::Default-Release "";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/empty.d";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "$dir/empty.d";
		Dir::State "$dir";
		Dir::State::lists "$dir/lists";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
	END
}

# papt NAME TOOL ARGUMENT...: runs apt-get or apt-cache with the configuration NAME.
papt() {
	local name=$1 tool=$2
	shift 2
	LC_ALL=C "$tool" -c "$CACHE/apt/$name/apt.conf" "$@"
}

# Prints the MB that an apt command would download; standard input is the output of --print-uris.
uris_mb() {
	awk '/^\047/ { n += $3 } END { printf "%d\n", (n + 999999) / 1000000 }'
}
