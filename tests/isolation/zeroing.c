// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The zeroing of device memory that one user makes and drops takes no more of the card than a queue
 * of that user would: another user's jobs move as many bytes meanwhile. What is compared are bytes,
 * not times.
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tenants.h"

#define VA	   (1ull << 32)
#define FILL_BYTES (8ull << 20)
#define DEPTH	   12 /* jobs in flight, so that the queue is never empty */
#define BO_BYTES   (64ull << 20)
#define LEAST	   (1024ull << 20) /* bytes that are zeroed while the test counts */

static atomic_ullong *filled; /* bytes that the victim's jobs have written */

static pid_t start(uid_t uid, void (*body)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	tenant_become(uid);
	body();
	_exit(1);
}

/* One queue at normal priority that always has a FILL to run. */
static void fill_for_ever(void)
{
	unsigned int depth = 0;
	struct rig rig;
	uint32_t bo;

	rig_open(&rig, 16);
	bo = rig_bo(rig.fd, FILL_BYTES, DRM_PINION_BO_DEVICE);
	rig_map(rig.fd, bo, VA, FILL_BYTES);
	rig_fill(&rig, VA, FILL_BYTES, 1, 8);
	while (depth++ < DEPTH) {
		rig_sqe(&rig, RIG_VA, rig.bytes);
		rig_submit(&rig);
	}
	for (;;) {
		rig_sqe(&rig, RIG_VA, rig.bytes);
		rig_submit(&rig);
		if (rig_wait(&rig).res)
			return;
		atomic_fetch_add(filled, FILL_BYTES);
	}
}

static void make_for_ever(void)
{
	int fd = rig_open_node();
	uint32_t bo;

	for (;;)
		if (!try_bo(fd, BO_BYTES, DRM_PINION_BO_DEVICE, &bo))
			rig_bo_close(fd, bo);
}

/* Bytes that the driver has zeroed since it was bound. */
static uint64_t zeroed(void)
{
	uint64_t waited = 0, before = 0;
	char path[128], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%s/memory", rig_pci_address());
	file = fopen(path, "r");
	if (!file)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "zeroed for those who waited: %lu", &waited);
		sscanf(line, "zeroed before: %lu", &before);
	}
	fclose(file);
	return waited + before;
}

static void stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) == pid)
		ksft_exit_fail_msg("a process has ended by itself\n");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	uint64_t zeroes, fills;
	pid_t victim, attackers[2];
	char node[64];

	ksft_print_header();
	ksft_set_plan(1);
	filled = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(node, sizeof(node), "/dev/accel/accel%d", rig_card());
	if (filled == MAP_FAILED || chmod(node, 0666))
		ksft_exit_fail_msg("%s: %s\n", node, strerror(errno));
	victim = start(VICTIM_UID, fill_for_ever);
	while (!atomic_load(filled))
		usleep(1000);
	attackers[0] = start(ATTACKER_UID, make_for_ever);
	attackers[1] = start(ATTACKER_UID, make_for_ever);
	zeroes = zeroed();
	while (zeroed() == zeroes)
		usleep(1000);
	zeroes = zeroed();
	fills = atomic_load(filled);
	while (zeroed() - zeroes < LEAST)
		usleep(1000);
	zeroes = zeroed() - zeroes;
	fills = atomic_load(filled) - fills;
	stop(attackers[0]);
	stop(attackers[1]);
	stop(victim);
	ksft_test_result(fills >= zeroes / 4 * 3,
			 "%lu MiB are zeroed for a user, %lu MiB are filled for another\n",
			 zeroes >> 20, fills >> 20);
	ksft_finished();
}
