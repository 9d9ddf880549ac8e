// SPDX-License-Identifier: GPL-2.0-or-later
/* Ends of DRM_PINION_QUEUE_USER queues: fault, job_ms, bad descriptors, fork, SIGKILL, unbind. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "userq.h"

#define ENTRIES 8
#define JOB_MS	600 /* an empty job takes less, even on a slow machine */

static sigjmp_buf back;

static void on_signal(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

/* Whether reading the page raises no signal. */
static bool reachable(volatile uint32_t *page)
{
	if (sigsetjmp(back, 1))
		return false;
	(void)*page;
	return true;
}

static bool works(struct userq *uq)
{
	userq_put(uq, 0, 0);
	userq_ring(uq);
	return !userq_wait(uq).status;
}

static void faults(struct rig *rig)
{
	struct pinion_queue_fault fault;
	struct pinion_cqe rec;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	works(&uq);
	userq_put(&uq, RIG_VA + RIG_BYTES, 64);
	userq_put(&uq, 0, 0);
	userq_ring(&uq);
	rec = userq_wait(&uq);
	ksft_test_result(rec.status == PINION_STATUS_PAGE_FAULT && rec.cookie == 2,
			 "a job that faults\n");
	ksft_test_result(userq_poll(&uq, 60000) == POLLERR, "poll() tells\n");
	fault = userq_fault(&uq);
	ksft_test_result(fault.status == PINION_STATUS_PAGE_FAULT && fault.seq == 2 &&
				 fault.va == RIG_VA + RIG_BYTES,
			 "the fault names the second job\n");
	userq_put(&uq, 0, 0);
	userq_ring(&uq);
	usleep(20000);
	ksft_test_result(!userq_look(&uq, &rec), "a doorbell does not start a stopped queue\n");
	ksft_test_result(!userq_reset(&uq) && works(&uq) && !userq_fault(&uq).status,
			 "a reset starts a stopped queue\n");
	uq.doorbell[PINION_DOORBELL_TAIL / 4] = uq.tail + ENTRIES + 1;
	ksft_test_result(userq_poll(&uq, 60000) == POLLERR &&
				 userq_fault(&uq).status == PINION_STATUS_BAD_RING,
			 "a doorbell beyond the ring\n");
	userq_close(&uq);
}

/* A reset of a running queue discards the jobs in flight, and starts counting from zero. */
static void reset(struct rig *rig)
{
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	userq_hang(&uq, rig);
	userq_put(&uq, 0, 0);
	userq_ring(&uq);
	ksft_test_result(!userq_reset(&uq) && works(&uq), "reset while a job hangs\n");
	ksft_test_result(!userq_arm(&uq, 2) && !userq_poll(&uq, 0) && works(&uq) &&
				 userq_poll(&uq, 60000) == POLLIN,
			 "records are counted from zero\n");
	userq_close(&uq);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static void too_long(struct rig *rig)
{
	uint64_t end;
	struct pinion_queue_fault fault;
	unsigned int i, bad = 0;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, JOB_MS);
	for (i = 0; i < 3; i++) {
		bad += !works(&uq);
		usleep(JOB_MS * 800);
	}
	ksft_test_result(!bad && !userq_poll(&uq, 0), "job_ms: the queue may be idle for longer\n");
	userq_hang(&uq, rig);
	ksft_test_result(userq_poll(&uq, 60000) == POLLERR, "a job may not take longer\n");
	fault = userq_fault(&uq);
	ksft_test_result(fault.status == PINION_STATUS_ABORTED && fault.seq == 4,
			 "the fault says which job took too long\n");
	for (i = 0; i < 1000 && uq.doorbell[PINION_DOORBELL_TAIL / 4] != 77; i++) {
		usleep(1000);
		uq.doorbell[PINION_DOORBELL_TAIL / 4] = 77;
	}
	ksft_test_result(i < 1000, "the doorbell is memory soon after the queue was stopped\n");
	ksft_test_result(!userq_reset(&uq) && works(&uq) && !uq.doorbell[PINION_DOORBELL_TAIL / 4],
			 "the doorbell is the card's again after a reset\n");
	userq_hang(&uq, rig);
	ksft_test_result(userq_poll(&uq, 60000) == POLLERR && !userq_reset(&uq) && works(&uq),
			 "after a reset a job may not take longer, either\n");
	userq_close(&uq);
	userq_open(&uq, rig->fd, ENTRIES, JOB_MS);
	for (end = now_ms() + 3 * JOB_MS; now_ms() < end;)
		bad += !works(&uq);
	ksft_test_result(!bad && works(&uq) && !userq_poll(&uq, 0),
			 "many short jobs, for longer in all\n");
	userq_close(&uq);
}

/* Random descriptors and doorbells stop their queue, and no other queue. */
static void garbage(struct rig *rig)
{
	unsigned int round, i, rounds = rig_times(300, 20000), bad = 0;
	struct pinion_cqe rec;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 50);
	srandom(7);
	for (round = 0; round < rounds && !bad; round++) {
		uint32_t *words = (uint32_t *)uq.ring;

		for (i = 0; i < ENTRIES * sizeof(*uq.ring) / 4; i++)
			words[i] = random() % 4 ? 0 : (uint32_t)random() % (round % 2 ? 4 : ~0u);
		uq.doorbell[random() % 8] = random() % 3 ? random() % (ENTRIES + 2) : random();
		rig->bytes = 0;
		rig_fill(rig, RIG_DATA_VA, 64, round & 0xff, 1);
		bad += rig_run(rig).res || !rig_all(rig->data, 64, round & 0xff);
		if (round % 3)
			bad += userq_reset(&uq);
	}
	ksft_test_result(!bad, "%u rings of garbage; another queue goes on\n", rounds);
	for (i = 0; i < ENTRIES; i++)
		memset(&uq.ring[i], 0, sizeof(uq.ring[i]));
	ksft_test_result(!userq_reset(&uq) && works(&uq) && !userq_look(&uq, &rec),
			 "after a reset the queue with garbage works\n");
	userq_close(&uq);
}

static void forked(struct rig *rig)
{
	int status, pid;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	works(&uq);
	pid = fork();
	if (!pid)
		_exit(reachable(uq.doorbell) | reachable((void *)uq.ring) << 1 |
		      reachable((void *)uq.cq) << 2);
	ksft_test_result(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
				 !WEXITSTATUS(status),
			 "a child after fork() has none of it\n");
	ksft_test_result(works(&uq), "the parent still has the mappings\n");
	userq_close(&uq);
}

static void killed(struct rig *rig)
{
	unsigned int i, bad = 0, rounds = rig_times(30, 1000);
	struct userq uq;
	int status, pid;

	for (i = 0; i < rounds; i++) {
		pid = fork();
		if (!pid) {
			int node = rig_open_node();

			userq_open(&uq, node, ENTRIES, i % 2 ? 1000 : 0);
			for (;;) {
				*userq_put(&uq, 0, 0) =
					(struct pinion_desc){ .flags = i & PINION_DESC_F_NO_IRQ };
				userq_ring(&uq);
				if (i % 3)
					userq_wait(&uq);
			}
		}
		usleep(2000 + i % 7 * 3000);
		bad += kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid ||
		       !WIFSIGNALED(status);
	}
	ksft_test_result(!bad, "%u processes killed with jobs in flight\n", rounds);
	userq_open(&uq, rig->fd, ENTRIES, 0);
	ksft_test_result(works(&uq), "the card goes on\n");
	userq_close(&uq);
}

static void unbound(struct rig *rig)
{
	struct pinion_cqe rec;
	struct userq uq, other;
	struct rig new;

	userq_open(&uq, rig->fd, ENTRIES, 50);
	userq_open(&other, rig->fd, ENTRIES, 0);
	works(&uq);
	userq_hang(&uq, rig);
	ksft_test_result(!try_driver("unbind"), "unbind with a mapped queue and a job\n");
	ksft_test_result(userq_poll(&uq, 60000) == POLLERR, "poll() tells\n");
	uq.doorbell[0] = 1234;
	ksft_test_result(uq.doorbell[0] == 1234 && !other.doorbell[0],
			 "the doorbell is memory, the queue's alone\n");
	userq_put(&uq, 0, 0);
	userq_ring(&uq);
	ksft_test_result(!userq_look(&uq, &rec) && reachable((void *)other.ring),
			 "the rings stay\n");
	ksft_test_result(userq_reset(&uq) == -ENODEV, "no reset\n");
	userq_unhang(rig);
	ksft_test_result(!try_driver("bind"), "bind again\n");
	rig_open(&new, 4);
	ksft_test_result(userq_policy("admin") != -ENOENT && !rig_run(&new).res,
			 "new files work\n");
	uq.doorbell[0] = 1;
	ksft_test_result(uq.doorbell[0] == 1 && userq_poll(&uq, 0) == POLLERR,
			 "the old queue stays dead\n");
	userq_close(&uq);
	userq_close(&other);
	userq_open(&uq, new.fd, ENTRIES, 0);
	ksft_test_result(works(&uq), "a new queue works\n");
	userq_close(&uq);
	rig_close(&new);
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct rig rig;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(30);
	faults(&rig);
	reset(&rig);
	too_long(&rig);
	garbage(&rig);
	forked(&rig);
	killed(&rig);
	unbound(&rig);
	rig_close(&rig);
	userq_policy("off");
	ksft_finished();
}
