/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accounting and limits of a card's resources. Every open file of the accel node has a budget.
 * Buffers, mappings, page tables, queues, address spaces, timelines and what waits for them are
 * charged to the budget of the file through which they were created until they are freed, even if
 * another process holds the last reference. A budget passes its charges on to two accounts: that of
 * the process and that of the user who opened the file.
 */
#ifndef PINION_LIMITS_H
#define PINION_LIMITS_H

#include <linux/bitmap.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "pinion_fair.h"
#include "pinion_regs.h"

/**
 * enum pinion_resource - limited resources, in the order of DRM_PINION_LIMIT_*
 * @PINION_BUFFERS: number of buffers
 * @PINION_DEVICE_BYTES: bytes of device memory in buffers and page tables
 * @PINION_HOST_BYTES: bytes of host memory in buffers, in the rings of queues, and in what the
 *	kernel keeps for each object of any kind
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
 * @PINION_USE_IMPORT: a buffer of another driver or card, whose memory is charged to its exporter
 * @PINION_USE_MAPPING: a mapping in an address space; never refused, as unmapping the middle of a
 *	mapping makes two
 * @PINION_USE_TABLES: a page table; never refused, as unmapping a part of a large page needs one
 * @PINION_USE_BINDS: the host memory of an asynchronous bind that has not committed
 * @PINION_USE_RINGS: a queue with its rings
 * @PINION_USE_VM: an address space
 * @PINION_USE_TIMELINE: a timeline with its page
 * @PINION_USE_TIMELINE_ID: an id that an address space gives a timeline
 * @PINION_USE_WAIT: a fence that a timeline exports or imports, or an io_uring command that waits
 *	for a timeline
 * @PINION_USE_SAVE: the save area of an address space, in device memory
 * @PINION_USES: number of kinds
 */
enum pinion_use {
	PINION_USE_DEVICE,
	PINION_USE_HOST,
	PINION_USE_IMPORT,
	PINION_USE_MAPPING,
	PINION_USE_TABLES,
	PINION_USE_BINDS,
	PINION_USE_RINGS,
	PINION_USE_VM,
	PINION_USE_TIMELINE,
	PINION_USE_TIMELINE_ID,
	PINION_USE_WAIT,
	PINION_USE_SAVE,
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
 * @group: scheduling group of a user; constant
 * @turns: node of a user in the tree of pinion_limits.turns
 *
 * All members but @group and @turns are protected by pinion_limits.lock.
 */
struct pinion_account {
	struct list_head link;
	unsigned int refs;
	enum pinion_scope scope;
	struct pid *pid;
	kuid_t uid;
	u64 used[PINION_RESOURCES];
	u32 group;
	struct pinion_fair turns;
};

/**
 * struct pinion_group - one of the card's scheduling groups, which a user has
 * @uid: user whose group it is
 * @told: weight that the card was last told; 0: none yet for this user
 * @cycles: count of cycles that the group had when this user got it
 * @preemptions: count of preemptions that the group had when this user got it
 */
struct pinion_group {
	kuid_t uid;
	u32 told;
	u64 cycles;
	u32 preemptions;
};

/**
 * struct pinion_weight - weight that the operator has given a user
 * @uid: user to whom the weight was given
 * @weight: PINION_WEIGHT_MIN..PINION_WEIGHT_MAX
 */
struct pinion_weight {
	kuid_t uid;
	u32 weight;
};

/* Users to whom the operator can give weights: so many lines are in a page of sysfs. */
#define PINION_LIMITS_WEIGHTS 200
#define PINION_NO_LIMIT	      U64_MAX

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
 * @lock: protects every member but @job_ms and @turns, what is in @accounts, and the tallies of all
 *budgets
 * @accounts: accounts in use
 * @max: most that an account may use, by scope and resource; U64_MAX: no limit
 * @groups: scheduling groups of users, by number
 * @groups_used: numbers of the groups that are taken
 * @weight: weight of a user who is not in @weights
 * @weights: weights of users, in no order
 * @nweights: number of entries in @weights
 * @slice: cycles of a core for which it serves one group
 * @job_ms: time that a job may run, in milliseconds; 0: no limit; read without a lock
 * @turns: root of the tree of users, files, and callers that wait for a turn at the mailbox;
 *	protected by pinion_mbox.turns_lock
 */
struct pinion_limits {
	spinlock_t lock;
	struct list_head accounts;
	u64 max[PINION_SCOPES][PINION_RESOURCES];
	struct pinion_group groups[PINION_MAX_GROUPS];
	DECLARE_BITMAP(groups_used, PINION_MAX_GROUPS);
	u32 weight;
	struct pinion_weight weights[PINION_LIMITS_WEIGHTS];
	u32 nweights;
	u32 slice;
	u32 job_ms;
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

void pinion_limits_init(struct pinion_limits *limits, u32 vms, u32 queues);
struct pinion_budget *pinion_budget_new(struct pinion_limits *limits);
struct pinion_budget *pinion_budget_get(struct pinion_budget *budget);
void pinion_budget_put(struct pinion_budget *budget);
int pinion_charge(struct pinion_budget *budget, enum pinion_use use, u64 bytes, u64 kept);
void pinion_uncharge(struct pinion_budget *budget, enum pinion_use use, u64 bytes, u64 kept);
int pinion_charge_room(struct pinion_budget *budget);
u32 pinion_budget_get_group(const struct pinion_budget *budget);
u32 pinion_limits_get_weight(const struct pinion_limits *limits, u32 group);
int pinion_limits_set_weight(struct pinion_limits *limits, kuid_t uid, u32 weight);
void pinion_budget_read(struct pinion_budget *budget, struct pinion_snapshot *snap);

#endif /* PINION_LIMITS_H */
