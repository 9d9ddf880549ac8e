/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's fault injection, by which the task's n-th allocation or copy fails. */
#ifndef PINION_SELFTESTS_INJECT_H
#define PINION_SELFTESTS_INJECT_H

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "rig.h"

static int fail_nth = -1;

/* Find the first and the last address of a function of the kernel. */
static void find_function(const char *wanted, uint64_t *start, uint64_t *end)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512], name[256];
	uint64_t at;

	*start = 0;
	*end = ~0ull;
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %*c %255s", &at, name) == 2 && !strcmp(name, wanted))
			*start = at;
	rewind(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64, &at) == 1 && at > *start && at < *end)
			*end = at;
	fclose(file);
	if (!*start)
		ksft_exit_fail_msg("%s is not in /proc/kallsyms\n", wanted);
}

static void inject_set(const char *attribute, const char *file, const char *value)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", attribute, file);
	ret = try_write(path, value);
	if (ret)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(-ret));
}

/*
 * Leave out drm_dev_init(), which releases what it has not set up if it fails. is_left_out() has
 * the kernel's buddy allocator, drm_buddy or gpu_buddy, which frees blocks that are still in its
 * tree if it gets no memory to split a block.
 */
static void leave_out(const char *attribute)
{
	uint64_t start, end;
	char text[24];

	find_function("drm_dev_init", &start, &end);
	snprintf(text, sizeof(text), "%#" PRIx64, start);
	inject_set(attribute, "reject-start", text);
	snprintf(text, sizeof(text), "%#" PRIx64, end);
	inject_set(attribute, "reject-end", text);
}

/*
 * Whether failslab leaves out a cache: the cache of the buddy allocator, for the reason at
 * leave_out(), and the caches of kmemleak, which would miss leaks.
 */
static bool is_left_out(const char *cache)
{
	return !strcmp(cache, "drm_buddy_block") || !strcmp(cache, "gpu_buddy_block") ||
	       !strncmp(cache, "kmemleak_", 9);
}

static void mark_caches(void)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *entry;
	char path[320];

	if (!dir)
		ksft_exit_fail_msg("/sys/kernel/slab: %s\n", strerror(errno));
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || is_left_out(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/failslab", entry->d_name);
		try_write(path, "1");
	}
	closedir(dir);
	inject_set("failslab", "cache-filter", "Y");
}

/* Set up failures, without stack traces, also of allocations that may sleep. */
static void set_up_injection(void)
{
	fail_nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		ksft_exit_skip("this kernel has no fault injection\n");
	inject_set("failslab", "ignore-gfp-wait", "N");
	inject_set("failslab", "verbose", "0");
	inject_set("fail_page_alloc", "ignore-gfp-wait", "N");
	inject_set("fail_page_alloc", "ignore-gfp-highmem", "N");
	inject_set("fail_page_alloc", "min-order", "0");
	inject_set("fail_page_alloc", "verbose", "0");
	inject_set("fail_usercopy", "verbose", "0");
	leave_out("failslab");
	leave_out("fail_page_alloc");
	mark_caches();
}

static void arm(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth, text, len, 0) != len)
		ksft_exit_fail_msg("fail-nth: %s\n", strerror(errno));
}

/* Whether the failure happened. If it did not, the copies of this function can be hit. */
static bool disarm(void)
{
	char text[16] = "";
	bool hit = pread(fail_nth, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;

	while (pwrite(fail_nth, "0", 1, 0) != 1)
		if (errno != EFAULT && errno != ENOMEM)
			ksft_exit_fail_msg("fail-nth: %s\n", strerror(errno));
	return hit;
}

#endif
