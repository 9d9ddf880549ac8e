// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random mixes of EXEC, CANCEL, WAIT and NOP in one ring over two queues, with links, workers,
 * deadlines, completions that are left out, jobs that wait, faults, queues emptied by ioctl, rings
 * that are closed and processes that are killed. A model knows the possible results of each
 * command, which must complete once.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define MOST	     32u /* commands of a round, at most */
#define ROUNDS_APART 16u /* rounds before a command buffer is written again */
#define QUEUES	     2u
#define ENTRIES	     256u /* of a queue, which is never full */
#define NS	     1000000000ull
#define SLOT	     64u /* bytes of a command buffer */

enum kind { EXEC, CANCEL, WAIT, NOP, KINDS };

/**
 * struct op - command of a round
 * @kind: kind of the command
 * @flags: flags of the SQE
 * @push: whether this is the last command of a submit
 * @queue: EXEC, CANCEL: index of the queue
 * @held: EXEC: whether the job waits for the timeline
 * @late: EXEC: whether the deadline has passed
 * @fault: EXEC: whether the job accesses memory that is not mapped
 * @target: CANCEL: index of the command to cancel
 * @cqes: number of completions
 * @res: result of the last completion
 */
struct op {
	enum kind kind;
	unsigned int flags;
	bool push;
	unsigned int queue;
	bool held;
	bool late;
	bool fault;
	unsigned int target;
	unsigned int cqes;
	int res;
};

/**
 * struct world - state of the test
 * @rig: the card, the first queue and the ring
 * @queues: files of the queues
 * @timeline: file of the timeline that jobs wait for
 * @id: id of @timeline
 * @round: number of the round, and the value of @timeline that the round's jobs wait for
 * @n: number of commands in the round
 * @op: commands of the round
 * @emptied: for each queue whether all of its jobs were cancelled by ioctl
 * @faulty: for each queue whether a job of the round faults
 * @unbegun: for each slot whether its command was not begun, as its chain broke, and has not
 *	completed; the completion may come when the round is over
 * @seed: state of the random number generator
 * @total: number of commands in all rounds
 * @wrong: number of commands whose result the model does not allow
 */
struct world {
	struct rig rig;
	int queues[QUEUES];
	int timeline;
	uint32_t id;
	uint64_t round;
	unsigned int n;
	struct op op[MOST];
	bool emptied[QUEUES];
	bool faulty[QUEUES];
	bool unbegun[ROUNDS_APART * MOST];
	uint64_t seed;
	unsigned int total;
	unsigned int wrong;
};

static unsigned int roll(struct world *w, unsigned int below)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (w->seed >> 16) % below;
}

static bool chance(struct world *w, unsigned int percent)
{
	return roll(w, 100) < percent;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static unsigned int slot_of(const struct world *w, unsigned int i)
{
	return w->round % ROUNDS_APART * MOST + i;
}

static volatile uint64_t *word_of(struct world *w, unsigned int i)
{
	return (uint64_t *)w->rig.data + slot_of(w, i);
}

/* The value that a job writes to its word. */
static uint64_t stamp_of(const struct world *w, unsigned int i)
{
	return w->round * MOST + i + 1;
}

static void plan_exec(struct world *w, struct op *op, bool faults)
{
	op->queue = roll(w, QUEUES);
	op->held = chance(w, 30);
	op->late = chance(w, 10);
	op->fault = faults && chance(w, 10);
	w->faulty[op->queue] |= op->fault;
}

static void plan(struct world *w)
{
	static const unsigned int odds[] = {
		EXEC, EXEC, EXEC, EXEC, EXEC, EXEC, CANCEL, WAIT, NOP
	};
	bool linked = false, faults = chance(w, 5);
	unsigned int i;

	w->round++;
	w->n = 1 + roll(w, MOST);
	memset(w->emptied, 0, sizeof(w->emptied));
	memset(w->faulty, 0, sizeof(w->faulty));
	for (i = 0; i < w->n; i++) {
		struct op *op = &w->op[i];

		*op = (struct op){ .kind = odds[roll(w, 9)], .target = roll(w, w->n) };
		if (op->kind == EXEC)
			plan_exec(w, op, faults);
		else
			op->queue = roll(w, QUEUES);
		op->push = i + 1 == w->n || chance(w, 10);
		/* A chain ends at the end of a submit. */
		if (!op->push && chance(w, 20))
			op->flags |= chance(w, 20) ? IOSQE_IO_HARDLINK : IOSQE_IO_LINK;
		/* Linux 6.12 does not copy the SQE of a linked command until it runs, without this.
		 */
		if (linked || chance(w, 15))
			op->flags |= IOSQE_ASYNC;
		/* The failure of a silent command that a worker runs can come at any time: leave it
		 * out. */
		else if (chance(w, 20))
			op->flags |= IOSQE_CQE_SKIP_SUCCESS;
		linked = op->flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK);
	}
}

static void fill_exec(struct world *w, unsigned int i, struct io_uring_sqe *sqe)
{
	struct pinion_uring_exec128 *exec = (void *)sqe->cmd;
	unsigned int at = slot_of(w, i) * SLOT;
	struct pinion_pkt_fill *fill = (void *)(w->rig.cmd + at);
	const struct op *op = &w->op[i];

	*word_of(w, i) = 0;
	*fill = (struct pinion_pkt_fill){
		.pkt = { .op = PINION_PKT_FILL, .bytes = sizeof(*fill) },
		.dst = op->fault ? RIG_VA + RIG_BYTES : RIG_DATA_VA + 8 * slot_of(w, i),
		.bytes = 8,
		.pattern = stamp_of(w, i),
		.width = 8,
	};
	memset(exec, 0, sizeof(*exec));
	exec->exec.flags = PINION_EXEC_SQE128;
	if (op->held) {
		exec->exec.wait_timeline = w->id;
		exec->exec.wait_value = w->round;
	}
	exec->deadline_ns = op->late ? 1 : chance(w, 10) ? now() + 1000 * NS : 0;
	sqe->addr = RIG_VA + at;
	sqe->len = sizeof(*fill);
}

static void fill_sqe(struct world *w, unsigned int i)
{
	struct io_uring_sqe *sqe = rig_sqe(&w->rig, 0, 0);
	struct op *op = &w->op[i];

	sqe->fd = w->queues[op->queue];
	if (op->kind == EXEC) {
		fill_exec(w, i, sqe);
	} else if (op->kind == CANCEL) {
		sqe->off = PINION_URING_CANCEL;
		*(struct pinion_uring_cancel *)sqe->cmd =
			(struct pinion_uring_cancel){ .user_data = stamp_of(w, op->target) };
		op->queue = w->op[op->target].queue;
		sqe->fd = w->queues[op->queue];
	} else if (op->kind == WAIT) {
		sqe->off = PINION_URING_WAIT;
		*(struct pinion_uring_wait *)sqe->cmd =
			(struct pinion_uring_wait){ .value = w->round, .timeline = w->id };
	} else {
		io_uring_prep_nop(sqe);
	}
	sqe->flags = op->flags;
	sqe->user_data = stamp_of(w, i);
	w->unbegun[slot_of(w, i)] = false;
}

/* Submit the commands of the round, in one submit or several. */
static void submit(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		fill_sqe(w, i);
		if (w->op[i].push)
			rig_submit(&w->rig);
	}
	w->total += w->n;
}

static bool is_linked(const struct op *op)
{
	return op->flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK);
}

/* The command whose failure broke the chain before command @i was begun: its index, or -1. */
static int breaker(const struct world *w, unsigned int i)
{
	while (i-- && is_linked(&w->op[i]))
		if (w->op[i].res < 0 && w->op[i].flags & IOSQE_IO_LINK)
			return i;
	return -1;
}

static bool was_cancelled(const struct world *w, unsigned int i)
{
	unsigned int k;

	for (k = 0; k < w->n; k++)
		if (w->op[k].kind == CANCEL && w->op[k].target == i && w->op[k].cqes &&
		    !w->op[k].res)
			return true;
	return false;
}

/* Whether a CANCEL without a completion, which is silent unless it fails, has @i as its target. */
static bool may_be_cancelled(const struct world *w, unsigned int i)
{
	unsigned int k;

	for (k = 0; k < w->n; k++)
		if (w->op[k].kind == CANCEL && w->op[k].target == i && !w->op[k].cqes)
			return true;
	return false;
}

static bool exec_can(struct world *w, unsigned int i)
{
	const struct op *op = &w->op[i];
	bool swept = w->emptied[op->queue] || w->faulty[op->queue];

	switch (op->res) {
	case 0:
		if (was_cancelled(w, i) || op->fault)
			return false;
		return !op->cqes || *word_of(w, i) == stamp_of(w, i);
	case -ECANCELED:
		return was_cancelled(w, i) || may_be_cancelled(w, i) || swept;
	case -ETIMEDOUT:
		return op->late;
	case -EFAULT:
		return op->fault;
	case -ESHUTDOWN:
		return w->faulty[op->queue];
	default:
		return false;
	}
}

/* Whether the result of a command that was begun is possible. */
static bool begun_can(struct world *w, unsigned int i)
{
	const struct op *op = &w->op[i];

	switch (op->kind) {
	case EXEC:
		return exec_can(w, i);
	case CANCEL:
		return !op->res || op->res == -ENOENT;
	default:
		return !op->res;
	}
}

static bool can(struct world *w, unsigned int i)
{
	const struct op *op = &w->op[i];
	bool quiet = op->flags & IOSQE_CQE_SKIP_SUCCESS;

	if (op->cqes > 1 || (quiet && op->cqes && !op->res))
		return false;
	if (breaker(w, i) >= 0)
		/* A silent command makes the rest of its chain silent. */
		return op->cqes ? op->res == -ECANCELED : true;
	return (op->cqes || quiet) && begun_can(w, i);
}

/* Whether a completion of @i must still come: not if it is silent, or its chain broke before. */
static bool is_owed(const struct world *w, unsigned int i)
{
	return !w->op[i].cqes && !(w->op[i].flags & IOSQE_CQE_SKIP_SUCCESS) && breaker(w, i) < 0;
}

static bool all_here(const struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (is_owed(w, i))
			return false;
	return true;
}

static void take(struct world *w)
{
	struct done done = rig_wait(&w->rig);
	unsigned int slot = (done.mark - 1) % (ROUNDS_APART * MOST);
	uint64_t i = done.mark - stamp_of(w, 0);

	if (i < w->n) {
		w->op[i].cqes++;
		w->op[i].res = done.res;
		return;
	}
	if (!w->unbegun[slot] || done.res != -ECANCELED)
		ksft_exit_fail_msg("round %llu: a completion that belongs to nothing: %#llx, %d\n",
				   (unsigned long long)w->round, (unsigned long long)done.mark,
				   done.res);
	w->unbegun[slot] = false;
}

/* Wait until every job that was submitted is complete, by an empty job of each queue. */
static void settle(struct world *w)
{
	struct pinion_queue_wait wait = { .until_ns = INT64_MAX };
	struct pinion_queue_exec exec = {};
	unsigned int q;

	for (q = 0; q < QUEUES; q++) {
		if (try_ioctl(w->queues[q], PINION_QUEUE_IOC_EXEC, &exec))
			continue;
		wait.seq = exec.seq;
		if (try_ioctl(w->queues[q], PINION_QUEUE_IOC_WAIT, &wait))
			ksft_exit_fail_msg("WAIT: %s\n", strerror(errno));
	}
}

static void collect(struct world *w)
{
	struct io_uring_cqe *cqe;

	while (!all_here(w))
		take(w);
	/* Take completions that may come and need not: also a silent job completes if it fails. */
	settle(w);
	usleep(0);
	while (!io_uring_peek_cqe(&w->rig.ring, &cqe))
		take(w);
}

static void judge(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		const struct op *op = &w->op[i];

		w->unbegun[slot_of(w, i)] = !op->cqes && breaker(w, i) >= 0;
		if (can(w, i))
			continue;
		if (!w->wrong++)
			ksft_print_msg("round %llu, command %u of %u: kind %u, flags %#x, queue %u, held %d, late %d, fault %d: %u completions, %d\n",
				       (unsigned long long)w->round, i, w->n, op->kind, op->flags,
				       op->queue, op->held, op->late, op->fault, op->cqes, op->res);
	}
}

static void reset_queues(struct world *w)
{
	unsigned int q;

	for (q = 0; q < QUEUES; q++)
		if (w->faulty[q] && try_ioctl(w->queues[q], PINION_QUEUE_IOC_RESET, NULL))
			ksft_exit_fail_msg("RESET: %s\n", strerror(errno));
}

static void open_ring(struct world *w)
{
	int ret = io_uring_queue_init(2 * MOST, &w->rig.ring,
				      IORING_SETUP_CQE32 | IORING_SETUP_SQE128);

	if (ret)
		ksft_exit_fail_msg("io_uring: %s\n", strerror(-ret));
}

/* Close the ring with all commands in flight: there are no results, and the queues work on. */
static void end_ring(struct world *w)
{
	io_uring_queue_exit(&w->rig.ring);
	rig_timeline_raise(w->timeline, w->round);
	settle(w);
	reset_queues(w);
	open_ring(w);
}

static void play(struct world *w)
{
	uint64_t all = 0;
	unsigned int q;

	plan(w);
	submit(w);
	if (chance(w, 5)) {
		end_ring(w);
		return;
	}
	if (chance(w, 10)) {
		q = roll(w, QUEUES);
		w->emptied[q] = !try_ioctl(w->queues[q], PINION_QUEUE_IOC_CANCEL, &all);
	}
	rig_timeline_raise(w->timeline, w->round);
	collect(w);
	judge(w);
	reset_queues(w);
}

static void open_world(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	w->seed = seed;
	rig_open(&w->rig, ENTRIES);
	w->queues[0] = w->rig.queue;
	w->queues[1] = rig_queue(w->rig.fd, ENTRIES);
	w->timeline = rig_timeline(w->rig.fd, 0, &w->id);
	io_uring_queue_exit(&w->rig.ring);
	open_ring(w);
}

static void close_world(struct world *w)
{
	close(w->timeline);
	close(w->queues[1]);
	rig_close(&w->rig);
}

/* Other processes do the same until they are killed, beside this process. */
static void killed(struct world *w)
{
	unsigned int i, n = rig_times(10, 300), bad = 0;

	for (i = 0; i < n; i++) {
		int status, pid = fork();

		if (!pid) {
			static struct world mine;

			open_world(&mine, 1000 + i);
			for (;;)
				play(&mine);
		}
		usleep(3000 + 1000 * roll(w, 30));
		play(w);
		bad += kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid ||
		       !WIFSIGNALED(status);
		play(w);
	}
	ksft_test_result(!bad && !w->wrong, "%u processes killed meanwhile\n", n);
}

int main(void)
{
	static struct world w;
	unsigned int want = rig_times(20000, 500000);

	ksft_print_header();
	ksft_set_plan(2);
	open_world(&w, 42);
	while (w.total < want && !w.wrong)
		play(&w);
	ksft_test_result(!w.wrong, "%u commands in %llu rounds\n", w.total,
			 (unsigned long long)w.round);
	killed(&w);
	close_world(&w);
	ksft_finished();
}
