# SPDX-License-Identifier: GPL-2.0-or-later
# Reads apt's source lists, in the one-line format (*.list) and in deb822 (*.sources), and prints a
# line for each archive and suite: URI <tab> suite <tab> keyring, or "-" without a keyring. A key
# that is embedded in a deb822 entry is written to the file KEYFILE.

function emit(uris, suites, key,   u, s, nu, ns, i, j) {
	nu = split(uris, u, /[ \t]+/)
	ns = split(suites, s, /[ \t]+/)
	for (i = 1; i <= nu; i++)
		for (j = 1; j <= ns; j++)
			if (u[i] !~ /^cdrom:/ && u[i] != "" && s[j] != "")
				print u[i] "\t" s[j] "\t" (key == "" ? "-" : key)
}

function trim(t) {
	gsub(/^[ \t]+|[ \t]+$/, "", t)
	return t
}

function end_entry() {
	if (f["types"] ~ /(^| )deb( |$)/ && tolower(f["enabled"]) != "no" &&
	    f["components"] ~ /(^| )main( |$)/) {
		if (block != "" && block ~ /BEGIN PGP/) {
			print block > KEYFILE
			close(KEYFILE)
			f["signed-by"] = KEYFILE
		}
		emit(f["uris"], f["suites"], f["signed-by"])
	}
	delete f
	block = ""
	field = ""
}

FNR == 1 { end_entry() }

FILENAME ~ /\.list$/ {
	sub(/#.*/, "")
	if ($1 != "deb")
		next
	key = ""
	if (match($0, /\[[^]]*\]/)) {
		opts = substr($0, RSTART + 1, RLENGTH - 2)
		$0 = substr($0, 1, RSTART - 1) " " substr($0, RSTART + RLENGTH)
		n = split(opts, o, /[ \t]+/)
		for (i = 1; i <= n; i++)
			if (o[i] ~ /^signed-by=/)
				key = substr(o[i], 11)
	}
	for (i = 4; i <= NF; i++)
		if ($i == "main")
			emit($2, $3, key)
	next
}

/^[ \t]*$/ { end_entry(); next }
/^#/ { next }
/^[ \t]/ {
	line = trim($0)
	if (field == "signed-by")
		block = block (line == "." ? "" : line) "\n"
	else
		f[field] = trim(f[field] " " line)
	next
}
match($0, /^[^:]+:/) {
	field = tolower(substr($0, 1, RLENGTH - 1))
	f[field] = trim(substr($0, RLENGTH + 1))
	if (field == "signed-by")
		block = f[field] "\n"
}
END { end_entry() }
