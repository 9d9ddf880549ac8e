// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A completion record has an end that cannot be: the record costs its queue, no other queue, and
 * what the file's jobs have used is still counted. Needs a card with debug=on.
 */
#include "knobs.h"

static uint64_t busy(struct rig *rig)
{
	struct drm_pinion_usage_info info = {};
	struct drm_pinion_usage usage = { .size = sizeof(info), .pointer = (uintptr_t)&info };
	int ret = try_ioctl(rig->fd, DRM_IOCTL_PINION_USAGE, &usage);

	if (ret)
		ksft_exit_fail_msg("USAGE: %s\n", strerror(-ret));
	return info.busy_ns;
}

/* Whether fdinfo, which sums up the run times as well, can be read. */
static bool has_fdinfo(struct rig *rig)
{
	char path[64], text[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", rig->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return strstr(text, "drm-engine-queue:");
}

/* A record whose end has the bits 63:32 of @wrong inverted. */
static void stops(struct rig *rig, struct rig *other, uint32_t wrong)
{
	struct pinion_queue_fault fault;
	uint64_t before = busy(rig);
	int res;

	knobs[PINION_REG_DEBUG_RECORD_END / 4] = wrong;
	res = rig_run(rig).res;
	fault = rig_fault(rig);
	ksft_test_result(res == -ECANCELED && fault.status == PINION_STATUS_BAD_RING,
			 "%#x: the record stops its queue: %s, status %u\n", wrong, strerror(-res),
			 fault.status);
	ksft_test_result(busy(rig) == before && has_fdinfo(rig), "%#x: the record counts nothing\n",
			 wrong);
	ksft_test_result(!rig_run(other).res, "%#x: another queue works\n", wrong);
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) && !rig_run(rig).res,
			 "%#x: a reset starts the queue again\n", wrong);
}

int main(void)
{
	struct rig rig, other;

	rig_open(&rig, 4);
	rig_open(&other, 4);
	ksft_print_header();
	ksft_set_plan(12);
	knobs_find();
	stops(&rig, &other, 0x80000000);
	stops(&rig, &other, 0x60000000);
	stops(&rig, &other, 0xffffffff);
	ksft_finished();
}
