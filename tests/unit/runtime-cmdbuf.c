// SPDX-License-Identifier: MIT
/* What the recording calls write, and that their first error sticks. */
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "runtime_mock.h"
#include "tap.h"

static struct pinion_device *dev;
static struct pinion_cmdbuf *cb;
static const struct pinion_kernel kernel = {
	.entry = 0x10000,
	.args_bytes = 20,
	.scratch_bytes = 4096,
	.name = "scale",
};

static const void *at(size_t offset)
{
	return (const char *)cb->buf->map + offset;
}

static void copies(void)
{
	const struct pinion_pkt_copy *p = at(0);

	pinion_cmdbuf_reset(cb);
	tap_ok(!pinion_cmd_copy(cb, 0x2000, 0x1000, 64) && cb->head == sizeof(*p), "copy recorded");
	tap_ok(p->pkt.op == PINION_PKT_COPY && p->pkt.bytes == 64 && !p->pkt.flags &&
		       p->src == 0x1000 && p->dst == 0x2000 && p->row_bytes == 64 && p->rows == 1 &&
		       !p->reserved && !p->pkt.reserved,
	       "copy encoded");
	p = at(64);
	tap_ok(!pinion_cmd_copy_2d(cb, 0x2000, 128, 0x1000, 256, 64, 3), "2-D copy recorded");
	tap_ok(p->row_bytes == 64 && p->rows == 3 && p->src_pitch == 256 && p->dst_pitch == 128,
	       "2-D copy encoded");
}

static void fills(void)
{
	const struct pinion_pkt_fill *p = at(0);

	pinion_cmdbuf_reset(cb);
	tap_ok(!pinion_cmd_fill(cb, 0x3000, 16, 0xabcd, 2), "fill recorded");
	tap_ok(p->pkt.op == PINION_PKT_FILL && p->pkt.bytes == sizeof(*p) && p->dst == 0x3000 &&
		       p->bytes == 16 && p->pattern == 0xabcd && p->width == 2 && !p->reserved,
	       "fill encoded");
}

static void launches(void)
{
	const struct pinion_pkt_launch *p = at(0);
	char args[20] = "nineteen characters";
	uint64_t base = cb->buf->range.start;

	pinion_cmdbuf_reset(cb);
	tap_ok(!pinion_cmd_launch(cb, &kernel, 5, 6, 7, args, sizeof(args)), "launch recorded");
	tap_ok(p->pkt.op == PINION_PKT_LAUNCH && p->pkt.bytes == sizeof(*p) &&
		       p->entry == 0x10000 && p->grid[0] == 5 && p->grid[1] == 6 &&
		       p->grid[2] == 7 && p->scratch_bytes == 4096,
	       "launch encoded");
	tap_ok(p->args % 16 == 0 && p->args >= base + cb->head &&
		       p->args + sizeof(args) <= base + cb->buf->bytes &&
		       !memcmp(at(p->args - base), args, sizeof(args)),
	       "arguments copied and aligned");
	memset(args, 0, sizeof(args));
	tap_ok(((const char *)at(p->args - base))[0] == 'n', "the caller's copy may change");
}

static void semaphores(void)
{
	const struct pinion_pkt_sem *p = at(0);

	pinion_cmdbuf_reset(cb);
	tap_ok(!pinion_cmd_wait(cb, 0x1008, 3) && !pinion_cmd_signal(cb, 0x1010, 4) &&
		       !pinion_cmd_timestamp(cb, 0x1018) && !pinion_cmd_barrier(cb),
	       "four recorded");
	tap_ok(p[0].pkt.op == PINION_PKT_WAIT && p[0].va == 0x1008 && p[0].value == 3 &&
		       p[1].pkt.op == PINION_PKT_SIGNAL && p[1].va == 0x1010 && p[1].value == 4 &&
		       p[2].pkt.op == PINION_PKT_TIMESTAMP && p[2].va == 0x1018 && !p[2].value &&
		       p[3].pkt.op == PINION_PKT_BARRIER && p[3].pkt.bytes == 8,
	       "encoded one after the other");
	tap_ok(cb->head == 3 * sizeof(*p) + 8 && cb->packets == 4, "and counted");
}

/* @ret is what a call gave on a freshly reset command buffer. */
static void refused(int ret, const char *what)
{
	bool sticks = pinion_cmd_barrier(cb) == -EINVAL;

	tap_ok(ret == -EINVAL && sticks && !cb->head, "refused, and sticks: %s", what);
	pinion_cmdbuf_reset(cb);
}

static void invalid(void)
{
	const uint64_t top = 1ull << 48;
	char args[20] = { 0 };

	pinion_cmdbuf_reset(cb);
	refused(pinion_cmd_copy(cb, 0x2000, 0x1000, 0), "copy of nothing");
	refused(pinion_cmd_copy(cb, 0x1010, 0x1000, 0x11), "copy over itself");
	refused(pinion_cmd_copy_2d(cb, 0x1040, 16, 0x1000, 16, 16, 5),
		"dense rows over themselves");
	refused(pinion_cmd_copy(cb, top - 8, 0x1000, 9), "copy beyond the address space");
	refused(pinion_cmd_copy(cb, 0x1000, ~0ull, 2), "copy that wraps around");
	refused(pinion_cmd_copy_2d(cb, 0x8000, 63, 0x1000, 64, 64, 2), "pitch below the row");
	refused(pinion_cmd_copy_2d(cb, 0x8000, 64, 0x1000, 64, 64, 0), "no rows");
	refused(pinion_cmd_copy_2d(cb, 0x8000, top, 0x1000, 64, 64, 1ull << 60),
		"rows that overflow");
	refused(pinion_cmd_fill(cb, 0x1000, 12, 0, 3), "fill of width 3");
	refused(pinion_cmd_fill(cb, 0x1000, 12, 0, 8), "fill of half a pattern");
	refused(pinion_cmd_fill(cb, 0x1004, 16, 0, 8), "unaligned fill");
	refused(pinion_cmd_fill(cb, 0x1000, 0, 0, 1), "fill of nothing");
	refused(pinion_cmd_launch(cb, NULL, 1, 1, 1, args, 20), "launch of no kernel");
	refused(pinion_cmd_launch(cb, &kernel, 1, 1, 1, args, 16), "arguments of another size");
	refused(pinion_cmd_launch(cb, &kernel, 1, 0, 1, args, 20), "empty grid");
	refused(pinion_cmd_launch(cb, &kernel, 65536, 65536, 1, args, 20), "2^32 blocks");
	refused(pinion_cmd_launch(cb, &kernel, ~0u, ~0u, ~0u, args, 20), "blocks that overflow");
	refused(pinion_cmd_launch(cb, &kernel, 1, 1, 1, NULL, 20), "no arguments");
	refused(pinion_cmd_wait(cb, 0x1004, 1), "unaligned semaphore");
	refused(pinion_cmd_signal(cb, top, 1), "semaphore beyond the address space");
}

static void full(void)
{
	char args[20] = { 0 };
	int launches = 0;

	pinion_cmdbuf_reset(cb);
	while (!pinion_cmd_launch(cb, &kernel, 1, 1, 1, args, sizeof(args)))
		launches++;
	tap_ok(launches == 4096 / (40 + 32) && cb->error == -ENOSPC, "full after %d launches",
	       launches);
	tap_ok(cb->head == launches * 40u && cb->head <= cb->tail, "nothing overlaps");
	tap_ok(pinion_cmd_barrier(cb) == -ENOSPC, "-ENOSPC sticks though a barrier would fit");
	pinion_cmdbuf_reset(cb);
	for (int i = 0; i < 512; i++)
		pinion_cmd_barrier(cb);
	tap_ok(!cb->error && cb->head == 4096, "packets alone fill it to the last byte");
	tap_ok(pinion_cmd_barrier(cb) == -ENOSPC, "and not beyond");
	pinion_cmdbuf_reset(cb);
	tap_ok(!pinion_cmd_barrier(cb), "a reset empties it");
}

int main(void)
{
	struct pinion_error err;

	tap_plan(42);
	dev = mock_device();
	if (!tap_ok(!pinion_cmdbuf_create(dev, 100, &cb, &err), "create"))
		return 1;
	copies();
	fills();
	launches();
	semaphores();
	invalid();
	full();
	pinion_cmdbuf_free(cb);
	tap_ok(pinion_cmdbuf_create(dev, 65u << 20, &cb, &err) == -EINVAL, "not above 64 MiB");
	pinion_device_close(dev);
	tap_ok(!mock.bos && !mock.bound, "nothing is left");
	return tap_result();
}
