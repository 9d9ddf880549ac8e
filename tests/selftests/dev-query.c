// SPDX-License-Identifier: GPL-2.0-or-later
/* DEV_QUERY: sizes old and new, and values that make sense. */
#include <unistd.h>

#include "rig.h"

static int query(int fd, uint32_t size, uint32_t pad, void *to, uint32_t *out)
{
	struct drm_pinion_dev_query args = { .size = size, .pad = pad, .pointer = (uintptr_t)to };
	int ret = try_ioctl(fd, DRM_IOCTL_PINION_DEV_QUERY, &args);

	*out = args.size;
	return ret;
}

static void sizes(int fd)
{
	struct {
		struct drm_pinion_dev_info info;
		uint8_t more[64];
	} big;
	uint32_t size = 0;

	query(fd, 0, 0, NULL, &size);
	ksft_test_result(size == sizeof(big.info), "without a pointer: the kernel's size (%u)\n",
			 size);
	memset(&big, 0xee, sizeof(big));
	ksft_test_result(!query(fd, 8, 0, &big, &size) && size == sizeof(big.info) &&
				 big.info.caps && ((uint8_t *)&big)[8] == 0xee,
			 "an older caller gets what it asked for, no more\n");
	memset(&big, 0xee, sizeof(big));
	ksft_test_result(!query(fd, sizeof(big), 0, &big, &size) && size == sizeof(big.info) &&
				 rig_all(big.more, sizeof(big.more), 0),
			 "a newer caller's rest is zeroed\n");
	ksft_test_result(query(fd, sizeof(big), 1, &big, &size) == -EINVAL,
			 "padding must be zero\n");
	ksft_test_result(query(fd, sizeof(big), 0, (void *)8, &size) == -EFAULT, "bad pointer\n");
	ksft_test_result(query(fd, ~0u, 0, &big, &size) == -EINVAL, "absurd size\n");
}

static void values(int fd)
{
	struct drm_pinion_dev_info info = rig_info(fd);

	ksft_print_msg("%u cores, %llu of %llu bytes free, window %llu, firmware %#x\n", info.cores,
		       (unsigned long long)info.memory_free, (unsigned long long)info.memory_bytes,
		       (unsigned long long)info.window_bytes, info.fw_version);
	ksft_test_result(info.contract >> 16 == PINION_CONTRACT_MAJOR, "contract\n");
	ksft_test_result(info.fw_version && info.fw_version >> 24 < 100, "firmware version\n");
	ksft_test_result(info.caps & PINION_CAP_COMPUTE, "capabilities\n");
	ksft_test_result(info.memory_free && info.memory_free < info.memory_bytes, "memory\n");
	ksft_test_result(info.window_bytes && info.window_bytes <= info.memory_bytes, "window\n");
	ksft_test_result(info.va_start && info.va_start < info.va_end && info.va_end < 1ull << 48,
			 "addresses\n");
	ksft_test_result(info.cores >= 1 && info.cores <= PINION_MAX_CORES && info.scratchpad_bytes,
			 "cores\n");
	ksft_test_result(info.queues >= 1 && info.max_entries == PINION_RING_MAX, "queues\n");
	ksft_test_result(info.page_bytes == 4096 && info.time_freq && !info.reserved, "the rest\n");
}

int main(void)
{
	int fd = rig_open_node();

	ksft_print_header();
	ksft_set_plan(15);
	sizes(fd);
	values(fd);
	close(fd);
	ksft_finished();
}
