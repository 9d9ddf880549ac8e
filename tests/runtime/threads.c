// SPDX-License-Identifier: MIT
/* Several threads on one queue, and threads with a queue each. */
#include <pthread.h>
#include <sched.h>

#include "rt.h"

#define THREADS 4u
#define JOBS	200u

/**
 * struct worker - a thread that submits jobs
 * @queue: queue of this thread, or of all threads
 * @prog: program that all threads share
 * @dev: device that all threads share
 * @number: index of the thread
 * @wrong: number of jobs without the expected result
 */
struct worker {
	struct pinion_queue *queue;
	struct pinion_program *prog;
	struct pinion_device *dev;
	unsigned int number;
	unsigned int wrong;
};

static int submit_patiently(struct pinion_queue *queue, struct pinion_cmdbuf *cb,
			    struct pinion_point *point)
{
	int ret;

	while ((ret = pinion_submit(queue, cb, point, NULL)) == -EAGAIN)
		sched_yield();
	return ret;
}

/* A thread has its own buffer and command buffer; device, program and maybe queue are shared. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct pinion_buffer *buf = rt_host(w->dev, 4096);
	struct pinion_cmdbuf *cb = rt_cmdbuf(w->dev);
	volatile uint64_t *out = pinion_buffer_map(buf);
	struct pinion_point point;

	for (unsigned int i = 1; i <= JOBS; i++) {
		uint64_t value = w->number * 1000000ul + i;

		rt_launch(cb, w->prog, "store", pinion_buffer_address(buf), value);
		w->wrong += submit_patiently(w->queue, cb, &point) ||
			    pinion_wait(&point, i % 2 ? PINION_WAIT_FOREVER : RT_LONG, NULL) ||
			    *out != value;
	}
	pinion_cmdbuf_free(cb);
	pinion_buffer_free(buf);
	return NULL;
}

static unsigned int run(struct worker *workers)
{
	pthread_t thread[THREADS];
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i].number = i;
		workers[i].wrong = 0;
		pthread_create(&thread[i], NULL, work, &workers[i]);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		wrong += workers[i].wrong;
	}
	return wrong;
}

static void *submit_only(void *arg)
{
	struct worker *w = arg;
	struct pinion_cmdbuf *cb = rt_cmdbuf(w->dev);
	struct pinion_point *point = malloc(sizeof(*point));

	pinion_cmd_barrier(cb);
	if (submit_patiently(w->queue, cb, point))
		point->seq = 0;
	/* cb is in use until the job is complete, so it is left to the end of the process. */
	return point;
}

/* The completion of a job is posted even if the thread that submitted the job has ended. */
static void thread_gone(struct worker *w)
{
	pthread_t thread;
	void *point;

	pthread_create(&thread, NULL, submit_only, w);
	pthread_join(thread, &point);
	tap_ok(!pinion_wait(point, RT_LONG, &rt_err),
	       "a job outlives the thread that submitted it");
	free(point);
}

int main(void)
{
	struct pinion_device *dev = rt_device();
	struct pinion_program *prog = rt_probe(dev);
	struct worker workers[THREADS];

	tap_plan(3);
	for (unsigned int i = 0; i < THREADS; i++)
		workers[i] = (struct worker){ .dev = dev,
					      .prog = prog,
					      .queue = i ? workers[0].queue : rt_queue(dev, 4) };
	tap_ok(!run(workers), "%u threads on one queue of 4, %u jobs each", THREADS, JOBS);
	thread_gone(&workers[0]);
	for (unsigned int i = 1; i < THREADS; i++)
		workers[i].queue = rt_queue(dev, 4);
	tap_ok(!run(workers), "%u threads with a queue each", THREADS);
	for (unsigned int i = 0; i < THREADS; i++)
		pinion_queue_close(workers[i].queue);
	pinion_program_free(prog);
	pinion_device_close(dev);
	return tap_result();
}
