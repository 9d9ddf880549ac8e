// SPDX-License-Identifier: MIT
/* Waiting: time, interruption, and several threads of which one reaps. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime_mock.h"
#include "tap.h"

#define MS	1000000ull
#define THREADS 4u
#define JOBS	3000u

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb, *each[THREADS];

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void timeouts(void)
{
	struct pinion_point point;
	struct pinion_error err;
	uint64_t start;
	int ret;

	pinion_submit(queue, cb, &point, &err);
	start = now_ns();
	ret = pinion_wait(&point, 20 * MS, &err);
	tap_ok(ret == -ETIME && now_ns() - start >= 20 * MS, "not before its time: %s", err.text);
	mock.interrupt = 3;
	start = now_ns();
	ret = pinion_wait(&point, 20 * MS, &err);
	tap_ok(ret == -ETIME && !mock.interrupt && now_ns() - start >= 20 * MS,
	       "signals do not end it early");
	mock_complete(0, 1);
	tap_ok(!pinion_wait(&point, UINT64_MAX - 1, &err),
	       "a time beyond the end of time is for ever");
}

/* Completes whatever is in flight until @stop. */
static bool stop;

static void *card(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE) || mock_in_flight()) {
		if (mock_in_flight())
			mock_complete(0, 1);
		else
			sched_yield();
	}
	return NULL;
}

static void *worker(void *arg)
{
	struct pinion_error err;
	struct pinion_point point;
	uintptr_t failures = 0;

	for (unsigned int i = 0; i < JOBS; i++) {
		int ret;

		while ((ret = pinion_submit(queue, arg, &point, &err)) == -EAGAIN)
			sched_yield();
		if (!ret)
			ret = pinion_wait(&point, i % 2 ? PINION_WAIT_FOREVER : 60000 * MS, &err);
		failures += ret != 0;
	}
	return (void *)failures;
}

static void several_threads(void)
{
	pthread_t thread[THREADS], engine;
	uintptr_t failures = 0;

	pthread_create(&engine, NULL, card, NULL);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, worker, each[i]);
	for (unsigned int i = 0; i < THREADS; i++) {
		void *result;

		pthread_join(thread[i], &result);
		failures += (uintptr_t)result;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(engine, NULL);
	tap_ok(!failures, "%u threads, %u jobs each: %zu failures", THREADS, JOBS,
	       (size_t)failures);
}

static void *wait_long(void *arg)
{
	return (void *)(intptr_t)pinion_wait(arg, PINION_WAIT_FOREVER, NULL);
}

static void *wait_short(void *arg)
{
	return (void *)(intptr_t)pinion_wait(arg, 10 * MS, NULL);
}

/* The thread that reaps gives up; another takes its place and nothing is lost. */
static void handing_over(void)
{
	struct pinion_point first, second;
	pthread_t a, b, c;
	void *ra, *rb, *rc;

	pinion_submit(queue, cb, &first, NULL);
	pinion_submit(queue, cb, &second, NULL);
	pthread_create(&a, NULL, wait_short, &first);
	pthread_create(&b, NULL, wait_long, &first);
	pthread_create(&c, NULL, wait_long, &second);
	pthread_join(a, &ra);
	mock_complete(0, 1);
	pthread_join(b, &rb);
	mock_complete(-ECANCELED, 1);
	pthread_join(c, &rc);
	tap_ok((intptr_t)ra == -ETIME && !rb && (intptr_t)rc == -ECANCELED,
	       "one gives up, the others get their results");
}

int main(void)
{
	struct pinion_queue_options options = { .size = sizeof(options), .entries = 8 };
	struct pinion_error err;

	tap_plan(6);
	dev = mock_device();
	if (pinion_queue_create(dev, &options, &queue, &err) ||
	    pinion_cmdbuf_create(dev, 0, &cb, &err))
		tap_bail("%s", err.text);
	pinion_cmd_barrier(cb);
	for (unsigned int i = 0; i < THREADS; i++)
		if (pinion_cmdbuf_create(dev, 0, &each[i], &err))
			tap_bail("%s", err.text);
	timeouts();
	handing_over();
	several_threads();
	pinion_queue_close(queue);
	for (unsigned int i = 0; i < THREADS; i++)
		pinion_cmdbuf_free(each[i]);
	pinion_cmdbuf_free(cb);
	pinion_device_close(dev);
	tap_ok(!mock.bos, "nothing is left");
	return tap_result();
}
