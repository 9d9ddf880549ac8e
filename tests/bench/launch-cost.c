// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs launches of a kernel that does nothing on a card model in the same process, so that
 * tests/budget/launches.py can count the instructions: launch-cost LAUNCHES BLOCKS
 */
#include <stdlib.h>

#include "tests/unit/cardrig.h"
#include "tests/tap.h"

#define RET	     0x00008067u
#define MOST	     10000u /* launches that the rig's command buffer has room for */
#define SHELL_BUDGET 50000u /* of a step in QEMU: tools/card/qemu/run.c */

static struct pinion_pkt_launch buffer[MOST];

int main(int argc, char **argv)
{
	unsigned long launches = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long blocks = argc == 3 ? strtoul(argv[2], NULL, 10) : 0, i;
	struct rig_buf text;
	struct rig *rig;

	if (!launches || launches > MOST || !blocks || blocks > UINT32_MAX)
		tap_bail("usage: launch-cost LAUNCHES BLOCKS");
	rig = rig_new(NULL);
	text = rig_alloc(rig, 4096, RIG_RW | PINION_PTE_EXEC);
	*(uint32_t *)text.ptr = RET;
	/* All of the buffer, so that this costs the same in each run. */
	for (i = 0; i < MOST; i++)
		buffer[i] = (struct pinion_pkt_launch){
			.pkt = { .op = PINION_PKT_LAUNCH, .bytes = sizeof(*buffer) },
			.entry = text.va,
			.grid = { (uint32_t)blocks, 1, 1 },
		};
	rig->budget = SHELL_BUDGET;
	if (rig_run(rig, buffer, (uint32_t)(launches * sizeof(*buffer))))
		tap_bail("a launch failed");
	rig_free(rig);
	return 0;
}
