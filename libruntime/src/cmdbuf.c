// SPDX-License-Identifier: MIT
/*
 * Recording: packets grow from the front of a host buffer, copies of kernel
 * arguments from its back, and it is full when they meet.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define DEFAULT_BYTES (64u << 10)
#define ARGS_ALIGN    16u
#define VA_LIMIT      (1ull << PINION_VA_BITS)

PINION_EXPORT int pinion_cmdbuf_create(struct pinion_device *dev, size_t bytes,
				       struct pinion_cmdbuf **out, struct pinion_error *err)
{
	struct pinion_cmdbuf *cb;
	int ret;

	if (bytes > PINION_MAX_CMD_BYTES)
		return pinion_fail(err, -EINVAL, "a command buffer has at most %u bytes",
				   PINION_MAX_CMD_BYTES);
	cb = calloc(1, sizeof(*cb));
	if (!cb)
		return pinion_fail(err, -ENOMEM, "no memory");
	ret = pinion_buffer_create(dev, bytes ? bytes : DEFAULT_BYTES, PINION_BUFFER_HOST, &cb->buf,
				   err);
	if (ret)
		goto free_cb;
	if (!pinion_buffer_map(cb->buf)) {
		ret = pinion_fail(err, -ENOMEM, "the command buffer cannot be mapped");
		goto free_buf;
	}
	pinion_cmdbuf_reset(cb);
	*out = cb;
	return 0;

free_buf:
	pinion_buffer_free(cb->buf);
free_cb:
	free(cb);
	return ret;
}

PINION_EXPORT void pinion_cmdbuf_free(struct pinion_cmdbuf *cb)
{
	if (!cb)
		return;
	pinion_buffer_free(cb->buf);
	free(cb);
}

PINION_EXPORT void pinion_cmdbuf_reset(struct pinion_cmdbuf *cb)
{
	cb->head = 0;
	cb->tail = cb->buf->bytes;
	cb->packets = 0;
	cb->error = 0;
	cb->submitted = false;
}

int pinion_cmdbuf_check(const struct pinion_cmdbuf *cb, const struct pinion_queue *queue,
			struct pinion_error *err)
{
	if (pinion_forked(queue->dev))
		return pinion_fail_forked(err);
	if (cb->buf->dev != queue->dev)
		return pinion_fail(err, -EINVAL, "the command buffer is another device's");
	switch (cb->error) {
	case 0:
		return 0;
	case -ENOSPC:
		return pinion_fail(err, -ENOSPC,
				   "the command buffer was too small: full after %u packets",
				   cb->packets);
	case -EBUSY:
		return pinion_fail(err, -EBUSY,
				   "recorded into a submitted command buffer: reset it first");
	default:
		return pinion_fail(err, cb->error,
				   "packet %u was not recorded: the card would refuse its arguments",
				   cb->packets);
	}
}

void pinion_fill_buffers(struct pinion_exec_buffer *buffers, const struct pinion_job *job)
{
	unsigned int i;

	for (i = 0; i < job->count; i++) {
		const struct pinion_cmdbuf *cb = job->cbs[i];

		buffers[i] = (struct pinion_exec_buffer){
			.va = cb->head ? cb->buf->range.start : 0,
			.bytes = cb->head,
		};
	}
}

static int stick(struct pinion_cmdbuf *cb, int error)
{
	if (!cb->error)
		cb->error = error;
	return cb->error;
}

static int check_recording(struct pinion_cmdbuf *cb)
{
	if (pinion_forked(cb->buf->dev))
		return -EPERM;
	if (cb->submitted)
		return stick(cb, -EBUSY);
	return cb->error;
}

static int record(struct pinion_cmdbuf *cb, const void *packet, size_t bytes)
{
	if (bytes > cb->tail - cb->head)
		return stick(cb, -ENOSPC);
	memcpy((char *)cb->buf->map + cb->head, packet, bytes);
	cb->head += bytes;
	cb->packets++;
	return 0;
}

/* True if @bytes from @va on lie in the address space. */
static bool in_space(uint64_t va, uint64_t bytes)
{
	return va < VA_LIMIT && bytes <= VA_LIMIT - va;
}

static bool rows_in_space(uint64_t va, uint64_t pitch, uint64_t row_bytes, uint64_t rows)
{
	uint64_t last;

	return !__builtin_mul_overflow(pitch, rows - 1, &last) && last < VA_LIMIT &&
	       row_bytes < VA_LIMIT && in_space(va, last + row_bytes);
}

/*
 * Source and destination rows of one matrix may interleave without overlapping, so a 2-D copy is
 * judged only if its rows follow each other without gaps.
 */
static bool copy_overlaps(const struct pinion_pkt_copy *copy)
{
	uint64_t bytes = copy->row_bytes * copy->rows;

	if (copy->rows > 1 &&
	    (copy->src_pitch != copy->row_bytes || copy->dst_pitch != copy->row_bytes))
		return false;
	return copy->src < copy->dst ? copy->dst - copy->src < bytes
				     : copy->src - copy->dst < bytes;
}

static bool copy_valid(const struct pinion_pkt_copy *copy)
{
	if (!copy->row_bytes || !copy->rows)
		return false;
	if (copy->rows > 1 &&
	    (copy->src_pitch < copy->row_bytes || copy->dst_pitch < copy->row_bytes))
		return false;
	if (!rows_in_space(copy->src, copy->src_pitch, copy->row_bytes, copy->rows) ||
	    !rows_in_space(copy->dst, copy->dst_pitch, copy->row_bytes, copy->rows))
		return false;
	return !copy_overlaps(copy);
}

PINION_EXPORT int pinion_cmd_copy_2d(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t dst_pitch,
				     uint64_t src, uint64_t src_pitch, uint64_t row_bytes,
				     uint64_t rows)
{
	struct pinion_pkt_copy packet = {
		.pkt = { .op = PINION_PKT_COPY, .bytes = sizeof(packet) },
		.src = src,
		.dst = dst,
		.row_bytes = row_bytes,
		.rows = rows,
		.src_pitch = src_pitch,
		.dst_pitch = dst_pitch,
	};
	int ret = check_recording(cb);

	if (ret)
		return ret;
	if (!copy_valid(&packet))
		return stick(cb, -EINVAL);
	return record(cb, &packet, sizeof(packet));
}

PINION_EXPORT int pinion_cmd_copy(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t src,
				  uint64_t bytes)
{
	return pinion_cmd_copy_2d(cb, dst, 0, src, 0, bytes, 1);
}

PINION_EXPORT int pinion_cmd_fill(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t bytes,
				  uint64_t pattern, unsigned int width)
{
	struct pinion_pkt_fill packet = {
		.pkt = { .op = PINION_PKT_FILL, .bytes = sizeof(packet) },
		.dst = dst,
		.bytes = bytes,
		.pattern = pattern,
		.width = width,
	};
	int ret = check_recording(cb);

	if (ret)
		return ret;
	if (width != 1 && width != 2 && width != 4 && width != 8)
		return stick(cb, -EINVAL);
	if (!bytes || bytes % width || dst % width || !in_space(dst, bytes))
		return stick(cb, -EINVAL);
	return record(cb, &packet, sizeof(packet));
}

static bool grid_valid(uint64_t x, uint64_t y, uint64_t z)
{
	uint64_t blocks;

	return x && y && z && !__builtin_mul_overflow(x * y, z, &blocks) && blocks <= UINT32_MAX;
}

/* Copy arguments to the back of the buffer. Return: the card's address of the copy, 0 if full. */
static uint64_t push_args(struct pinion_cmdbuf *cb, const void *args, size_t bytes)
{
	if (bytes > cb->tail - cb->head)
		return 0;
	cb->tail = (cb->tail - bytes) & ~(size_t)(ARGS_ALIGN - 1);
	if (cb->tail < cb->head)
		return 0;
	memcpy((char *)cb->buf->map + cb->tail, args, bytes);
	return cb->buf->range.start + cb->tail;
}

PINION_EXPORT int pinion_cmd_launch(struct pinion_cmdbuf *cb, const struct pinion_kernel *kernel,
				    uint32_t x, uint32_t y, uint32_t z, const void *args,
				    size_t args_bytes)
{
	struct pinion_pkt_launch packet = {
		.pkt = { .op = PINION_PKT_LAUNCH, .bytes = sizeof(packet) },
		.grid = { x, y, z },
	};
	int ret = check_recording(cb);

	if (ret)
		return ret;
	if (!kernel || args_bytes != kernel->args_bytes || (args_bytes && !args) ||
	    !grid_valid(x, y, z))
		return stick(cb, -EINVAL);
	packet.entry = kernel->entry;
	packet.scratch_bytes = kernel->scratch_bytes;
	if (args_bytes) {
		packet.args = push_args(cb, args, args_bytes);
		if (!packet.args)
			return stick(cb, -ENOSPC);
	}
	return record(cb, &packet, sizeof(packet));
}

PINION_EXPORT int pinion_cmd_barrier(struct pinion_cmdbuf *cb)
{
	struct pinion_pkt packet = { .op = PINION_PKT_BARRIER, .bytes = sizeof(packet) };
	int ret = check_recording(cb);

	return ret ? ret : record(cb, &packet, sizeof(packet));
}

static int record_semaphore(struct pinion_cmdbuf *cb, uint8_t op, uint64_t va, uint64_t value)
{
	struct pinion_pkt_sem packet = {
		.pkt = { .op = op, .bytes = sizeof(packet) },
		.va = va,
		.value = value,
	};
	int ret = check_recording(cb);

	if (ret)
		return ret;
	if (va % 8 || !in_space(va, 8))
		return stick(cb, -EINVAL);
	return record(cb, &packet, sizeof(packet));
}

PINION_EXPORT int pinion_cmd_timestamp(struct pinion_cmdbuf *cb, uint64_t va)
{
	return record_semaphore(cb, PINION_PKT_TIMESTAMP, va, 0);
}

PINION_EXPORT int pinion_cmd_wait(struct pinion_cmdbuf *cb, uint64_t va, uint64_t value)
{
	return record_semaphore(cb, PINION_PKT_WAIT, va, value);
}

PINION_EXPORT int pinion_cmd_signal(struct pinion_cmdbuf *cb, uint64_t va, uint64_t value)
{
	return record_semaphore(cb, PINION_PKT_SIGNAL, va, value);
}
