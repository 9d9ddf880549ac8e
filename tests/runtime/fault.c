// SPDX-License-Identifier: MIT
/* A job that fails stops its own queue only, and the error says what failed where. */
#include "pinion_packet.h"
#include "rt.h"

#define NOWHERE 0x7000dead0000ull

static struct pinion_device *dev;
static struct pinion_queue *queue, *other;
static struct pinion_cmdbuf *cb, *fine;
static struct pinion_program *prog;

/* After a fault its queue is stopped and the other queue runs; a reset starts the queue again. */
static void recovers(const char *kernel)
{
	bool stopped = pinion_submit(queue, fine, NULL, NULL) == -ESHUTDOWN;
	bool others = !rt_run(other, fine);
	bool back = !pinion_queue_reset(queue, NULL) && !rt_run(queue, fine);

	tap_ok(stopped && others && back, "%s stops its queue alone, until the reset", kernel);
}

static void goes_wrong(const char *kernel, uint64_t address, int code, uint32_t status,
		       const char *words)
{
	char place[64];
	int ret;

	rt_launch(cb, prog, kernel, address, 1);
	ret = rt_run(queue, cb);
	snprintf(place, sizeof(place), "in %s+0x", kernel);
	tap_ok(ret == code && rt_err.code == code && rt_err.status == status && rt_err.seq &&
		       !rt_err.packet && rt_err.core != ~0u && strstr(rt_err.text, words) &&
		       strstr(rt_err.text, place),
	       "%s: %d, %s", kernel, ret, rt_err.text);
	recovers(kernel);
}

static void elsewhere(void)
{
	int ret;

	rt_launch(cb, prog, "jump", NOWHERE, 0);
	ret = rt_run(queue, cb);
	tap_ok(ret == -EFAULT && rt_err.va == NOWHERE && rt_err.pc == NOWHERE &&
		       strstr(rt_err.text, "instruction fetch"),
	       "outside of all programs: %s", rt_err.text);
	recovers("jump");
}

static void in_a_packet(void)
{
	int ret;

	pinion_cmdbuf_reset(cb);
	pinion_cmd_barrier(cb);
	pinion_cmd_barrier(cb);
	pinion_cmd_fill(cb, NOWHERE, 8, 0, 8);
	ret = rt_run(queue, cb);
	tap_ok(ret == -EFAULT && rt_err.packet == 2 && rt_err.va == NOWHERE && rt_err.core == ~0u &&
		       !rt_err.pc && strstr(rt_err.text, "packet 2)"),
	       "by a packet: %s", rt_err.text);
	recovers("packet");
}

/* Jobs behind a failed job are cancelled, and the error of each says so. */
static void behind(void)
{
	struct pinion_point first, second;
	bool queued;

	rt_launch(cb, prog, "trap", 0, 0);
	RT(pinion_submit(queue, cb, &first, &rt_err));
	/* The fault may stop the queue before the second job is submitted. */
	queued = !pinion_submit(queue, fine, &second, &rt_err);
	tap_ok(pinion_wait(&first, RT_LONG, &rt_err) == -ENOEXEC, "%s", rt_err.text);
	tap_ok(!queued || pinion_wait(&second, RT_LONG, &rt_err) == -ECANCELED, "behind it: %s",
	       queued ? rt_err.text : "not accepted");
	RT(pinion_queue_reset(queue, &rt_err));
	tap_ok(pinion_wait(&first, 0, &rt_err) == -ENOEXEC && strstr(rt_err.text, "trap"),
	       "the result is known after the reset, too");
}

int main(void)
{
	tap_plan(20);
	dev = rt_device();
	queue = rt_queue(dev, 0);
	other = rt_queue(dev, 0);
	cb = rt_cmdbuf(dev);
	fine = rt_cmdbuf(dev);
	pinion_cmd_barrier(fine);
	prog = rt_probe(dev);
	goes_wrong("store", NOWHERE, -EFAULT, PINION_STATUS_PAGE_FAULT, "write at 0x7000dead0000");
	goes_wrong("load", NOWHERE, -EFAULT, PINION_STATUS_PAGE_FAULT, "read at 0x7000dead0000");
	goes_wrong("overwrite", 0, -EFAULT, PINION_STATUS_PAGE_FAULT, "write at");
	goes_wrong("illegal", 0, -ENOEXEC, PINION_STATUS_ILLEGAL_INSN,
		   "illegal instruction 0xffffffff");
	goes_wrong("trap", 0, -ENOEXEC, PINION_STATUS_TRAP, "trap (cause 3)");
	goes_wrong("store", PINION_SCRATCH_BASE + (1ull << 30), -ERANGE, PINION_STATUS_SCRATCHPAD,
		   "outside the scratchpad");
	elsewhere();
	in_a_packet();
	behind();
	tap_ok(pinion_queue_reset(other, &rt_err) == 0, "a queue without a fault can be reset");
	pinion_program_free(prog);
	pinion_cmdbuf_free(fine);
	pinion_cmdbuf_free(cb);
	pinion_queue_close(other);
	pinion_queue_close(queue);
	pinion_device_close(dev);
	return tap_result();
}
