// SPDX-License-Identifier: GPL-2.0
/*
 * Zeroes device memory between two owners, with FILL packets of the card, and copies it for
 * pinion_keep.c. The driver has a queue of its own for that, in an address space that maps all of
 * device memory, so that memory outside the window of BAR4 can be zeroed and copied, too.
 */
#include <linux/dma-mapping.h>
#include <linux/seq_file.h>

#include "pinion_accel.h"
#include "pinion_clear.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_gate.h"
#include "pinion_limits.h"
#include "pinion_mmu.h"
#include "pinion_packet.h"
#include "pinion_pt.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_reset.h"
#include "pinion_ring.h"
#include "pinion_user.h"
#include "pinion_vram.h"

#define CLEAR_MEMORY_VA BIT_ULL(40)
#define CLEAR_CMD_VA	BIT_ULL(46)
#define CLEAR_STAGE_VA	(CLEAR_CMD_VA + SZ_64K)
#define CLEAR_PACKETS	(PAGE_SIZE / sizeof(struct pinion_pkt_fill))
#define CLEAR_TIMEOUT	(60 * HZ)
/* So often a job may take CLEAR_TIMEOUT behind queues of higher priority, before it is stuck. */
#define CLEAR_PATIENCE	10
#define CHECK_BYTES	SZ_4K
#define CLEAR_BYTES	SZ_16M /* what a job zeroes at most, before others have their turn */

static bool clear_has_work(struct pinion_hw_queue *q)
{
	bool idle;

	spin_lock_irq(&q->lock);
	idle = q->submitted == q->completed;
	spin_unlock_irq(&q->lock);
	return !idle || !pinion_user_is_idle(q);
}

/*
 * Whether the card may serve @other before @q. Work that is charged waits for the share of whoever
 * pays, whatever priorities say.
 */
static bool clear_outranks(struct pinion_hw_queue *other, struct pinion_hw_queue *q)
{
	if (other == q)
		return false;
	return q->flags & PINION_QUEUE_F_CHARGE || other->priority > q->priority;
}

/* Whether the card may serve other queues before it comes to the job that zeroes. */
static bool clear_is_outranked(struct pinion_card *pdev)
{
	struct pinion_hw_queue *q = pdev->clear.queue, *other;
	bool outranked = false;
	u32 id;

	mutex_lock(&pdev->queues_mutex);
	for (id = 0; !outranked && id < pdev->info.queues; id++) {
		other = pdev->queues[id];
		outranked = other && clear_outranks(other, q) && clear_has_work(other);
	}
	mutex_unlock(&pdev->queues_mutex);
	return outranked;
}

/* Wait for the end of the job, or until the card has been given up. */
static void clear_wait(struct pinion_card *pdev, struct pinion_waiter *waiter)
{
	unsigned int waits = 0;

	while (!wait_for_completion_timeout(&waiter->done, CLEAR_TIMEOUT)) {
		/* Maybe only an interrupt was lost: look for the record. */
		pinion_exec_drain(pdev->clear.queue);
		/* A card that serves a queue of a higher priority has not come to the job yet. */
		if (completion_done(&waiter->done) ||
		    (++waits < CLEAR_PATIENCE && clear_is_outranked(pdev)))
			continue;
		pinion_fail(pdev, PINION_ERROR_CLEAR_STUCK);
	}
}

/* Let @budget pay for the job that was written last, and was not announced to the card yet. */
static void clear_charge(struct pinion_card *pdev, struct pinion_budget *budget)
{
	struct pinion_hw_queue *q = pdev->clear.queue;

	lockdep_assert_held(&q->lock);
	if (pdev->info.caps & PINION_CAP_PREEMPT)
		q->ring[pinion_ring_slot(q->tail - 1, q->entries)].group =
			pinion_budget_get_group(budget);
}

/* Run the packets in the first @bytes bytes of pinion_clear.cmd. */
static int clear_run(struct pinion_card *pdev, struct pinion_budget *budget, size_t bytes)
{
	const struct pinion_exec_buffer buffer = {
		.va = CLEAR_CMD_VA,
		.bytes = bytes,
	};
	const struct pinion_exec exec = { .buffers = &buffer, .count = 1 };
	struct pinion_hw_queue *q = pdev->clear.queue;
	struct pinion_waiter waiter;
	struct pinion_job_slot *job;

	lockdep_assert_held(&pdev->clear.lock);
	init_completion(&waiter.done);
	spin_lock_irq(&q->lock);
	job = pinion_exec_submit_locked(q, &exec);
	if (!IS_ERR(job)) {
		job->waiter = &waiter;
		clear_charge(pdev, budget);
		pinion_exec_ring(q);
	}
	spin_unlock_irq(&q->lock);
	if (IS_ERR(job))
		return pinion_no_answer(pdev);
	clear_wait(pdev, &waiter);
	if (!waiter.res)
		return 0;
	/* A card that was taken down has ended the job; nothing is wrong with zeroing. */
	if (!pinion_answers(pdev))
		return pinion_no_answer(pdev);
	pinion_fail(pdev, PINION_ERROR_CLEAR_FAILED);
	return -EIO;
}

static struct pinion_pkt_fill clear_fill(u64 addr, u64 bytes, u64 pattern)
{
	return (struct pinion_pkt_fill){
		.pkt = { .op = PINION_PKT_FILL, .bytes = sizeof(struct pinion_pkt_fill) },
		.dst = CLEAR_MEMORY_VA + addr,
		.bytes = bytes,
		.pattern = pattern,
		.width = 8,
	};
}

/**
 * struct clear_cursor - how far blocks have been zeroed
 * @blocks: list of gpu_buddy blocks
 * @block: block that is zeroed next
 * @done: bytes at the start of @block that FILL packets cover already
 */
struct clear_cursor {
	struct list_head *blocks;
	struct gpu_buddy_block *block;
	u64 done;
};

static void clear_next_block(struct clear_cursor *at)
{
	at->block = list_next_entry(at->block, link);
	at->done = 0;
}

/* Whether a new owner finds the block zero. On a block that was freed the flag is stale. */
static bool clear_may_skip(const struct clear_cursor *at, enum pinion_clear_what what)
{
	return what == PINION_CLEAR_TAKEN && gpu_buddy_block_is_clear(at->block);
}

/* Write the FILL packets of one job. Return: their number; 0: nothing is left to do. */
static unsigned int clear_prepare(struct pinion_card *pdev, struct clear_cursor *at,
				  enum pinion_clear_what what)
{
	struct pinion_clear *clear = &pdev->clear;
	struct pinion_pkt_fill *fill = clear->cmd;
	u64 left = CLEAR_BYTES, size, bytes;
	unsigned int n = 0;

	lockdep_assert_held(&clear->lock);
	while (!list_entry_is_head(at->block, at->blocks, link) && n < CLEAR_PACKETS && left) {
		size = gpu_buddy_block_size(&pdev->vram.buddy, at->block);
		if (at->done == size || clear_may_skip(at, what)) {
			clear_next_block(at);
			continue;
		}
		bytes = min(size - at->done, left);
		fill[n++] = clear_fill(gpu_buddy_block_offset(at->block) + at->done, bytes, 0);
		at->done += bytes;
		left -= bytes;
	}
	clear->bytes[what] += CLEAR_BYTES - left;
	return n;
}

/* Run one job. Return: 1: more is left to do; 0: all is zero; an error of pinion_clear(). */
static int clear_step(struct pinion_card *pdev, struct pinion_budget *budget,
		      struct clear_cursor *at, enum pinion_clear_what what)
{
	unsigned int packets;
	int ret;

	if (!pdev->clear.queue)
		return -ENODEV;
	packets = clear_prepare(pdev, at, what);
	if (!packets)
		return 0;
	ret = clear_run(pdev, budget, packets * sizeof(struct pinion_pkt_fill));
	return ret ? ret : 1;
}

/**
 * pinion_clear() - zero blocks of device memory
 * @pdev: device; the caller is inside pinion_enter()
 * @budget: budget of the owner, for whose share of the card the work counts if the card has
 *	PINION_CAP_PREEMPT; NULL: the driver itself
 * @blocks: list of gpu_buddy blocks
 * @what: PINION_CLEAR_FREED: zero all blocks; PINION_CLEAR_TAKEN: skip blocks known to be zero
 *
 * Other callers have their turn after each job.
 * Return: 0; -ENODEV: the card is gone or stopped; -EAGAIN: the card is being restarted; -EIO: the
 * card did not zero the blocks, and is being restarted for that reason.
 */
int pinion_clear(struct pinion_card *pdev, struct pinion_budget *budget, struct list_head *blocks,
		 enum pinion_clear_what what)
{
	struct clear_cursor at = {
		.blocks = blocks,
		.block = list_first_entry(blocks, struct gpu_buddy_block, link),
	};
	int ret;

	do {
		mutex_lock(&pdev->clear.lock);
		ret = clear_step(pdev, budget, &at, what);
		mutex_unlock(&pdev->clear.lock);
	} while (ret > 0);
	return ret;
}

/* Zero freed blocks. Return: false if the card is gone or stopped, and the blocks unchanged. */
static bool clear_freed(struct pinion_card *pdev, struct pinion_budget *budget,
			struct list_head *blocks)
{
	int ret, idx;

	/* Do not wait for a restart: a program inside the gate may wait for this work item. */
	if (!pinion_try_enter(pdev, &idx))
		return false;
	ret = pinion_clear(pdev, budget, blocks, PINION_CLEAR_FREED);
	pinion_exit(pdev, idx);
	return !ret;
}

/**
 * pinion_clear_scrub() - work function of pinion_vram.scrub: zero the blocks that were freed
 * @work: the work item pinion_vram.scrub
 */
void pinion_clear_scrub(struct work_struct *work)
{
	struct pinion_card *pdev = container_of(work, struct pinion_card, vram.scrub);
	struct pinion_budget *budget;
	LIST_HEAD(blocks);
	bool zero;
	u64 bytes;

	bytes = pinion_vram_take_freed(pdev, &blocks, CLEAR_BYTES, &budget);
	if (!bytes)
		return;
	zero = clear_freed(pdev, budget, &blocks);
	pinion_vram_put_freed(pdev, &blocks, bytes, zero);
	/* Whoever waits for memory waits for one run, however much is freed meanwhile. */
	queue_work(system_dfl_wq, work);
}

/**
 * pinion_clear_show() - print how much memory was zeroed
 * @pdev: device
 * @m: file in debugfs
 */
void pinion_clear_show(struct pinion_card *pdev, struct seq_file *m)
{
	struct pinion_clear *clear = &pdev->clear;

	mutex_lock(&clear->lock);
	seq_printf(m, "zeroed for those who waited: %llu\n", clear->bytes[PINION_CLEAR_TAKEN]);
	seq_printf(m, "zeroed before: %llu\n", clear->bytes[PINION_CLEAR_FREED]);
	mutex_unlock(&clear->lock);
}

static u64 check_pattern(u64 round)
{
	return round * 0x9e3779b97f4a7c15ull;
}

/* Whether the block has the pattern of a round in all its bytes, read through the window. */
static bool check_holds(struct pinion_card *pdev, u64 round)
{
	void __iomem *block = pdev->window + pdev->clear.check;
	u64 want = check_pattern(round), got;
	u32 i;

	for (i = 0; i < CHECK_BYTES; i += sizeof(got)) {
		memcpy_fromio(&got, block + i, sizeof(got));
		if (got != want)
			return false;
	}
	return true;
}

/**
 * pinion_clear_check() - have the card do a job whose result is known, and compare the result
 * @pdev: device, with a closed gate
 *
 * The job fills a block of device memory with a pattern that no earlier job has written. It takes
 * the path of every job: descriptor, doorbell, translation, DMA, completion record, interrupt.
 * Return: 0; -EBADMSG: the result is wrong; -EAGAIN, -EIO, -ENODEV: the job failed.
 */
int pinion_clear_check(struct pinion_card *pdev)
{
	struct pinion_clear *clear = &pdev->clear;
	struct pinion_pkt_fill *fill = clear->cmd;
	int ret;

	mutex_lock(&clear->lock);
	*fill = clear_fill(clear->check, CHECK_BYTES, check_pattern(++clear->checks));
	ret = clear_run(pdev, NULL, sizeof(*fill));
	if (!ret && !check_holds(pdev, clear->checks))
		ret = -EBADMSG;
	mutex_unlock(&clear->lock);
	return ret;
}

/**
 * pinion_clear_kept() - check that device memory has kept its content
 * @pdev: device; the card is not doing a job of pinion_clear_check()
 * Return: false if device memory has lost what the last check wrote.
 */
bool pinion_clear_kept(struct pinion_card *pdev)
{
	return check_holds(pdev, pdev->clear.checks);
}

/**
 * pinion_clear_copy() - copy device memory to or from pinion_clear.stage
 * @pdev: device, with a closed gate
 * @addr: device address of the first byte
 * @bytes: number of bytes, 1 to PINION_STAGE_BYTES
 * @out: true: copy from device memory; false: copy to device memory
 * Return: 0; -EAGAIN, -EIO, -ENODEV: the job failed.
 */
int pinion_clear_copy(struct pinion_card *pdev, u64 addr, u64 bytes, bool out)
{
	u64 memory = CLEAR_MEMORY_VA + addr;
	struct pinion_clear *clear = &pdev->clear;
	struct pinion_pkt_copy *copy = clear->cmd;
	int ret;

	mutex_lock(&clear->lock);
	*copy = (struct pinion_pkt_copy){
		.pkt = { .op = PINION_PKT_COPY, .bytes = sizeof(*copy) },
		.src = out ? memory : CLEAR_STAGE_VA,
		.dst = out ? CLEAR_STAGE_VA : memory,
		.row_bytes = bytes,
		.rows = 1,
	};
	ret = clear_run(pdev, NULL, sizeof(*copy));
	mutex_unlock(&clear->lock);
	return ret;
}

/**
 * pinion_clear_restore() - tell a card that was restarted of the driver's own queue again
 * @pdev: device with a closed gate; the caller holds pinion_card.told_lock for writing
 * Return: 0 or an error of pinion_mbox_call().
 */
int pinion_clear_restore(struct pinion_card *pdev)
{
	int ret = pinion_mmu_restore(&pdev->clear.mmu);

	return ret ?: pinion_queue_restore(pdev->clear.queue);
}

/* Take the block that pinion_clear_check() fills, for as long as the driver is bound. */
static int check_init(struct pinion_card *pdev)
{
	struct gpu_buddy_block *block;
	struct list_head blocks;
	int ret = pinion_vram_alloc(pdev, NULL, CHECK_BYTES, true, &blocks);

	if (ret)
		return ret;
	block = list_first_entry(&blocks, struct gpu_buddy_block, link);
	list_del_init(&block->link);
	pdev->clear.block = block;
	pdev->clear.check = gpu_buddy_block_offset(block);
	return 0;
}

static void check_fini(struct pinion_card *pdev)
{
	LIST_HEAD(blocks);

	list_add(&pdev->clear.block->link, &blocks);
	pinion_vram_free(pdev, &blocks);
}

static int clear_map(struct pinion_card *pdev)
{
	struct pinion_pt *pt = &pdev->clear.mmu.pt;
	struct pinion_pt_plan plan = { .region = ~0ull };
	int ret;

	pinion_pt_plan_range(pt, &plan, CLEAR_MEMORY_VA, pdev->info.memory);
	pinion_pt_plan_run(pt, &plan, CLEAR_MEMORY_VA, 0, pdev->info.memory);
	pinion_pt_plan_range(pt, &plan, CLEAR_CMD_VA, SZ_4K);
	pinion_pt_plan_run(pt, &plan, CLEAR_CMD_VA, pdev->clear.cmd_dma, SZ_4K);
	pinion_pt_plan_range(pt, &plan, CLEAR_STAGE_VA, PINION_STAGE_BYTES);
	pinion_pt_plan_run(pt, &plan, CLEAR_STAGE_VA, pdev->clear.stage_dma, PINION_STAGE_BYTES);
	ret = pinion_pt_reserve(pt, &plan);
	if (!ret) {
		pinion_pt_map(pt, CLEAR_MEMORY_VA, 0, pdev->info.memory,
			      PINION_PTE_READ | PINION_PTE_WRITE);
		pinion_pt_map(pt, CLEAR_CMD_VA, pdev->clear.cmd_dma, SZ_4K,
			      PINION_PTE_READ | PINION_PTE_HOST);
		pinion_pt_map(pt, CLEAR_STAGE_VA, pdev->clear.stage_dma, PINION_STAGE_BYTES,
			      PINION_PTE_READ | PINION_PTE_WRITE | PINION_PTE_HOST);
	}
	pinion_mmu_flush(&pdev->clear.mmu);
	return ret;
}

static void clear_fini(void *arg)
{
	struct pinion_card *pdev = arg;
	struct pinion_hw_queue *queue = pdev->clear.queue;

	/* From here on pinion_clear() returns -ENODEV. */
	mutex_lock(&pdev->clear.lock);
	pdev->clear.queue = NULL;
	mutex_unlock(&pdev->clear.lock);
	pinion_queue_free(queue);
	pinion_mmu_disable(&pdev->clear.mmu);
	pinion_mmu_fini(&pdev->clear.mmu);
	check_fini(pdev);
}

/*
 * Normal priority is the highest that every process may give its queues. At a higher priority,
 * memory that a user makes and drops would keep the jobs of other users from the card. At a lower
 * one, jobs of one user could keep the memory that another user has freed from coming back.
 *
 * With PINION_CAP_PREEMPT the priority orders the work of one user only. There it is the highest,
 * so that a user cannot make the others wait who come next in the queue.
 */
static struct pinion_queue_config clear_config(struct pinion_card *pdev)
{
	bool charge = pdev->info.caps & PINION_CAP_PREEMPT;

	return (struct pinion_queue_config){
		.entries = PINION_RING_MIN,
		.priority = charge ? 3 : 1,
		.charge = charge,
	};
}

static int clear_start(struct pinion_card *pdev)
{
	const struct pinion_queue_config config = clear_config(pdev);
	struct pinion_clear *clear = &pdev->clear;
	struct pinion_hw_queue *queue;
	int ret;

	ret = pinion_mmu_init(pdev, &clear->mmu);
	if (ret)
		return ret;
	ret = clear_map(pdev);
	if (ret)
		goto free_mmu;
	queue = pinion_queue_new(pdev, NULL, clear->mmu.id, &config);
	if (IS_ERR(queue)) {
		ret = PTR_ERR(queue);
		goto free_mmu;
	}
	mutex_lock(&clear->lock);
	clear->queue = queue;
	mutex_unlock(&clear->lock);
	return 0;

free_mmu:
	pinion_mmu_disable(&clear->mmu);
	pinion_mmu_fini(&clear->mmu);
	return ret;
}

/**
 * pinion_clear_init() - create the driver's own queue and its address space
 * @pdev: device, in probe
 *
 * Both are freed when the driver is unbound from the device.
 * Return: 0 or -errno.
 */
int pinion_clear_init(struct pinion_card *pdev)
{
	struct pinion_clear *clear = &pdev->clear;
	int ret;

	clear->cmd = dmam_alloc_coherent(pdev->drm.dev, PAGE_SIZE, &clear->cmd_dma, GFP_KERNEL);
	clear->stage = dmam_alloc_coherent(pdev->drm.dev, PINION_STAGE_BYTES, &clear->stage_dma,
					   GFP_KERNEL);
	if (!clear->cmd || !clear->stage)
		return -ENOMEM;
	ret = check_init(pdev);
	if (ret)
		return ret;
	ret = clear_start(pdev);
	if (ret) {
		check_fini(pdev);
		return ret;
	}
	return devm_add_action_or_reset(pdev->drm.dev, clear_fini, pdev);
}
