// SPDX-License-Identifier: GPL-2.0
/* The flags of a file in memory are a struct; they were a number. */
#include <linux/mm.h>
#include <linux/shmem_fs.h>

struct file *probe(void)
{
	return shmem_kernel_file_setup("", 1, mk_vma_flags(VMA_NORESERVE_BIT));
}
