// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A queue file is all that a submitter needs, be it a process without rights and with a ring that
 * takes only such commands, a thread of the kernel with other credentials, or a child that shares
 * its parent's ring.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define NOBODY 65534

static void send_file(int to, int fd)
{
	char byte = 0, room[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = room,
			      .msg_controllen = sizeof(room) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != 1)
		ksft_exit_fail_msg("sendmsg: %s\n", strerror(errno));
}

static int receive_file(int from)
{
	char byte, room[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = room,
			      .msg_controllen = sizeof(room) };
	int fd = -1;

	if (recvmsg(from, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* liburing 2.3 declares functions for two operations that its library does not have. */
static int ring_register(struct io_uring *ring, unsigned int op, void *arg, unsigned int count)
{
	return syscall(__NR_io_uring_register, ring->ring_fd, op, arg, count);
}

/* Open a ring that takes only commands on registered files, of which @queue is file 0. */
static int restricted_ring(struct io_uring *ring, int queue)
{
	struct io_uring_restriction only[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_URING_CMD },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED, .sqe_flags = IOSQE_FIXED_FILE },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
		  .sqe_flags = IOSQE_FIXED_FILE | IOSQE_IO_LINK | IOSQE_ASYNC },
	};
	int ret = io_uring_queue_init(4, ring, IORING_SETUP_R_DISABLED);

	if (!ret)
		ret = io_uring_register_files(ring, &queue, 1);
	return ret || ring_register(ring, IORING_REGISTER_RESTRICTIONS, only, 3) ||
	       ring_register(ring, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
}

static struct io_uring_sqe *sqe_exec(struct io_uring *ring, uint32_t bytes, unsigned int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->cmd_op = PINION_URING_EXEC;
	sqe->flags = flags;
	sqe->addr = bytes ? RIG_VA : 0;
	sqe->len = bytes;
	return sqe;
}

static int result(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int res = io_uring_submit_and_wait(ring, 1);

	if (res < 0 || io_uring_peek_cqe(ring, &cqe))
		return -EPROTO;
	res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return res;
}

/* A process that has only the queue file submits: a bit for each check that failed. */
static int worker(int from, uint32_t bytes)
{
	struct io_uring ring;
	int queue, bad = 0;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 1;
	queue = receive_file(from);
	if (queue < 0 || restricted_ring(&ring, queue))
		return 2;
	close(queue);
	sqe_exec(&ring, bytes, IOSQE_FIXED_FILE);
	bad |= result(&ring) ? 4 : 0;
	io_uring_prep_nop(io_uring_get_sqe(&ring));
	bad |= result(&ring) == -EACCES ? 0 : 8;
	sqe_exec(&ring, 0, 0);
	bad |= result(&ring) == -EACCES ? 0 : 16;
	sqe_exec(&ring, 0, IOSQE_FIXED_FILE | IOSQE_IO_LINK);
	sqe_exec(&ring, 0, IOSQE_FIXED_FILE | IOSQE_ASYNC);
	bad |= result(&ring) || result(&ring) ? 32 : 0;
	return bad;
}

static void handed_over(struct rig *rig)
{
	int pair[2], status, pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		ksft_exit_fail_msg("socketpair: %s\n", strerror(errno));
	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 4096, 0x5c, 1);
	pid = fork();
	if (!pid) {
		int bytes = rig->bytes;

		/* The child has no file of the card and no ring of the parent. */
		close(rig->fd);
		close(rig->queue);
		close(rig->ring.ring_fd);
		close(pair[0]);
		_exit(worker(pair[1], bytes));
	}
	send_file(pair[0], rig->queue);
	ksft_test_result(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
				 !WEXITSTATUS(status),
			 "a worker with a queue and a restricted ring: %#x\n", WEXITSTATUS(status));
	ksft_test_result(rig_all(rig->data, 4096, 0x5c),
			 "a worker's job ran in the address space of the queue\n");
	close(pair[0]);
	close(pair[1]);
}

/* The SQPOLL thread keeps the credentials of its creation, unless an SQE names others. */
static int credentials(struct rig *rig)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 10 };
	struct io_uring ring;
	int root, bad = 0;

	if (io_uring_queue_init_params(4, &ring, &params) ||
	    io_uring_register_files(&ring, &rig->queue, 1))
		return 1;
	root = io_uring_register_personality(&ring);
	if (root < 0 || setgid(NOBODY) || setuid(NOBODY))
		return 2;
	sqe_exec(&ring, 0, IOSQE_FIXED_FILE);
	bad |= result(&ring) ? 4 : 0;
	sqe_exec(&ring, 0, IOSQE_FIXED_FILE)->personality = root;
	bad |= result(&ring) ? 8 : 0;
	sqe_exec(&ring, 0, IOSQE_FIXED_FILE)->personality = root + 1;
	bad |= result(&ring) == -EINVAL ? 0 : 16;
	usleep(50000);
	sqe_exec(&ring, 0, IOSQE_FIXED_FILE);
	bad |= result(&ring) ? 32 : 0;
	return bad;
}

static void other_credentials(struct rig *rig)
{
	int status, pid = fork();

	if (!pid)
		_exit(credentials(rig));
	ksft_test_result(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
				 !WEXITSTATUS(status),
			 "a ring with SQPOLL, of root, used by nobody: %#x\n", WEXITSTATUS(status));
}

#define CHILDS 3u

/* A child submits to its parent's ring and ends: its jobs run, and complete in the ring. */
static void forked(struct rig *rig)
{
	unsigned int i, seen = 0, bad = 0;
	uint64_t first;
	int status, pid;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	rig_sqe_wait(rig, 0, id, 1);
	first = rig->mark;
	rig_submit(rig);
	pid = fork();
	if (!pid) {
		for (i = 0; i < CHILDS; i++)
			rig_sqe_wait(rig, 0, id, 1);
		rig_submit(rig);
		_exit(0);
	}
	ksft_test_result(waitpid(pid, &status, 0) == pid && !status,
			 "a child submits to its parent's ring\n");
	/* The child has moved the ring's tail: bring liburing's copy of the tail up to date. */
	rig->ring.sq.sqe_head = rig->ring.sq.sqe_tail = *rig->ring.sq.ktail;
	rig->mark += CHILDS;
	rig_sqe_wait(rig, 0, id, 1);
	rig_submit(rig);
	rig_timeline_raise(tl, 1);
	for (i = 0; i < CHILDS + 2; i++) {
		struct done done = rig_wait(rig);

		bad += done.res || seen & 1u << (done.mark - first);
		seen |= 1u << (done.mark - first);
	}
	ksft_test_result(!bad && seen == (1u << (CHILDS + 2)) - 1,
			 "each job is told of once: %#x\n", seen);
	close(tl);
	try_timeline_destroy(rig->fd, id);
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 16);
	ksft_print_header();
	ksft_set_plan(6);
	handed_over(&rig);
	other_credentials(&rig);
	forked(&rig);
	rig.bytes = 0;
	ksft_test_result(!rig_run(&rig).res && !rig_fault(&rig).status,
			 "the queue works after all that\n");
	rig_close(&rig);
	ksft_finished();
}
