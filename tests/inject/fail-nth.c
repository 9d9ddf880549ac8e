// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation, and every copy from or to user memory, of every ioctl fails once: the caller
 * gets a matching errno, the next attempt works, and no memory is lost. Needs a kernel with fault
 * injection.
 */
#include "inject.h"
#include "ops.h"

#define MAX_NTH 20000

static unsigned int injected;

/* Run @op with its failure number @nth: whether it has that many. */
static bool inject(const struct op *op, unsigned int nth, int *ret)
{
	bool hit;

	arm(nth);
	*ret = op->run();
	hit = disarm();
	injected += hit;
	if (op->undo)
		op->undo(*ret);
	return hit;
}

/*
 * Run @op on a file of its own. An ioctl whose answer cannot be copied out leaves what it made
 * without a name: closing the file frees a handle, and a new file has the next free number.
 */
static bool inject_on_file(const struct op *op, unsigned int nth, int *ret)
{
	int next;
	bool hit;

	card = rig_open_node();
	if (op->prepare)
		op->prepare();
	next = dup(card);
	close(next);
	hit = inject(op, nth, ret);
	if (*ret)
		close(next);
	close(card);
	return hit;
}

/* Whether to go on: false if @op has no failure @nth, or if its result is wrong. */
static bool sweep_step(const struct op *op, unsigned int nth, bool *good)
{
	int ret;
	bool hit = op->on_file ? inject_on_file(op, nth, &ret) : inject(op, nth, &ret);

	*good = hit ? allowed(ret) : !ret;
	if (!*good)
		ksft_print_msg("%s, failure %u%s: %s\n", op->name, nth, hit ? "" : " (not reached)",
			       strerror(-ret));
	return hit && *good;
}

static void sweep(const struct op *op)
{
	uint64_t before = rig_info(rig.fd).memory_free;
	unsigned int nth = 1;
	bool good = true;

	while (nth < MAX_NTH && sweep_step(op, nth, &good))
		nth++;
	ksft_test_result(good && nth < MAX_NTH && rig_info(rig.fd).memory_free == before,
			 "%s: %u failures, each reported, and nothing lost\n", op->name, nth - 1);
}

int main(void)
{
	size_t i;

	set_up_injection();
	rig_open(&rig, 64);
	snprintf(node, sizeof(node), "/dev/accel/accel%d", rig_card());
	ksft_print_header();
	ksft_set_plan(sizeof(ops) / sizeof(ops[0]) + 1);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		sweep(&ops[i]);
	rig.bytes = 0;
	ksft_test_result(!rig_run(&rig).res && injected,
			 "the queue works after all that: %u failures\n", injected);
	rig_close(&rig);
	ksft_finished();
}
