/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processes of different users on one card: a victim, which does what the attacker asks for,
 * and an attacker, which runs the test.
 */
#ifndef PINION_ISOLATION_TENANTS_H
#define PINION_ISOLATION_TENANTS_H

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define VICTIM_UID   20001
#define ATTACKER_UID 20002
#define SECRET	     0x5ec2e75ec2e75ec2ull

/* Carry out what the attacker asked the victim for: the victim's answer. */
typedef uint64_t (*tenant_serve)(uint64_t op, uint64_t arg);

static int tenant_link;	    /* socket to the other process */
static pid_t tenant_victim; /* pid of the victim, in the attacker */

static inline void tenant_become(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		ksft_exit_fail_msg("becoming user %u: %s\n", uid, strerror(errno));
	/* A change of user clears this flag; a program that the user has started has it. */
	prctl(PR_SET_DUMPABLE, 1);
}

/* In the attacker: have the victim carry out @op, and wait for the answer. */
static inline uint64_t ask(uint64_t op, uint64_t arg)
{
	uint64_t order[2] = { op, arg }, answer;

	if (write(tenant_link, order, sizeof(order)) != sizeof(order) ||
	    read(tenant_link, &answer, sizeof(answer)) != sizeof(answer))
		ksft_exit_fail_msg("the victim is gone\n");
	return answer;
}

static inline void tenant_be_victim(tenant_serve serve)
{
	uint64_t order[2], answer;

	tenant_become(VICTIM_UID);
	while (read(tenant_link, order, sizeof(order)) == sizeof(order)) {
		answer = serve(order[0], order[1]);
		if (write(tenant_link, &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	exit(0);
}

static inline pid_t tenant_fork(int mine, int other)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	close(other);
	tenant_link = mine;
	return 0;
}

/*
 * Run both processes, with access to the card for every user meanwhile. @attack reports the test's
 * results. Return: status for main().
 */
static inline int two_tenants(tenant_serve serve, void (*attack)(void))
{
	char node[64];
	struct stat st;
	int ends[2], status;
	pid_t attacker;

	snprintf(node, sizeof(node), "/dev/accel/accel%d", rig_card());
	if (stat(node, &st) || chmod(node, 0666) || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		ksft_exit_fail_msg("%s: %s\n", node, strerror(errno));
	tenant_victim = tenant_fork(ends[0], ends[1]);
	if (!tenant_victim)
		tenant_be_victim(serve);
	attacker = tenant_fork(ends[1], ends[0]);
	if (!attacker) {
		tenant_become(ATTACKER_UID);
		attack();
		ksft_finished();
	}
	close(ends[0]);
	close(ends[1]);
	waitpid(attacker, &status, 0);
	kill(tenant_victim, SIGKILL);
	waitpid(tenant_victim, NULL, 0);
	chmod(node, st.st_mode & 07777);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Whether @bytes bytes (a multiple of 8, at least 16) at @mem repeat @word. */
static inline bool all_words(const void *mem, size_t bytes, uint64_t word)
{
	return *(const uint64_t *)mem == word && !memcmp(mem, (const uint8_t *)mem + 8, bytes - 8);
}

#define HOARD_STEP (1u << 20)

/**
 * struct hoard - all of the device memory that a process could allocate
 * @rig: rig whose address space has the memory
 * @va: first address of the mappings
 * @bytes: number of bytes that are mapped
 */
struct hoard {
	struct rig rig;
	uint64_t va;
	uint64_t bytes;
};

/* Allocate and map large buffers first, and pages last. The mappings keep the memory. */
static inline void hoard_take(struct hoard *hoard)
{
	uint64_t step;
	uint32_t bo;

	hoard->va = 1ull << 40;
	hoard->bytes = 0;
	for (step = 16ull << 20; step >= 4096; step /= 16) {
		while (!try_bo(hoard->rig.fd, step, DRM_PINION_BO_DEVICE, &bo)) {
			int ret = try_map(hoard->rig.fd, bo, 0, hoard->va + hoard->bytes, step,
					  RIG_RWX);

			rig_bo_close(hoard->rig.fd, bo);
			if (ret)
				return;
			hoard->bytes += step;
		}
	}
}

static inline void hoard_fill(struct hoard *hoard, uint64_t word)
{
	hoard->rig.bytes = 0;
	rig_fill(&hoard->rig, hoard->va, hoard->bytes, word, 8);
	if (!hoard->bytes || rig_run(&hoard->rig).res)
		ksft_exit_fail_msg("filling all memory failed\n");
}

/* The number of bytes in those steps of the memory in which not every word is @word. */
static inline uint64_t hoard_differs(struct hoard *hoard, uint64_t word)
{
	uint64_t at, n, step = RIG_BYTES - RIG_DATA - 4096, differs = 0;

	for (at = 0; at < hoard->bytes; at += n) {
		n = hoard->bytes - at < step ? hoard->bytes - at : step;
		hoard->rig.bytes = 0;
		rig_copy(&hoard->rig, RIG_DATA_VA, hoard->va + at, n);
		if (rig_run(&hoard->rig).res)
			ksft_exit_fail_msg("reading all memory failed\n");
		if (!all_words(hoard->rig.data, n, word))
			differs += n;
	}
	return differs;
}

static inline void hoard_drop(struct hoard *hoard)
{
	if (try_unmap(hoard->rig.fd, hoard->va, (hoard->bytes + 4095) & ~4095ull))
		ksft_exit_fail_msg("unmapping all memory failed\n");
	hoard->bytes = 0;
}

#endif
