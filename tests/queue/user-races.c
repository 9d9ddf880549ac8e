// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queues of DRM_PINION_QUEUE_USER, whose jobs the kernel does not see: waiters are woken whether
 * the wait or the completion came first, and a reset leaves nothing of what was before.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "../isolation/code.h"
#include "userq.h"

#define ENTRIES	 8
#define JOB_MS	 2000 /* ms; a sleep of half of that is not twice as long on a slow machine */
#define RESETS	 50
#define COUNT_AT 8192 /* offsets in rig->data of a counter and of the kernel that counts */
#define CODE_AT	 12288

static bool works(struct userq *uq)
{
	userq_put(uq, 0, 0);
	userq_ring(uq);
	return !userq_wait(uq).status;
}

/* ARM for a record that is there already, and that the kernel knows of, wakes epoll. */
static void arm_late(struct rig *rig)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, uq.fd, &event))
		ksft_exit_fail_msg("epoll\n");
	works(&uq);
	ksft_test_result(!userq_poll(&uq, 0) && !epoll_wait(ep, &event, 1, 0),
			 "without ARM epoll reports nothing\n");
	ksft_test_result(!userq_arm(&uq, 1) && epoll_wait(ep, &event, 1, 60000) == 1 &&
				 event.events == EPOLLIN,
			 "ARM for a record that is there wakes those who poll already\n");
	close(ep);
	userq_close(&uq);
}

static void *wait_for_five(void *arg)
{
	struct pinion_timeline_wait wait = { .value = 5, .until_ns = INT64_MAX };

	return (void *)(intptr_t)try_ioctl(*(int *)arg, PINION_TIMELINE_IOC_WAIT, &wait);
}

/* A job without an interrupt raises a timeline: @how must make the driver wake the waiter. */
static void last_words(struct rig *rig, const char *how)
{
	struct userq uq;
	pthread_t thread;
	void *result;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	userq_open(&uq, rig->fd, ENTRIES, 0);
	if (pthread_create(&thread, NULL, wait_for_five, &tl))
		ksft_exit_fail_msg("a thread\n");
	usleep(20000);
	*userq_put(&uq, 0, 0) = (struct pinion_desc){
		.signal_va = rig_info(rig->fd).va_end + 4096ull * id,
		.signal_value = 5,
		.flags = PINION_DESC_F_NO_IRQ,
	};
	userq_ring(&uq);
	userq_wait(&uq);
	if (!strcmp(how, "reset"))
		userq_reset(&uq);
	else if (!strcmp(how, "TIMELINE_DESTROY"))
		try_timeline_destroy(rig->fd, id);
	else
		userq_close(&uq);
	pthread_join(thread, &result);
	ksft_test_result(!result, "a timeline is looked at: %s\n", how);
	if (strcmp(how, "close"))
		userq_close(&uq);
	close(tl);
	try_timeline_destroy(rig->fd, id);
}

static void destroyed(struct rig *rig)
{
	uint32_t id, other, again;
	struct userq uq;
	int tl = rig_timeline(rig->fd, 0, &id), tl2, tl3;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	userq_put(&uq, 0, 0)->wait_va = rig_info(rig->fd).va_end + 4096ull * id;
	uq.ring[0].wait_value = 1;
	userq_ring(&uq);
	ksft_test_result(!try_timeline_destroy(rig->fd, id),
			 "TIMELINE_DESTROY of what a job waits for\n");
	tl2 = rig_timeline(rig->fd, 9, &other);
	rig_timeline_raise(tl, 1);
	ksft_test_result(other != id && !userq_wait(&uq).status, "the job goes on with it\n");
	tl3 = rig_timeline(rig->fd, 9, &again);
	ksft_test_result(again == id,
			 "the id of a timeline is given out again when the queue is idle\n");
	userq_close(&uq);
	try_timeline_destroy(rig->fd, other);
	try_timeline_destroy(rig->fd, again);
	close(tl);
	close(tl2);
	close(tl3);
}

/* A job that begins right after a reset has all of job_ms, however long ago the last check was. */
static void watched_anew(struct rig *rig)
{
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, JOB_MS);
	userq_hang(&uq, rig);
	usleep(JOB_MS * 1500);
	userq_reset(&uq);
	userq_hang(&uq, rig);
	usleep(JOB_MS * 750);
	userq_unhang(rig);
	ksft_test_result(!userq_wait(&uq).status && !userq_fault(&uq).status,
			 "a job after a reset has its time\n");
	userq_close(&uq);
}

static volatile bool ended;

static void *use_doorbell(void *arg)
{
	struct userq *uq = arg;

	while (!ended)
		uq->doorbell[PINION_DOORBELL_RECORDS / 4] = 0; /* the card ignores this write */
	return NULL;
}

/* A thread writes to the doorbell while a reset has replaced it by a page of memory. */
static void reset_in_use(struct rig *rig)
{
	unsigned int i, bad = 0;
	pthread_t thread;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	if (pthread_create(&thread, NULL, use_doorbell, &uq))
		ksft_exit_fail_msg("a thread\n");
	for (i = 0; i < RESETS; i++) {
		bad += !works(&uq);
		bad += !!userq_reset(&uq);
	}
	ksft_test_result(!bad && works(&uq), "%u resets while the doorbell is in use\n", RESETS);
	ended = true;
	pthread_join(thread, NULL);
	userq_close(&uq);
}

/* A compute kernel that never returns has stopped by the time poll() reports POLLERR. */
static void quiet_when_told(struct rig *rig)
{
	volatile uint64_t *count = (uint64_t *)(rig->data + COUNT_AT);
	const uint32_t code[] = { ADDI(T1, T1, 1), SD(A0, T1, 0), JUMP_BACK(2) };
	uint64_t before;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 300);
	memcpy(rig->data + CODE_AT, code, sizeof(code));
	*count = 0;
	rig->bytes = 0;
	code_launch(rig, RIG_DATA_VA + CODE_AT, RIG_DATA_VA + COUNT_AT, 1);
	userq_put(&uq, RIG_VA, rig->bytes);
	userq_ring(&uq);
	ksft_test_result(userq_poll(&uq, 60000) == POLLERR, "an endless kernel is stopped\n");
	before = *count;
	usleep(50000);
	ksft_test_result(before && *count == before,
			 "a stopped kernel is quiet when that is told: it counted to %llu\n",
			 (unsigned long long)before);
	userq_close(&uq);
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	rig_pci_address();
	ksft_print_header();
	ksft_set_plan(13);
	arm_late(&rig);
	last_words(&rig, "close");
	last_words(&rig, "reset");
	last_words(&rig, "TIMELINE_DESTROY");
	destroyed(&rig);
	watched_anew(&rig);
	reset_in_use(&rig);
	quiet_when_told(&rig);
	rig.bytes = 0;
	ksft_test_result(!rig_run(&rig).res, "another queue goes on\n");
	userq_policy("off");
	rig_close(&rig);
	ksft_finished();
}
