// SPDX-License-Identifier: GPL-2.0
/*
 * Hands dumps over to devcoredump. This is apart from pinion_dump.c because it calls down to
 * address spaces, while the code that notices errors calls pinion_dump.c.
 */
#include <linux/devcoredump.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/vmalloc.h>

#include "pinion_device.h"
#include "pinion_dump.h"
#include "pinion_dump_work.h"
#include "pinion_gate.h"
#include "pinion_pt.h"
#include "pinion_vm.h"

#define DUMP_PAUSE (60 * HZ)

static void work_walk(struct pinion_scene *scene)
{
	struct pinion_gpuvm *vm = scene->vm;

	mutex_lock(&vm->lock);
	scene->levels = pinion_pt_walk(&vm->mmu.pt, scene->record.va, scene->pte);
	mutex_unlock(&vm->lock);
}

/* The text of a queue's dump; that of a card has been written before the card was reset. */
static void work_write(struct pinion_card *pdev)
{
	int idx;

	/* The registers of a card that is being restarted can be read again afterwards. */
	if (seq_buf_used(&pdev->dump.text) || !pinion_enter(pdev, &idx))
		return;
	if (pdev->dump.scene.vm)
		work_walk(&pdev->dump.scene);
	pinion_dump_write(pdev);
	pinion_exit(pdev, idx);
}

/* devcoredump keeps one dump of a device until it is read or five minutes old, and drops others. */
static void work_hand_over(struct pinion_card *pdev)
{
	struct pinion_dump *dump = &pdev->dump;
	size_t bytes = seq_buf_used(&dump->text);

	if (bytes) {
		if (dump->mistake && !pinion_dump_is_mistake(dump->scene.code))
			dev_coredump_put(pdev->drm.dev);
		dev_coredumpv(pdev->drm.dev, dump->memory, bytes, GFP_KERNEL);
		dump->memory = NULL;
	}
	if (!dump->memory)
		pinion_dump_renew(dump);
}

static void work_release(struct pinion_scene *scene)
{
	if (scene->vm)
		pinion_vm_put(scene->vm);
	scene->vm = NULL;
}

static void dump_work(struct work_struct *work)
{
	struct pinion_card *pdev = container_of(work, struct pinion_card, dump.work);
	struct pinion_dump *dump = &pdev->dump;

	work_write(pdev);
	work_hand_over(pdev);
	work_release(&dump->scene);
	spin_lock_irq(&dump->lock);
	dump->busy = false;
	dump->next = (jiffies + DUMP_PAUSE) ?: 1;
	dump->mistake = pinion_dump_is_mistake(dump->scene.code);
	spin_unlock_irq(&dump->lock);
}

static void dump_fini(void *arg)
{
	struct pinion_card *pdev = arg;

	disable_work_sync(&pdev->dump.work);
	work_release(&pdev->dump.scene);
	vfree(pdev->dump.memory);
}

/**
 * pinion_dump_init() - prepare the dumps of a card
 * @pdev: device, in probe, before anything can fail
 * Return: 0 or -ENOMEM.
 */
int pinion_dump_init(struct pinion_card *pdev)
{
	pinion_dump_prepare(pdev, dump_work);
	return devm_add_action_or_reset(pdev->drm.dev, dump_fini, pdev);
}
