// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel functions for which the driver has no substitute; the newest came with Linux 6.12.
 *
 * Stop unless: this kernel is too old for the driver, which needs Linux 6.12 or newer.
 * Symbol: pcim_iomap_region
 * Symbol: pcim_request_region
 * Symbol: drm_gpuvm_sm_map
 */
#include <linux/anon_inodes.h>
#include <linux/io_uring/cmd.h>
#include <linux/pci.h>
#include <drm/drm_gpuvm.h>

struct task_struct *probe(struct pci_dev *pci, struct io_uring_cmd *cmd)
{
	pcim_request_region(pci, 1, "");
	return pcim_iomap_region(pci, 0, "") ? io_uring_cmd_get_task(cmd) : NULL;
}
