// SPDX-License-Identifier: GPL-2.0
/* The card's address-space slots: their page tables in device memory, and translation caches. */
#include <linux/idr.h>
#include <linux/sched/signal.h>

#include <drm/drm_drv.h>

#include "pinion_clear.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_io.h"
#include "pinion_limits.h"
#include "pinion_mbox.h"
#include "pinion_mmu.h"
#include "pinion_pt.h"
#include "pinion_regs.h"
#include "pinion_reset.h"
#include "pinion_vram.h"

#define INVALIDATE_SPIN_US    10
#define INVALIDATE_TIMEOUT_MS 5000

/* A table takes one block of the buddy allocator, which serves as the cookie. */
static int mmu_pt_alloc(void *ctx, u64 *addr, void **mem)
{
	struct pinion_mmu *mmu = ctx;
	struct gpu_buddy_block *block;
	int ret;

	/* Nothing has changed yet, so an operation of very many tables can end here. */
	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	ret = pinion_vram_alloc_table(mmu->pdev, mmu->budget, &block);
	if (ret)
		return ret;
	*addr = gpu_buddy_block_offset(block);
	*mem = block;
	/* Charging tables never fails; pinion_charge_room() is called before they may grow. */
	pinion_charge(mmu->budget, PINION_USE_TABLES, SZ_4K, PINION_PT_KEPT_BYTES);
	return 0;
}

static void mmu_pt_free(void *ctx, void *mem, bool zero)
{
	struct pinion_mmu *mmu = ctx;
	struct pinion_card *pdev = mmu->pdev;

	/*
	 * Writes are lost while the card does not decode its addresses. A restart writes the tables
	 * again, but only of the address spaces in pinion_card.mmus.
	 */
	zero = zero && pdev->mmus[mmu->id] == mmu && pinion_answers(pdev);
	pinion_vram_free_table(pdev, mem, zero);
	pinion_uncharge(mmu->budget, PINION_USE_TABLES, SZ_4K, PINION_PT_KEPT_BYTES);
}

static void mmu_pt_zero(void *ctx, u64 addr)
{
	struct pinion_mmu *mmu = ctx;

	memset_io(mmu->pdev->window + addr, 0, SZ_4K);
}

static void mmu_pt_write(void *ctx, u64 addr, const u64 *entries, unsigned int count)
{
	struct pinion_mmu *mmu = ctx;

	__iowrite64_copy(mmu->pdev->window + addr, entries, count);
}

static const struct pinion_pt_ops mmu_pt_ops = {
	.alloc = mmu_pt_alloc,
	.free = mmu_pt_free,
	.zero = mmu_pt_zero,
	.write = mmu_pt_write,
};

/* On return the card uses no translation that was removed before the call. */
static void mmu_invalidate(struct pinion_mmu *mmu)
{
	struct pinion_card *pdev = mmu->pdev;
	u32 busy;
	int ret;

	/* A card that is being taken down forgets all translations: wait until it is quiet. */
	if (!pinion_answers(pdev)) {
		pinion_wait_quiet(pdev);
		return;
	}
	/* Entries must leave the write-combining buffer before the command reaches the card. */
	wmb();
	mutex_lock(&pdev->inv_lock);
	pinion_write(pdev, PINION_REG_MMU_INV_VM, mmu->id);
	pinion_write(pdev, PINION_REG_MMU_INV_CTRL, 1);
	/* The answer mostly comes sooner than a task could sleep and be woken. */
	ret = readl_poll_timeout_atomic(pdev->regs + PINION_REG_MMU_INV_CTRL, busy, !busy, 1,
					INVALIDATE_SPIN_US);
	if (ret)
		ret = pinion_poll(pdev, PINION_REG_MMU_INV_CTRL, ~0u, 0, INVALIDATE_TIMEOUT_MS);
	mutex_unlock(&pdev->inv_lock);
	if (ret)
		pinion_fail(pdev, PINION_ERROR_INVALIDATION_STUCK);
	else if (!pinion_answers(pdev))
		pinion_wait_quiet(pdev); /* maybe a reset ended the command, and not the card */
}

/**
 * pinion_mmu_flush() - invalidate translation caches, then free the tables removed before
 * @mmu: address space; the caller is in drm_dev_enter()
 */
void pinion_mmu_flush(struct pinion_mmu *mmu)
{
	mmu_invalidate(mmu);
	pinion_pt_release(&mmu->pt);
}

static u64 mmu_save_bytes(struct pinion_mmu *mmu)
{
	const struct pinion_info *info = &mmu->pdev->info;

	return mmu->budget && info->caps & PINION_CAP_PREEMPT ? (u64)info->cores * info->save_bytes
							      : 0;
}

static void mmu_free_save(struct pinion_mmu *mmu)
{
	if (list_empty(&mmu->save))
		return;
	pinion_vram_free(mmu->pdev, &mmu->save);
	pinion_uncharge(mmu->budget, PINION_USE_SAVE, mmu_save_bytes(mmu), 0);
	mmu->save_addr = 0;
}

/*
 * Without a save area the card could not preempt the address space. So if there is no memory left
 * for it, there is no address space either.
 */
static int mmu_alloc_save(struct pinion_mmu *mmu)
{
	u64 bytes = mmu_save_bytes(mmu);
	int ret;

	INIT_LIST_HEAD(&mmu->save);
	mmu->save_addr = 0;
	if (!bytes)
		return 0;
	ret = pinion_charge(mmu->budget, PINION_USE_SAVE, bytes, 0);
	if (ret)
		return ret;
	ret = pinion_vram_alloc_run(mmu->pdev, mmu->budget, bytes, &mmu->save, &mmu->save_addr);
	if (ret) {
		INIT_LIST_HEAD(&mmu->save);
		pinion_uncharge(mmu->budget, PINION_USE_SAVE, bytes, 0);
		return ret;
	}
	ret = pinion_clear(mmu->pdev, mmu->budget, &mmu->save, PINION_CLEAR_TAKEN);
	if (ret)
		mmu_free_save(mmu);
	return ret;
}

static int mmu_set_root(struct pinion_mmu *mmu)
{
	struct pinion_msg_vm args = {
		.vm = mmu->id,
		.root_lo = lower_32_bits(mmu->pt.root->addr),
		.root_hi = upper_32_bits(mmu->pt.root->addr),
		.save_lo = lower_32_bits(mmu->save_addr),
		.save_hi = upper_32_bits(mmu->save_addr),
	};

	if (mmu->pdev->info.caps & PINION_CAP_PREEMPT)
		args.group = pinion_budget_get_group(mmu->budget);
	/* The root's entries must leave the write-combining buffer before the message is sent. */
	wmb();
	return pinion_mbox_call(mmu->pdev, mmu->budget, PINION_MSG_VM_SET, &args, sizeof(args),
				NULL);
}

/**
 * pinion_mmu_init() - take a slot and give the card an empty address space
 * @pdev: device; the caller is in drm_dev_enter(), or in probe
 * @mmu: address space to initialise; the caller has set pinion_mmu.budget
 * Return: 0; -ENOSPC: no slot or no device memory; -EDQUOT: over a limit; -ENOMEM; an error of
 * pinion_mbox_call().
 */
int pinion_mmu_init(struct pinion_card *pdev, struct pinion_mmu *mmu)
{
	int ret;

	mmu->pdev = pdev;
	ret = ida_alloc_range(&pdev->vm_ids, 1, pdev->info.vms - 1, GFP_KERNEL);
	if (ret < 0)
		return ret;
	mmu->id = ret;
	ret = mmu_alloc_save(mmu);
	if (ret)
		goto free_id;
	ret = pinion_pt_init(&mmu->pt, &mmu_pt_ops, mmu);
	if (ret)
		goto free_save;
	ret = mmu_set_root(mmu);
	if (ret)
		goto free_pt;
	pdev->mmus[mmu->id] = mmu;
	return 0;

free_pt:
	pinion_pt_fini(&mmu->pt);
free_save:
	mmu_free_save(mmu);
free_id:
	ida_free(&pdev->vm_ids, mmu->id);
	return ret;
}

/**
 * pinion_mmu_disable() - make the card forget an address space
 * @mmu: address space that no queue uses any more
 *
 * On return the card reaches no memory through the address space: the firmware has confirmed
 * it, or the card was reset or is gone.
 */
void pinion_mmu_disable(struct pinion_mmu *mmu)
{
	struct pinion_card *pdev = mmu->pdev;
	struct pinion_msg_vm args = { .vm = mmu->id };
	int ret, idx;

	/* Until the card knows it no more, a restarted card must not be told of it again. */
	down_read(&pdev->told_lock);
	pdev->mmus[mmu->id] = NULL;
	if (drm_dev_enter(&pdev->drm, &idx)) {
		ret = pinion_mbox_call_to_end(pdev, mmu->budget, PINION_MSG_VM_CLEAR, &args,
					      sizeof(args));
		/* A card that was taken down has forgotten the address space. */
		if (ret && ret != -EAGAIN && ret != -ENODEV)
			pinion_fail(pdev, PINION_ERROR_VM_KEPT);
		mmu_invalidate(mmu);
		drm_dev_exit(idx);
	}
	up_read(&pdev->told_lock);
}

/**
 * pinion_mmu_restore() - tell a card that was restarted of an address space again
 * @mmu: address space; the gate is closed, and the caller holds pinion_card.told_lock for writing
 *
 * The page tables are in device memory, which keeps its content. But the card may have missed what
 * was written to them while it did not decode its addresses, as after an error of the bus: entries
 * that were removed would still lead to memory that others own now. So they are written again.
 * Return: 0 or an error of pinion_mbox_call().
 */
int pinion_mmu_restore(struct pinion_mmu *mmu)
{
	lockdep_assert_held_write(&mmu->pdev->told_lock);
	pinion_pt_rewrite(&mmu->pt);
	return mmu_set_root(mmu);
}

/**
 * pinion_mmu_fini() - free the tables, the save area and the slot
 * @mmu: address space after pinion_mmu_disable()
 */
void pinion_mmu_fini(struct pinion_mmu *mmu)
{
	pinion_pt_fini(&mmu->pt);
	mmu_free_save(mmu);
	ida_free(&mmu->pdev->vm_ids, mmu->id);
}
