// SPDX-License-Identifier: GPL-2.0-or-later
//
// Prints the answers of pinion-search --json, and for each question whether the
// page that a person would expect is among the hits.
//
//   node show.mjs ANSWERS.json "QUESTION|PAGE"...

import { readFileSync } from "node:fs";

function names(text) {
	return text.replace(/ \([^)]*\) - .*$/, "").split(", ");
}

const [file, ...questions] = process.argv.slice(2);
const { answers, stats } = JSON.parse(readFileSync(file, "utf-8"));

questions.forEach((question, i) => {
	const page = question.split("|")[1];
	const place = answers[i].hits.findIndex((hit) => names(hit.text).includes(page));

	console.log(`\n"${answers[i].query}"`);
	answers[i].hits.forEach((hit, j) =>
		console.log(`  ${j + 1}. ${hit.score.toFixed(3)}  ${hit.text}`));
	console.log(`  expected ${page}: ` +
		    (place < 0 ? `not among the first ${answers[i].hits.length}` : `yes, number ${place + 1}`));
});
console.log(`\n${stats.lines} lines embedded on the card, ${stats.jobs} jobs, ` +
	    `${(stats.bytes_to_card / 1e6).toFixed(1)} MB to the card, ` +
	    `${(stats.bytes_from_card / 1e6).toFixed(1)} MB from it`);
console.log(`share of time on the card: ${(100 * stats.card_share).toFixed(1)} %`);
