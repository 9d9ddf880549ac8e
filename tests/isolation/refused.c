// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
/*
 * A user whose jobs cost the card too many resets of queues is refused for a time. The victim of
 * the other tests is the offender here, and the other process is an innocent user of the card.
 */
#include <poll.h>
#include <stdlib.h>

#include "../queue/userq.h"
#include "operator.h"
#include "pinion_errors.h"
#include "sysfs.h"
#include "tenants.h"

#define RESETS	"3"
#define LONG	"3600"
#define SHORT	"5"
#define JOB_MS	20
#define ENTRIES 4

/* What the offender is asked for; the answer is an errno, or what is said here. */
enum op {
	OP_OPEN,    /* open the card and a queue on which a job passes; a second queue has a job */
	OP_OFFEND,  /* let a job take too long, then reset its queue */
	OP_CREATE,  /* create a queue */
	OP_EXEC,    /* run a job on the first queue */
	OP_RELEASE, /* let the job of the second queue end: its result */
	OP_POLL,    /* wait until the first queue accepts jobs */
	OP_USER,    /* the error in the status of the other user-mode queue, once it is stopped */
};

static struct rig plain, busy;
static struct userq late, other;

static int open_all(void)
{
	rig_open(&plain, ENTRIES);
	rig_open(&busy, ENTRIES);
	userq_open_allowed(&late, plain.fd, ENTRIES, JOB_MS);
	userq_open_allowed(&other, plain.fd, ENTRIES, 0);
	rig_hang(&busy);
	return rig_run(&plain).res;
}

static int offend(void)
{
	userq_hang(&late, &plain);
	if (userq_poll(&late, 60000) != POLLERR)
		return -ETIME;
	return userq_reset(&late);
}

static int create(void)
{
	struct drm_pinion_queue_create args = { .entries = ENTRIES, .priority = 1 };
	int ret = try_queue(plain.fd, &args);

	return ret ? ret : close(args.fd);
}

static int release(void)
{
	rig_unhang(&busy);
	return rig_wait(&busy).res;
}

static int wait_accepted(void)
{
	struct pollfd pfd = { .fd = plain.queue, .events = POLLOUT };

	return poll(&pfd, 1, 60000) == 1 && pfd.revents == POLLOUT ? 0 : -ETIME;
}

static int user_error(void)
{
	return userq_poll(&other, 60000) == POLLERR ? (int)other.status->error : -ETIME;
}

static uint64_t serve(uint64_t op, uint64_t arg)
{
	(void)arg;
	switch ((enum op)op) {
	case OP_OPEN:
		return open_all();
	case OP_OFFEND:
		return offend();
	case OP_CREATE:
		return create();
	case OP_EXEC:
		plain.bytes = 0;
		return rig_run(&plain).res;
	case OP_RELEASE:
		return release();
	case OP_POLL:
		return wait_accepted();
	case OP_USER:
		return user_error();
	}
	return -EINVAL;
}

static int told(enum op op)
{
	return (int)ask(op, 0);
}

/* Files that only root may write to, or read, opened before the test is an ordinary user. */
static int banned_users, ban_seconds;

/* The seconds for which the offender is refused, as every user can read; 0: not. */
static unsigned int seconds_left(void)
{
	unsigned int uid, left, found = 0;
	FILE *file = fopen(limit_path("banned_users"), "r");

	if (!file)
		ksft_exit_fail_msg("banned_users: %s\n", strerror(errno));
	while (fscanf(file, "%u %u", &uid, &left) == 2)
		if (uid == VICTIM_UID)
			found = left;
	fclose(file);
	return found;
}

static int lift(const char *uid)
{
	return pwrite(banned_users, uid, strlen(uid), 0) < 0 ? -errno : 0;
}

/* Offend until the user is refused: the number of offences. */
static unsigned int offend_until_refused(void)
{
	unsigned int n = 1;
	int ret;

	while (!(ret = told(OP_OFFEND)) && n < 10)
		n++;
	return ret == -EDQUOT ? n : 0;
}

static void refused(void)
{
	ksft_test_result(told(OP_CREATE) == -EDQUOT, "the user creates no queue\n");
	while (told(OP_EXEC) != -EDQUOT)
		usleep(1000);
	ksft_test_result(told(OP_EXEC) == -EDQUOT, "a queue that was there accepts no job\n");
	ksft_test_result(told(OP_USER) == PINION_ERROR_USER_REFUSED,
			 "another user-mode queue is stopped, and says why\n");
	ksft_test_result(!told(OP_RELEASE), "a job in flight goes on\n");
	ksft_test_result(seconds_left() > 3000 && seconds_left() <= 3600,
			 "limits/banned_users says for how long: %u s\n", seconds_left());
}

static void innocent(void)
{
	struct rig rig;

	rig_open(&rig, ENTRIES);
	ksft_test_result(!rig_run(&rig).res, "another user creates a queue and runs a job\n");
	rig_close(&rig);
}

static unsigned long counted(void)
{
	return sysfs_number("errors/users_refused");
}

static void attack(void)
{
	unsigned long before = counted();

	ksft_print_header();
	ksft_set_plan(12);
	ksft_test_result(!told(OP_OPEN), "the offender has queues\n");
	ksft_test_result(offend_until_refused() == 3, "refused at reset %s\n", RESETS);
	refused();
	innocent();
	ksft_test_result(lift("4294967295") == -EINVAL && lift("20077") == -ENOENT,
			 "nobody else is refused\n");
	ksft_test_result(!lift("20001") && !told(OP_POLL) && !told(OP_EXEC) && !seconds_left(),
			 "root ends it: poll() and EXEC of the queue that was there\n");
	if (pwrite(ban_seconds, SHORT, strlen(SHORT), 0) < 0)
		ksft_exit_fail_msg("ban_seconds: %s\n", strerror(errno));
	/* The window is as short: on a slow host the resets may not all fall into one. */
	while (!offend_until_refused())
		;
	ksft_test_result(!told(OP_POLL) && !told(OP_EXEC) && !told(OP_CREATE),
			 "it ends by itself after %s s\n", SHORT);
	ksft_test_result(counted() == before + 2, "errors/users_refused counts both times\n");
}

int main(void)
{
	int status;

	set_limit("ban_resets", RESETS);
	set_limit("ban_seconds", LONG);
	if (userq_policy("on"))
		ksft_exit_fail_msg("user_submission: %s\n", strerror(errno));
	banned_users = open(limit_path("banned_users"), O_WRONLY);
	ban_seconds = open(limit_path("ban_seconds"), O_WRONLY);
	status = two_tenants(serve, attack);
	userq_policy("off");
	set_limit("ban_resets", "8");
	set_limit("ban_seconds", "60");
	return status;
}
