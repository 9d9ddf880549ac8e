/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's test harness, for programs whose tests are independent of each other: each test
 * runs in a process of its own, on a card that its fixture has opened.
 */
#ifndef PINION_SELFTESTS_HARNESS_H
#define PINION_SELFTESTS_HARNESS_H

#include "kselftest_harness.h"
#include "rig.h"

/* No limit: a VM can be slow. Whoever runs the program ends a test that hangs. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 0

/* Run the tests for main(); without a card the whole program is skipped. */
static inline int card_harness_run(int argc, char **argv)
{
	rig_card();
	return test_harness_run(argc, argv);
}

#endif /* PINION_SELFTESTS_HARNESS_H */
