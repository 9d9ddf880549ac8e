// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Device memory is zeroed after it was freed, so that its next owner need not wait. An owner that
 * comes before that waits until the memory is zeroed.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define M     (1ull << 20)
#define VA    0x80000000ull
#define BYTES (64 * M)
#define PIECE (512u << 10)

static struct rig rig;

/* The number on the line @key of the driver's file "memory" in debugfs. */
static uint64_t told(const char *key)
{
	char path[96], line[128];
	uint64_t value = ~0ull;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%s/memory", rig_pci_address());
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			value = strtoull(line + strlen(key) + 1, NULL, 10);
	if (file)
		fclose(file);
	if (value == ~0ull)
		ksft_exit_fail_msg("%s has no '%s'\n", path, key);
	return value;
}

static uint64_t waited_for(void)
{
	return told("zeroed for those who waited");
}

/* Wait until the driver has zeroed all freed memory. */
static void settle(void)
{
	int i;

	for (i = 0; i < 6000 && told("being zeroed"); i++)
		usleep(10000);
}

/* Have the card fill a buffer with @value: whether all of the buffer was zero before. */
static bool soil(uint32_t handle, uint64_t bytes, uint8_t value)
{
	bool zero = true;
	uint64_t at;

	rig_map(rig.fd, handle, VA, bytes);
	for (at = 0; at < bytes && zero; at += PIECE) {
		memset(rig.data, 1, PIECE);
		rig.bytes = 0;
		rig_copy(&rig, RIG_DATA_VA, VA + at, PIECE);
		zero = !rig_run(&rig).res && rig_all(rig.data, PIECE, 0);
	}
	rig.bytes = 0;
	rig_fill(&rig, VA, bytes, value, 1);
	zero &= !rig_run(&rig).res;
	try_unmap(rig.fd, VA, bytes);
	return zero;
}

static bool one_round(uint8_t value)
{
	uint32_t handle = rig_bo(rig.fd, BYTES, DRM_PINION_BO_DEVICE);
	bool zero = soil(handle, BYTES, value);

	rig_bo_close(rig.fd, handle);
	return zero;
}

static void in_time(void)
{
	uint64_t free_before = rig_info(rig.fd).memory_free, waited = waited_for();
	uint64_t before = told("zeroed before");

	ksft_test_result(one_round(0x5a), "64 MiB that nobody had before: zero\n");
	ksft_test_result(waited_for() <= waited + BYTES,
			 "%llu of 64 MiB that nobody had before were zeroed meanwhile\n",
			 (unsigned long long)((waited_for() - waited) / M));
	ksft_test_result(rig_info(rig.fd).memory_free == free_before,
			 "memory that is given back is free at once\n");
	settle();
	ksft_test_result(told("zeroed before") >= before + BYTES,
			 "memory that is given back is zeroed without a request\n");
	waited = waited_for();
	ksft_test_result(one_round(0x5b) && waited_for() == waited,
			 "the next owner of zeroed memory does not wait\n");
	settle();
}

/* Allocate all memory again as soon as it is freed: no allocation fails for lack of zeroed memory.
 */
static void too_early(void)
{
	uint64_t pieces = rig_info(rig.fd).memory_free / BYTES, n, k;
	bool zero = true, all = true;
	uint32_t handle[64];

	if (pieces > 64)
		pieces = 64;
	for (k = 0; k < 4; k++) {
		for (n = 0; n < pieces; n++)
			all &= !try_bo(rig.fd, BYTES, DRM_PINION_BO_DEVICE, &handle[n]);
		for (n = 0; n < pieces && all; n++)
			zero &= soil(handle[n], BYTES, 0x60 + k);
		for (n = 0; n < pieces && all; n++)
			rig_bo_close(rig.fd, handle[n]);
	}
	ksft_test_result(all, "all memory, four times in a row, is never refused\n");
	ksft_test_result(zero, "all memory, four times in a row, is zero each time\n");
}

/* Unbind the driver while there is memory to zero. */
static void unbound(void)
{
	uint32_t handle = rig_bo(rig.fd, BYTES, DRM_PINION_BO_DEVICE);

	soil(handle, BYTES, 0x77);
	rig_bo_close(rig.fd, handle);
	ksft_test_result(!try_driver("unbind"), "unbind with memory to zero\n");
	rig_close(&rig);
	ksft_test_result(!try_driver("bind"), "bind again\n");
	rig_open(&rig, 4);
	ksft_test_result(told("zero") <= told("zeroed before") + waited_for(),
			 "after bind the driver trusts no memory that it did not zero\n");
	ksft_test_result(one_round(0x78), "after bind the driver hands out zeroes\n");
}

int main(void)
{
	rig_open(&rig, 4);
	rig_pci_address();
	ksft_print_header();
	ksft_set_plan(11);
	in_time();
	too_early();
	unbound();
	rig_close(&rig);
	ksft_finished();
}
