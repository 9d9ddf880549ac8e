/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few words of the kernel that the driver's pure parts use, for unit tests on the host. */
#ifndef PINION_TESTS_KSHIM_H
#define PINION_TESTS_KSHIM_H

#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef uint32_t u32;

#define SZ_4K  0x1000
#define SZ_64K 0x10000
#define SZ_2M  0x200000

#define min(a, b)	 ((a) < (b) ? (a) : (b))
#define max(a, b)	 ((a) > (b) ? (a) : (b))
#define ALIGN(x, a)	 ALIGN_DOWN((x) + ((a) - 1), a)
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define wmb()		 __sync_synchronize()
#define ARRAY_SIZE(a)	 (sizeof(a) / sizeof((a)[0]))
#define cond_resched()	 ((void)0)

#define GFP_KERNEL_ACCOUNT	 0
#define kzalloc(bytes, flags)	 calloc(1, bytes)
#define kcalloc(n, bytes, flags) calloc(n, bytes)
#define kfree(p)		 free(p)

#define ERR_PTR(err) ((void *)(intptr_t)(err))
#define PTR_ERR(p)   ((int)(intptr_t)(p))
#define IS_ERR(p)    ((uintptr_t)(p) >= (uintptr_t)-4095)

struct list_head {
	struct list_head *next, *prev;
};

#define container_of(p, type, member)	     ((type *)((char *)(p) - offsetof(type, member)))
#define list_first_entry(list, type, member) container_of((list)->next, type, member)
#define list_for_each_entry(at, list, member)                                                 \
	for (at = container_of((list)->next, __typeof__(*at), member); &at->member != (list); \
	     at = container_of(at->member.next, __typeof__(*at), member))
#define list_for_each_entry_safe(at, n, list, member)                   \
	for (at = container_of((list)->next, __typeof__(*at), member),  \
	    n = container_of(at->member.next, __typeof__(*at), member); \
	     &at->member != (list);                                     \
	     at = n, n = container_of(n->member.next, __typeof__(*n), member))

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->prev = list;
}

static inline void list_add(struct list_head *item, struct list_head *list)
{
	item->next = list->next;
	item->prev = list;
	list->next->prev = item;
	list->next = item;
}

static inline void list_add_tail(struct list_head *item, struct list_head *list)
{
	list_add(item, list->prev);
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static inline void list_del(struct list_head *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
}

static inline void list_del_init(struct list_head *item)
{
	list_del(item);
	INIT_LIST_HEAD(item);
}

static inline void list_move_tail(struct list_head *item, struct list_head *list)
{
	list_del(item);
	list_add_tail(item, list);
}

/* To the front of @list. */
static inline void list_splice_init(struct list_head *from, struct list_head *list)
{
	if (from->next == from)
		return;
	from->next->prev = list;
	from->prev->next = list->next;
	list->next->prev = from->prev;
	list->next = from->next;
	INIT_LIST_HEAD(from);
}

#endif /* PINION_TESTS_KSHIM_H */
