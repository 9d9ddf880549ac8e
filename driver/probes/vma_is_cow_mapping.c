// SPDX-License-Identifier: GPL-2.0
/* Whether a mapping makes private copies is asked of the mapping, not of its flags. */
#include <linux/mm.h>

bool probe(const struct vm_area_struct *vma)
{
	return vma_is_cow_mapping(vma);
}
