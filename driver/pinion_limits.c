// SPDX-License-Identifier: GPL-2.0
/* Limits of processes and users, and what is charged to them. */
#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "pinion_limits.h"
#include "pinion_regs.h"

#define BUFFERS_MAX  0x100000u
#define NONE	     PINION_RESOURCES
#define GROUP_SHARED (PINION_MAX_GROUPS - 1) /* of all users for whom no group is left */

/*
 * How an object of each kind is charged: 1 to resource @one; its size to PINION_DEVICE_BYTES if it
 * is @in_device, else to PINION_HOST_BYTES. If it is @spared, the charge is never refused.
 */
static const struct {
	enum pinion_resource one;
	bool in_device;
	bool spared;
} uses[PINION_USES] = {
	[PINION_USE_DEVICE] = { PINION_BUFFERS, .in_device = true },
	[PINION_USE_HOST] = { PINION_BUFFERS },
	[PINION_USE_IMPORT] = { PINION_BUFFERS },
	[PINION_USE_MAPPING] = { NONE, .spared = true },
	[PINION_USE_TABLES] = { NONE, .in_device = true, .spared = true },
	[PINION_USE_BINDS] = { NONE },
	[PINION_USE_RINGS] = { PINION_QUEUES },
	[PINION_USE_VM] = { PINION_VMS },
	[PINION_USE_TIMELINE] = { PINION_TIMELINES },
	[PINION_USE_TIMELINE_ID] = { NONE },
	[PINION_USE_WAIT] = { NONE },
	[PINION_USE_SAVE] = { NONE, .in_device = true },
};

/**
 * pinion_limits_init() - set the default limits
 * @limits: limits of a device
 * @vms: number of usable address spaces of the card
 * @queues: number of queues that the card has
 *
 * A process may have half of the card's address spaces and queues, a user three quarters, so that
 * others always get some. Device memory has no limit by default, as most cards have one user. The
 * pages of timelines lie below 4 GiB: a process may have an eighth of that memory, a user a
 * quarter.
 */
void pinion_limits_init(struct pinion_limits *limits, u32 vms, u32 queues)
{
	u64 host = ((u64)totalram_pages() << PAGE_SHIFT) / 2;
	u64 low = min_t(u64, totalram_pages(), SZ_4G >> PAGE_SHIFT);
	int scope;

	spin_lock_init(&limits->lock);
	INIT_LIST_HEAD(&limits->accounts);
	pinion_fair_init(&limits->turns, NULL);
	/* Group 0 is the driver's own. */
	__set_bit(0, limits->groups_used);
	limits->weight = PINION_WEIGHT_DEFAULT;
	limits->slice = PINION_SLICE_DEFAULT;
	for (scope = 0; scope < PINION_SCOPES; scope++) {
		limits->max[scope][PINION_BUFFERS] = BUFFERS_MAX;
		limits->max[scope][PINION_DEVICE_BYTES] = PINION_NO_LIMIT;
		limits->max[scope][PINION_HOST_BYTES] = host;
	}
	limits->max[PINION_PROCESS][PINION_TIMELINES] = low / 8;
	limits->max[PINION_USER][PINION_TIMELINES] = low / 4;
	limits->max[PINION_PROCESS][PINION_VMS] = max(vms / 2, 1u);
	limits->max[PINION_PROCESS][PINION_QUEUES] = max(queues / 2, 1u);
	limits->max[PINION_USER][PINION_VMS] = max(vms - vms / 4, 1u);
	limits->max[PINION_USER][PINION_QUEUES] = max(queues - queues / 4, 1u);
}

static bool account_is(const struct pinion_account *a, const struct pinion_account *b)
{
	return a->scope == b->scope && a->pid == b->pid && uid_eq(a->uid, b->uid);
}

static void account_free(struct pinion_account *account)
{
	if (!account)
		return;
	put_pid(account->pid);
	kfree(account);
}

static struct pinion_account *account_new(struct pinion_limits *limits, enum pinion_scope scope)
{
	struct pinion_account *account = kzalloc(sizeof(*account), GFP_KERNEL_ACCOUNT);

	if (!account)
		return NULL;
	account->scope = scope;
	account->uid = current_uid();
	pinion_fair_init(&account->turns, &limits->turns);
	if (scope == PINION_PROCESS) {
		account->pid = get_pid(task_tgid(current));
		account->uid = GLOBAL_ROOT_UID;
	}
	return account;
}

/* Find a scheduling group for a new user. */
static u32 group_take(struct pinion_limits *limits, kuid_t uid)
{
	u32 group;

	lockdep_assert_held(&limits->lock);
	group = find_first_zero_bit(limits->groups_used, GROUP_SHARED);
	limits->groups[group] = (struct pinion_group){ .uid = uid };
	__set_bit(group, limits->groups_used);
	return group;
}

static void group_put(struct pinion_limits *limits, u32 group)
{
	lockdep_assert_held(&limits->lock);
	if (group != GROUP_SHARED)
		__clear_bit(group, limits->groups_used);
}

/* Take a reference to the account of the same process or user; without one, add @fresh. */
static struct pinion_account *account_share(struct pinion_limits *limits,
					    struct pinion_account *fresh)
{
	struct pinion_account *account;

	lockdep_assert_held(&limits->lock);
	list_for_each_entry(account, &limits->accounts, link)
		if (account_is(account, fresh))
			goto found;
	account = fresh;
	if (account->scope == PINION_USER)
		account->group = group_take(limits, account->uid);
	list_add(&account->link, &limits->accounts);
found:
	account->refs++;
	return account;
}

/**
 * pinion_budget_new() - create the budget of a file that the current task is opening
 * @limits: limits of the device
 * Return: the budget with one reference; NULL: no memory.
 */
struct pinion_budget *pinion_budget_new(struct pinion_limits *limits)
{
	struct pinion_budget *budget = kzalloc(sizeof(*budget), GFP_KERNEL_ACCOUNT);
	struct pinion_account *fresh[PINION_SCOPES];
	int scope;

	for (scope = 0; scope < PINION_SCOPES; scope++)
		fresh[scope] = account_new(limits, scope);
	if (!budget || !fresh[PINION_PROCESS] || !fresh[PINION_USER]) {
		kfree(budget);
		budget = NULL;
		goto free_accounts;
	}
	kref_init(&budget->refs);
	budget->limits = limits;
	budget->exempt = ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE);
	spin_lock(&limits->lock);
	for (scope = 0; scope < PINION_SCOPES; scope++) {
		budget->accounts[scope] = account_share(limits, fresh[scope]);
		if (budget->accounts[scope] == fresh[scope])
			fresh[scope] = NULL;
	}
	spin_unlock(&limits->lock);
	pinion_fair_init(&budget->turns, &budget->accounts[PINION_USER]->turns);

free_accounts:
	for (scope = 0; scope < PINION_SCOPES; scope++)
		account_free(fresh[scope]);
	return budget;
}

static void budget_release(struct kref *ref)
{
	struct pinion_budget *budget = container_of(ref, struct pinion_budget, refs);
	struct pinion_account *gone[PINION_SCOPES] = {};
	int scope;

	spin_lock(&budget->limits->lock);
	for (scope = 0; scope < PINION_SCOPES; scope++) {
		struct pinion_account *account = budget->accounts[scope];

		if (!--account->refs) {
			list_del(&account->link);
			if (scope == PINION_USER)
				group_put(budget->limits, account->group);
			gone[scope] = account;
		}
	}
	spin_unlock(&budget->limits->lock);
	for (scope = 0; scope < PINION_SCOPES; scope++)
		account_free(gone[scope]);
	kfree(budget);
}

/**
 * pinion_budget_get() - take a reference
 * @budget: budget; NULL: the driver itself, whose objects are not counted
 * Return: @budget.
 */
struct pinion_budget *pinion_budget_get(struct pinion_budget *budget)
{
	if (budget)
		kref_get(&budget->refs);
	return budget;
}

/**
 * pinion_budget_put() - drop a reference
 * @budget: budget; NULL: the driver itself, whose objects are not counted
 */
void pinion_budget_put(struct pinion_budget *budget)
{
	if (budget)
		kref_put(&budget->refs, budget_release);
}

static bool account_has_room(const struct pinion_limits *limits,
			     const struct pinion_account *account, enum pinion_resource r, u64 more)
{
	u64 max = limits->max[account->scope][r];

	return account->used[r] <= max && more <= max - account->used[r];
}

static bool budget_has_room(const struct pinion_budget *budget, enum pinion_resource r, u64 more)
{
	const struct pinion_limits *limits = budget->limits;

	lockdep_assert_held(&limits->lock);
	return account_has_room(limits, budget->accounts[PINION_PROCESS], r, more) &&
	       account_has_room(limits, budget->accounts[PINION_USER], r, more);
}

/**
 * struct use_cost - what an object takes of each resource
 * @one: resource of which the object takes 1; PINION_RESOURCES: there is none
 * @device: bytes of device memory
 * @host: bytes of host memory
 */
struct use_cost {
	enum pinion_resource one;
	u64 device;
	u64 host;
};

/* @bytes and @kept as in pinion_charge(). A size that overflows is more than any limit allows. */
static struct use_cost use_cost(enum pinion_use use, u64 bytes, u64 kept)
{
	if (uses[use].in_device)
		return (struct use_cost){ uses[use].one, bytes, kept };
	return (struct use_cost){ uses[use].one, 0, size_add(bytes, kept) };
}

static bool budget_affords(const struct pinion_budget *budget, const struct use_cost *cost)
{
	return (cost->one == NONE || budget_has_room(budget, cost->one, 1)) &&
	       (!cost->device || budget_has_room(budget, PINION_DEVICE_BYTES, cost->device)) &&
	       (!cost->host || budget_has_room(budget, PINION_HOST_BYTES, cost->host));
}

/* Add an object to all that is charged to a budget; @sign is -1 to remove it. */
static void budget_add(struct pinion_budget *budget, const struct use_cost *cost, s64 sign)
{
	int scope;

	for (scope = 0; scope < PINION_SCOPES; scope++) {
		u64 *used = budget->accounts[scope]->used;

		if (cost->one != NONE)
			used[cost->one] += sign;
		used[PINION_DEVICE_BYTES] += sign * cost->device;
		used[PINION_HOST_BYTES] += sign * cost->host;
	}
}

/**
 * pinion_charge() - count an object against its owner's limits, before the object is made
 * @budget: budget of the owner; NULL: the driver itself, whose objects are not counted
 * @use: kind of the object
 * @bytes: size of the object in bytes, in the memory of its kind
 * @kept: further bytes of host memory that the kernel keeps for the object
 *
 * Return: 0; -EDQUOT: more than the process or the user may have, never for mappings and page
 * tables.
 */
int pinion_charge(struct pinion_budget *budget, enum pinion_use use, u64 bytes, u64 kept)
{
	const struct use_cost cost = use_cost(use, bytes, kept);
	struct pinion_tally *tally;
	int ret = 0;

	if (!budget)
		return 0;
	tally = &budget->tally[use];
	spin_lock(&budget->limits->lock);
	if (budget->exempt || uses[use].spared || budget_affords(budget, &cost)) {
		budget_add(budget, &cost, 1);
		tally->count++;
		tally->bytes += bytes;
		tally->peak = max(tally->peak, tally->bytes);
	} else {
		ret = -EDQUOT;
	}
	spin_unlock(&budget->limits->lock);
	return ret;
}

/**
 * pinion_uncharge() - give back what pinion_charge() took, once the object is gone
 * @budget: budget that was charged
 * @use: kind of use that was charged
 * @bytes: size of the object that was charged
 * @kept: further bytes of host memory that were charged
 */
void pinion_uncharge(struct pinion_budget *budget, enum pinion_use use, u64 bytes, u64 kept)
{
	const struct use_cost cost = use_cost(use, bytes, kept);

	if (!budget)
		return;
	spin_lock(&budget->limits->lock);
	budget_add(budget, &cost, -1);
	budget->tally[use].count--;
	budget->tally[use].bytes -= bytes;
	spin_unlock(&budget->limits->lock);
}

/**
 * pinion_charge_room() - check before an operation that may need mappings and page tables
 * @budget: budget of the owner; NULL: the driver itself, whose objects are not counted
 *
 * As charging mappings and page tables never fails, an account can exceed its limit by what one
 * operation makes of these; it can also do so because the limit was lowered.
 * Return: 0; -EDQUOT: the account exceeds its limit of device memory or of host memory.
 */
int pinion_charge_room(struct pinion_budget *budget)
{
	bool room;

	if (!budget)
		return 0;
	spin_lock(&budget->limits->lock);
	room = budget->exempt || (budget_has_room(budget, PINION_DEVICE_BYTES, 0) &&
				  budget_has_room(budget, PINION_HOST_BYTES, 0));
	spin_unlock(&budget->limits->lock);
	return room ? 0 : -EDQUOT;
}

/**
 * pinion_budget_get_group() - say which scheduling group pays for the work of a file
 * @budget: budget of the file; NULL: the driver itself
 * Return: number of the group, below PINION_MAX_GROUPS.
 */
u32 pinion_budget_get_group(const struct pinion_budget *budget)
{
	return budget ? budget->accounts[PINION_USER]->group : 0;
}

/**
 * pinion_limits_get_weight() - say which weight a scheduling group ought to have
 * @limits: limits of the device; the caller holds pinion_limits.lock
 * @group: number of the group
 * Return: the weight of the group's user; 0: the group has no user.
 */
u32 pinion_limits_get_weight(const struct pinion_limits *limits, u32 group)
{
	u32 i;

	lockdep_assert_held(&limits->lock);
	if (!group || !test_bit(group, limits->groups_used))
		return 0;
	for (i = 0; group != GROUP_SHARED && i < limits->nweights; i++)
		if (uid_eq(limits->weights[i].uid, limits->groups[group].uid))
			return limits->weights[i].weight;
	return limits->weight;
}

/**
 * pinion_limits_set_weight() - set the weight of a user
 * @limits: limits of the device
 * @uid: user to whom the weight is given
 * @weight: weight, PINION_WEIGHT_MIN..PINION_WEIGHT_MAX; 0: that of all other users
 * Return: 0; -ENOSPC: there are weights of PINION_LIMITS_WEIGHTS other users.
 */
int pinion_limits_set_weight(struct pinion_limits *limits, kuid_t uid, u32 weight)
{
	int ret = 0;
	u32 i;

	spin_lock(&limits->lock);
	for (i = 0; i < limits->nweights && !uid_eq(limits->weights[i].uid, uid); i++)
		;
	if (!weight && i < limits->nweights)
		limits->weights[i] = limits->weights[--limits->nweights];
	else if (weight && i == PINION_LIMITS_WEIGHTS)
		ret = -ENOSPC;
	else if (weight)
		limits->weights[i] = (struct pinion_weight){ uid, weight };
	if (!ret && weight && i == limits->nweights)
		limits->nweights++;
	spin_unlock(&limits->lock);
	return ret;
}

/**
 * pinion_budget_read() - read all figures of a budget at one moment
 * @budget: budget to read
 * @snap: out: copy of the figures
 */
void pinion_budget_read(struct pinion_budget *budget, struct pinion_snapshot *snap)
{
	struct pinion_limits *limits = budget->limits;
	int scope;

	spin_lock(&limits->lock);
	memcpy(snap->tally, budget->tally, sizeof(snap->tally));
	for (scope = 0; scope < PINION_SCOPES; scope++)
		memcpy(snap->used[scope], budget->accounts[scope]->used, sizeof(snap->used[scope]));
	memcpy(snap->max, limits->max, sizeof(snap->max));
	spin_unlock(&limits->lock);
}
