// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * EXEC in chains with other commands, from a file through the card to a file or a socket, and
 * completions that are left out. In Linux 6.12 the SQE of a linked command may be overwritten
 * before the command runs, unless it has IOSQE_ASYNC. The ring is as small as a chain to show that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

#define BYTES 4096u
#define OUT   65536u /* offset in rig.data of what the card copied */
#define CHAIN IOSQE_IO_LINK

static int in, out;

static int scratch_file(void)
{
	char name[] = "/tmp/links-XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0)
		ksft_exit_fail_msg("a file in /tmp: %s\n", strerror(errno));
	unlink(name);
	return fd;
}

static void ring_kind(struct rig *rig, unsigned int entries, unsigned int flags)
{
	int ret;

	io_uring_queue_exit(&rig->ring);
	ret = io_uring_queue_init(entries, &rig->ring, IORING_SETUP_CQE32 | flags);
	if (ret)
		ksft_exit_fail_msg("io_uring: %s\n", strerror(-ret));
}

static void put_copy(struct rig *rig)
{
	rig->bytes = 0;
	rig_copy(rig, RIG_DATA_VA + OUT, RIG_DATA_VA, BYTES);
}

/* Read what the last command of the chain wrote to the file or sent to the socket. */
static bool fetch(uint8_t *got, int peer)
{
	return (peer < 0 ? pread(out, got, BYTES, 0) : recv(peer, got, BYTES, MSG_WAITALL)) ==
	       (int)BYTES;
}

/*
 * A chain reads a file, has the card copy the data, and writes the copy to a file, or sends it to
 * @socket, whose other end is @peer.
 */
static bool round_trip(struct rig *rig, unsigned int i, int socket, int peer)
{
	uint8_t want[BYTES], got[BYTES];
	struct io_uring_sqe *sqe;
	int k, bad = 0;

	memset(want, i + 1, sizeof(want));
	memset(rig->data, 0, BYTES);
	memset(rig->data + OUT, 0, BYTES);
	if (pwrite(in, want, BYTES, 0) != BYTES)
		ksft_exit_fail_msg("pwrite: %s\n", strerror(errno));
	sqe = io_uring_get_sqe(&rig->ring);
	io_uring_prep_read(sqe, in, rig->data, BYTES, 0);
	sqe->flags = CHAIN;
	rig_sqe(rig, RIG_VA, rig->bytes)->flags = CHAIN | IOSQE_ASYNC;
	sqe = io_uring_get_sqe(&rig->ring);
	if (socket < 0)
		io_uring_prep_write(sqe, out, rig->data + OUT, BYTES, 0);
	else
		io_uring_prep_send(sqe, socket, rig->data + OUT, BYTES, 0);
	rig_submit(rig);
	for (k = 0; k < 3; k++) {
		int res = rig_wait(rig).res;

		bad += res && res != (int)BYTES;
	}
	return !bad && fetch(got, peer) && !memcmp(want, got, BYTES);
}

static void files(struct rig *rig, unsigned int flags, const char *kind)
{
	unsigned int i, good = 0, sent = 0, n = rig_times(100, 5000);
	int pair[2];

	ring_kind(rig, 4, flags);
	put_copy(rig);
	for (i = 0; i < n; i++)
		good += round_trip(rig, i, -1, -1);
	ksft_test_result(good == n, "%s: %u of %u from a file through the card to a file\n", kind,
			 good, n);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		ksft_exit_fail_msg("socketpair: %s\n", strerror(errno));
	for (i = 0; i < n; i++)
		sent += round_trip(rig, i, pair[0], pair[1]);
	ksft_test_result(sent == n, "%s: %u of %u to a socket\n", kind, sent, n);
	close(pair[0]);
	close(pair[1]);
}

/* A chain of eight has one completion: of its last command, or of the command that fails. */
static void left_out(struct rig *rig, unsigned int flags, const char *kind)
{
	struct io_uring_cqe *cqe;
	struct done done;
	unsigned int i;

	ring_kind(rig, 8, flags);
	for (i = 0; i < 8; i++)
		rig_sqe(rig, 0, 0)->flags = i < 7 ? CHAIN | IOSQE_ASYNC | IOSQE_CQE_SKIP_SUCCESS
						  : IOSQE_ASYNC;
	rig_submit(rig);
	done = rig_wait(rig);
	ksft_test_result(!done.res && done.mark == rig->mark && io_uring_peek_cqe(&rig->ring, &cqe),
			 "%s: one completion of eight linked jobs\n", kind);
	for (i = 0; i < 8; i++)
		rig_sqe(rig, i == 3 ? 4 : 0, i == 3 ? 8 : 0)->flags = (i < 7 ? CHAIN : 0) |
								      IOSQE_ASYNC |
								      IOSQE_CQE_SKIP_SUCCESS;
	rig_submit(rig);
	done = rig_wait(rig);
	ksft_test_result(done.res == -EINVAL && done.mark == rig->mark - 4,
			 "%s: the fourth fails, and tells: %s\n", kind, strerror(-done.res));
	ring_kind(rig, 8, flags);
	for (i = 0; i < 8; i++)
		rig_sqe(rig, 0, 0)->flags = i < 7 ? IOSQE_CQE_SKIP_SUCCESS : 0;
	rig_submit(rig);
	done = rig_wait(rig);
	ksft_test_result(!done.res && done.mark == rig->mark && io_uring_peek_cqe(&rig->ring, &cqe),
			 "%s: one completion of eight that are not linked\n", kind);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(16);
	rig_open(&rig, 16);
	in = scratch_file();
	out = scratch_file();
	files(&rig, 0, "plain");
	files(&rig, IORING_SETUP_SQPOLL, "SQPOLL");
	files(&rig, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, "DEFER_TASKRUN");
	left_out(&rig, 0, "plain");
	left_out(&rig, IORING_SETUP_SQPOLL, "SQPOLL");
	left_out(&rig, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, "DEFER_TASKRUN");
	ksft_test_result(!rig_fault(&rig).status, "no fault\n");
	rig_close(&rig);
	ksft_finished();
}
