/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who uses how much of a card, and how much each may. An open file of the accel
 * node has a budget. Buffers, page tables, queues and address spaces are
 * charged to the budget of the file that they were made through, until they
 * are gone, whoever holds them by then; it passes the charge on to the accounts
 * of the process and of the user that opened the file.
 */
#ifndef PINION_LIMITS_H
#define PINION_LIMITS_H

#include <linux/device.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * enum pinion_resource - what is limited, in the order of struct drm_pinion_usage_info
 * @PINION_BUFFERS: buffers
 * @PINION_DEVICE_BYTES: device memory of buffers and page tables
 * @PINION_HOST_BYTES: host memory of buffers and of the rings of queues
 * @PINION_VMS: address spaces
 * @PINION_QUEUES: queues
 * @PINION_RESOURCES: how many there are
 */
enum pinion_resource {
	PINION_BUFFERS,
	PINION_DEVICE_BYTES,
	PINION_HOST_BYTES,
	PINION_VMS,
	PINION_QUEUES,
	PINION_RESOURCES,
};

/**
 * enum pinion_use - what is charged
 * @PINION_USE_DEVICE: a buffer in device memory
 * @PINION_USE_HOST: a buffer in host memory
 * @PINION_USE_TABLES: page tables; never refused, so that unmapping works at the limit
 * @PINION_USE_RINGS: a queue with its rings
 * @PINION_USE_VM: an address space
 * @PINION_USES: how many there are
 */
enum pinion_use {
	PINION_USE_DEVICE,
	PINION_USE_HOST,
	PINION_USE_TABLES,
	PINION_USE_RINGS,
	PINION_USE_VM,
	PINION_USES,
};

/**
 * enum pinion_scope - whose account
 * @PINION_PROCESS: of all files that a process opened
 * @PINION_USER: of all files that a real user id opened
 * @PINION_SCOPES: how many there are
 */
enum pinion_scope {
	PINION_PROCESS,
	PINION_USER,
	PINION_SCOPES,
};

/**
 * struct pinion_account - what one process or user uses
 * @link: in pinion_limits.accounts
 * @refs: budgets that pass their charges on to it
 * @scope: which of the two
 * @pid: of the process, referenced; NULL in a user's
 * @uid: of the user
 * @used: now
 *
 * All of it is protected by pinion_limits.lock.
 */
struct pinion_account {
	struct list_head link;
	unsigned int refs;
	enum pinion_scope scope;
	struct pid *pid;
	kuid_t uid;
	u64 used[PINION_RESOURCES];
};

/**
 * struct pinion_tally - one kind of use
 * @count: things
 * @bytes: of them all
 * @peak: the most that @bytes ever was
 */
struct pinion_tally {
	u64 count;
	u64 bytes;
	u64 peak;
};

/**
 * struct pinion_budget - what was made through an open file
 * @refs: of the file and of what is charged
 * @limits: of the device, which outlives it
 * @accounts: of the opener
 * @exempt: the opener had CAP_SYS_RESOURCE: counted, never refused
 * @tally: by kind; protected by pinion_limits.lock
 * @busy: ticks of device time for which jobs of queues that are gone had run;
 *	protected by pinion_device.queues_lock
 */
struct pinion_budget {
	struct kref refs;
	struct pinion_limits *limits;
	struct pinion_account *accounts[PINION_SCOPES];
	bool exempt;
	struct pinion_tally tally[PINION_USES];
	u64 busy;
};

/**
 * struct pinion_limits - of a device
 * @lock: protects all of it, the accounts and the tallies; a leaf
 * @accounts: in use
 * @max: what an account may use; U64_MAX: no limit
 */
struct pinion_limits {
	spinlock_t lock;
	struct list_head accounts;
	u64 max[PINION_SCOPES][PINION_RESOURCES];
};

/**
 * struct pinion_snapshot - a budget and its accounts at one moment
 * @tally: as in struct pinion_budget
 * @used: of the accounts
 * @max: what they may use
 */
struct pinion_snapshot {
	struct pinion_tally tally[PINION_USES];
	u64 used[PINION_SCOPES][PINION_RESOURCES];
	u64 max[PINION_SCOPES][PINION_RESOURCES];
};

extern const struct attribute_group pinion_limits_group;

void pinion_limits_init(struct pinion_limits *limits, u32 vms, u32 queues);
struct pinion_budget *pinion_budget_new(struct pinion_limits *limits);
struct pinion_budget *pinion_budget_get(struct pinion_budget *budget);
void pinion_budget_put(struct pinion_budget *budget);
int pinion_charge(struct pinion_budget *budget, enum pinion_use use, u64 bytes);
void pinion_uncharge(struct pinion_budget *budget, enum pinion_use use, u64 bytes);
int pinion_charge_room(struct pinion_budget *budget);
void pinion_budget_read(struct pinion_budget *budget, struct pinion_snapshot *snap);

#endif /* PINION_LIMITS_H */
