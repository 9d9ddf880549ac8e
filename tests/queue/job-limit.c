// SPDX-License-Identifier: GPL-2.0-or-later
/* The operator's time limit of jobs, limits/job_ms: it ends jobs that run, and not those that wait.
 */
#include <fcntl.h>

#include "userq.h"

#define SPIN	 0x6fu /* j . */
#define LIMIT	 "200"
#define FAR_AWAY (3600ull * 1000000000)

static const char *limit_path(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/limits/job_ms", rig_pci_address());
	return path;
}

static void set_limit(const char *value)
{
	int ret = try_write(limit_path(), value);

	if (ret)
		ksft_exit_fail_msg("limits/job_ms = %s: %s\n", value, strerror(-ret));
}

static bool limit_is(const char *value)
{
	char text[64];
	int fd = open(limit_path(), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	if (n < 0)
		return false;
	text[n] = 0;
	return !strcmp(text, value);
}

static void test_file(void)
{
	static const char *const bad[] = { "0", "-1", "86400001", "4294967296", "soon" };
	unsigned int i, taken = 0;

	ksft_test_result(limit_is("max\n"), "no limit by default\n");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		taken += !try_write(limit_path(), bad[i]);
	ksft_test_result(!taken && limit_is("max\n"), "what is no limit is refused\n");
	set_limit("86400000");
	ksft_test_result(limit_is("86400000\n"), "a limit of a day\n");
}

/* Append an endless kernel of one block to the command buffer. */
static void put_spin(struct rig *rig)
{
	struct pinion_pkt_launch *launch = rig_packet(rig, PINION_PKT_LAUNCH, sizeof(*launch));

	*(uint32_t *)rig->data = SPIN;
	launch->entry = RIG_DATA_VA;
	launch->grid[0] = 1;
	launch->grid[1] = 1;
	launch->grid[2] = 1;
}

static int run_spin(struct rig *rig, uint64_t deadline)
{
	rig->bytes = 0;
	put_spin(rig);
	rig_sqe_long(rig, RIG_VA, rig->bytes)->deadline_ns = deadline;
	rig_submit(rig);
	return rig_wait(rig).res;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static bool works(struct rig *rig)
{
	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA + 64, 64, 1, 8);
	return !rig_run(rig).res;
}

static void test_spin(struct rig *rig)
{
	ksft_test_result(run_spin(rig, 0) == -ETIMEDOUT, "a job without a deadline: ETIMEDOUT\n");
	ksft_test_result(run_spin(rig, now() + FAR_AWAY) == -ETIMEDOUT,
			 "a job whose deadline is later: ETIMEDOUT\n");
	ksft_test_result(works(rig), "the next job of the queue passes\n");
}

/* The limit is set while the job runs, and ends the job all the same. */
static void test_late(struct rig *rig)
{
	set_limit("max");
	rig->bytes = 0;
	put_spin(rig);
	rig_sqe(rig, RIG_VA, rig->bytes);
	rig_submit(rig);
	set_limit(LIMIT);
	ksft_test_result(rig_wait(rig).res == -ETIMEDOUT,
			 "a job that was there before the limit\n");
}

/* Two endless jobs, one after the other, show that the limit has passed more than once. */
static void test_wait(struct rig *rig)
{
	struct rig other;

	rig_open(&other, 4);
	rig_long_ring(&other, 4);
	rig->bytes = 0;
	rig_hang(rig);
	run_spin(&other, 0);
	run_spin(&other, 0);
	rig_unhang(rig);
	ksft_test_result(!rig_wait(rig).res, "a job that waits for a semaphore has not run\n");
	rig_close(&other);
}

static void test_user(struct rig *rig, uint32_t job_ms, const char *what)
{
	struct userq uq;

	rig->bytes = 0;
	put_spin(rig);
	userq_open(&uq, rig->fd, 4, job_ms);
	userq_put(&uq, RIG_VA, rig->bytes);
	userq_ring(&uq);
	ksft_test_result(userq_poll(&uq, 60000) == POLLERR && !userq_reset(&uq), "%s\n", what);
	userq_close(&uq);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(10);
	test_file();
	rig_open(&rig, 8);
	rig_long_ring(&rig, 8);
	set_limit(LIMIT);
	test_spin(&rig);
	test_late(&rig);
	test_wait(&rig);
	test_user(&rig, 0, "a user-mode queue without a time limit of its own");
	test_user(&rig, 3600000, "a user-mode queue whose own time limit is longer");
	set_limit("max");
	rig_close(&rig);
	ksft_finished();
}
