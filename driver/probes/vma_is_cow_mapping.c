// SPDX-License-Identifier: GPL-2.0
/* vma_is_cow_mapping() says whether a mapping makes private copies, given the mapping itself. */
#include <linux/mm.h>

bool probe(const struct vm_area_struct *vma)
{
	return vma_is_cow_mapping(vma);
}
