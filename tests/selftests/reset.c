// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
/*
 * The host resets the card's PCI function while programs use it. Jobs in flight have ended when
 * the reset is over; files, queues, address spaces, mappings and device memory are as before.
 */
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "../queue/userq.h"
#include "pci.h"
#include "pinion_errors.h"

#define MEM_VA	  0x20000000ull
#define MEM_BYTES 8192

/* Whether the job has ended already: nothing waits here. */
static bool has_ended(struct rig *rig, uint64_t seq, int res)
{
	struct pinion_queue_wait wait = { .seq = seq };

	return !try_ioctl(rig->queue, PINION_QUEUE_IOC_WAIT, &wait) && wait.result == res;
}

/* Whether an empty job passes on a user-mode queue. */
static bool user_job(struct userq *uq)
{
	userq_put(uq, 0, 0);
	userq_ring_page(uq);
	return !userq_wait(uq).status;
}

static void busy_queue(struct rig *rig, uint64_t lost)
{
	struct pollfd pfd = { .fd = rig->queue };

	ksft_test_result(has_ended(rig, lost, -ECANCELED) && rig_wait(rig).res == -ECANCELED,
			 "the job in flight has ended with ECANCELED when the reset is over\n");
	ksft_test_result(poll(&pfd, 1, 0) == 1 && pfd.revents == POLLERR &&
				 rig_fault(rig).status == PINION_STATUS_ABORTED,
			 "its queue is stopped, and the fault record says why\n");
	rig->bytes = 0;
	ksft_test_result(rig_run(rig).res == -ESHUTDOWN, "a new job there: ESHUTDOWN\n");
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) && !rig_run(rig).res,
			 "PINION_QUEUE_IOC_RESET starts the queue again\n");
}

static void idle_queue(struct rig *rig, const uint8_t *window)
{
	rig->bytes = 0;
	rig_copy(rig, RIG_DATA_VA, MEM_VA, MEM_BYTES);
	ksft_test_result(!rig_run(rig).res && rig_all(rig->data, MEM_BYTES, 0x5a),
			 "a queue without jobs goes on, and the card finds its memory unchanged\n");
	ksft_test_result(rig_all(window, MEM_BYTES, 0x5a), "the process finds it through BAR4\n");
}

static bool has_doorbell(const struct userq *uq)
{
	return uq->doorbell[PINION_DOORBELL_STATE / 4] != PINION_Q_DISABLED;
}

static void user_queue(struct userq *uq, int node)
{
	struct pollfd pfd = { .fd = uq->fd };

	ksft_test_result(poll(&pfd, 1, 0) == 1 && pfd.revents == POLLERR && !has_doorbell(uq) &&
				 userq_says(uq, PINION_QUEUE_STATUS_ENDED, PINION_ERROR_HOST_RESET),
			 "a user-mode queue has ended, and its pages say so and why\n");
	ksft_test_result(userq_reset(uq) == -ENOTRECOVERABLE &&
				 userq_fault(uq).status == PINION_STATUS_ABORTED,
			 "PINION_QUEUE_IOC_RESET does not start it again\n");
	userq_close(uq);
	userq_open(uq, node, 4, 0);
	ksft_test_result(userq_says(uq, PINION_QUEUE_STATUS_RUNNING, 0) && user_job(uq),
			 "a new user-mode queue works\n");
}

/**
 * struct ending - a job on a user-mode queue that ends once the queue has lost its doorbell
 * @uq: queue of the job
 * @rig: owner of the memory that the job waits for
 */
struct ending {
	struct userq uq;
	struct rig *rig;
};

static void *end_undisturbed(void *arg)
{
	struct ending *ending = arg;

	while (has_doorbell(&ending->uq))
		usleep(500);
	userq_unhang(ending->rig);
	return NULL;
}

/* Whether a job that can end after the reset has begun is waited for. */
static bool drains(struct rig *rig)
{
	struct ending ending = { .rig = rig };
	struct pinion_cqe rec;
	pthread_t thread;
	bool done;

	userq_open(&ending.uq, rig->fd, 4, 0);
	userq_hang(&ending.uq, rig);
	while (ending.uq.doorbell[PINION_DOORBELL_STATE / 4] != PINION_Q_WAITING)
		usleep(500);
	pthread_create(&thread, NULL, end_undisturbed, &ending);
	done = !pci_reset();
	pthread_join(thread, NULL);
	done &= userq_look(&ending.uq, &rec) && !rec.status;
	userq_close(&ending.uq);
	return done;
}

/*
 * A busy host may not run the thread and the card within the 100 ms that the job has. Without these
 * 100 ms the job wins the race against the reset in one round of six.
 */
static void user_drain(struct rig *rig)
{
	unsigned int rounds = 0, good = 0;

	while (good < 8 && rounds++ < 16)
		good += drains(rig);
	ksft_test_result(good == 8, "a job of a user-mode queue may end first: %u of %u did\n",
			 good, rounds);
}

static void *reset_often(void *rounds)
{
	long n = (long)rounds;

	while (n-- && !pci_reset())
		;
	return (void *)(n + 1);
}

/* Requests of all kinds while the card is reset again and again: each has a defined result. */
static void storm(struct rig *rig)
{
	struct drm_pinion_queue_create args = { .entries = 4, .priority = 1 };
	unsigned int rounds = rig_times(10, 100), odd = 0, n = 0;
	pthread_t thread;
	uint32_t handle;
	void *left;
	int res;

	pthread_create(&thread, NULL, reset_often, (void *)(long)rounds);
	while (pthread_tryjoin_np(thread, &left)) {
		rig->bytes = 0;
		res = rig_run(rig).res;
		odd += res && res != -ECANCELED && res != -ESHUTDOWN;
		odd += res && try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
		while ((res = try_queue(rig->fd, &args)) == -EAGAIN)
			;
		odd += res || close(args.fd);
		while ((res = try_bo(rig->fd, MEM_BYTES, DRM_PINION_BO_DEVICE, &handle)) == -EAGAIN)
			;
		odd += !!res;
		rig_bo_close(rig->fd, handle);
		n++;
	}
	ksft_test_result(!left && !odd && n, "%u resets, and requests meanwhile\n", rounds);
	rig->bytes = 0;
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) && !rig_run(rig).res,
			 "a job passes afterwards\n");
}

#define PROGRAMS 8

/* Whether a job of each program ends with a reset before the reset is over, and the next passes. */
static bool all_outlive(struct rig *rigs, uint64_t lost)
{
	bool good;
	int i;

	for (i = 0; i < PROGRAMS; i++)
		rig_hang(&rigs[i]);
	good = !pci_reset();
	for (i = 0; i < PROGRAMS; i++)
		good &= has_ended(&rigs[i], lost, -ECANCELED);
	for (i = 0; i < PROGRAMS; i++) {
		good &= rig_wait(&rigs[i]).res == -ECANCELED &&
			!try_ioctl(rigs[i].queue, PINION_QUEUE_IOC_RESET, NULL);
		rigs[i].bytes = 0;
		good &= !rig_run(&rigs[i]).res;
	}
	return good;
}

static void many(const char *method)
{
	unsigned int times = rig_times(5, 100), n = 0;
	struct rig rigs[PROGRAMS];
	int i;

	for (i = 0; i < PROGRAMS; i++)
		rig_open(&rigs[i], 4);
	if (pci_write_file("reset_method", method))
		ksft_exit_fail_msg("reset_method %s: %s\n", method, strerror(errno));
	/* Each round is two jobs: the one that is lost, and the one that passes. */
	while (n < times && all_outlive(rigs, 2 * n + 1))
		rig_progress(++n, times);
	ksft_test_result(n == times, "a reset by %s, %u times, with %d programs at work\n", method,
			 times, PROGRAMS);
	pci_write_file("reset_method", "default");
	for (i = 0; i < PROGRAMS; i++)
		rig_close(&rigs[i]);
}

int main(void)
{
	uint64_t free_before;
	struct rig rig, idle;
	uint8_t *window;
	struct userq uq;
	uint32_t handle;

	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(17);
	free_before = rig_info(rig.fd).memory_free;
	rig_open(&idle, 4);
	userq_open(&uq, idle.fd, 4, 0);
	handle = rig_bo(idle.fd, MEM_BYTES, DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE);
	window = rig_mmap(idle.fd, handle, MEM_BYTES);
	rig_map(idle.fd, handle, MEM_VA, MEM_BYTES);
	memset(window, 0x5a, MEM_BYTES);
	ksft_test_result(!rig_run(&rig).res && user_job(&uq), "jobs pass\n");
	rig_hang(&rig);
	ksft_test_result(!pci_reset(), "the function is reset\n");
	busy_queue(&rig, 2);
	idle_queue(&idle, window);
	user_queue(&uq, idle.fd);
	user_drain(&idle);
	storm(&rig);
	many("flr");
	many("bus");
	userq_close(&uq);
	munmap(window, MEM_BYTES);
	rig_close(&idle);
	rig_close(&rig);
	rig_open(&rig, 4);
	ksft_test_result(!rig_run(&rig).res && rig_free_settled(free_before) == free_before,
			 "a new program works, and memory is where it was\n");
	rig_close(&rig);
	ksft_finished();
}
