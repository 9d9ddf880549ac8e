// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs wait for drm_syncobjs and raise them, by ioctl and by io_uring, binary ones and points. */
#include <linux/sync_file.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "rig.h"
#include "syncobj.h"

#define FOREVER INT64_MAX
#define SECOND	1000000000ll

static struct rig rig;
static int gate;	   /* a timeline that the test raises */
static uint32_t gate_id;   /* id of the timeline @gate */
static uint64_t gate_at;   /* the value that the next held job waits for */
static struct rig holding; /* the queue of jobs that wait for the gate */

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* What an EXEC of the command buffer of @r passes with PINION_EXEC_SYNCS. */
struct synced {
	struct pinion_exec_buffer buffer;
	struct pinion_exec_syncs args;
};

static void fill(struct synced *out, const struct rig *r, const struct drm_pinion_sync *syncs,
		 uint32_t count)
{
	out->buffer = (struct pinion_exec_buffer){ .va = r->bytes ? RIG_VA : 0, .bytes = r->bytes };
	out->args = (struct pinion_exec_syncs){
		.buffers = (uintptr_t)&out->buffer,
		.syncs = (uintptr_t)syncs,
		.nbuffers = 1,
		.nsyncs = count,
		.stride = sizeof(*syncs),
		.fd = r->fd,
	};
}

/* Submit the command buffer of @r by ioctl: the number of the job, or -errno. */
static int64_t exec(struct rig *r, const struct drm_pinion_sync *syncs, uint32_t count,
		    struct pinion_queue_exec args)
{
	struct synced synced;
	int ret;

	fill(&synced, r, syncs, count);
	args.addr = (uintptr_t)&synced.args;
	args.len = sizeof(synced.args);
	args.flags = PINION_EXEC_SYNCS;
	ret = try_ioctl(r->queue, PINION_QUEUE_IOC_EXEC, &args);
	return ret ? ret : (int64_t)args.seq;
}

static int64_t exec1(struct rig *r, struct drm_pinion_sync sync)
{
	return exec(r, &sync, 1, (struct pinion_queue_exec){});
}

/* Wait for a job until the CLOCK_MONOTONIC time @until: its result, or -ETIME. */
static int result_until(const struct rig *r, int64_t seq, uint64_t until)
{
	struct pinion_queue_wait args = { .seq = seq, .until_ns = until };
	int ret = try_ioctl(r->queue, PINION_QUEUE_IOC_WAIT, &args);

	return ret ? ret : args.result;
}

static int result(const struct rig *r, int64_t seq)
{
	return result_until(r, seq, FOREVER);
}

/* Whether a job has not ended after 20 ms. */
static bool is_held(const struct rig *r, int64_t seq)
{
	return result_until(r, seq, now() + SECOND / 50) == -ETIME;
}

static int wait_binary(uint32_t handle, int64_t until)
{
	return drmSyncobjWait(rig.fd, &handle, 1, until, 0, NULL);
}

static int wait_point(uint32_t handle, uint64_t point, int64_t until)
{
	return drmSyncobjTimelineWait(rig.fd, &handle, &point, 1, until, 0, NULL);
}

/* State of the fence of a binary drm_syncobj: 1: signalled, 0: not yet, -errno: with an error. */
static int state(uint32_t handle)
{
	struct sync_file_info info = {};
	int fd;

	if (drmSyncobjExportSyncFile(rig.fd, handle, &fd) || ioctl(fd, SYNC_IOC_FILE_INFO, &info))
		ksft_exit_fail_msg("a sync_file of a drm_syncobj: %s\n", strerror(errno));
	close(fd);
	return info.status;
}

/* Have a job raise a drm_syncobj once the gate is raised to the value that is returned. */
static uint64_t hold(struct drm_pinion_sync sync)
{
	struct pinion_queue_exec args = { .waits[0] = { .value = ++gate_at, .timeline = gate_id } };
	int64_t ret = exec(&holding, &sync, 1, args);

	if (ret < 0)
		ksft_exit_fail_msg("EXEC of a job that is held: %s\n", strerror(-ret));
	return gate_at;
}

static void raises(void)
{
	uint32_t binary = syncobj_new(rig.fd), points = syncobj_new(rig.fd);
	struct drm_pinion_sync both[] = { raise_at_end(binary, 0), raise_at_end(points, 7) };
	int64_t seq;
	uint64_t at;

	rig.bytes = 0;
	rig_fill(&rig, RIG_DATA_VA, 4096, 0x41, 1);
	seq = exec(&rig, both, 2, (struct pinion_queue_exec){});
	ksft_test_result(seq > 0 && !wait_binary(binary, FOREVER) &&
				 !wait_point(points, 7, FOREVER) && rig_all(rig.data, 4096, 0x41) &&
				 !result(&rig, seq),
			 "a job raises a binary drm_syncobj and a point\n");
	at = hold(raise_at_end(binary, 0));
	hold(raise_at_end(points, 9));
	ksft_test_result(!state(binary) && wait_binary(binary, now() + SECOND / 50) == -ETIME,
			 "a drm_syncobj is not raised before the job has ended\n");
	ksft_test_result(wait_point(points, 9, 0) == -ETIME && !wait_point(points, 7, 0),
			 "nor is a point, and earlier points stay raised\n");
	rig_timeline_raise(gate, at + 1);
	ksft_test_result(!wait_binary(binary, FOREVER) && !wait_point(points, 9, FOREVER) &&
				 state(binary) == 1,
			 "they are raised when the job has ended\n");
	drmSyncobjDestroy(rig.fd, binary);
	drmSyncobjDestroy(rig.fd, points);
}

static void waits(void)
{
	uint32_t first = syncobj_new(rig.fd), second = syncobj_new(rig.fd),
		 end = syncobj_new(rig.fd);
	struct drm_pinion_sync three[] = { wait_for(first, 0), wait_for(second, 3),
					   raise_at_end(end, 0) };
	struct rig other = holding;
	int64_t seq, behind;
	uint64_t at;

	/* Two queues, so that either fence can signal first. */
	at = hold(raise_at_end(first, 0));
	holding.queue = rig_queue(rig.fd, 4);
	hold(raise_at_end(second, 3));
	rig.bytes = 0;
	rig_fill(&rig, RIG_DATA_VA, 4096, 0x42, 1);
	seq = exec(&rig, three, 3, (struct pinion_queue_exec){});
	behind = exec(&rig, NULL, 0, (struct pinion_queue_exec){});
	ksft_test_result(seq > 0 && is_held(&rig, seq), "a job waits for two drm_syncobjs\n");
	rig_timeline_raise(gate, at);
	ksft_test_result(!wait_binary(first, FOREVER) && is_held(&rig, seq) && !state(end),
			 "one raised drm_syncobj of two is not enough\n");
	rig_timeline_raise(gate, at + 1);
	ksft_test_result(!result(&rig, seq) && !result(&rig, behind) && !wait_binary(end, FOREVER),
			 "the job runs when both are raised, and the job behind it\n");
	seq = exec(&rig, three, 2, (struct pinion_queue_exec){});
	ksft_test_result(!result(&rig, seq), "a drm_syncobj that is raised holds nothing back\n");
	close(holding.queue);
	holding = other;
	drmSyncobjDestroy(rig.fd, first);
	drmSyncobjDestroy(rig.fd, second);
	drmSyncobjDestroy(rig.fd, end);
}

/* The fence of the second job signals before that of the first: neither job runs before. */
static void order(void)
{
	uint32_t early = syncobj_new(rig.fd), late = syncobj_new(rig.fd);
	struct rig other = holding;
	int64_t first, second;
	uint64_t at = hold(raise_at_end(late, 0));

	holding.queue = rig_queue(rig.fd, 4);
	holding.bytes = 0;
	first = exec1(&rig, wait_for(late, 0));
	if (exec1(&holding, raise_at_end(early, 0)) < 0)
		ksft_exit_fail_msg("EXEC of an empty job: %s\n", strerror(errno));
	second = exec1(&rig, wait_for(early, 0));
	ksft_test_result(!wait_binary(early, FOREVER) && is_held(&rig, second) &&
				 result_until(&rig, first, 0) == -ETIME,
			 "a fence does not let an earlier job run\n");
	rig_timeline_raise(gate, at);
	ksft_test_result(!result(&rig, first) && !result(&rig, second),
			 "both jobs run when the earlier fence has signalled\n");
	close(holding.queue);
	holding = other;
	drmSyncobjDestroy(rig.fd, early);
	drmSyncobjDestroy(rig.fd, late);
}

/* Prepare an SQE of the command buffer. @synced must stay until the SQE is submitted. */
static struct pinion_uring_exec128 *sqe(struct synced *synced, const struct drm_pinion_sync *syncs,
					uint32_t count)
{
	struct pinion_uring_exec128 *job;

	fill(synced, &rig, syncs, count);
	job = rig_sqe_long(&rig, (uintptr_t)&synced->args, sizeof(synced->args));
	job->exec.flags |= PINION_EXEC_SYNCS;
	return job;
}

static void uring(void)
{
	uint32_t in = syncobj_new(rig.fd), out = syncobj_new(rig.fd);
	struct drm_pinion_sync two[] = { wait_for(in, 5), raise_at_end(out, 0) };
	struct synced synced;
	uint64_t at = hold(raise_at_end(in, 5));
	uint32_t id;
	int tl = rig_timeline(rig.fd, 0, &id);

	sqe(&synced, two, 2)->signal = (struct pinion_uring_point){ .value = 3, .timeline = id };
	rig_submit(&rig);
	ksft_test_result(!state(out) && !rig_timeline_value(tl),
			 "io_uring: the drm_syncobj has its fence when the job was submitted\n");
	rig_timeline_raise(gate, at);
	ksft_test_result(!rig_wait(&rig).res && !wait_binary(out, FOREVER) &&
				 rig_timeline_value(tl) == 3,
			 "io_uring: the job raises a timeline and a drm_syncobj\n");
	two[0].handle = 0x7777;
	sqe(&synced, two, 2);
	rig_submit(&rig);
	ksft_test_result(rig_wait(&rig).res == -ENOENT, "io_uring: ENOENT\n");
	close(tl);
	try_timeline_destroy(rig.fd, id);
	drmSyncobjDestroy(rig.fd, in);
	drmSyncobjDestroy(rig.fd, out);
}

/* A job that fails and a job that was cancelled raise a drm_syncobj, with their errors. */
static void errors(void)
{
	uint32_t bad = syncobj_new(rig.fd), cancelled = syncobj_new(rig.fd);
	uint64_t all = 0;
	int64_t seq;

	rig.bytes = 0;
	rig_fill(&rig, 0x1000, 4096, 0, 1);
	seq = exec1(&rig, raise_at_end(bad, 0));
	ksft_test_result(result(&rig, seq) == -EFAULT && state(bad) == -EFAULT,
			 "the error of a job is that of its fence\n");
	rig.bytes = 0;
	ksft_test_result(exec1(&rig, raise_at_end(cancelled, 0)) == -ESHUTDOWN &&
				 wait_binary(cancelled, 0) == -EINVAL,
			 "a job that was refused raises nothing\n");
	if (try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("RESET: %s\n", strerror(errno));
	hold(raise_at_end(cancelled, 0));
	ksft_test_result(!try_ioctl(holding.queue, PINION_QUEUE_IOC_CANCEL, &all) &&
				 !wait_binary(cancelled, FOREVER) && state(cancelled) == -ECANCELED,
			 "a job that was cancelled\n");
	drmSyncobjDestroy(rig.fd, bad);
	drmSyncobjDestroy(rig.fd, cancelled);
}

/* Jobs that end in time whatever programs do. Return: the end of a job without a deadline. */
static void deadlines(void)
{
	uint32_t short_one = syncobj_new(rig.fd), long_one = syncobj_new(rig.fd);
	struct drm_pinion_sync sync = raise_at_end(short_one, 0);
	struct pinion_queue_exec args = { .waits[0] = { .value = ++gate_at, .timeline = gate_id } };
	int64_t before = now();

	args.deadline_ns = before + SECOND / 10;
	exec(&holding, &sync, 1, args);
	ksft_test_result(!wait_binary(short_one, FOREVER) && state(short_one) == -ETIMEDOUT,
			 "a job's own deadline\n");
	before = now();
	hold(raise_at_end(long_one, 0));
	ksft_test_result(!wait_binary(long_one, FOREVER) && state(long_one) == -ETIMEDOUT &&
				 now() >= before + PINION_TIMELINE_TIMEOUT_MS * 1000000ll,
			 "a job without a deadline ends after ten seconds\n");
	rig_timeline_raise(gate, gate_at);
	drmSyncobjDestroy(rig.fd, short_one);
	drmSyncobjDestroy(rig.fd, long_one);
}

/* EXEC of an empty job with @args: 0 or -errno. */
static int try_args(struct pinion_exec_syncs *args, uint32_t len, uint32_t flags)
{
	struct pinion_queue_exec job = { .addr = (uintptr_t)args, .len = len, .flags = flags };

	return try_ioctl(rig.queue, PINION_QUEUE_IOC_EXEC, &job);
}

/* EXEC with the struct's member set to @value: its result. */
#define WITH(member, set)                                               \
	({                                                              \
		struct pinion_exec_syncs changed = synced.args;         \
		changed.member = (set);                                 \
		try_args(&changed, sizeof(changed), PINION_EXEC_SYNCS); \
	})

static void arguments(void)
{
	uint32_t handle = syncobj_new(rig.fd);
	struct drm_pinion_sync sync = raise_at_end(handle, 0);
	struct synced synced;
	int pipes[2];

	rig.bytes = 0;
	fill(&synced, &rig, &sync, 1);
	ksft_test_result(!pipe(pipes) && WITH(fd, -1) == -EBADF && WITH(fd, pipes[0]) == -EINVAL &&
				 WITH(fd, rig.queue) == -EINVAL && WITH(fd, gate) == -EINVAL,
			 "fd must be an accel node\n");
	ksft_test_result(WITH(stride, 8) == -EINVAL && WITH(stride, 0) == -EINVAL &&
				 WITH(stride, 1 << 20) == -EINVAL && WITH(nsyncs, 65) == -EINVAL &&
				 WITH(nsyncs, ~0u) == -EINVAL && WITH(nbuffers, 0) == -EINVAL &&
				 WITH(nbuffers, 65) == -EINVAL,
			 "sizes and counts out of range\n");
	ksft_test_result(WITH(syncs, 8) == -EFAULT && WITH(buffers, 8) == -EFAULT &&
				 WITH(syncs, ~0ull) == -EFAULT && try_args(NULL, 32, 4) == -EFAULT,
			 "pointers to nothing\n");
	ksft_test_result(try_args(&synced.args, 16, PINION_EXEC_SYNCS) == -EINVAL &&
				 try_args(&synced.args, ~0u, PINION_EXEC_SYNCS) == -EINVAL &&
				 try_args(&synced.args, sizeof(synced.args),
					  PINION_EXEC_SYNCS | PINION_EXEC_VECTOR) == -EINVAL,
			 "a struct of another size, and flags that exclude each other\n");
	sync.flags = 2;
	ksft_test_result(WITH(nsyncs, 1) == -EINVAL, "an unknown flag\n");
	sync = wait_for(handle, 0);
	ksft_test_result(WITH(nsyncs, 1) == -EINVAL, "a drm_syncobj without a fence\n");
	sync = wait_for(handle, 12);
	ksft_test_result(WITH(nsyncs, 1) == -EINVAL, "a point that nobody will raise\n");
	sync = wait_for(0, 0);
	ksft_test_result(WITH(nsyncs, 1) == -ENOENT, "no such drm_syncobj\n");
	drmSyncobjDestroy(rig.fd, handle);
	sync = raise_at_end(handle, 0);
	ksft_test_result(WITH(nsyncs, 1) == -ENOENT, "a drm_syncobj that was destroyed\n");
	close(pipes[0]);
	close(pipes[1]);
}

/* The timeline that holds jobs back belongs to the driver alone. */
static void hidden(void)
{
	uint32_t handle = syncobj_new(rig.fd), id, found = 0;
	uint64_t at = hold(raise_at_end(handle, 0));
	struct drm_pinion_sync sync = wait_for(handle, 0);
	struct pinion_queue_exec args = {};
	int64_t seq = exec(&rig, &sync, 1, args);

	for (id = 1; id < 64; id++)
		if (id != gate_id)
			found += try_timeline_destroy(rig.fd, id) != -ENOENT;
	for (id = 0; id < 3; id++)
		args.waits[id] = (struct pinion_uring_point){ .value = 1, .timeline = gate_id };
	ksft_test_result(!found && is_held(&rig, seq), "no program has its id\n");
	ksft_test_result(exec(&rig, &sync, 1, args) == -EINVAL,
			 "three points of timelines and a drm_syncobj are too many\n");
	rig_timeline_raise(gate, at);
	ksft_test_result(!result(&rig, seq), "and the job that is held runs\n");
	drmSyncobjDestroy(rig.fd, handle);
}

/* Queues and files that are closed while jobs are held. */
static void closing(void)
{
	uint32_t held = syncobj_new(rig.fd), lost = syncobj_new(rig.fd);
	struct drm_pinion_sync two[] = { wait_for(held, 0), raise_at_end(lost, 0) };
	struct rig other = rig;
	uint64_t at = hold(raise_at_end(held, 0));
	uint32_t i;

	other.queue = rig_queue(rig.fd, 4);
	other.bytes = 0;
	ksft_test_result(exec(&other, two, 2, (struct pinion_queue_exec){}) == 1 && !state(lost),
			 "a job is held\n");
	for (i = 0; i < 3; i++)
		exec(&other, two, 1, (struct pinion_queue_exec){});
	ksft_test_result(exec(&other, two, 2, (struct pinion_queue_exec){}) == -EAGAIN &&
				 !state(lost),
			 "a queue that is full changes nothing\n");
	close(other.queue);
	ksft_test_result(!wait_binary(lost, FOREVER) && state(lost) == -ECANCELED,
			 "closing the queue ends the job and its fence\n");
	rig_timeline_raise(gate, at);
	ksft_test_result(!wait_binary(held, FOREVER), "and the fence that held it signals later\n");
	drmSyncobjDestroy(rig.fd, held);
	drmSyncobjDestroy(rig.fd, lost);
}

/* Many jobs of two queues hold each other up in turns. */
static void many(void)
{
	uint32_t points = syncobj_new(rig.fd), i, n = rig_times(200, 5000);
	struct drm_pinion_sync two[2];
	struct rig other = rig;
	int64_t a = 0, b = 0;

	other.queue = rig_queue(rig.fd, 64);
	rig.bytes = 0;
	other.bytes = 0;
	for (i = 1; i <= n && a >= 0 && b >= 0; i++) {
		two[0] = raise_at_end(points, 2 * i);
		two[1] = wait_for(points, 2 * i - 1);
		a = exec(&rig, two, i > 1 ? 2 : 1, (struct pinion_queue_exec){});
		two[0] = raise_at_end(points, 2 * i + 1);
		two[1] = wait_for(points, 2 * i);
		b = exec(&other, two, 2, (struct pinion_queue_exec){});
		if (i % 30 == 0 && (result(&rig, a) || result(&other, b)))
			a = -EIO;
	}
	ksft_test_result(a > 0 && b > 0 && !wait_point(points, 2 * n + 1, FOREVER),
			 "%u jobs of two queues, in turns\n", 2 * n);
	close(other.queue);
	drmSyncobjDestroy(rig.fd, points);
}

/* A queue that raises no interrupts raises one for the fence. */
static void polled(void)
{
	struct drm_pinion_queue_create create = { .entries = 4,
						  .priority = 1,
						  .flags = DRM_PINION_QUEUE_POLLED };
	uint32_t out = syncobj_new(rig.fd);
	struct drm_pinion_sync sync = raise_at_end(out, 0);
	struct synced synced;
	struct rig other = rig;

	if (try_queue(rig.fd, &create))
		ksft_exit_fail_msg("QUEUE_CREATE: %s\n", strerror(errno));
	other.queue = create.fd;
	if (io_uring_queue_init(4, &other.ring,
				IORING_SETUP_CQE32 | IORING_SETUP_SQE128 | IORING_SETUP_IOPOLL))
		ksft_exit_fail_msg("a ring that polls\n");
	rig.bytes = 0;
	fill(&synced, &rig, &sync, 1);
	rig_sqe_long(&other, (uintptr_t)&synced.args, sizeof(synced.args))->exec.flags |=
		PINION_EXEC_SYNCS;
	rig_submit(&other);
	ksft_test_result(!wait_binary(out, FOREVER) && state(out) == 1,
			 "a polled queue: the drm_syncobj is raised though nobody polls\n");
	io_uring_queue_exit(&other.ring);
	close(other.queue);
	drmSyncobjDestroy(rig.fd, out);
}

int main(void)
{
	rig_open(&rig, 64);
	rig_long_ring(&rig, 64);
	gate = rig_timeline(rig.fd, 0, &gate_id);
	holding = rig;
	holding.queue = rig_queue(rig.fd, 16);
	ksft_print_header();
	ksft_set_plan(36);
	raises();
	waits();
	order();
	uring();
	errors();
	arguments();
	hidden();
	closing();
	many();
	polled();
	deadlines();
	close(holding.queue);
	close(gate);
	rig_close(&rig);
	ksft_finished();
}
