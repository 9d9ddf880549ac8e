// SPDX-License-Identifier: GPL-2.0-or-later
/* Timelines become fences and fences raise timelines: sync_file, drm_syncobj, vgem's buffers. */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "rig.h"
#include "vgem.h"

static struct rig rig;
static struct rig behind;  /* a queue whose jobs do not begin before the end of the test */
static struct rig limited; /* a queue whose job has a deadline because its point was exported */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Another queue and ring of the same address space. */
static struct rig more(uint32_t entries)
{
	struct rig other = rig;

	other.queue = rig_queue(rig.fd, entries);
	if (io_uring_queue_init(entries, &other.ring, IORING_SETUP_CQE32 | IORING_SETUP_SQE128))
		ksft_exit_fail_msg("no further ring\n");
	return other;
}

/* Have a job in flight that raises a timeline to @value, so that points up to it can be exported.
 */
static void promise(uint32_t id, uint64_t value)
{
	rig_sqe_long(&behind, 0, 0)->signal = (struct pinion_uring_point){ .value = value,
									   .timeline = id };
	rig_submit(&behind);
}

/* Export a point of a timeline: a sync_file, or -errno. */
static int export(int tl, uint64_t value, uint32_t timeout_ms)
{
	struct pinion_timeline_fence_export args = { .value = value, .timeout_ms = timeout_ms };
	int ret = try_ioctl(tl, PINION_TIMELINE_IOC_EXPORT_FENCE, &args);

	return ret ? ret : args.fd;
}

static int import(int tl, int fd, uint64_t value)
{
	struct pinion_timeline_fence_import args = { .value = value, .fd = fd };

	return try_ioctl(tl, PINION_TIMELINE_IOC_IMPORT_FENCE, &args);
}

static int wait_value(int tl, uint64_t value)
{
	struct pinion_timeline_wait args = { .value = value, .until_ns = INT64_MAX };

	return try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, &args);
}

/* State of a sync_file after at most @ms ms: 1: signalled, 0: not yet, -errno: failed. */
static int state(int fence, int ms)
{
	struct sync_file_info info = {};
	struct pollfd pfd = { .fd = fence, .events = POLLIN };

	poll(&pfd, 1, ms);
	if (ioctl(fence, SYNC_IOC_FILE_INFO, &info))
		ksft_exit_fail_msg("SYNC_IOC_FILE_INFO: %s\n", strerror(errno));
	return info.status;
}

static void exports(void)
{
	uint32_t id;
	int tl = rig_timeline(rig.fd, 3, &id), fence, late;

	ksft_test_result(export(tl, 4, 10000) == -EINVAL,
			 "no sync_file of a point that no job raises\n");
	promise(id, 6);
	ksft_test_result(export(tl, 7, 10000) == -EINVAL,
			 "no sync_file of a point beyond that of a job\n");
	ksft_test_result(export(tl, 1, 0) == -EINVAL &&
				 export(tl, 1, PINION_TIMELINE_TIMEOUT_MS + 1) == -EINVAL,
			 "a sync_file has a time limit\n");
	fence = export(tl, 3, 1);
	ksft_test_result(fence >= 0 && fcntl(fence, F_GETFD) == FD_CLOEXEC && state(fence, 0) == 1,
			 "a sync_file of a point that is reached has signalled\n");
	close(fence);
	fence = export(tl, 5, 10000);
	late = export(tl, 6, 50);
	ksft_test_result(fence >= 0 && !state(fence, 20),
			 "a sync_file of a later point has not signalled\n");
	rig_sqe_long(&rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 5,
									.timeline = id };
	rig_submit(&rig);
	ksft_test_result(state(fence, 10000) == 1 && !rig_wait(&rig).res,
			 "a sync_file signals when a job has raised its point\n");
	ksft_test_result(state(late, 10000) == -ETIMEDOUT && rig_timeline_value(tl) == 5,
			 "a sync_file of a point that is never reached fails at its time limit\n");
	rig_timeline_raise(tl, 6);
	ksft_test_result(state(late, 0) == -ETIMEDOUT, "the failure of a sync_file stays\n");
	close(late);
	close(fence);
	promise(id, 9);
	fence = export(tl, 9, 10000);
	close(tl);
	try_timeline_destroy(rig.fd, id);
	ksft_test_result(!state(fence, 0), "a sync_file keeps its timeline\n");
	close(fence);
}

/* Export the point of a job that waits for ever. Return: the time before. */
static uint64_t limits_begin(void)
{
	struct pinion_uring_exec128 *job;
	uint64_t before = now();
	uint32_t id;
	int tl = rig_timeline(rig.fd, 0, &id), fence;

	limited = more(4);
	job = rig_sqe_long(&limited, 0, 0);
	job->exec.wait_timeline = id;
	job->exec.wait_value = 2;
	job->signal = (struct pinion_uring_point){ .value = 1, .timeline = id };
	rig_submit(&limited);
	fence = export(tl, 1, 10000);
	ksft_test_result(fence >= 0, "export the point of a job without a deadline\n");
	close(fence);
	close(tl);
	return before;
}

static void limits_end(uint64_t exported)
{
	ksft_test_result(rig_wait(&limited).res == -ETIMEDOUT &&
				 now() >= exported + PINION_TIMELINE_TIMEOUT_MS * 1000000ull,
			 "the job ends ten seconds after the export\n");
}

static bool quiet(int ms)
{
	struct __kernel_timespec ts = { .tv_nsec = ms * 1000000ll };
	struct io_uring_cqe *cqe;

	return io_uring_wait_cqe_timeout(&rig.ring, &cqe, &ts) == -ETIME;
}

static void imports(int a, int b, uint32_t idb)
{
	int fence;

	ksft_test_result(import(b, a, 1) == -EBADF && import(b, -1, 1) == -EBADF,
			 "not a sync_file: EBADF\n");
	fence = export(a, 1, 10000);
	ksft_test_result(!import(b, fence, 7) && !rig_timeline_value(b),
			 "import a sync_file that has not signalled\n");
	close(fence);
	rig_sqe_wait(&rig, 0, idb, 7);
	rig_submit(&rig);
	rig_timeline_raise(a, 1);
	ksft_test_result(!rig_wait(&rig).res && rig_timeline_value(b) == 7,
			 "an imported sync_file raises a timeline, and a job runs\n");
	fence = export(a, 1, 10000);
	ksft_test_result(!import(b, fence, 8) && rig_timeline_value(b) == 8,
			 "a sync_file that has signalled raises a timeline at once\n");
	close(fence);
	fence = export(a, 2, 30);
	ksft_test_result(!import(b, fence, 9) && !wait_value(b, 9),
			 "a sync_file that fails raises a timeline\n");
	close(fence);
}

/* Each timeline waits for a fence of the other one: raising either timeline raises both. */
static void circle(int a, int b)
{
	int fence, other;

	fence = export(a, 10, 10000);
	other = export(b, 20, 10000);
	ksft_test_result(!import(b, fence, 20) && !import(a, other, 10),
			 "two timelines import each other's sync_file\n");
	close(fence);
	close(other);
	rig_timeline_raise(a, 10);
	ksft_test_result(!wait_value(b, 20), "raising one timeline of a circle raises the other\n");
}

/* An import holds as long as the file of @b, which this closes, or a duplicate is open. */
static void lifetime(int a, int b, uint32_t idb)
{
	uint64_t all = 0;
	int fence, other;

	fence = export(a, 50, 10000);
	other = dup(b);
	ksft_test_result(!import(b, fence, 50), "import a sync_file, and close one of two files\n");
	close(b);
	rig_timeline_raise(a, 50);
	ksft_test_result(state(fence, 10000) == 1 && !wait_value(other, 50),
			 "an import lasts as long as a file of the timeline\n");
	close(fence);
	fence = export(a, 60, 10000);
	import(other, fence, 60);
	rig_sqe_wait(&rig, 0, idb, 60);
	rig_submit(&rig);
	close(other);
	rig_timeline_raise(a, 60);
	ksft_test_result(state(fence, 10000) == 1 && quiet(20) &&
				 !try_ioctl(rig.queue, PINION_QUEUE_IOC_CANCEL, &all) &&
				 rig_wait(&rig).res == -ECANCELED,
			 "an import ends with the last file of the timeline\n");
	close(fence);
}

static void all_imports(void)
{
	uint32_t ida, idb;
	int a = rig_timeline(rig.fd, 0, &ida), b = rig_timeline(rig.fd, 0, &idb);

	promise(ida, 100);
	promise(idb, 100);
	imports(a, b, idb);
	circle(a, b);
	close(b);
	/* A fence holds the file of its timeline until it has signalled, so take a new timeline. */
	b = rig_timeline(rig.fd, 0, &idb);
	lifetime(a, b, idb);
	close(a);
}

/* Fences are raised while some of them time out and the files of some are closed. */
static void many(void)
{
	unsigned int i, bad = 0, n = rig_times(300, 20000);
	uint32_t id, ido;
	int tl = rig_timeline(rig.fd, 0, &id), other;

	promise(id, 2 * n);
	for (i = 1; i <= n; i++) {
		int fence = export(tl, 2 * i, i % 3 ? 10000 : 1);

		other = rig_timeline(rig.fd, 0, &ido);
		bad += fence < 0 || import(other, fence, 1) || import(other, fence, 2);
		if (i % 4 == 0)
			close(other);
		rig_timeline_raise(tl, 2 * i);
		if (i % 4 && wait_value(other, 2))
			bad++;
		if (i % 4)
			close(other);
		close(fence);
		try_timeline_destroy(rig.fd, ido);
	}
	ksft_test_result(!bad, "%u fences, raised and timed out at once\n", n);
	close(tl);
}

static int syncobj_to_fd(uint32_t handle)
{
	struct drm_syncobj_handle args = {
		.handle = handle,
		.fd = -1,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	int ret = try_ioctl(rig.fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

static int syncobj_from_fd(uint32_t handle, int fd)
{
	struct drm_syncobj_handle args = {
		.handle = handle,
		.fd = fd,
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
	};

	return try_ioctl(rig.fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);
}

static int syncobj_move(uint32_t from, uint64_t from_point, uint32_t to, uint64_t to_point)
{
	struct drm_syncobj_transfer args = {
		.src_handle = from,
		.src_point = from_point,
		.dst_handle = to,
		.dst_point = to_point,
	};

	return try_ioctl(rig.fd, DRM_IOCTL_SYNCOBJ_TRANSFER, &args);
}

static int syncobj_wait(uint32_t handle, uint64_t point, int ms)
{
	struct timespec now;
	struct drm_syncobj_timeline_wait args = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.count_handles = 1,
	};

	clock_gettime(CLOCK_MONOTONIC, &now);
	args.timeout_nsec = now.tv_sec * 1000000000ll + now.tv_nsec + ms * 1000000ll;
	return try_ioctl(rig.fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &args);
}

static uint32_t syncobj(uint32_t flags)
{
	struct drm_syncobj_create args = { .flags = flags };

	if (try_ioctl(rig.fd, DRM_IOCTL_SYNCOBJ_CREATE, &args))
		ksft_exit_fail_msg("SYNCOBJ_CREATE: %s\n", strerror(errno));
	return args.handle;
}

/* A point of the timeline syncobj @points, as a sync_file by way of the syncobj @binary. */
static int syncobj_point_to_fd(uint32_t points, uint64_t point, uint32_t binary)
{
	return syncobj_move(points, point, binary, 0) ? -1 : syncobj_to_fd(binary);
}

/* A binary syncobj carries a sync_file to a point of a timeline syncobj, and back. */
static void syncobj_reached(uint32_t binary, uint32_t points, int tl, uint32_t id, int out)
{
	int fence;

	fence = export(tl, 4, 10000);
	ksft_test_result(!syncobj_from_fd(binary, fence) && !syncobj_move(binary, 0, points, 11),
			 "a point becomes a syncobj's\n");
	close(fence);
	ksft_test_result(syncobj_wait(points, 11, 20) == -ETIME,
			 "a syncobj of a point waits for the point\n");
	rig_sqe_long(&rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 4,
									.timeline = id };
	rig_submit(&rig);
	ksft_test_result(!syncobj_wait(points, 11, 10000) && !rig_wait(&rig).res,
			 "a syncobj of a point signals when a job has raised the point\n");
	fence = syncobj_point_to_fd(points, 11, binary);
	ksft_test_result(!import(out, fence, 1) && !wait_value(out, 1),
			 "import a syncobj's point that is reached\n");
	close(fence);
}

static void syncobj_ahead(uint32_t binary, uint32_t points, int tl, int out, uint32_t ido)
{
	struct drm_syncobj_timeline_array raise = { .count_handles = 1 };
	uint64_t point = 12;
	int fence;

	fence = export(tl, 5, 10000);
	ksft_test_result(!syncobj_from_fd(binary, fence) && !syncobj_move(binary, 0, points, point),
			 "a point that is not reached becomes a syncobj's\n");
	close(fence);
	fence = syncobj_point_to_fd(points, point, binary);
	ksft_test_result(!import(out, fence, 2) && rig_timeline_value(out) == 1,
			 "import a syncobj's point that is not reached\n");
	close(fence);
	rig_sqe_wait(&rig, 0, ido, 2);
	rig_submit(&rig);
	rig_timeline_raise(tl, 5);
	ksft_test_result(!rig_wait(&rig).res, "a job waits for a syncobj's point\n");
	raise.handles = (uintptr_t)&points;
	raise.points = (uintptr_t)&point;
	point = 13;
	ksft_test_result(!try_ioctl(rig.fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &raise) &&
				 (fence = syncobj_point_to_fd(points, point, binary)) >= 0 &&
				 !import(out, fence, 3) && !wait_value(out, 3),
			 "a point that a program has signalled\n");
	close(fence);
}

static void syncobjs(void)
{
	uint32_t binary = syncobj(0), points = syncobj(0), id, ido;
	int tl = rig_timeline(rig.fd, 0, &id), out = rig_timeline(rig.fd, 0, &ido);

	promise(id, 5);
	syncobj_reached(binary, points, tl, id, out);
	syncobj_ahead(binary, points, tl, out, ido);
	close(out);
	close(tl);
}

static int dmabuf_to_fence(int buf, uint32_t flags)
{
	struct dma_buf_export_sync_file args = { .flags = flags, .fd = -1 };
	int ret = try_ioctl(buf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &args);

	return ret ? ret : args.fd;
}

/* vgem draws into its buffer @attach, whose dma-buf is @buf, and a job waits for that. */
static void job_after_vgem(int card, struct vgem_attach *attach, int buf, int tl, uint32_t id)
{
	struct vgem_signal signal = {};
	int fence = -1;

	ksft_test_result(!try_ioctl(card, VGEM_ATTACH, attach) &&
				 (fence = dmabuf_to_fence(buf, DMA_BUF_SYNC_READ)) >= 0 &&
				 !import(tl, fence, 1),
			 "a fence of vgem's raises a timeline\n");
	close(fence);
	rig_sqe_wait(&rig, 0, id, 1);
	rig_submit(&rig);
	ksft_test_result(!rig_timeline_value(tl),
			 "a timeline is not raised before vgem's fence signals\n");
	signal.fence = attach->out_fence;
	ksft_test_result(!try_ioctl(card, VGEM_SIGNAL, &signal) && !rig_wait(&rig).res,
			 "a job runs when vgem's fence signals\n");
}

/* A job writes the buffer, and vgem waits for the job. */
static void vgem_after_job(int card, struct vgem_attach *attach, int buf, int tl, uint32_t id)
{
	struct dma_buf_import_sync_file theirs = { .flags = DMA_BUF_SYNC_WRITE };
	struct pollfd pfd = { .fd = buf, .events = POLLIN };

	theirs.fd = export(tl, 2, 10000);
	ksft_test_result(!try_ioctl(buf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &theirs) &&
				 !poll(&pfd, 1, 20) &&
				 try_ioctl(card, VGEM_ATTACH, attach) == -EBUSY,
			 "vgem's buffer waits for a job of ours\n");
	rig_sqe_long(&rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 2,
									.timeline = id };
	rig_submit(&rig);
	ksft_test_result(poll(&pfd, 1, 10000) == 1 && !rig_wait(&rig).res &&
				 !try_ioctl(card, VGEM_ATTACH, attach),
			 "vgem's buffer is free when the job is done\n");
	close(theirs.fd);
}

static void with_vgem(int card)
{
	struct drm_mode_create_dumb dumb = { .width = 1024, .height = 1, .bpp = 32 };
	struct vgem_attach attach = { .flags = VGEM_WRITE };
	uint32_t id;
	int tl = rig_timeline(rig.fd, 0, &id), buf;

	if (try_ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		ksft_exit_fail_msg("CREATE_DUMB: %s\n", strerror(errno));
	promise(id, 2);
	attach.handle = dumb.handle;
	buf = try_export(card, dumb.handle);
	job_after_vgem(card, &attach, buf, tl, id);
	vgem_after_job(card, &attach, buf, tl, id);
	close(buf);
	close(tl);
}

static void vgem(void)
{
	int card = system("modprobe -q -d \"$PINION_MODULES\" vgem") ? -1 : drmOpen("vgem", NULL);

	if (card < 0) {
		rig_skip(5, "no vgem in this kernel");
		return;
	}
	with_vgem(card);
	close(card);
}

int main(void)
{
	uint64_t exported;

	rig_open(&rig, 8);
	rig_long_ring(&rig, 256);
	behind = more(64);
	rig_hang(&behind);
	ksft_print_header();
	ksft_set_plan(35);
	exported = limits_begin();
	exports();
	all_imports();
	many();
	syncobjs();
	vgem();
	limits_end(exported);
	rig_close(&rig);
	ksft_finished();
}
