// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Users share the cores by their weights: an endless kernel on all cores keeps nobody from them.
 * The test counts cycles of cores, not time. A card without preemption has nothing to share.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "code.h"
#include "operator.h"
#include "tenants.h"

#define SPIN   0x6fu /* j . */
#define SLICE  "20000"
#define SLICES 1000ull /* slices of each core in which the test counts */

struct share {
	unsigned long long cycles;
	unsigned int group, weight, preemptions;
};

/* What the file @name of limits/ says. */
static const char *get_limit(const char *name)
{
	static char text[4096];
	int fd = open(limit_path(name), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		ksft_exit_fail_msg("limits/%s: %s\n", name, strerror(errno));
	close(fd);
	text[n] = 0;
	return text;
}

/* What the user @uid has had of the cores. */
static struct share share_of(unsigned int uid)
{
	struct share share = { 0 }, found;
	unsigned int who;
	char line[256];
	FILE *file;

	snprintf(line, sizeof(line), "/sys/kernel/debug/accel/%s/users", rig_pci_address());
	file = fopen(line, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "uid %u group %u weight %u cycles %llu preemptions %u", &who,
			   &found.group, &found.weight, &found.cycles, &found.preemptions) == 5 &&
		    who == uid)
			share = found;
	if (file)
		fclose(file);
	return share;
}

/* A process of the user @uid with a kernel of one instruction, @insn, on @blocks blocks. */
static pid_t launch(unsigned int uid, uint32_t insn, unsigned int blocks)
{
	struct rig rig;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	tenant_become(uid);
	rig_open(&rig, 4);
	*(uint32_t *)rig.data = insn;
	code_launch(&rig, RIG_DATA_VA, 0, blocks);
	_exit(rig_run(&rig).res ? 1 : 0);
}

static bool ends_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && !status;
}

static void finish(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Wait until the user @uid has had @cycles more of the cores than @from. */
static void let_run(unsigned int uid, unsigned long long from, unsigned long long cycles)
{
	while (share_of(uid).cycles - from < cycles)
		usleep(1000);
}

/* Two users with endless kernels, one of weight 300 and one of weight 100, on all cores. */
static void test_weights(unsigned int cores)
{
	unsigned long long a, b, want = SLICES * 20000 * cores;
	pid_t one, other, third;
	struct share before;

	set_limit("slice_cycles", SLICE);
	set_limit("user_weight", "20002 300");
	one = launch(ATTACKER_UID, SPIN, cores);
	let_run(ATTACKER_UID, 0, 1);
	ksft_test_result(ends_well(launch(VICTIM_UID, RET, 1)),
			 "a short kernel beside an endless one\n");
	other = launch(VICTIM_UID, SPIN, cores);
	before = share_of(VICTIM_UID);
	let_run(VICTIM_UID, before.cycles, 1);
	a = share_of(ATTACKER_UID).cycles;
	b = share_of(VICTIM_UID).cycles;
	let_run(VICTIM_UID, b, want / 4);
	b = share_of(VICTIM_UID).cycles - b;
	a = share_of(ATTACKER_UID).cycles - a;
	ksft_test_result(a * 10 > b * 27 && a * 10 < b * 33,
			 "weights 300 and 100: %llu and %llu cycles\n", a, b);
	ksft_test_result(share_of(VICTIM_UID).preemptions > before.preemptions,
			 "preemptions are counted\n");
	third = launch(20003, RET, 1);
	ksft_test_result(ends_well(third), "a third user's kernel of one block\n");
	finish(one);
	finish(other);
	set_limit("user_weight", "20002 default");
}

static void test_files(void)
{
	static const char *const bad[] = { "0",	       "default 0", "default 1001", "20002 1001",
					   "20002 -1", "20002 7 7", "4294967295 1", "\n" };
	unsigned int i, taken = 0;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		taken += try_write(limit_path("user_weight"), bad[i]) != -EINVAL;
	ksft_test_result(!taken, "weights that are none: EINVAL\n");
	set_limit("user_weight", "20002 300");
	set_limit("user_weight", "20001 1");
	set_limit("user_weight", "20002 1000");
	set_limit("user_weight", "default 50");
	ksft_test_result(!strcmp(get_limit("user_weight"), "default 50\n20002 1000\n20001 1\n"),
			 "weights are set and read\n");
	set_limit("user_weight", "20002 default");
	set_limit("user_weight", "20001 default");
	set_limit("user_weight", "default 100");
	ksft_test_result(!strcmp(get_limit("user_weight"), "default 100\n"),
			 "weights are taken back\n");
	ksft_test_result(try_write(limit_path("slice_cycles"), "999") == -EINVAL &&
				 !try_write(limit_path("slice_cycles"), "1000") &&
				 !strcmp(get_limit("slice_cycles"), "1000\n"),
			 "slice_cycles: at least 1000\n");
	set_limit("slice_cycles", "1000000");
}

static uint64_t device_bytes(int fd)
{
	struct drm_pinion_usage_info info = { 0 };
	struct drm_pinion_usage args = { .size = sizeof(info), .pointer = (uintptr_t)&info };

	if (try_ioctl(fd, DRM_IOCTL_PINION_USAGE, &args))
		ksft_exit_fail_msg("USAGE\n");
	return info.process[1].used;
}

/* An address space is charged with what the card may save of all cores. */
static void test_charge(void)
{
	struct drm_pinion_vm_create vm = { 0 };
	struct drm_pinion_vm_destroy gone = { 0 };
	int fd = rig_open_node(), ret;
	struct drm_pinion_dev_info info = rig_info(fd);
	uint64_t before = device_bytes(fd), least = (uint64_t)info.cores * info.scratchpad_bytes;

	ret = try_ioctl(fd, DRM_IOCTL_PINION_VM_CREATE, &vm);
	ksft_test_result(!ret && device_bytes(fd) - before >= least,
			 "an address space is charged with its save area\n");
	gone.vm = vm.vm;
	ret = try_ioctl(fd, DRM_IOCTL_PINION_VM_DESTROY, &gone);
	ksft_test_result(!ret && device_bytes(fd) == before, "and not once it is gone\n");
	close(fd);
}

static void try_vm_as_user(void)
{
	struct drm_pinion_vm_create vm = { 0 };
	int fd;

	tenant_become(ATTACKER_UID);
	fd = rig_open_node();
	_exit(try_ioctl(fd, DRM_IOCTL_PINION_VM_CREATE, &vm) == -EDQUOT ? 0 : 1);
}

static void test_quota(void)
{
	pid_t pid;

	set_limit("user_device_bytes", "1048576");
	fflush(stdout);
	pid = fork();
	if (!pid)
		try_vm_as_user();
	ksft_test_result(ends_well(pid), "no room for a save area: EDQUOT\n");
	set_limit("user_device_bytes", "max");
}

int main(void)
{
	struct drm_pinion_dev_info info;
	char node[64];
	int fd = rig_open_node();

	info = rig_info(fd);
	close(fd);
	if (!(info.caps & PINION_CAP_PREEMPT))
		ksft_exit_skip("this card does not preempt\n");
	ksft_print_header();
	ksft_set_plan(11);
	snprintf(node, sizeof(node), "/dev/accel/accel%d", rig_card());
	if (chmod(node, 0666))
		ksft_exit_fail_msg("%s: %s\n", node, strerror(errno));
	test_files();
	test_charge();
	test_quota();
	test_weights(info.cores);
	set_limit("slice_cycles", "1000000");
	ksft_finished();
}
