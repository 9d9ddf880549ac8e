// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Power states. In D3hot the card does no work and answers only in configuration space. When the
 * machine is suspended to RAM (S3), or the port above switches its slot off, the card loses power.
 */
#include "pci.h"
#include "qapi/error.h"
#include <sys/mman.h>

#define D3HOT 3

static unsigned int state_of(PCIDevice *pdev)
{
	return pci_get_word(pdev->config + CAP_PM + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK;
}

static void set_state(PCIDevice *pdev, unsigned int state)
{
	uint8_t *control = pdev->config + CAP_PM + PCI_PM_CTRL;

	pci_set_word(control, (pci_get_word(control) & ~PCI_PM_CTRL_STATE_MASK) | state);
}

/* Reads of a disabled region return all ones, see hole.c. An interrupt not yet sent is lost. */
static void set_asleep(struct pinion_dev *s, bool asleep)
{
	dev_lock(s);
	s->asleep = asleep;
	if (asleep)
		qatomic_set(&s->msis, 0);
	dev_unlock(s);
	memory_region_set_enabled(&s->regs, !asleep);
	memory_region_set_enabled(&s->doorbells, !asleep);
	memory_region_set_enabled(&s->window, !asleep);
	if (!asleep)
		pinion_kick(s);
}

/* The host's kernel takes the pages back, and device memory reads as zeroes. */
static void lose_memory(struct pinion_dev *s)
{
	if (s->loses_memory)
		madvise(memory_region_get_ram_ptr(&s->memory), s->memory_bytes, MADV_DONTNEED);
}

/* The machine is suspended to RAM. When it wakes up, QEMU resets all devices. */
static void suspended(Notifier *notifier, void *data)
{
	struct pinion_dev *s = container_of(notifier, struct pinion_dev, suspend);

	set_asleep(s, true);
	lose_memory(s);
}

static bool is_asleep(Object *obj, Error **errp)
{
	return PINION(obj)->asleep;
}

/**
 * pinion_power_init() - add the power states
 * @s: the device
 * @errp: out: why it failed
 *
 * Return: false if a property has a wrong value, or there is no space for the capability
 */
bool pinion_power_init(struct pinion_dev *s, Error **errp)
{
	PCIDevice *pdev = &s->pdev;

	if (s->power_loss && strcmp(s->power_loss, "memory") && strcmp(s->power_loss, "nothing")) {
		error_setg(errp, "power-loss must be memory or nothing");
		return false;
	}
	s->loses_memory = !s->power_loss || !strcmp(s->power_loss, "memory");
	if (pci_add_capability(pdev, PCI_CAP_ID_PM, CAP_PM, PCI_PM_SIZEOF, errp) < 0)
		return false;
	pci_set_word(pdev->config + CAP_PM + PCI_PM_PMC, 3); /* version of the specification */
	if (s->no_soft_reset)
		pci_set_word(pdev->config + CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
	pci_set_word(pdev->wmask + CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
	object_property_add_bool(OBJECT(s), "asleep", is_asleep, NULL);
	s->suspend.notify = suspended;
	qemu_register_suspend_notifier(&s->suspend);
	return true;
}

/**
 * pinion_power_exit() - undo pinion_power_init()
 * @s: the device, on which pinion_power_init() may have failed
 */
void pinion_power_exit(struct pinion_dev *s)
{
	if (s->suspend.notify)
		notifier_remove(&s->suspend);
}

/**
 * pinion_power_reset() - a reset brings the card to D0
 * @s: the device
 */
void pinion_power_reset(struct pinion_dev *s)
{
	set_state(&s->pdev, 0);
	if (!pci_has_power(&s->pdev))
		lose_memory(s);
	if (s->asleep)
		set_asleep(s, false);
}

/**
 * pinion_power_write() - write to configuration space, where a change of power state has effects
 * @s: the device
 * @addr: offset in configuration space
 * @value: value that is written
 * @len: bytes that are written, 1 to 4
 *
 * The card has the states D0 and D3hot; a write of another state leaves the state alone. On the way
 * from D3hot to D0 a card with no-soft-reset=off is reset.
 */
void pinion_power_write(struct pinion_dev *s, uint32_t addr, uint32_t value, int len)
{
	unsigned int old = state_of(&s->pdev), new;

	pci_default_write_config(&s->pdev, addr, value, len);
	new = state_of(&s->pdev);
	if (new && new != D3HOT) {
		set_state(&s->pdev, old);
		return;
	}
	if (new == old)
		return;
	if (new || s->no_soft_reset)
		set_asleep(s, new == D3HOT);
	else
		pci_device_reset(&s->pdev);
}

/**
 * pinion_power_load() - take over the power state from a saved machine's configuration space
 * @s: the device
 */
void pinion_power_load(struct pinion_dev *s)
{
	if (s->asleep != (state_of(&s->pdev) == D3HOT))
		set_asleep(s, !s->asleep);
}
