// SPDX-License-Identifier: MIT
/* A child process may free the objects of its parent but not use them; it may open the card. */
#include <sys/wait.h>

#include "rt.h"

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static struct pinion_buffer *buf;
static struct pinion_program *prog;

static int refused(void)
{
	struct pinion_point point = { queue, 1 };
	struct pinion_device_info info;
	struct pinion_buffer *other;

	return pinion_submit(queue, cb, NULL, &rt_err) == -EPERM && strstr(rt_err.text, "forked") &&
	       pinion_wait(&point, 0, NULL) == -EPERM &&
	       pinion_queue_reset(queue, NULL) == -EPERM && pinion_cmd_barrier(cb) == -EPERM &&
	       pinion_device_info(dev, &info) == -EPERM &&
	       pinion_buffer_create(dev, 1, PINION_BUFFER_HOST, &other, NULL) == -EPERM;
}

static void free_all(void)
{
	pinion_queue_close(queue);
	pinion_cmdbuf_free(cb);
	pinion_program_free(prog);
	pinion_buffer_free(buf);
	pinion_device_close(dev);
}

static int own_device(void)
{
	free_all();
	dev = rt_device();
	queue = rt_queue(dev, 0);
	cb = rt_cmdbuf(dev);
	pinion_cmd_barrier(cb);
	return !rt_run(queue, cb);
}

static bool in_child(int (*test)(void))
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(!test());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(void)
{
	struct pinion_point point;

	tap_plan(4);
	dev = rt_device();
	queue = rt_queue(dev, 0);
	cb = rt_cmdbuf(dev);
	buf = rt_host(dev, 4096);
	prog = rt_probe(dev);
	rt_launch(cb, prog, "store", pinion_buffer_address(buf), 42);
	tap_ok(in_child(refused), "calls that reach the device are refused in a child");
	RT(pinion_submit(queue, cb, &point, &rt_err));
	tap_ok(in_child(own_device), "a child frees its copies and opens the card itself");
	tap_ok(!pinion_wait(&point, RT_LONG, &rt_err) && *(uint64_t *)pinion_buffer_map(buf) == 42,
	       "the parent's job completes");
	tap_ok(!rt_run(queue, cb), "and the parent goes on");
	free_all();
	return tap_result();
}
