// SPDX-License-Identifier: MIT
/*
 * ring IN OUT [vecadd.elf]: reads floats from a file, doubles each on the card and writes the
 * results to a second file. Read, job and write are one linked chain in the program's own
 * io_uring: one system call submits all three, and the program wakes when the chain is done.
 *
 * cc ring.c $(pkg-config --cflags --libs pinion) -luring
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <pinion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK 1024u /* elements that a block of the kernel adds */

struct vecadd_args {
	uint64_t a, b, c;
	uint32_t n, reserved;
};

static const char *const step[] = { "read", "job", "write" };

static void die(const char *what, const char *why)
{
	fprintf(stderr, "ring: %s: %s\n", what, why);
	exit(1);
}

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path, strerror(errno));
	return fd;
}

/* Record c = a + a, where a is @bytes of floats at @va and c follows a in memory. */
static struct pinion_cmdbuf *record(struct pinion_device *dev, const char *elf, uint64_t va,
				    uint64_t bytes)
{
	uint32_t n = bytes / sizeof(float);
	struct vecadd_args args = { .a = va, .b = va, .c = va + bytes, .n = n };
	struct pinion_program *prog;
	struct pinion_cmdbuf *cb;
	struct pinion_error err;

	if (pinion_program_open(dev, elf, &prog, &err))
		die("program", err.text);
	if (pinion_cmdbuf_create(dev, 0, &cb, &err))
		die("command buffer", err.text);
	pinion_cmd_launch(cb, pinion_program_kernel(prog, "vecadd"), (n + BLOCK - 1) / BLOCK, 1, 1,
			  &args, sizeof(args));
	return cb;
}

static void prepare(struct io_uring *ring, int in, int out, char *memory, uint64_t bytes,
		    struct pinion_queue *queue, struct pinion_cmdbuf *cb)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_read(sqe, in, memory, bytes, 0);
	sqe->flags = IOSQE_IO_LINK;
	sqe->user_data = 0;

	sqe = io_uring_get_sqe(ring);
	if (pinion_prep_submit(sqe, queue, cb))
		die("job", "the recording failed");
	/* IOSQE_ASYNC: before 6.15 the kernel reads a linked command's SQE too late without it. */
	sqe->flags = IOSQE_IO_LINK | IOSQE_ASYNC;
	sqe->user_data = 1;

	sqe = io_uring_get_sqe(ring);
	io_uring_prep_write(sqe, out, memory + bytes, bytes, 0);
	sqe->user_data = 2;
}

static void finish(struct io_uring *ring, uint64_t bytes)
{
	struct io_uring_cqe *cqe;

	if (io_uring_submit_and_wait(ring, 3) != 3)
		die("io_uring", "the chain was not submitted");
	for (int i = 0; i < 3; i++) {
		if (io_uring_wait_cqe(ring, &cqe))
			die("io_uring", "no completion");
		if (cqe->res < 0)
			die(step[cqe->user_data], strerror(-cqe->res));
		if (cqe->user_data != 1 && (uint64_t)cqe->res != bytes)
			die(step[cqe->user_data], "short");
		io_uring_cqe_seen(ring, cqe);
	}
}

int main(int argc, char **argv)
{
	struct pinion_device *dev;
	struct pinion_buffer *buf;
	struct pinion_queue *queue;
	struct pinion_error err;
	struct pinion_cmdbuf *cb;
	struct io_uring ring;
	struct stat st;
	uint64_t bytes;
	int in, out;

	if (argc < 3)
		die("usage", "ring IN OUT [vecadd.elf]");
	in = open_or_die(argv[1], O_RDONLY);
	out = open_or_die(argv[2], O_WRONLY | O_CREAT | O_TRUNC);
	if (fstat(in, &st) || st.st_size < (off_t)sizeof(float))
		die(argv[1], "not a file of floats");
	bytes = st.st_size - st.st_size % sizeof(float);
	if (pinion_device_open(NULL, &dev, &err) ||
	    pinion_buffer_create(dev, 2 * bytes, PINION_BUFFER_HOST, &buf, &err) ||
	    pinion_queue_create(dev, NULL, &queue, &err))
		die("card", err.text);
	if (io_uring_queue_init(8, &ring, 0))
		die("io_uring", "not allowed here");
	cb = record(dev, argc > 3 ? argv[3] : "build/kernels/vecadd.elf",
		    pinion_buffer_address(buf), bytes);
	prepare(&ring, in, out, pinion_buffer_map(buf), bytes, queue, cb);
	finish(&ring, bytes);
	printf("%llu floats: file, card, file\n", (unsigned long long)(bytes / sizeof(float)));

	io_uring_queue_exit(&ring);
	pinion_queue_close(queue);
	pinion_cmdbuf_free(cb);
	pinion_buffer_free(buf);
	pinion_device_close(dev);
	return 0;
}
