// SPDX-License-Identifier: GPL-2.0-or-later
/* The operations that the card's core calls: DMA, interrupts, time, log. */
#include "pci.h"
#include "qemu/accel.h"
#include "qemu/error-report.h"
#include "exec/address-spaces.h"
#include "hw/boards.h"
#include "hw/pci/msix.h"
#include <linux/membarrier.h>
#include <sys/syscall.h>

/*
 * An emulated IOMMU may report a fault to the guest from within a translation, which needs the BQL.
 * Without an IOMMU, an access to RAM needs no lock, and QEMU takes the BQL itself if the access
 * reaches another device.
 */
static int dma(struct pinion_dev *s, uint64_t addr, void *buf, size_t len, DMADirection dir)
{
	bool lock = pci_device_iommu_address_space(&s->pdev) != &address_space_memory &&
		    !bql_locked();
	MemTxResult result;

	if (lock)
		bql_lock();
	result = pci_dma_rw(&s->pdev, addr, buf, len, dir, MEMTXATTRS_UNSPECIFIED);
	if (lock)
		bql_unlock();
	return result == MEMTX_OK ? 0 : -1;
}

static int host_dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
	return dma(opaque, addr, buf, len, DMA_DIRECTION_TO_DEVICE);
}

static int host_dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
	return dma(opaque, addr, (void *)buf, len, DMA_DIRECTION_FROM_DEVICE);
}

/* Only note the vector: pinion_send_msis() sends it with the BQL, when the core has returned. */
static void host_msi(void *opaque, unsigned int vector)
{
	struct pinion_dev *s = opaque;

	qatomic_or(&s->msis, 1ull << vector);
}

/* The virtual clock stands still while the machine is stopped, and survives migration. */
static uint64_t host_now(void *opaque)
{
	return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void host_kick(void *opaque)
{
	pinion_kick(opaque);
}

/* Where the guest's barriers are left out, membarrier() makes each thread of QEMU execute one. */
static void host_barrier(void *opaque)
{
	struct pinion_dev *s = opaque;

	if (s->no_barriers)
		syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	else
		smp_mb();
}

static bool has_cpu_threads(void)
{
	g_autofree char *thread = object_property_get_str(OBJECT(current_accel()), "thread", NULL);

	return !g_strcmp0(thread, "multi") && MACHINE(qdev_get_machine())->smp.max_cpus > 1;
}

/**
 * pinion_host_has_barrier() - whether the card's barrier works on this machine
 * @s: the device
 *
 * Where one thread emulates all processors of the guest, QEMU leaves their barriers out, as if no
 * other thread used the guest's memory. Then the card needs membarrier() of the host's kernel.
 *
 * Return: whether the barrier works
 */
bool pinion_host_has_barrier(struct pinion_dev *s)
{
	s->no_barriers = !kvm_enabled() && !has_cpu_threads();
	return !s->no_barriers ||
	       !syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
}

/* Only note the error: pinion_send_msis() reports it, when the core has returned. */
static void host_bus_error(void *opaque, uint32_t severity)
{
	struct pinion_dev *s = opaque;

	qatomic_or(&s->errors, 1u << severity);
}

static void host_log(void *opaque, int level, const char *line)
{
	struct pinion_dev *s = opaque;

	if (!level)
		warn_report("%s: %s", s->pdev.qdev.id ?: TYPE_PINION, line);
	else if (s->verbose)
		info_report("%s: %s", s->pdev.qdev.id ?: TYPE_PINION, line);
}

const struct card_ops pinion_card_ops = {
	.dma_read = host_dma_read,
	.dma_write = host_dma_write,
	.msi = host_msi,
	.now = host_now,
	.kick = host_kick,
	.barrier = host_barrier,
	.bus_error = host_bus_error,
	.log = host_log,
	.flash_read = pinion_flash_read,
	.flash_write = pinion_flash_write,
};

/**
 * pinion_send_msis() - send the interrupts, and report the errors, that the core asked for
 * @s: the device; the BQL is held, @lock is not
 */
void pinion_send_msis(struct pinion_dev *s)
{
	uint64_t msis = qatomic_xchg(&s->msis, 0);

	while (msis) {
		unsigned int vector = ctz64(msis);

		msis &= msis - 1;
		if (msix_enabled(&s->pdev))
			msix_notify(&s->pdev, vector);
	}
	pinion_report_errors(s);
}
