/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Health of a card, as programs that watch a machine read it: its state, counters of errors and
 * who was at the card when the last error struck. All of it is kept in the host's memory, so that
 * reading it works while the card does not, and never waits for the card.
 */
#ifndef PINION_HEALTH_H
#define PINION_HEALTH_H

#include <linux/atomic.h>
#include <linux/kfifo.h>
#include <linux/pid.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

struct attribute_group;
struct pinion_card;

/**
 * enum pinion_health_state - whether the card can be used
 * @PINION_HEALTH_FAILED: the card cannot be used until somebody acts; the first value, so that a
 *	card which nobody has found to be healthy counts as failed
 * @PINION_HEALTH_RECOVERING: the driver is repairing the card; jobs wait or fail meanwhile
 * @PINION_HEALTH_OK: the card works
 */
enum pinion_health_state {
	PINION_HEALTH_FAILED,
	PINION_HEALTH_RECOVERING,
	PINION_HEALTH_OK,
};

/**
 * enum pinion_count - what is counted, each in a file of the sysfs folder errors/
 * @PINION_COUNT_JOBS_FAULTED: jobs that the card ended with an error, which stopped their queues
 * @PINION_COUNT_JOBS_LATE: jobs that were ended because they took longer than they may
 * @PINION_COUNT_QUEUE_RESETS: resets of queues by the firmware, for whatever reason
 * @PINION_COUNT_CARD_RESETS: resets of the firmware or of the whole card by the driver
 * @PINION_COUNT_FIRMWARE_CRASHES: times that the firmware stopped at an error of its own
 * @PINION_COUNT_MAILBOX_TIMEOUTS: requests that the firmware did not answer in time
 * @PINION_COUNT_BUS_ERRORS: errors of the bus, and accesses of the card that the host refused
 * @PINION_COUNT_RECORDS_REFUSED: completion records that break the contract
 * @PINION_COUNT_MESSAGES_REFUSED: messages of the firmware that break the contract
 * @PINION_COUNT_USERS_REFUSED: times that a user was refused for a time
 * @PINION_COUNT_DOORBELLS_LOST: doorbells that were rung again because the card had missed them
 * @PINION_COUNT_END: number of counters
 */
enum pinion_count {
	PINION_COUNT_JOBS_FAULTED,
	PINION_COUNT_JOBS_LATE,
	PINION_COUNT_QUEUE_RESETS,
	PINION_COUNT_CARD_RESETS,
	PINION_COUNT_FIRMWARE_CRASHES,
	PINION_COUNT_MAILBOX_TIMEOUTS,
	PINION_COUNT_BUS_ERRORS,
	PINION_COUNT_RECORDS_REFUSED,
	PINION_COUNT_MESSAGES_REFUSED,
	PINION_COUNT_USERS_REFUSED,
	PINION_COUNT_DOORBELLS_LOST,
	PINION_COUNT_END,
};

#define PINION_CHANGES	  16  /* changes of the state that may wait for their uevent */
#define PINION_CGROUP_MAX 512 /* bytes kept of the path of a cgroup */

/**
 * struct pinion_health_change - the state of a card at one moment
 * @state: whether the card can be used
 * @code: why: PINION_ERROR_*
 * @recovered: error from which the driver has just recovered the card: PINION_ERROR_*; 0: none
 */
struct pinion_health_change {
	enum pinion_health_state state;
	unsigned int code;
	unsigned int recovered;
};

/**
 * struct pinion_culprit - a job that met an error, and its owner
 * @code: the error: PINION_ERROR_*
 * @queue: number of the queue
 * @job: number of the job on its queue
 * @pid: process that opened the accel node
 * @uid: user that opened the accel node
 */
struct pinion_culprit {
	unsigned int code;
	u32 queue;
	u64 job;
	struct pid *pid;
	kuid_t uid;
};

/**
 * struct pinion_health - health of a card
 * @lock: protects everything down to @changes; irq-safe
 * @now: state of the card
 * @last: number of the last error, of whatever kind: PINION_ERROR_*
 * @blame: the last error that met a job; its @pid is NULL, and its @code 0 if there was none
 * @blame_pid: number of the process in @blame, in the initial pid namespace
 * @blame_time: time since boot of the error in @blame, in ns
 * @cgroup: path of the cgroup that the process in @blame was in
 * @changes: changes of @now that user space has not been told of
 * @told: last change that user space was told of; the work item alone uses it
 * @counts: counters of errors, by enum pinion_count
 * @fresh: bits of the files in the sysfs folder errors/ whose readers have to be woken
 * @notify: work item that tells user space of changes, which must sleep for it
 */
struct pinion_health {
	spinlock_t lock;
	struct pinion_health_change now;
	unsigned int last;
	struct pinion_culprit blame;
	pid_t blame_pid;
	u64 blame_time;
	char cgroup[PINION_CGROUP_MAX];
	DECLARE_KFIFO(changes, struct pinion_health_change, PINION_CHANGES);
	struct pinion_health_change told;
	atomic64_t counts[PINION_COUNT_END];
	unsigned long fresh;
	struct work_struct notify;
};

/* The folders health/ and errors/ of the PCI device in sysfs. */
extern const struct attribute_group pinion_health_group;
extern const struct attribute_group pinion_errors_group;

int pinion_health_init(struct pinion_card *pdev);
void pinion_health_set(struct pinion_card *pdev, enum pinion_health_state state, unsigned int code);
void pinion_health_recovered(struct pinion_card *pdev, unsigned int code);
void pinion_health_count(struct pinion_card *pdev, enum pinion_count kind);
void pinion_health_error(struct pinion_card *pdev, unsigned int code);
void pinion_health_blame(struct pinion_card *pdev, const struct pinion_culprit *who);

#endif /* PINION_HEALTH_H */
