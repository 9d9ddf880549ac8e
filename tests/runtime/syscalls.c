// SPDX-License-Identifier: MIT
/*
 * Counts the system calls of the hot path by ptrace: submitting makes one, and waiting makes one
 * if the job is not complete yet. Every second job keeps the card busy for a while, so that some
 * jobs are not complete whatever the speed of the machine.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "rt.h"

#define ROUNDS 32u
#define MARKS  (3 * ROUNDS + 1)
#define COUNT  2000000u /* steps that a slow job counts */

/* Mark a place for the tracer by a system call that nothing else here makes. */
static void mark(void)
{
	syscall(SYS_getppid);
}

static void traced(void)
{
	struct pinion_device *dev;
	struct pinion_queue *queue;
	struct pinion_cmdbuf *cb, *slow;
	struct pinion_point point;
	struct pinion_buffer *buf;

	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	dev = rt_device();
	queue = rt_queue(dev, 0);
	cb = rt_cmdbuf(dev);
	pinion_cmd_barrier(cb);
	buf = rt_host(dev, 4096);
	slow = rt_cmdbuf(dev);
	rt_launch(slow, rt_probe(dev), "count", pinion_buffer_address(buf), COUNT);
	RT(rt_run(queue, cb));
	mark();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		RT(pinion_submit(queue, i % 2 ? slow : cb, &point, &rt_err));
		mark();
		RT(pinion_wait(&point, PINION_WAIT_FOREVER, &rt_err));
		mark();
		RT(pinion_wait(&point, RT_LONG, &rt_err));
		mark();
	}
	_exit(0);
}

/* Count the system calls before each mark; returns the number of marks. */
static unsigned int trace(pid_t pid, unsigned int *calls)
{
	struct __ptrace_syscall_info info;
	unsigned int marks = 0;
	int status;

	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (!ptrace(PTRACE_SYSCALL, pid, NULL, NULL) && waitpid(pid, &status, 0) == pid &&
	       WIFSTOPPED(status)) {
		if (WSTOPSIG(status) != (SIGTRAP | 0x80) ||
		    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (info.entry.nr != SYS_getppid)
			calls[marks]++;
		else if (++marks == MARKS)
			break;
	}
	return marks;
}

int main(void)
{
	unsigned int calls[MARKS + 1] = { 0 }, submit = 0, wait = 0, again = 0, marks;
	pid_t pid;

	tap_plan(4);
	pid = fork();
	if (!pid)
		traced();
	marks = trace(pid, calls);
	tap_ok(marks == MARKS, "%u submits and waits traced", (marks - 1) / 3);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		submit += calls[1 + 3 * i];
		wait += calls[2 + 3 * i];
		again += calls[3 + 3 * i];
	}
	tap_ok(submit == ROUNDS, "%u submits: %u system calls", ROUNDS, submit);
	tap_ok(wait <= ROUNDS, "%u waits: %u system calls", ROUNDS, wait);
	tap_ok(!again, "%u looks at a known result: %u system calls", ROUNDS, again);
	return tap_result();
}
