// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of probe fails once: bind returns an error or works without it, and the driver
 * can be bound again. Needs a kernel with fault injection.
 */
#include "fwdir.h"
#include "inject.h"

#define MAX_NTH 20000

/*
 * The firmware is read from memory, and not through 9p: if its client gets no memory for the
 * message that ends a fid, it uses the number again, which the server refuses.
 */
static struct fwdir firmware;

/* Bind with failure number @nth: whether there are that many, and in @ret the result of bind. */
static bool fail(unsigned int nth, int *ret)
{
	bool hit;

	arm(nth);
	*ret = try_driver("bind");
	hit = disarm();
	if (!hit || *ret)
		return hit;
	ksft_print_msg("probe bears failure %u\n", nth);
	if (try_driver("unbind"))
		ksft_exit_fail_msg("cannot unbind the driver\n");
	return hit;
}

/*
 * Bind with one failure after the other, until there are no more. Each time the firmware boots, so
 * that only a soak has every failure: else they are ever further apart after the first 64.
 */
static unsigned int sweep(int *ret)
{
	unsigned int nth = 1, dense = rig_times(64, MAX_NTH), steps = 0;

	while (nth < MAX_NTH && fail(nth, ret)) {
		steps++;
		nth += nth < dense ? 1 : nth / 16;
	}
	return nth < MAX_NTH ? steps : 0;
}

int main(void)
{
	struct rig rig;
	unsigned int steps;
	int ret;

	set_up_injection();
	rig_card();
	rig_pci_address();
	fwdir_enter(&firmware);
	ksft_print_header();
	ksft_set_plan(3);
	ksft_test_result(!try_driver("unbind"), "unbind\n");
	steps = sweep(&ret);
	ksft_test_result(steps && !ret, "%u failures of probe, the next bind has none: %s\n", steps,
			 strerror(-ret));
	fwdir_leave(&firmware);
	rig_open(&rig, 64);
	ksft_test_result(!rig_run(&rig).res, "the card works after all that\n");
	rig_close(&rig);
	ksft_finished();
}
