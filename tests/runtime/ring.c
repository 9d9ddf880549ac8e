// SPDX-License-Identifier: MIT
/* pinion_prep_submit(): jobs in the caller's io_uring, linked to file I/O, with device times. */
#include <fcntl.h>
#include <liburing.h>

#include "rt.h"

#define BYTES 65536u
#define FLAGS (IOSQE_IO_LINK | IOSQE_ASYNC)

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static struct pinion_buffer *buf;
static struct io_uring ring;

static struct io_uring_sqe *prep_job(uint8_t flags, uint64_t user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe || pinion_prep_submit(sqe, queue, cb))
		tap_bail("the job cannot be prepared");
	sqe->flags = flags;
	sqe->user_data = user_data;
	return sqe;
}

/* Take @count completions and store their results and device times by user_data. */
static void reap(unsigned int count, int *res, uint64_t *time)
{
	struct io_uring_cqe *cqe;

	if (io_uring_submit_and_wait(&ring, count) < 0)
		tap_bail("the ring takes nothing");
	for (unsigned int i = 0; i < count; i++) {
		if (io_uring_wait_cqe(&ring, &cqe))
			tap_bail("no completion");
		res[cqe->user_data] = cqe->res;
		time[cqe->user_data] = cqe->big_cqe[0];
		io_uring_cqe_seen(&ring, cqe);
	}
}

static void alone(void)
{
	uint64_t time[4];
	int res[4];

	for (unsigned int i = 0; i < 4; i++)
		prep_job(0, i);
	reap(4, res, time);
	tap_ok(!res[0] && !res[1] && !res[2] && !res[3], "four jobs in one submit");
	tap_ok(time[0] && time[0] <= time[1] && time[1] <= time[2] && time[2] <= time[3],
	       "their device times in order");
}

static void fixed_file(void)
{
	int fd = pinion_queue_fd(queue), res[1];
	uint64_t time[1];

	if (io_uring_register_files(&ring, &fd, 1))
		tap_bail("the queue cannot be registered");
	prep_job(IOSQE_FIXED_FILE, 0)->fd = 0;
	reap(1, res, time);
	tap_ok(!res[0], "a registered queue file");
	io_uring_unregister_files(&ring);
}

/* Create a file without a name that is filled with a pattern. */
static int pattern_file(void)
{
	static unsigned char data[BYTES];
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	for (unsigned int i = 0; i < BYTES; i++)
		data[i] = i * 31 >> 3;
	if (fd < 0 || write(fd, data, BYTES) != BYTES)
		tap_bail("/tmp: %s", strerror(errno));
	return fd;
}

static void file_card_file(void)
{
	static unsigned char in[BYTES], out[BYTES];
	int from = pattern_file(), to = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	char *map = pinion_buffer_map(buf);
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
	uint64_t time[3];
	int res[3];

	memset(map, 0, 2 * BYTES);
	io_uring_prep_read(sqe, from, map, BYTES, 0);
	sqe->flags = IOSQE_IO_LINK;
	sqe->user_data = 0;
	prep_job(FLAGS, 1);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_write(sqe, to, map + BYTES, BYTES, 0);
	sqe->user_data = 2;
	reap(3, res, time);
	tap_ok(res[0] == BYTES && !res[1] && res[2] == BYTES,
	       "read, job, write in one chain: %d, %d, %d", res[0], res[1], res[2]);
	tap_ok(pread(from, in, BYTES, 0) == BYTES && pread(to, out, BYTES, 0) == BYTES &&
		       !memcmp(in, out, BYTES),
	       "the bytes went through the card");
	close(from);
	close(to);
}

/* A job that fails breaks the chain of linked SQEs. */
static void broken_chain(void)
{
	struct io_uring_sqe *sqe;
	uint64_t time[2];
	int res[2];

	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, 0x7000dead0000, 8, 0, 8);
	prep_job(FLAGS, 0);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_nop(sqe);
	sqe->user_data = 1;
	reap(2, res, time);
	tap_ok(res[0] == -EFAULT && res[1] == -ECANCELED, "a fault breaks the chain: %d, %d",
	       res[0], res[1]);
	prep_job(0, 0);
	reap(1, res, time);
	tap_ok(res[0] == -ESHUTDOWN, "the queue is stopped: %d", res[0]);
	RT(pinion_queue_reset(queue, &rt_err));
	pinion_cmdbuf_reset(cb);
	tap_ok(!rt_run(queue, cb), "reset, the library's own ring works on");
}

static void refused(void)
{
	struct io_uring_sqe sqe;

	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, 0, 1, 0, 3);
	tap_ok(pinion_prep_submit(&sqe, queue, cb) == -EINVAL, "an error of the recording");
}

int main(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_CQE32 };

	tap_plan(9);
	dev = rt_device();
	queue = rt_queue(dev, 16);
	cb = rt_cmdbuf(dev);
	buf = rt_host(dev, 2 * BYTES);
	if (io_uring_queue_init_params(16, &ring, &params))
		tap_bail("no io_uring");
	pinion_cmd_copy(cb, pinion_buffer_address(buf) + BYTES, pinion_buffer_address(buf), BYTES);
	alone();
	fixed_file();
	file_card_file();
	broken_chain();
	refused();
	io_uring_queue_exit(&ring);
	pinion_buffer_free(buf);
	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return tap_result();
}
