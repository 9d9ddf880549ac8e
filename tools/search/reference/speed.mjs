// SPDX-License-Identifier: GPL-2.0-or-later
//
// Compares the speed of the card with that of the reference implementation.
//
//   node speed.mjs ANSWERS.json REFERENCE.json
//
// Exit status 1 if the card was slower.

import { readFileSync } from "node:fs";

const [card, reference] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf-8")));
const mine = card.stats.sentences_per_second, other = reference.sentences_per_second;

console.log(`speed: ${mine.toFixed(1)} sentences/s on the card, ` +
	    `${other.toFixed(1)} sentences/s by the reference`);
if (mine < other)
	console.error("demo: the card is slower than the reference.");
process.exit(mine >= other ? 0 : 1);
