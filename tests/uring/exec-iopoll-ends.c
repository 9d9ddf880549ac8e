// SPDX-License-Identifier: GPL-2.0-or-later
/* Rings that poll and polled queues end with jobs in flight: by exit, exec and SIGKILL. */
#include <signal.h>
#include <sys/wait.h>

#include "polled.h"

static void ring_exit(struct rig *rig)
{
	unsigned int i, good = 0;

	for (i = 0; i < 4; i++)
		rig_hang(rig);
	io_uring_queue_exit(&rig->ring);
	polled_ring(&rig->ring, 0);
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(polled_wait(rig).res == -EAGAIN,
			 "a ring ends, the jobs that it left fill the queue\n");
	rig_unhang(rig);
	/* The jobs of the closed ring are reaped when a later job finds the queue full. */
	for (i = 0; i < 6000 && !good; i++, usleep(10000))
		good = polled_works(rig);
	ksft_test_result(good,
			 "jobs of a ring that ended drain, and leave the queue to another ring\n");
}

static void ring_exit_sqpoll(struct rig *rig)
{
	struct io_uring ring = rig->ring;

	polled_ring(&rig->ring, IORING_SETUP_SQPOLL);
	rig_hang(rig);
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	usleep(10000);
	io_uring_queue_exit(&rig->ring);
	rig->ring = ring;
	rig_unhang(rig);
	ksft_test_result(polled_works(rig), "a ring with SQPOLL ends\n");
}

/* Pending commands hold the queue file: closing the ring releases the file. */
static void close_with_jobs(struct rig *rig)
{
	int mine = rig->queue, i;

	rig->queue = polled_queue(rig->fd, 4);
	for (i = 0; i < 4; i++)
		rig_hang(rig);
	close(rig->queue);
	io_uring_queue_exit(&rig->ring);
	rig->queue = mine;
	polled_ring(&rig->ring, 0);
	ksft_test_result(polled_works(rig), "a queue closed with jobs that never end\n");
}

/*
 * All jobs are cancelled while the record of the first job is there and nobody polls. The card is
 * asked to abort the second job only when the driver has seen that record. So the time until then
 * must not count against the card.
 */
static void cancel_unseen(struct rig *rig)
{
	uint64_t all = 0;

	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	rig_hang(rig);
	usleep(50000);
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_CANCEL, &all),
			 "cancel all, one is complete\n");
	usleep(2500000);
	ksft_test_result(!rig_fault(rig).status &&
				 polled_reap(rig, 1, 0) + polled_reap(rig, 1, -ECANCELED) == 2,
			 "the queue is not stopped for a record that nobody saw\n");
	rig_unhang(rig);
	ksft_test_result(polled_works(rig), "the queue goes on after CANCEL\n");
}

/* Start a process with a job that never ends, which then calls @how; *@ready says when. */
static pid_t spawn(void (*how)(struct rig *rig), int *ready)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	pid = fork();
	if (pid) {
		close(fds[1]);
		*ready = fds[0];
		return pid;
	}
	struct rig rig;

	alarm(60);
	polled_open(&rig, 8);
	rig_sqe(&rig, 0, 0);
	rig_hang(&rig);
	rig_sqe(&rig, 0, 0);
	rig_submit(&rig);
	if (write(fds[1], "", 1) != 1)
		_exit(1);
	how(&rig);
	_exit(1);
}

static void wait_for_ever(struct rig *rig)
{
	polled_wait(rig);
	polled_wait(rig);
}

static void call_exec(struct rig *rig)
{
	(void)rig;
	execl("/bin/true", "true", NULL);
}

static void just_exit(struct rig *rig)
{
	(void)rig;
	_exit(0);
}

static void others(void)
{
	unsigned int i, killed = 0, n = rig_times(10, 200);
	int ready, status;
	char byte;
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = spawn(wait_for_ever, &ready);
		if (read(ready, &byte, 1) != 1)
			ksft_exit_fail_msg("the child did not get as far as its jobs\n");
		close(ready);
		usleep(i % 5 * 3000);
		kill(pid, SIGKILL);
		killed += waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
			  WTERMSIG(status) == SIGKILL;
	}
	ksft_test_result(killed == n, "%u killed while they poll for a job that never ends\n",
			 killed);
	pid = spawn(call_exec, &ready);
	ksft_test_result(waitpid(pid, &status, 0) == pid && !status, "exec with such a job\n");
	close(ready);
	pid = spawn(just_exit, &ready);
	ksft_test_result(waitpid(pid, &status, 0) == pid && !status, "exit with such a job\n");
	close(ready);
}

static void removal(struct rig *rig)
{
	rig_hang(rig);
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(!try_driver("unbind"), "the card is taken away\n");
	ksft_test_result(polled_reap(rig, 2, -ECANCELED) == 2, "the jobs in flight: ECANCELED\n");
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(polled_wait(rig).res == -ENODEV, "a new job: ENODEV\n");
	ksft_test_result(!try_driver("bind"), "the card comes back\n");
}

int main(void)
{
	uint64_t before, after;
	struct rig rig;
	int fd;

	ksft_print_header();
	ksft_set_plan(16);
	fd = rig_open_node();
	before = rig_info(fd).memory_free;
	close(fd);
	polled_open(&rig, 4);
	ring_exit(&rig);
	ring_exit_sqpoll(&rig);
	close_with_jobs(&rig);
	cancel_unseen(&rig);
	others();
	removal(&rig);
	rig_close(&rig);
	after = rig_free_settled(before);
	ksft_test_result(after == before, "device memory free: %llu before, %llu after\n",
			 (unsigned long long)before, (unsigned long long)after);
	polled_open(&rig, 4);
	ksft_test_result(polled_works(&rig), "a fresh job passes\n");
	rig_close(&rig);
	ksft_finished();
}
