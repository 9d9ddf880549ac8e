// SPDX-License-Identifier: GPL-2.0
/*
 * Maps a user-mode queue into its process: the rings and the status, which are memory and stay as
 * long as they are mapped, and the doorbell, which is a page of the card. When the queue stops, or
 * the card is about to be reset, the doorbell is taken away. The process then finds an ordinary
 * page of memory in its place, which nobody reads.
 *
 * All doorbell mappings belong to the address_space of the device, each queue at a page offset of
 * its own, so that they can be found and revoked. pinion_card.doorbells_lock keeps page faults
 * and revocation apart; the page fault checks the state of the queue under this lock.
 */
#include <linux/mm.h>

#include "pinion_accel.h"
#include "pinion_device.h"
#include "pinion_gate.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_user.h"
#include "pinion_user_mmap.h"

/* Page offset of the first doorbell; buffers begin above, at DRM_FILE_PAGE_OFFSET_START. */
#define DOORBELLS_PGOFF 0x10000

static bool user_is_running(struct pinion_hw_queue *q)
{
	bool running;

	spin_lock_irq(&q->lock);
	running = q->state == PINION_QUEUE_RUNNING && pinion_gate_is_open(q->pdev);
	spin_unlock_irq(&q->lock);
	return running;
}

static vm_fault_t doorbell_fault(struct vm_fault *vmf)
{
	struct pinion_hw_queue *q = vmf->vma->vm_file->private_data;
	struct pinion_card *pdev = q->pdev;
	phys_addr_t page;
	vm_fault_t ret;

	mutex_lock(&pdev->doorbells_lock);
	if (user_is_running(q)) {
		page = pdev->doorbells_phys + q->id * PINION_DOORBELL_STRIDE;
		pinion_user_watch(q->user);
	} else {
		page = virt_to_phys(q->user->dummy);
	}
	ret = vmf_insert_pfn(vmf->vma, vmf->vma->vm_start, PHYS_PFN(page));
	mutex_unlock(&pdev->doorbells_lock);
	return ret;
}

static const struct vm_operations_struct doorbell_ops = {
	.fault = doorbell_fault,
};

/**
 * pinion_user_revoke() - take the doorbells of queues away from their processes
 * @pdev: device
 * @first: number of the first queue
 * @count: number of queues
 *
 * The next use of a doorbell is a page fault, which checks whether its queue runs. The caller holds
 * pinion_card.doorbells_lock.
 */
void pinion_user_revoke(struct pinion_card *pdev, u32 first, u32 count)
{
	lockdep_assert_held(&pdev->doorbells_lock);
	unmap_mapping_range(pdev->drm.anon_inode->i_mapping,
			    (loff_t)(DOORBELLS_PGOFF + first) << PAGE_SHIFT,
			    (loff_t)count << PAGE_SHIFT, 1);
}

/**
 * pinion_user_revoke_all() - take the doorbells of all queues away from their processes
 * @pdev: device; the caller does not hold pinion_card.doorbells_lock
 */
void pinion_user_revoke_all(struct pinion_card *pdev)
{
	mutex_lock(&pdev->doorbells_lock);
	pinion_user_revoke(pdev, 0, pdev->info.queues);
	mutex_unlock(&pdev->doorbells_lock);
}

static int mmap_doorbell(struct pinion_hw_queue *q, struct vm_area_struct *vma)
{
	if (vma_pages(vma) != 1)
		return -EINVAL;
	vma->vm_pgoff = DOORBELLS_PGOFF + q->id;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTDUMP);
	vma->vm_ops = &doorbell_ops;
	return 0;
}

static vm_fault_t memory_fault(struct vm_fault *vmf, void *memory, size_t bytes, u32 first)
{
	size_t at = (vmf->pgoff - first) << PAGE_SHIFT;

	if (at >= bytes)
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page(memory + at);
	get_page(vmf->page);
	return 0;
}

static vm_fault_t ring_fault(struct vm_fault *vmf)
{
	struct pinion_hw_queue *q = vmf->vma->vm_file->private_data;

	return memory_fault(vmf, q->user->ring, q->user->ring_bytes,
			    PINION_QUEUE_MAP_RING >> PAGE_SHIFT);
}

static const struct vm_operations_struct ring_ops = {
	.fault = ring_fault,
};

static vm_fault_t cq_fault(struct vm_fault *vmf)
{
	struct pinion_hw_queue *q = vmf->vma->vm_file->private_data;

	return memory_fault(vmf, q->user->cq, q->user->cq_bytes, PINION_QUEUE_MAP_CQ >> PAGE_SHIFT);
}

static const struct vm_operations_struct cq_ops = {
	.fault = cq_fault,
};

static vm_fault_t status_fault(struct vm_fault *vmf)
{
	struct pinion_hw_queue *q = vmf->vma->vm_file->private_data;

	return memory_fault(vmf, q->user->status, PAGE_SIZE, PINION_QUEUE_MAP_STATUS >> PAGE_SHIFT);
}

static const struct vm_operations_struct status_ops = {
	.fault = status_fault,
};

static int mmap_readonly(struct vm_area_struct *vma, const struct vm_operations_struct *ops,
			 size_t bytes)
{
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYWRITE);
	vma->vm_ops = ops;
	return vma_pages(vma) <= bytes >> PAGE_SHIFT ? 0 : -EINVAL;
}

static int mmap_ring(struct pinion_hw_queue *q, struct vm_area_struct *vma)
{
	vma->vm_ops = &ring_ops;
	return vma_pages(vma) <= q->user->ring_bytes >> PAGE_SHIFT ? 0 : -EINVAL;
}

/**
 * pinion_user_mmap() - map a part of a user-mode queue (file_operations.mmap)
 * @file: file of the queue
 * @vma: mapping to set up; a child does not inherit it at fork()
 * Return: 0; -ENODEV: not a user-mode queue; -EACCES: completion records and the status may only be
 * read; -EINVAL: a private mapping, or a range outside the parts of the queue.
 */
int pinion_user_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct pinion_hw_queue *q = file->private_data;

	if (q->mode != PINION_QUEUE_USER)
		return -ENODEV;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND);
	switch (vma->vm_pgoff << PAGE_SHIFT) {
	case PINION_QUEUE_MAP_RING:
		return mmap_ring(q, vma);
	case PINION_QUEUE_MAP_CQ:
		return mmap_readonly(vma, &cq_ops, q->user->cq_bytes);
	case PINION_QUEUE_MAP_DOORBELL:
		return mmap_doorbell(q, vma);
	case PINION_QUEUE_MAP_STATUS:
		return mmap_readonly(vma, &status_ops, PAGE_SIZE);
	default:
		return -EINVAL;
	}
}
