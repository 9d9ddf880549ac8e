# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages in packages.d/*.list, where each part lists what it needs, a package
# a line. "a | b" means that one of two packages is enough; "a | cmd:c" that a command c from
# elsewhere is, too. If none is there, the first that this release has is installed.

STEP_TITLE="Debian packages"
STEP_MB=2500

listed_packages() {
	sed 's/#.*//; s/[ \t]*|[ \t]*/|/g; s/[ \t]//g; /^$/d' "$SETUP_DIR"/packages.d/*.list |
		sort -u
}

present_commands() {
	local name
	for name in $(listed_packages | tr '|' '\n' | sed -n 's/^cmd://p'); do
		! command -v "$name" >/dev/null || echo "ii cmd:$name"
	done
}

# Prints the listed packages that are not installed, with their alternatives.
step_missing() {
	{
		dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null
		present_commands
		echo --
		listed_packages
	} | awk '
		$1 == "--" { listing = 1; next }
		!listing { if ($1 ~ /^.i/) have[$2] = 1; next }
		{
			n = split($1, alternative, "|")
			for (i = 1; i <= n; i++)
				if (have[alternative[i]])
					next
			if (!named[$1]++)
				print
		}'
}

# first_available "a|b|c": prints the first package that apt knows.
first_available() {
	local name
	for name in ${1//|/ }; do
		if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
			echo "$name"
			return
		fi
	done
	die "Debian $(os_release VERSION_ID) has no package ${1//|/ or }, which Pinion needs."
}

# Prints the progress of apt, from its output in the log.
show_installed() {
	awk '
		/ newly installed/ { all = $3; fetched = unpacked = ready = 0 }
		/^Get:/ { fetched++ }
		/^Unpacking / { unpacked++ }
		/^Setting up / { ready++ }
		END {
			if (all)
				printf "      %d packages: %d fetched, %d unpacked, %d ready\n",
					all, fetched, unpacked, ready
		}' "$LOG"
}

step_run() {
	local packages
	run_logged "finishing what an interrupted dpkg left" as_root dpkg --configure -a
	run_logged "reading apt's package indexes" as_root apt-get -q update
	packages=$(step_missing |
		while read -r line; do first_available "$line" || exit; done | sort -u)
	detail "missing: $(echo $packages)"
	detail "installing $(echo "$packages" | wc -l) packages and their dependencies"
	run_watched "installing Debian packages" show_installed \
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 --no-install-recommends install $packages
}
