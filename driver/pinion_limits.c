// SPDX-License-Identifier: GPL-2.0
/* Limits of processes and users, and what is charged to them. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "pinion_device.h"
#include "pinion_limits.h"

#define NO_LIMIT    U64_MAX
#define BUFFERS_MAX 0x100000u
#define NONE	    PINION_RESOURCES

/* How an object of each kind is charged: 1 to resource @one, and its size to resource @bytes. */
static const struct {
	enum pinion_resource one;
	enum pinion_resource bytes;
} uses[PINION_USES] = {
	[PINION_USE_DEVICE] = { PINION_BUFFERS, PINION_DEVICE_BYTES },
	[PINION_USE_HOST] = { PINION_BUFFERS, PINION_HOST_BYTES },
	[PINION_USE_TABLES] = { NONE, PINION_DEVICE_BYTES },
	[PINION_USE_RINGS] = { PINION_QUEUES, PINION_HOST_BYTES },
	[PINION_USE_VM] = { PINION_VMS, NONE },
	[PINION_USE_TIMELINE] = { PINION_TIMELINES, PINION_HOST_BYTES },
	[PINION_USE_FENCE] = { NONE, PINION_HOST_BYTES },
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
	for (scope = 0; scope < PINION_SCOPES; scope++) {
		limits->max[scope][PINION_BUFFERS] = BUFFERS_MAX;
		limits->max[scope][PINION_DEVICE_BYTES] = NO_LIMIT;
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
	return r == NONE || budget->exempt ||
	       (account_has_room(limits, budget->accounts[PINION_PROCESS], r, more) &&
		account_has_room(limits, budget->accounts[PINION_USER], r, more));
}

static void budget_add(struct pinion_budget *budget, enum pinion_resource r, u64 more)
{
	int scope;

	for (scope = 0; r != NONE && scope < PINION_SCOPES; scope++)
		budget->accounts[scope]->used[r] += more;
}

/**
 * pinion_charge() - count an object against its owner's limits, before the object is made
 * @budget: budget of the owner; NULL: the driver itself, whose objects are not counted
 * @use: kind of the object
 * @bytes: size of the object in bytes; 0 for an address space
 *
 * Return: 0; -EDQUOT: more than the process or the user may have, never for
 * page tables.
 */
int pinion_charge(struct pinion_budget *budget, enum pinion_use use, u64 bytes)
{
	struct pinion_tally *tally;
	int ret = 0;

	if (!budget)
		return 0;
	tally = &budget->tally[use];
	spin_lock(&budget->limits->lock);
	if (use != PINION_USE_TABLES && (!budget_has_room(budget, uses[use].one, 1) ||
					 !budget_has_room(budget, uses[use].bytes, bytes))) {
		ret = -EDQUOT;
	} else {
		budget_add(budget, uses[use].one, 1);
		budget_add(budget, uses[use].bytes, bytes);
		tally->count++;
		tally->bytes += bytes;
		tally->peak = max(tally->peak, tally->bytes);
	}
	spin_unlock(&budget->limits->lock);
	return ret;
}

/**
 * pinion_uncharge() - give back what pinion_charge() took, once the object is gone
 * @budget: budget that was charged
 * @use: kind of use that was charged
 * @bytes: number of bytes that were charged
 */
void pinion_uncharge(struct pinion_budget *budget, enum pinion_use use, u64 bytes)
{
	if (!budget)
		return;
	spin_lock(&budget->limits->lock);
	budget_add(budget, uses[use].one, -1ull);
	budget_add(budget, uses[use].bytes, -bytes);
	budget->tally[use].count--;
	budget->tally[use].bytes -= bytes;
	spin_unlock(&budget->limits->lock);
}

/**
 * pinion_charge_room() - check before an operation that may need page tables
 * @budget: budget of the owner; NULL: the driver itself, whose objects are not counted
 *
 * As charging page tables never fails, an account can exceed its limit by the tables of one
 * operation; it can also do so because the limit was lowered.
 * Return: 0; -EDQUOT: the account exceeds its limit of device memory.
 */
int pinion_charge_room(struct pinion_budget *budget)
{
	bool room;

	if (!budget)
		return 0;
	spin_lock(&budget->limits->lock);
	room = budget_has_room(budget, PINION_DEVICE_BYTES, 0);
	spin_unlock(&budget->limits->lock);
	return room ? 0 : -EDQUOT;
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

/**
 * struct limits_attr - a file in the sysfs folder limits/
 * @attr: attribute of the driver core
 * @scope: kind of account that the limit applies to
 * @resource: resource that is limited
 */
struct limits_attr {
	struct device_attribute attr;
	enum pinion_scope scope;
	enum pinion_resource resource;
};

#define to_limits_attr(attr_) container_of(attr_, struct limits_attr, attr)

static struct pinion_limits *dev_limits(struct device *dev)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return &pdev->limits;
}

static ssize_t limits_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct limits_attr *limit = to_limits_attr(attr);
	struct pinion_limits *limits = dev_limits(dev);
	u64 max;

	spin_lock(&limits->lock);
	max = limits->max[limit->scope][limit->resource];
	spin_unlock(&limits->lock);
	return max == NO_LIMIT ? sysfs_emit(buf, "max\n") : sysfs_emit(buf, "%llu\n", max);
}

static ssize_t limits_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	struct limits_attr *limit = to_limits_attr(attr);
	struct pinion_limits *limits = dev_limits(dev);
	u64 max = NO_LIMIT;
	int ret;

	if (!sysfs_streq(buf, "max")) {
		ret = kstrtou64(buf, 0, &max);
		if (ret)
			return ret;
	}
	spin_lock(&limits->lock);
	limits->max[limit->scope][limit->resource] = max;
	spin_unlock(&limits->lock);
	return count;
}

#define LIMITS_ATTR(name_, scope_, resource_)                           \
	static struct limits_attr limits_##name_ = {                    \
		.attr = __ATTR(name_, 0644, limits_show, limits_store), \
		.scope = scope_,                                        \
		.resource = resource_,                                  \
	}

LIMITS_ATTR(process_buffers, PINION_PROCESS, PINION_BUFFERS);
LIMITS_ATTR(process_device_bytes, PINION_PROCESS, PINION_DEVICE_BYTES);
LIMITS_ATTR(process_host_bytes, PINION_PROCESS, PINION_HOST_BYTES);
LIMITS_ATTR(process_vms, PINION_PROCESS, PINION_VMS);
LIMITS_ATTR(process_queues, PINION_PROCESS, PINION_QUEUES);
LIMITS_ATTR(process_timelines, PINION_PROCESS, PINION_TIMELINES);
LIMITS_ATTR(user_buffers, PINION_USER, PINION_BUFFERS);
LIMITS_ATTR(user_device_bytes, PINION_USER, PINION_DEVICE_BYTES);
LIMITS_ATTR(user_host_bytes, PINION_USER, PINION_HOST_BYTES);
LIMITS_ATTR(user_vms, PINION_USER, PINION_VMS);
LIMITS_ATTR(user_queues, PINION_USER, PINION_QUEUES);
LIMITS_ATTR(user_timelines, PINION_USER, PINION_TIMELINES);

static struct attribute *limits_attrs[] = { &limits_process_buffers.attr.attr,
					    &limits_process_device_bytes.attr.attr,
					    &limits_process_host_bytes.attr.attr,
					    &limits_process_vms.attr.attr,
					    &limits_process_queues.attr.attr,
					    &limits_process_timelines.attr.attr,
					    &limits_user_buffers.attr.attr,
					    &limits_user_device_bytes.attr.attr,
					    &limits_user_host_bytes.attr.attr,
					    &limits_user_vms.attr.attr,
					    &limits_user_queues.attr.attr,
					    &limits_user_timelines.attr.attr,
					    NULL };

/* Files in the sysfs folder of the PCI device while the driver is bound to it. */
const struct attribute_group pinion_limits_group = {
	.name = "limits",
	.attrs = limits_attrs,
};
