// SPDX-License-Identifier: GPL-2.0-or-later
/* A multishot PINION_URING_WAIT has a completion for every value that its timeline reaches. */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "multishot.h"

#define GROUP	7u
#define BUFFERS 32u
#define SHOTS	1000u
#define LAST	UINT64_MAX

/**
 * struct world - a card with a timeline, and buffers for the timeline's values
 * @rig: the card, with a queue and a ring
 * @tl: file of the timeline
 * @id: id of the timeline in the queue's address space
 * @ring: ring of the buffers that io_uring may take
 * @values: the buffers in @ring
 * @tail: tail of @ring
 */
struct world {
	struct rig rig;
	int tl;
	uint32_t id;
	struct io_uring_buf_ring *ring;
	struct pinion_uring_event values[BUFFERS];
	unsigned int tail;
};

/* A completion, with the value from its buffer. */
struct shot {
	uint64_t mark;
	uint64_t value;
	unsigned int flags;
	int res;
};

static void provide(struct world *w, unsigned int id, void *at, unsigned int bytes)
{
	io_uring_buf_ring_add(w->ring, at, bytes, id, BUFFERS - 1, 0);
	io_uring_buf_ring_advance(w->ring, 1);
}

static void provide_all(struct world *w)
{
	unsigned int i;

	for (i = 0; i < BUFFERS; i++)
		provide(w, i, &w->values[i], sizeof(w->values[i]));
}

static void open_buffers(struct world *w)
{
	struct io_uring_buf_reg reg = { .ring_entries = BUFFERS, .bgid = GROUP };

	w->ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (w->ring == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	reg.ring_addr = (uintptr_t)w->ring;
	io_uring_buf_ring_init(w->ring);
	if (io_uring_register_buf_ring(&w->rig.ring, &reg, 0))
		ksft_exit_fail_msg("buffers: %s\n", strerror(errno));
}

static void open_world(struct world *w, unsigned int flags)
{
	int ret;

	memset(w, 0, sizeof(*w));
	rig_open(&w->rig, 64);
	io_uring_queue_exit(&w->rig.ring);
	ret = io_uring_queue_init(64, &w->rig.ring, flags);
	if (ret)
		ksft_exit_fail_msg("io_uring: %s\n", strerror(-ret));
	w->tl = rig_timeline(w->rig.fd, 0, &w->id);
	open_buffers(w);
}

static void close_world(struct world *w)
{
	munmap(w->ring, 4096);
	close(w->tl);
	rig_close(&w->rig);
}

static void arm(struct world *w, int file, uint32_t id, uint64_t value)
{
	struct io_uring_sqe *sqe = rig_sqe(&w->rig, 0, 0);
	struct pinion_uring_wait *wait = (void *)sqe->cmd;

	memset(wait, 0, sizeof(*wait));
	wait->value = value;
	wait->timeline = id;
	sqe->fd = file;
	sqe->off = PINION_URING_WAIT;
	sqe->rw_flags = IORING_URING_CMD_MULTISHOT;
	sqe->flags = IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	rig_submit(&w->rig);
}

/* Wait for a completion, and provide its buffer again. */
static struct shot take(struct world *w)
{
	struct __kernel_timespec limit = { .tv_sec = 60 };
	struct io_uring_cqe *cqe;
	struct shot shot;
	unsigned int id;
	int ret;

	do
		ret = io_uring_wait_cqe_timeout(&w->rig.ring, &cqe, &limit);
	while (ret == -EINTR);
	if (ret)
		ksft_exit_fail_msg("waiting for a completion: %s\n", strerror(-ret));
	shot = (struct shot){ .mark = cqe->user_data, .flags = cqe->flags, .res = cqe->res };
	if (cqe->flags & IORING_CQE_F_BUFFER) {
		id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
		shot.value = w->values[id % BUFFERS].value;
		provide(w, id, &w->values[id % BUFFERS], sizeof(w->values[0]));
	}
	io_uring_cqe_seen(&w->rig.ring, cqe);
	return shot;
}

static bool tells(const struct world *w, const struct shot *shot)
{
	return shot->mark == w->rig.mark && shot->res == sizeof(struct pinion_uring_event) &&
	       shot->flags & IORING_CQE_F_MORE && shot->flags & IORING_CQE_F_BUFFER;
}

static bool ends(const struct shot *shot, int res)
{
	return shot->res == res && !(shot->flags & IORING_CQE_F_MORE);
}

/* The completion of each value is taken before the next value is raised. */
static void one_by_one(struct world *w, const char *ring)
{
	unsigned int i, good = 0;
	struct shot shot;

	provide_all(w);
	arm(w, w->tl, 0, 1);
	for (i = 1; i <= SHOTS; i++) {
		rig_timeline_raise(w->tl, i);
		shot = take(w);
		good += tells(w, &shot) && shot.value == i;
	}
	ksft_test_result(good == SHOTS, "%s: one wait, %u completions of %u\n", ring, good, SHOTS);
}

/* With the wait of one_by_one(): values that come in quick succession share a completion. */
static void in_bursts(struct world *w, const char *ring)
{
	unsigned int burst, i, bad = 0;
	uint64_t raised = SHOTS, told = SHOTS;
	struct shot shot;

	for (burst = 0; burst < 50; burst++) {
		for (i = 0; i < 20; i++)
			rig_timeline_raise(w->tl, ++raised);
		while (told < raised) {
			shot = take(w);
			if (!tells(w, &shot) || shot.value <= told)
				ksft_exit_fail_msg("%d, flags %#x, %llu after %llu\n", shot.res,
						   shot.flags, (unsigned long long)shot.value,
						   (unsigned long long)told);
			told = shot.value;
		}
		bad += told != raised;
	}
	ksft_test_result(!bad, "%s: bursts of 20: values only grow, the last is told\n", ring);
	rig_timeline_raise(w->tl, LAST);
	shot = take(w);
	ksft_test_result(tells(w, &shot) && shot.value == LAST, "%s: the last value there is\n",
			 ring);
	shot = take(w);
	ksft_test_result(ends(&shot, 0), "%s: nothing comes after the last value\n", ring);
}

/* Jobs raise the timeline, and the wait names it by its id in the queue's address space. */
static void by_jobs(void)
{
	struct world w;
	unsigned int i, good = 0;
	struct shot shot;

	open_world(&w, IORING_SETUP_CQE32 | IORING_SETUP_SQE128);
	provide_all(&w);
	arm(&w, w.rig.queue, w.id, 1);
	for (i = 1; i <= 100; i++) {
		uint64_t wait = w.rig.mark - (i - 1);
		unsigned int k;

		rig_sqe_long(&w.rig, 0, 0)->signal =
			(struct pinion_uring_point){ .value = i, .timeline = w.id };
		rig_submit(&w.rig);
		for (k = 0; k < 2; k++) {
			shot = take(&w);
			good += shot.mark == wait ? shot.value == i : !shot.res;
		}
	}
	ksft_test_result(good == 200, "100 jobs that raise it: %u completions\n", good);
	close_world(&w);
}

static void endings(void)
{
	struct pinion_uring_event small;
	struct shot shot;
	struct world w;

	open_world(&w, IORING_SETUP_CQE32);
	rig_timeline_raise(w.tl, 5);
	arm(&w, w.tl, 0, 5);
	shot = take(&w);
	ksft_test_result(ends(&shot, -ENOBUFS), "no buffer, reached at once: ENOBUFS\n");
	provide(&w, 0, &small, 4);
	arm(&w, w.tl, 0, 5);
	shot = take(&w);
	ksft_test_result(ends(&shot, -EINVAL), "a buffer of 4 bytes: EINVAL\n");
	close_world(&w);

	open_world(&w, IORING_SETUP_CQE32);
	provide(&w, 0, (void *)8, 8);
	arm(&w, w.tl, 0, 0);
	shot = take(&w);
	ksft_test_result(ends(&shot, -EFAULT), "a buffer that is not there: EFAULT\n");
	close_world(&w);

	open_world(&w, IORING_SETUP_CQE32);
	provide(&w, 0, &w.values[0], 8);
	arm(&w, w.tl, 0, 2);
	rig_timeline_raise(w.tl, 9);
	shot = take(&w);
	ksft_test_result(tells(&w, &shot) && shot.value == 9, "a wait from 2 on, raised to 9: 9\n");
	rig_timeline_raise(w.tl, 10);
	shot = take(&w);
	ksft_test_result(tells(&w, &shot) && shot.value == 10,
			 "a wait from 2 on, raised to 10: 10\n");
	close_world(&w);
}

/* EXEC, which has no use for a buffer, refuses multishot. */
static void refused(void)
{
	struct io_uring_sqe *sqe;
	struct shot shot;
	struct world w;

	open_world(&w, IORING_SETUP_CQE32);
	provide_all(&w);
	sqe = rig_sqe(&w.rig, 0, 0);
	memset(sqe->cmd, 0, sizeof(struct pinion_uring_exec));
	sqe->rw_flags = IORING_URING_CMD_MULTISHOT;
	sqe->flags = IOSQE_BUFFER_SELECT;
	rig_submit(&w.rig);
	shot = take(&w);
	ksft_test_result(ends(&shot, -EINVAL), "EXEC with multishot: EINVAL\n");
	close_world(&w);
}

static void *raiser(void *arg)
{
	struct world *w = arg;
	unsigned int i;

	for (i = 1; i <= 2000; i++)
		rig_timeline_raise(w->tl, i);
	return NULL;
}

/* The ring is closed while the timeline is raised. */
static void rings_end(unsigned int n)
{
	unsigned int i, bad = 0;
	struct shot shot;
	struct world w;

	for (i = 0; i < n; i++) {
		pthread_t thread;

		open_world(&w, i % 2 ? IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN : 0);
		provide_all(&w);
		arm(&w, w.tl, 0, 1);
		pthread_create(&thread, NULL, raiser, &w);
		shot = take(&w);
		bad += !tells(&w, &shot) || !shot.value;
		io_uring_queue_exit(&w.rig.ring);
		pthread_join(thread, NULL);
		io_uring_queue_init(4, &w.rig.ring, IORING_SETUP_CQE32);
		close_world(&w);
	}
	ksft_test_result(!bad, "%u rings that end meanwhile\n", n);
}

/* The process of the wait is killed while the timeline is raised. */
static void processes_end(unsigned int n)
{
	unsigned int i, bad = 0;
	struct world w;

	for (i = 0; i < n; i++) {
		int status, pid = fork();

		if (!pid) {
			open_world(&w, 0);
			provide_all(&w);
			arm(&w, w.tl, 0, 1);
			for (;;)
				raiser(&w);
		}
		usleep(1000 * (i % 30));
		bad += kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid ||
		       !WIFSIGNALED(status);
	}
	ksft_test_result(!bad, "%u processes killed meanwhile\n", n);
	open_world(&w, 0);
	one_by_one(&w, "after that");
	close_world(&w);
}

int main(void)
{
	static const struct {
		const char *name;
		unsigned int flags;
	} rings[] = {
		{ "plain", 0 },
		{ "32-byte CQEs", IORING_SETUP_CQE32 },
		{ "task work deferred", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN },
	};
	struct world w;
	unsigned int i;

	open_world(&w, IORING_SETUP_CQE32);
	if (!multishot_is_known(&w.rig))
		ksft_exit_skip("this kernel's io_uring has no multishot commands\n");
	close_world(&w);
	ksft_print_header();
	ksft_set_plan(3 * 4 + 10);
	for (i = 0; i < 3; i++) {
		open_world(&w, rings[i].flags);
		one_by_one(&w, rings[i].name);
		in_bursts(&w, rings[i].name);
		close_world(&w);
	}
	by_jobs();
	endings();
	refused();
	rings_end(rig_times(20, 300));
	processes_end(rig_times(20, 300));
	ksft_finished();
}
