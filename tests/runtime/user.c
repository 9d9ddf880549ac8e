// SPDX-License-Identifier: MIT
/* User-mode queues, whose waits sleep or poll, behave like every other queue. */
#include <glob.h>
#include <liburing.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "small.h"

#define JOB_MS 600
#define FAULTS 50

/* Write to a file of the card in sysfs. */
static void write_file(const char *name, const char *text)
{
	char pattern[80];
	glob_t found;
	FILE *file;

	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/drivers/pinion/*/%s", name);
	if (glob(pattern, 0, NULL, &found) || !(file = fopen(found.gl_pathv[0], "w")) ||
	    fputs(text, file) < 0 || fclose(file))
		tap_bail("%s", name);
	globfree(&found);
}

static void policy(const char *text)
{
	write_file("user_submission", text);
}

static int try_queue(uint32_t flags, uint32_t job_ms, struct pinion_queue **out)
{
	struct pinion_queue_options options = {
		.size = sizeof(options),
		.entries = ENTRIES,
		.job_ms = job_ms,
		.flags = PINION_QUEUE_USER | flags,
	};

	return pinion_queue_create(dev, &options, out, &rt_err);
}

static struct pinion_queue *user_queue(uint32_t flags, uint32_t job_ms)
{
	struct pinion_queue *user;

	RT(try_queue(flags, job_ms, &user));
	return user;
}

static void refused(void)
{
	struct pinion_submit_options late = { .size = sizeof(late), .deadline_ns = 1 };
	struct pinion_point point;
	struct io_uring_sqe sqe;

	policy("off");
	tap_ok(try_queue(0, 0, &queue) == -EPERM && strstr(rt_err.text, "user_submission"), "%s",
	       rt_err.text);
	policy("on");
	tap_ok(try_queue(0, 3600001, &queue) == -EINVAL, "%s", rt_err.text);
	queue = user_queue(0, 0);
	RT(pinion_submit(queue, cb, &point, &rt_err));
	tap_ok(pinion_cancel(&point, &rt_err) == -EOPNOTSUPP, "%s", rt_err.text);
	tap_ok(pinion_submit_sync(queue, cb, &late, NULL, &rt_err) == -EOPNOTSUPP, "%s",
	       rt_err.text);
	tap_ok(pinion_prep_submit(&sqe, queue, cb) == -EOPNOTSUPP, "a ring of the caller's");
	pinion_queue_close(queue);
}

static void points(void)
{
	struct pinion_point point, none = { queue, 99 };

	small_hold();
	RT(pinion_submit(queue, cb, &point, &rt_err));
	none.seq += point.seq;
	tap_ok(pinion_queue_reset(queue, &rt_err) == -EBUSY, "%s", rt_err.text);
	tap_ok(pinion_wait(&none, 0, &rt_err) == -EINVAL, "%s", rt_err.text);
	small_go();
	RT(pinion_wait(&point, RT_LONG, &rt_err));
}

#define PARTS (ENTRIES + 1)

/**
 * struct vector - a job of several command buffers that waits for two points and raises one
 * @part: command buffers; part i writes i + 1 to word[2 + i]
 * @in: points to wait for
 * @options: submission with @in, and with the point to raise
 */
struct vector {
	struct pinion_cmdbuf *part[PARTS];
	struct pinion_sync in[2];
	struct pinion_submit_options options;
};

static void vector_open(struct vector *v)
{
	struct pinion_submit_options options = { .size = sizeof(options), .nwaits = 2 };
	unsigned int i;

	for (i = 0; i < PARTS; i++) {
		v->part[i] = rt_cmdbuf(dev);
		pinion_cmd_fill(v->part[i], pinion_buffer_address(buf) + 16 + 8 * i, 8, i + 1, 8);
		word[2 + i] = 0;
	}
	for (i = 0; i < 2; i++) {
		v->in[i].value = 5 + i;
		RT(pinion_timeline_create(dev, NULL, 0, &v->in[i].timeline, &rt_err));
	}
	options.waits = v->in;
	options.signal.value = 9;
	RT(pinion_timeline_create(dev, NULL, 0, &options.signal.timeline, &rt_err));
	v->options = options;
}

static void vector_close(struct vector *v)
{
	for (unsigned int i = 0; i < PARTS; i++)
		pinion_cmdbuf_free(v->part[i]);
	pinion_timeline_free(v->in[0].timeline);
	pinion_timeline_free(v->in[1].timeline);
	pinion_timeline_free(v->options.signal.timeline);
}

static void vectors(void)
{
	struct pinion_point point;
	struct vector v;

	vector_open(&v);
	RT(pinion_submit_vector(queue, v.part, 3, &v.options, &point, &rt_err));
	pinion_timeline_signal(v.in[0].timeline, 5);
	tap_ok(pinion_wait(&point, RT_SOON, &rt_err) == -ETIME && !word[2],
	       "a vector waits for two points");
	pinion_timeline_signal(v.in[1].timeline, 6);
	tap_ok(!pinion_timeline_wait(v.options.signal.timeline, 9, RT_LONG, &rt_err) &&
		       !pinion_wait(&point, RT_LONG, &rt_err) && word[2] == 1 && word[4] == 3 &&
		       !word[5],
	       "a vector runs its three command buffers, and raises a point");
	tap_ok(pinion_submit_vector(queue, v.part, ENTRIES, &v.options, NULL, &rt_err) == -EINVAL &&
		       pinion_submit_vector(queue, v.part, PARTS, NULL, NULL, &rt_err) == -EINVAL,
	       "more descriptors than the queue has entries: %s", rt_err.text);
	pinion_cmdbuf_reset(v.part[1]);
	pinion_cmd_fill(v.part[1], 0x7000dead0000, 8, 1, 8);
	RT(pinion_submit_vector(queue, v.part, 3, &v.options, &point, &rt_err));
	tap_ok(pinion_wait(&point, RT_LONG, &rt_err) == -EFAULT &&
		       strstr(rt_err.text, "command buffer 1,"),
	       "%s", rt_err.text);
	tap_ok(!pinion_queue_reset(queue, &rt_err), "reset");
	vector_close(&v);
}

/* A job behind one that fails is cancelled, or refused if the queue has stopped by then. */
static bool behind_is_refused(struct pinion_queue *stopping)
{
	struct pinion_point behind;
	int ret = pinion_submit(stopping, cb, &behind, &rt_err);

	return ret ? ret == -ESHUTDOWN : pinion_wait(&behind, RT_LONG, &rt_err) == -ECANCELED;
}

static void fault(void)
{
	struct pinion_point point, before;

	pinion_cmdbuf_reset(cb);
	RT(pinion_submit(queue, cb, &before, &rt_err));
	RT(pinion_wait(&before, RT_LONG, &rt_err));
	small_fault();
	RT(pinion_submit(queue, cb, &point, &rt_err));
	tap_ok(behind_is_refused(queue), "%s", rt_err.text);
	tap_ok(pinion_wait(&point, RT_LONG, &rt_err) == -EFAULT && rt_err.seq == point.seq &&
		       strstr(rt_err.text, "0x7000dead0000"),
	       "%s", rt_err.text);
	tap_ok(!pinion_wait(&before, 0, &rt_err), "the job before it succeeded");
	pinion_cmdbuf_reset(cb);
	tap_ok(pinion_submit(queue, cb, &point, &rt_err) == -ESHUTDOWN, "%s", rt_err.text);
	tap_ok(!pinion_queue_reset(queue, &rt_err) && !rt_run(queue, cb), "reset");
}

static void on_signal(int signal)
{
	(void)signal;
}

/* Signals of a timer that interrupt the calls do not change their results. */
static void interrupted(void)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = {};
	struct sigaction action = { .sa_handler = on_signal };
	unsigned int i, wrong = 0;
	struct pinion_point point;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < FAULTS; i++) {
		small_fault();
		RT(pinion_submit(queue, cb, &point, &rt_err));
		wrong += pinion_wait(&point, RT_LONG, &rt_err) != -EFAULT ||
			 !strstr(rt_err.text, "0x7000dead0000");
		wrong += pinion_submit(queue, cb, NULL, &rt_err) != -ESHUTDOWN;
		wrong += !!pinion_queue_reset(queue, &rt_err);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	pinion_cmdbuf_reset(cb);
	tap_ok(!wrong && !rt_run(queue, cb), "%u faults and resets between signals: %u wrong", i,
	       wrong);
}

static void too_long(uint32_t flags)
{
	struct pinion_queue *timed = user_queue(flags, JOB_MS);
	struct pinion_point point;

	tap_ok(!rt_run(timed, cb), "a job that is short enough");
	small_hold();
	RT(pinion_submit(timed, cb, &point, &rt_err));
	tap_ok(behind_is_refused(timed), "behind it: %s", rt_err.text);
	tap_ok(pinion_wait(&point, RT_LONG, &rt_err) == -ETIMEDOUT, "%s", rt_err.text);
	pinion_cmdbuf_reset(cb);
	tap_ok(pinion_submit(timed, cb, NULL, &rt_err) == -ESHUTDOWN &&
		       !pinion_queue_reset(timed, &rt_err) && !rt_run(timed, cb),
	       "reset");
	pinion_queue_close(timed);
}

static void forked(void)
{
	int status, pid;

	pinion_cmdbuf_reset(cb);
	pid = fork();
	if (!pid) {
		int ret = pinion_submit(queue, cb, NULL, &rt_err);

		pinion_queue_close(queue);
		_exit(ret == -EPERM ? 0 : 1);
	}
	tap_ok(waitpid(pid, &status, 0) == pid && !status, "a child is told to open it itself");
	tap_ok(!rt_run(queue, cb), "its parent goes on");
}

/* Have the host reset the card, which ends the queue. */
static void reset_card(void)
{
	write_file("reset", "1");
}

static void lost_and_waited(void)
{
	struct pinion_point point;

	small_hold();
	RT(pinion_submit(queue, cb, &point, &rt_err));
	reset_card();
	tap_ok(pinion_wait(&point, RT_LONG, &rt_err) == -ECANCELED &&
		       strstr(rt_err.text, "reset by the host") && strstr(rt_err.text, "lost"),
	       "%s", rt_err.text);
	pinion_cmdbuf_reset(cb);
	tap_ok(!rt_run(queue, cb), "the program knows: the next submission works");
}

static void lost_and_not_waited(void)
{
	struct pinion_point point;

	small_hold();
	RT(pinion_submit(queue, cb, &point, &rt_err));
	RT(pinion_submit(queue, cb, NULL, &rt_err));
	reset_card();
	pinion_cmdbuf_reset(cb);
	tap_ok(pinion_submit(queue, cb, NULL, &rt_err) == -ESHUTDOWN && strstr(rt_err.text, "lost"),
	       "%s", rt_err.text);
	tap_ok(!rt_run(queue, cb) && pinion_wait(&point, 0, &rt_err) == -ECANCELED &&
		       !rt_run(queue, cb),
	       "told once: the next submission works");
}

/* The card is started again under a queue, which ends it: libpinion makes a new one. */
static void renewed(void)
{
	int fd = pinion_queue_fd(queue);
	struct pinion_point point;

	reset_card();
	tap_ok(!rt_run(queue, cb) && pinion_queue_fd(queue) == fd, "nothing lost, nothing told");
	lost_and_waited();
	lost_and_not_waited();
	small_hold();
	RT(pinion_submit(queue, cb, &point, &rt_err));
	reset_card();
	tap_ok(!pinion_queue_reset(queue, &rt_err), "pinion_queue_reset()");
	pinion_cmdbuf_reset(cb);
	tap_ok(!rt_run(queue, cb), "a job after pinion_queue_reset()");
	reset_card();
	policy("off");
	tap_ok(pinion_submit(queue, cb, NULL, &rt_err) == -EPERM, "not allowed: %s", rt_err.text);
	policy("on");
	tap_ok(!rt_run(queue, cb) && pinion_queue_fd(queue) == fd, "allowed again");
}

static void all(uint32_t flags)
{
	printf("# %s\n", flags ? "polled" : "sleeping");
	queue = user_queue(flags, 0);
	small_jobs();
	small_stream();
	points();
	vectors();
	fault();
	interrupted();
	forked();
	renewed();
	pinion_queue_close(queue);
	too_long(flags);
}

int main(void)
{
	small_open();
	tap_plan(5 + 2 * (SMALL_TESTS + 28));
	refused();
	all(0);
	all(PINION_QUEUE_POLLED);
	policy("off");
	small_close();
	return tap_result();
}
