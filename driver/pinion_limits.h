/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accounting and limits of a card's resources. Every open file of the accel node has a budget.
 * Buffers, page tables, queues, address spaces and timelines are charged to the budget of the file through
 * which they were created until they are freed, even if another process holds the last
 * reference. A budget passes its charges on to two accounts: that of the process and that of the
 * user who opened the file.
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

#include "pinion_fair.h"

/**
 * enum pinion_resource - limited resources, in the order of DRM_PINION_LIMIT_*
 * @PINION_BUFFERS: number of buffers
 * @PINION_DEVICE_BYTES: bytes of device memory in buffers and page tables
 * @PINION_HOST_BYTES: bytes of host memory in buffers, in the rings of queues, in timelines, and in
 *	fences that timelines export and import
 * @PINION_VMS: number of address spaces
 * @PINION_QUEUES: number of queues
 * @PINION_TIMELINES: number of timelines
 * @PINION_RESOURCES: number of resources
 */
enum pinion_resource {
	PINION_BUFFERS,
	PINION_DEVICE_BYTES,
	PINION_HOST_BYTES,
	PINION_VMS,
	PINION_QUEUES,
	PINION_TIMELINES,
	PINION_RESOURCES,
};

/**
 * enum pinion_use - kinds of objects that are charged
 * @PINION_USE_DEVICE: a buffer in device memory
 * @PINION_USE_HOST: a buffer in host memory
 * @PINION_USE_TABLES: page tables; never refused, so that unmapping works at the limit
 * @PINION_USE_RINGS: a queue with its rings
 * @PINION_USE_VM: an address space
 * @PINION_USE_TIMELINE: a timeline with its page
 * @PINION_USE_FENCE: a fence that a timeline exports or imports
 * @PINION_USES: number of kinds
 */
enum pinion_use {
	PINION_USE_DEVICE,
	PINION_USE_HOST,
	PINION_USE_TABLES,
	PINION_USE_RINGS,
	PINION_USE_VM,
	PINION_USE_TIMELINE,
	PINION_USE_FENCE,
	PINION_USES,
};

/**
 * enum pinion_scope - kinds of accounts
 * @PINION_PROCESS: account for all files that a process opened
 * @PINION_USER: account for all files that a real user id opened
 * @PINION_SCOPES: number of kinds
 */
enum pinion_scope {
	PINION_PROCESS,
	PINION_USER,
	PINION_SCOPES,
};

/**
 * struct pinion_account - resources used by one process or one user
 * @link: entry in pinion_limits.accounts
 * @refs: number of budgets that charge this account
 * @scope: kind of account
 * @pid: process, referenced; NULL in a user's account
 * @uid: user; root in a process's account
 * @used: amount in use, by resource
 * @turns: node of a user in the tree of pinion_limits.turns
 *
 * All members but @turns are protected by pinion_limits.lock.
 */
struct pinion_account {
	struct list_head link;
	unsigned int refs;
	enum pinion_scope scope;
	struct pid *pid;
	kuid_t uid;
	u64 used[PINION_RESOURCES];
	struct pinion_fair turns;
};

/**
 * struct pinion_tally - objects of one kind charged to a budget
 * @count: number of objects
 * @bytes: total size of the objects
 * @peak: highest value that @bytes ever had
 */
struct pinion_tally {
	u64 count;
	u64 bytes;
	u64 peak;
};

/**
 * struct pinion_budget - what is charged to one open file
 * @refs: references of the file and of everything charged
 * @limits: limits of the device, which outlive the budget
 * @accounts: accounts of the opener, by scope
 * @exempt: the opener had CAP_SYS_RESOURCE: charges are counted and never refused
 * @tally: objects charged, by kind; protected by pinion_limits.lock
 * @busy: sum of the run times of jobs on queues that were freed, in ticks of device time;
 *	protected by pinion_card.queues_lock
 * @turns: node of the file in the tree of pinion_limits.turns, below that of its user
 */
struct pinion_budget {
	struct kref refs;
	struct pinion_limits *limits;
	struct pinion_account *accounts[PINION_SCOPES];
	bool exempt;
	struct pinion_tally tally[PINION_USES];
	u64 busy;
	struct pinion_fair turns;
};

/**
 * struct pinion_limits - limits of a device, and the accounts they apply to
 * @lock: protects @accounts with their contents, @max and the tallies of all budgets
 * @accounts: accounts in use
 * @max: most that an account may use, by scope and resource; U64_MAX: no limit
 * @turns: root of the tree of users, files, and callers that wait for a turn at the mailbox;
 *	protected by pinion_mbox.turns_lock
 */
struct pinion_limits {
	spinlock_t lock;
	struct list_head accounts;
	u64 max[PINION_SCOPES][PINION_RESOURCES];
	struct pinion_fair turns;
};

/**
 * struct pinion_snapshot - a budget and its accounts at one moment
 * @tally: copy of pinion_budget.tally
 * @used: amount used, by scope and resource
 * @max: most that may be used, by scope and resource
 */
struct pinion_snapshot {
	struct pinion_tally tally[PINION_USES];
	u64 used[PINION_SCOPES][PINION_RESOURCES];
	u64 max[PINION_SCOPES][PINION_RESOURCES];
};

/* The folder limits/ of the PCI device in sysfs. */
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
