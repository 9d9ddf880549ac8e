// SPDX-License-Identifier: GPL-2.0
/* MSI-X: vector 0 is for firmware and faults, the queues share the other vectors. */
#include <linux/interrupt.h>
#include <linux/pci.h>

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

/*
 * Completion records are also reaped without an interrupt, by submitters and waiters, so an
 * interrupt often finds none. Returning IRQ_NONE then would let the kernel disable the vector,
 * which other queues share, as spurious.
 */
static irqreturn_t irq_queue(int irq, void *arg)
{
	if (pinion_exec_has_news(arg))
		pinion_exec_reap(arg);
	return IRQ_HANDLED;
}

/* A process finds the records of its user-mode queue by itself; this wakes tasks that sleep. */
static irqreturn_t irq_user(int irq, void *arg)
{
	if (pinion_user_has_news(arg))
		pinion_user_look(arg);
	return IRQ_HANDLED;
}

/**
 * pinion_irq_attach() - request the completion interrupt of a queue
 * @q: queue; pinion_hw_queue.vector and pinion_hw_queue.name are set here
 *
 * Each queue on a shared vector has a handler of its own there (IRQF_SHARED).
 * Return: 0 or -errno.
 */
int pinion_irq_attach(struct pinion_hw_queue *q)
{
	struct pinion_card *pdev = q->pdev;
	irq_handler_t handler = q->mode == PINION_QUEUE_USER ? irq_user : irq_queue;

	q->vector = 1 + q->id % (pdev->vectors - 1);
	snprintf(q->name, sizeof(q->name), "pinion%d-q%u", pdev->drm.accel->index, q->id);
	return request_irq(pci_irq_vector(to_pci_dev(pdev->drm.dev), q->vector), handler,
			   IRQF_SHARED, q->name, q);
}

/**
 * pinion_irq_detach() - free the completion interrupt of a queue
 * @q: queue
 *
 * On return no interrupt handler of the queue runs.
 */
void pinion_irq_detach(struct pinion_hw_queue *q)
{
	free_irq(pci_irq_vector(to_pci_dev(q->pdev->drm.dev), q->vector), q);
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
	return devm_request_threaded_irq(&pci->dev, pci_irq_vector(pci, 0), NULL, irq_management,
					 IRQF_ONESHOT, "pinion", pdev);
}
