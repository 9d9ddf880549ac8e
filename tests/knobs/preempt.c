// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card preempts the blocks of a kernel after every 1,000 cycles: jobs end as if it did not, and
 * a kernel that never ends can be cancelled. Needs a card with debug=on.
 */
#include "knobs.h"

/* Adds 1 to a0 + 8 * x, 100,000 times. */
static const uint32_t count[] = {
	0x00359293, /* slli t0, a1, 3 */
	0x00550533, /* add a0, a0, t0 */
	0x00018337, /* lui t1, 24 */
	0x6a030313, /* addi t1, t1, 1696 */
	0x00053383, /* ld t2, 0(a0) */
	0x00138393, /* addi t2, t2, 1 */
	0x00753023, /* sd t2, 0(a0) */
	0xfff30313, /* addi t1, t1, -1 */
	0xfe0318e3, /* bnez t1, -16 */
	0x00008067, /* ret */
};
static const uint32_t endless[] = { 0x0000006f };

#define WORDS 64u

static void prepare(struct rig *rig, const void *code, size_t bytes)
{
	struct pinion_pkt_launch *launch;

	memset(rig->data, 0, 4096);
	memcpy(rig->data + 2048, code, bytes);
	rig->bytes = 0;
	launch = rig_packet(rig, PINION_PKT_LAUNCH, sizeof(*launch));
	launch->entry = RIG_DATA_VA + 2048;
	launch->args = RIG_DATA_VA;
	launch->grid[0] = WORDS;
	launch->grid[1] = launch->grid[2] = 1;
}

static bool counted(const struct rig *rig)
{
	const uint64_t *word = (const uint64_t *)rig->data;
	uint32_t i, right = 0;

	for (i = 0; i < WORDS; i++)
		right += word[i] == 100000;
	return right == WORDS;
}

int main(void)
{
	struct rig rig;
	uint64_t all = 0;

	rig_open(&rig, 4);
	knobs_find();
	ksft_print_header();
	ksft_set_plan(3);
	knobs[PINION_REG_DEBUG_PREEMPT_EVERY / 4] = 1000;
	prepare(&rig, count, sizeof(count));
	ksft_test_result(!rig_run(&rig).res && counted(&rig), "a kernel counts to 100,000\n");
	prepare(&rig, endless, sizeof(endless));
	rig_sqe(&rig, RIG_VA, rig.bytes);
	rig_submit(&rig);
	ksft_test_result(!try_ioctl(rig.queue, PINION_QUEUE_IOC_CANCEL, &all) &&
				 rig_wait(&rig).res == -ECANCELED,
			 "a kernel that never ends is cancelled\n");
	prepare(&rig, count, sizeof(count));
	ksft_test_result(!rig_run(&rig).res && counted(&rig), "the next job is right\n");
	knobs[PINION_REG_DEBUG_PREEMPT_EVERY / 4] = 0;
	rig_close(&rig);
	ksft_finished();
}
