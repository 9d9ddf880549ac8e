// SPDX-License-Identifier: GPL-2.0
/* MSI-X: vector 0 is for firmware and faults, the queues share the other vectors. */
#include <linux/dma-fence.h>
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <linux/rculist.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_fw_crash.h"
#include "pinion_io.h"
#include "pinion_irq.h"
#include "pinion_mbox.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"
#include "pinion_stop.h"
#include "pinion_user.h"

/* Tasks that sleep on a user-mode queue are woken at the price of so many jobs of a batch. */
#define IRQ_WAKE 4

static void irq_faults(struct pinion_card *pdev)
{
	u32 word, bits, bit;

	for (word = 0; word < DIV_ROUND_UP(pdev->info.queues, 32); word++) {
		bits = pinion_read(pdev, PINION_REG_FAULT_QUEUES(word));
		for (; bits; bits &= bits - 1) {
			bit = 32 * word + __ffs(bits);
			if (bit < pdev->info.queues)
				pinion_queue_handle_fault(pdev, bit);
		}
	}
}

static void irq_boot(struct pinion_card *pdev)
{
	u32 status = pinion_read(pdev, PINION_REG_BOOT_STATUS);

	if ((status & PINION_BOOT_STATUS_STATE) != PINION_BOOT_CRASHED)
		return;
	pinion_fw_report_crash(pdev);
	pinion_fail_firmware(pdev, PINION_ERROR_FIRMWARE_CRASHED);
}

/* Runs in a thread, since the handlers of faults and messages sleep. */
static irqreturn_t irq_management(int irq, void *arg)
{
	struct pinion_card *pdev = arg;
	irqreturn_t ret = IRQ_HANDLED;
	u32 causes;
	int idx;

	if (!drm_dev_enter(&pdev->drm, &idx))
		return IRQ_NONE;
	/* The interrupt may have been sent before the card was taken down. */
	if (!pinion_answers(pdev))
		goto exit;
	causes = pinion_read(pdev, PINION_REG_INT_STATUS);
	/* Code that has masked a cause deals with the cause itself. */
	causes &= pinion_read(pdev, PINION_REG_INT_ENABLE);
	if (causes == ~0u || !(causes & PINION_INT_ALL)) {
		ret = IRQ_NONE;
		goto exit;
	}
	pinion_write(pdev, PINION_REG_INT_STATUS, causes & PINION_INT_ALL);
	if (causes & PINION_INT_FAULT)
		irq_faults(pdev);
	if (causes & PINION_INT_MBOX)
		pinion_mbox_receive(pdev);
	if (causes & PINION_INT_BOOT)
		irq_boot(pdev);
exit:
	drm_dev_exit(idx);
	return ret;
}

/* Inline: each interrupt asks, for each queue of the vector. */
static __always_inline bool irq_has_news(struct pinion_hw_queue *q)
{
	return likely(pinion_exec_has_news(q)) || (unlikely(q->user) && pinion_user_has_news(q));
}

/*
 * Look after a queue that has news. A process finds the records of its user-mode queue by itself;
 * here tasks that sleep are woken. Return: what is left of @batch.
 */
static int irq_look(struct pinion_hw_queue *q, int batch)
{
	if (likely(!q->user))
		return pinion_exec_reap(q, batch);
	pinion_user_look(q);
	return batch - IRQ_WAKE;
}

/*
 * Processes choose how many queues share a vector, and how many jobs complete at once. So all
 * queues of the vector together complete one batch of jobs here, where interrupts are off.
 *
 * Completion records are also reaped without an interrupt, by submitters and waiters, so an
 * interrupt often finds none. Returning IRQ_NONE then would let the kernel disable the vector as
 * spurious.
 */
static irqreturn_t irq_queues(int irq, void *arg)
{
	struct pinion_vector *vector = arg;
	int batch = PINION_EXEC_BATCH;
	struct pinion_hw_queue *q;

	list_for_each_entry_rcu(q, &vector->queues, on_vector) {
		if (!irq_has_news(q))
			continue;
		if (unlikely(batch <= 0)) {
			queue_work(pinion_signal_wq, &vector->rest);
			break;
		}
		batch = irq_look(q, batch);
	}
	return IRQ_HANDLED;
}

/* Interrupts are on between two queues, and each queue has a work item of its own for its jobs. */
static void irq_rest(struct work_struct *work)
{
	struct pinion_vector *vector = container_of(work, struct pinion_vector, rest);
	bool cookie = dma_fence_begin_signalling();
	struct pinion_hw_queue *q;

	rcu_read_lock();
	list_for_each_entry_rcu(q, &vector->queues, on_vector) {
		if (!irq_has_news(q))
			continue;
		if (q->user)
			pinion_user_look(q);
		else
			pinion_exec_reap_later(q);
	}
	rcu_read_unlock();
	dma_fence_end_signalling(cookie);
}

static struct pinion_vector *irq_vector_of(struct pinion_hw_queue *q)
{
	return &q->pdev->queue_vectors[q->vector - 1];
}

/**
 * pinion_irq_attach() - begin to handle the completion interrupts of a queue
 * @q: queue; pinion_hw_queue.vector is set here
 */
void pinion_irq_attach(struct pinion_hw_queue *q)
{
	struct pinion_card *pdev = q->pdev;

	q->vector = 1 + q->id % (pdev->vectors - 1);
	spin_lock_irq(&pdev->queues_lock);
	list_add_tail_rcu(&q->on_vector, &irq_vector_of(q)->queues);
	spin_unlock_irq(&pdev->queues_lock);
}

/**
 * pinion_irq_detach() - end to handle the completion interrupts of a queue
 * @q: queue
 *
 * On return no interrupt handler uses the queue.
 */
void pinion_irq_detach(struct pinion_hw_queue *q)
{
	struct pinion_vector *vector = irq_vector_of(q);

	spin_lock_irq(&q->pdev->queues_lock);
	list_del_rcu(&q->on_vector);
	spin_unlock_irq(&q->pdev->queues_lock);
	synchronize_irq(vector->irq);
	flush_work(&vector->rest);
}

/**
 * pinion_irq_enable() - enable interrupts for firmware messages, faults and firmware crashes
 * @pdev: device whose firmware runs
 */
void pinion_irq_enable(struct pinion_card *pdev)
{
	pinion_write(pdev, PINION_REG_INT_STATUS, PINION_INT_ALL);
	pinion_write(pdev, PINION_REG_INT_ENABLE, PINION_IRQ_CAUSES);
}

/**
 * pinion_irq_sync() - wait until the handler of management interrupts does not run
 * @pdev: device
 */
void pinion_irq_sync(struct pinion_card *pdev)
{
	synchronize_irq(pci_irq_vector(to_pci_dev(pdev->drm.dev), 0));
}

static void irq_end_rest(void *vector)
{
	cancel_work_sync(&((struct pinion_vector *)vector)->rest);
}

static int irq_request_queues(struct pinion_card *pdev)
{
	struct device *dev = pdev->drm.dev;
	struct pinion_vector *vector;
	int i, ret = 0;

	pdev->queue_vectors = devm_kcalloc(dev, pdev->vectors - 1, sizeof(*vector), GFP_KERNEL);
	if (!pdev->queue_vectors)
		return -ENOMEM;
	for (i = 1; !ret && i < pdev->vectors; i++) {
		vector = &pdev->queue_vectors[i - 1];
		INIT_LIST_HEAD(&vector->queues);
		INIT_WORK(&vector->rest, irq_rest);
		vector->irq = pci_irq_vector(to_pci_dev(dev), i);
		snprintf(vector->name, sizeof(vector->name), "pinion%d-queues%d",
			 pdev->drm.accel->index, i);
		/* The work item must not outlive its vector, nor the interrupt that queues it. */
		ret = devm_add_action(dev, irq_end_rest, vector);
		if (!ret)
			ret = devm_request_irq(dev, vector->irq, irq_queues, 0, vector->name,
					       vector);
	}
	return ret;
}

/**
 * pinion_irq_init() - allocate the vectors and request vector 0
 * @pdev: device
 *
 * Takes vector 0 and one vector for each CPU, or fewer if card or platform have fewer. Two vectors
 * in all are the minimum.
 * Return: 0 or -errno.
 */
int pinion_irq_init(struct pinion_card *pdev)
{
	struct pci_dev *pci = to_pci_dev(pdev->drm.dev);
	int ret;

	ret = pci_alloc_irq_vectors(pci, 2, min(pdev->info.vectors, 1 + num_online_cpus()),
				    PCI_IRQ_MSIX);
	if (ret < 0) {
		pinion_report(pdev, PINION_ERROR_INTERRUPTS, "interrupts (%d)", ret);
		return ret;
	}
	pdev->vectors = ret;
	ret = irq_request_queues(pdev);
	if (ret)
		return ret;
	return devm_request_threaded_irq(&pci->dev, pci_irq_vector(pci, 0), NULL, irq_management,
					 IRQF_ONESHOT, "pinion", pdev);
}
