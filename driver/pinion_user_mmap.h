/* SPDX-License-Identifier: GPL-2.0 */
/* Rings and doorbells of user-mode queues in processes. */
#ifndef PINION_USER_MMAP_H
#define PINION_USER_MMAP_H

#include <linux/types.h>

struct file;
struct pinion_card;
struct vm_area_struct;

int pinion_user_mmap(struct file *file, struct vm_area_struct *vma);
void pinion_user_revoke(struct pinion_card *pdev, u32 first, u32 count);
void pinion_user_revoke_all(struct pinion_card *pdev);

#endif /* PINION_USER_MMAP_H */
