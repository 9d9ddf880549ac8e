/* SPDX-License-Identifier: GPL-2.0 */
/* clang-format off */
/*
 * Tracepoints for the stages of a job, and for requests to the firmware. Events identify a job by
 * its queue and number; pinion_cqe has the user_data of the SQE instead.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pinion

#if !defined(PINION_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PINION_TRACE_H

#include <linux/tracepoint.h>

#include <drm/drm_file.h>

#include "pinion_device.h"
#include "pinion_queue.h"

TRACE_EVENT(pinion_submit,
	TP_PROTO(const struct pinion_hw_queue *q, u32 buffers, u32 waits),
	TP_ARGS(q, buffers, waits),
	TP_STRUCT__entry(
		__field(int, card)
		__field(u32, queue)
		__field(u64, job)
		__field(u32, buffers)
		__field(u32, waits)
	),
	TP_fast_assign(
		__entry->card = q->pdev->drm.accel->index;
		__entry->queue = q->id;
		__entry->job = q->submitted;
		__entry->buffers = buffers;
		__entry->waits = waits;
	),
	TP_printk("accel%d queue=%u job=%llu buffers=%u waits=%u", __entry->card, __entry->queue,
		  __entry->job, __entry->buffers, __entry->waits)
);

/* @rung: whether the register was written; 0: a busy card finds the tail in its shadow doorbell. */
TRACE_EVENT(pinion_doorbell,
	TP_PROTO(const struct pinion_hw_queue *q, bool rung),
	TP_ARGS(q, rung),
	TP_STRUCT__entry(
		__field(int, card)
		__field(u32, queue)
		__field(u64, job)
		__field(u32, tail)
		__field(bool, rung)
	),
	TP_fast_assign(
		__entry->card = q->pdev->drm.accel->index;
		__entry->queue = q->id;
		__entry->job = q->submitted;
		__entry->tail = q->tail;
		__entry->rung = rung;
	),
	TP_printk("accel%d queue=%u job=%llu tail=%u rung=%d", __entry->card, __entry->queue,
		  __entry->job, __entry->tail, __entry->rung)
);

/* @start and @end are device times; both are zero if there was no completion record. */
TRACE_EVENT(pinion_complete,
	TP_PROTO(const struct pinion_hw_queue *q, int res, u64 start, u64 end),
	TP_ARGS(q, res, start, end),
	TP_STRUCT__entry(
		__field(int, card)
		__field(u32, queue)
		__field(u64, job)
		__field(int, res)
		__field(u64, start)
		__field(u64, end)
	),
	TP_fast_assign(
		__entry->card = q->pdev->drm.accel->index;
		__entry->queue = q->id;
		__entry->job = q->completed;
		__entry->res = res;
		__entry->start = start;
		__entry->end = end;
	),
	TP_printk("accel%d queue=%u job=%llu res=%d start=%llu end=%llu", __entry->card,
		  __entry->queue, __entry->job, __entry->res, __entry->start, __entry->end)
);

TRACE_EVENT(pinion_cqe,
	TP_PROTO(u64 user_data, int res),
	TP_ARGS(user_data, res),
	TP_STRUCT__entry(
		__field(u64, user_data)
		__field(int, res)
	),
	TP_fast_assign(
		__entry->user_data = user_data;
		__entry->res = res;
	),
	TP_printk("user_data=%#llx res=%d", __entry->user_data, __entry->res)
);

TRACE_EVENT(pinion_cancel,
	TP_PROTO(const struct pinion_hw_queue *q, u64 job, int why),
	TP_ARGS(q, job, why),
	TP_STRUCT__entry(
		__field(int, card)
		__field(u32, queue)
		__field(u64, job)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->card = q->pdev->drm.accel->index;
		__entry->queue = q->id;
		__entry->job = job;
		__entry->why = why;
	),
	TP_printk("accel%d queue=%u job=%llu why=%d", __entry->card, __entry->queue, __entry->job,
		  __entry->why)
);

/* A task wants to send a request: from here on it waits for its turn at the mailbox. */
TRACE_EVENT(pinion_mbox_request,
	TP_PROTO(const struct pinion_card *pdev, u16 type),
	TP_ARGS(pdev, type),
	TP_STRUCT__entry(
		__field(int, card)
		__field(u16, type)
	),
	TP_fast_assign(
		__entry->card = pdev->drm.accel->index;
		__entry->type = type;
	),
	TP_printk("accel%d type=%#x", __entry->card, __entry->type)
);

/* The task's request is done. @res: 0; or -errno: refused by the firmware, or not answered. */
TRACE_EVENT(pinion_mbox_reply,
	TP_PROTO(const struct pinion_card *pdev, u16 type, int res),
	TP_ARGS(pdev, type, res),
	TP_STRUCT__entry(
		__field(int, card)
		__field(u16, type)
		__field(int, res)
	),
	TP_fast_assign(
		__entry->card = pdev->drm.accel->index;
		__entry->type = type;
		__entry->res = res;
	),
	TP_printk("accel%d type=%#x res=%d", __entry->card, __entry->type, __entry->res)
);

#endif /* PINION_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE pinion_trace
#include <trace/define_trace.h>
