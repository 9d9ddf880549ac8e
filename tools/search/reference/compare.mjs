// SPDX-License-Identifier: GPL-2.0-or-later
//
// Compares the embeddings of the card with those of the reference implementation.
//
//   node compare.mjs CARD.f32 REFERENCE.f32 STEP
//
// Row i of REFERENCE.f32 belongs to row i * STEP of CARD.f32; rows are 512
// float32. Prints "reference: N lines, min cosine X"; exit status 1 if N < 200
// or X < 0.9999.

import { readFileSync } from "node:fs";

const WIDTH = 512;
const LEAST_LINES = 200;
const LEAST_COSINE = 0.9999;

function readRows(file) {
	const bytes = readFileSync(file);

	if (bytes.length % (WIDTH * 4))
		throw new Error(`${file}: its length is not a multiple of ${WIDTH} float32`);
	return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function cosine(a, i, b, j) {
	let ab = 0, aa = 0, bb = 0;

	for (let k = 0; k < WIDTH; k++) {
		const x = a[i * WIDTH + k], y = b[j * WIDTH + k];

		ab += x * y;
		aa += x * x;
		bb += y * y;
	}
	return ab / Math.sqrt(aa * bb);
}

const [cardFile, referenceFile, stepText] = process.argv.slice(2);
const card = readRows(cardFile), reference = readRows(referenceFile);
const lines = reference.length / WIDTH, step = Number(stepText);
let least = 1;

if ((lines - 1) * step >= card.length / WIDTH)
	throw new Error("the card embedded fewer lines than the reference needs");
for (let i = 0; i < lines; i++) {
	const c = cosine(card, i * step, reference, i);

	// A NaN must fail the comparison, too.
	least = c < least ? c : c >= least ? least : -1;
}
// Rounded down, so that the printed value is never better than the real one.
console.log(`reference: ${lines} lines, min cosine ${(Math.floor(least * 1e7) / 1e7).toFixed(7)}`);
process.exit(lines >= LEAST_LINES && least >= LEAST_COSINE ? 0 : 1);
