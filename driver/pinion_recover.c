// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: taking the card down and starting it again
 *
 * pinion_card_down() and pinion_card_up() are a pair. Whoever resets the card calls them before and
 * after: the kernel for a function-level reset or an error of the bus, system sleep, and the
 * driver's own work item pinion_recover_work() after an error of the card. All of these hold the
 * lock of the device (device_lock()), so that there is one at a time. Only pinion_fail() takes the
 * card down without this lock, and leaves the rest to the work item.
 *
 * What a restart keeps: files, queues, address spaces, mappings, device memory and the page tables
 * in it. What it ends: all jobs, and all user-mode queues. The work item tries the rungs of a
 * ladder one after the other.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/pci.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "pinion_clear.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_fw.h"
#include "pinion_gate.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_irq.h"
#include "pinion_keep.h"
#include "pinion_mbox.h"
#include "pinion_mmu.h"
#include "pinion_queue.h"
#include "pinion_recover.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_sched.h"
#include "pinion_user.h"
#include "pinion_user_mmap.h"

/* Requests that are under way may end before the card is reset; the firmware needs microseconds. */
#define CLOSING_MS    1000
/* A request ends soon once the card is down: the longest wait in one is that for the mailbox. */
#define DRAIN_MS      30000
/* Jobs of user-mode queues may end within this time before the card is reset. */
#define USER_DRAIN_MS 100
/* Pause before the work item tries again to get the lock of the device. */
#define RETRY_MS      20
/* The kernel recovers the bus within this time, or has failed to. */
#define BUS_WAIT      (60 * HZ)

/**
 * pinion_recover_later() - have the work item start the card
 * @pdev: device
 * @delay_ms: time to wait before, in ms
 *
 * The work item does not run while the machine goes to sleep.
 */
void pinion_recover_later(struct pinion_card *pdev, unsigned int delay_ms)
{
	mod_delayed_work(system_freezable_wq, &pdev->recover, msecs_to_jiffies(delay_ms));
}

/**
 * pinion_recover_after_bus() - have the work item look after a card that an error of the bus took
 *	down, in case the kernel fails to recover the bus: it calls the driver no more then
 * @pdev: device; the caller holds device_lock()
 */
void pinion_recover_after_bus(struct pinion_card *pdev)
{
	device_lock_assert(pdev->drm.dev);
	pdev->bus_until = (jiffies + BUS_WAIT) ?: 1;
	/* Unlike mod_delayed_work() this does not delay a restart that has been asked for. */
	queue_delayed_work(system_freezable_wq, &pdev->recover, BUS_WAIT);
}

static bool recover_user_is_busy(struct pinion_hw_queue *q)
{
	if (!q->user)
		return false;
	pinion_user_look(q);
	return !pinion_user_is_idle(q);
}

static bool recover_kernel_is_busy(struct pinion_hw_queue *q)
{
	bool busy;

	if (q->user)
		return false;
	pinion_exec_drain(q);
	spin_lock_irq(&q->lock);
	busy = q->submitted != q->completed;
	spin_unlock_irq(&q->lock);
	return busy;
}

static bool recover_is_busy(struct pinion_card *pdev, bool (*queue_is)(struct pinion_hw_queue *q))
{
	bool busy = false;
	u32 id;

	mutex_lock(&pdev->queues_mutex);
	for (id = 0; id < pdev->info.queues && !busy; id++)
		busy = pdev->queues[id] && queue_is(pdev->queues[id]);
	mutex_unlock(&pdev->queues_mutex);
	return busy;
}

/*
 * Whether jobs may have more time to end. Processes can go on to submit to user-mode queues that
 * are busy, by the shadow doorbell, so there is no end of jobs to wait for.
 */
static bool recover_must_wait(struct pinion_card *pdev, ktime_t start, unsigned int drain_ms)
{
	s64 ms = ktime_ms_delta(ktime_get(), start);

	if (!pinion_answers(pdev))
		return false;
	return (ms < USER_DRAIN_MS && recover_is_busy(pdev, recover_user_is_busy)) ||
	       (ms < drain_ms && recover_is_busy(pdev, recover_kernel_is_busy));
}

/*
 * Requests of programs wait from now on, and processes have no doorbells; give requests under way,
 * and jobs, time to end.
 */
static void recover_close(struct pinion_card *pdev, unsigned int drain_ms)
{
	ktime_t start;

	mutex_lock(&pdev->reset_lock);
	if (pdev->state == PINION_CARD_UP)
		pinion_set_state(pdev, PINION_CARD_CLOSING);
	mutex_unlock(&pdev->reset_lock);
	pinion_user_revoke_all(pdev);
	pinion_gate_drain(pdev, CLOSING_MS);
	start = ktime_get();
	while (recover_must_wait(pdev, start, drain_ms))
		usleep_range(1000, 2000);
}

/**
 * pinion_card_down() - take the card down, so that it can be reset
 * @pdev: device; the caller holds device_lock()
 * @code: PINION_ERROR_* that says why
 * @way: whether registers may be accessed
 * @drain_ms: time in ms in which jobs may end, in addition to what requests under way take; jobs
 *	of user-mode queues have USER_DRAIN_MS if registers may be accessed
 *
 * On return no job is in flight, the card issues no DMA, no process has a page of the card mapped,
 * and the driver accesses the card only in pinion_card_up().
 */
void pinion_card_down(struct pinion_card *pdev, enum pinion_error_code code,
		      enum pinion_down_way way, unsigned int drain_ms)
{
	device_lock_assert(pdev->drm.dev);
	if (way == PINION_DOWN_BY_RESET)
		recover_close(pdev, drain_ms);
	mutex_lock(&pdev->reset_lock);
	if (pinion_answers(pdev))
		pinion_take_down(pdev, code, way);
	mutex_unlock(&pdev->reset_lock);
	pinion_irq_sync(pdev);
	if (!pinion_gate_drain(pdev, DRAIN_MS))
		pinion_wedge(pdev, PINION_ERROR_REQUEST_STUCK, way);
	/* Page faults on the window wait at the gate. */
	unmap_mapping_range(pdev->drm.anon_inode->i_mapping, 0, 0, 1);
}

static int recover_check_card(struct pinion_card *pdev)
{
	const struct pinion_info *info = &pdev->info;

	if (pinion_read(pdev, PINION_REG_ID) != PINION_ID)
		return pinion_report(pdev, PINION_ERROR_BUS_GONE, "restart");
	if (pinion_read(pdev, PINION_REG_CONTRACT) != info->contract ||
	    pinion_read64(pdev, PINION_REG_SERIAL_LO) != info->serial) {
		pinion_wedge(pdev, PINION_ERROR_CARD_CHANGED, PINION_DOWN_BY_RESET);
		return -ENODEV;
	}
	if (pdev->kept || pinion_clear_kept(pdev))
		return 0;
	pinion_wedge(pdev, PINION_ERROR_MEMORY_LOST, PINION_DOWN_BY_RESET);
	return -ENODEV;
}

/**
 * pinion_card_start() - boot the firmware and exchange versions with it
 * @pdev: device whose state is PINION_CARD_BOOTING
 * Return: 0 or -errno; the kernel log has the reason in words.
 */
int pinion_card_start(struct pinion_card *pdev)
{
	int ret = pinion_fw_boot(pdev);

	if (ret)
		return ret;
	pinion_mbox_init(pdev);
	pinion_irq_enable(pdev);
	return pinion_mbox_hello(pdev);
}

/* Tell the firmware of the address spaces and queues of programs again. */
static int recover_restore(struct pinion_card *pdev)
{
	int ret = 0;
	u32 id;

	for (id = 0; id < pdev->info.vms && !ret; id++)
		if (pdev->mmus[id] && pdev->mmus[id] != &pdev->clear.mmu)
			ret = pinion_mmu_restore(pdev->mmus[id]);
	for (id = 0; id < pdev->info.queues && !ret; id++)
		if (pdev->queues[id] && pdev->queues[id] != pdev->clear.queue)
			ret = pinion_queue_restore(pdev->queues[id]);
	return ret;
}

/* Nobody else can use the mailbox now: the gate is closed, and nothing is taken from the card. */
static bool recover_begin_boot(struct pinion_card *pdev)
{
	bool down;

	lockdep_assert_held_write(&pdev->told_lock);
	mutex_lock(&pdev->reset_lock);
	down = pdev->state == PINION_CARD_DOWN;
	if (down)
		pinion_set_state(pdev, PINION_CARD_BOOTING);
	mutex_unlock(&pdev->reset_lock);
	return down;
}

/* Open the gate, unless the card was taken down again meanwhile. */
static int recover_end_boot(struct pinion_card *pdev)
{
	int ret = -EIO;

	mutex_lock(&pdev->reset_lock);
	if (pdev->state == PINION_CARD_BOOTING) {
		pinion_set_state(pdev, PINION_CARD_UP);
		pinion_health_set(pdev, PINION_HEALTH_OK, PINION_ERROR_HEALTHY);
		ret = 0;
	}
	mutex_unlock(&pdev->reset_lock);
	return ret;
}

/* The card is not usable yet: take it down again, for the next attempt. */
static void recover_give_up(struct pinion_card *pdev)
{
	mutex_lock(&pdev->reset_lock);
	if (pinion_answers(pdev))
		pinion_take_down(pdev, pdev->cause, PINION_DOWN_BY_RESET);
	mutex_unlock(&pdev->reset_lock);
}

/**
 * pinion_card_ready() - let programs use the card, if it does a job right
 * @pdev: device whose state is PINION_CARD_BOOTING, and whose firmware knows all queues
 * Return: 0; -EBADMSG: the job had a wrong result; another -errno: the job failed, or the card was
 * taken down meanwhile.
 */
int pinion_card_ready(struct pinion_card *pdev)
{
	int ret = pinion_clear_check(pdev);

	if (ret == -EBADMSG)
		pinion_report(pdev, PINION_ERROR_CHECK_FAILED, "start");
	return ret ?: recover_end_boot(pdev);
}

/* Boot the card for the driver alone: it knows no queue and no address space of programs. */
static int recover_boot_own(struct pinion_card *pdev)
{
	int ret = recover_check_card(pdev);

	lockdep_assert_held_write(&pdev->told_lock);
	if (!ret)
		ret = pinion_card_start(pdev);
	if (!ret)
		ret = pinion_sched_start(pdev);
	return ret ?: pinion_clear_restore(pdev);
}

static int recover_boot(struct pinion_card *pdev)
{
	int ret;

	pci_set_master(to_pci_dev(pdev->drm.dev));
	ret = recover_boot_own(pdev);
	if (!ret)
		ret = pinion_keep_restore(pdev);
	return ret ?: recover_restore(pdev);
}

/**
 * pinion_card_save() - copy what programs have in device memory, as the card is to lose its power
 * @pdev: device after pinion_card_down(), with access to its registers; the caller holds
 *	device_lock()
 *
 * Starts the card for that, and takes it down again. The next pinion_card_up() copies all back. The
 * content of a card that fails here is lost, as is that of a card that is wedged.
 * Return: 0; -ENOMEM: too little host memory; -EINTR: the task was killed.
 */
int pinion_card_save(struct pinion_card *pdev)
{
	int ret = 0;

	device_lock_assert(pdev->drm.dev);
	down_write(&pdev->told_lock);
	if (pinion_keep_is_needed(pdev) && recover_begin_boot(pdev)) {
		pci_set_master(to_pci_dev(pdev->drm.dev));
		ret = recover_boot_own(pdev);
		if (!ret)
			ret = pinion_keep_save(pdev);
		pdev->kept = !ret;
		recover_give_up(pdev);
	} else {
		pdev->kept = READ_ONCE(pdev->state) == PINION_CARD_DOWN;
	}
	up_write(&pdev->told_lock);
	return ret == -ENOMEM || ret == -EINTR ? ret : 0;
}

/**
 * pinion_card_up() - start the card after pinion_card_down() and a reset
 * @pdev: device; the caller holds device_lock()
 *
 * Nothing happens unless the card is down.
 * Return: 0: the card works, which a job with a known result has shown; else -errno: the card is
 * still down, or wedged.
 */
int pinion_card_up(struct pinion_card *pdev)
{
	int ret;

	device_lock_assert(pdev->drm.dev);
	down_write(&pdev->told_lock);
	if (!recover_begin_boot(pdev)) {
		up_write(&pdev->told_lock);
		return pinion_answers(pdev) ? 0 : -ENODEV;
	}
	ret = recover_boot(pdev);
	up_write(&pdev->told_lock);
	if (!ret)
		ret = pinion_card_ready(pdev);
	if (ret) {
		recover_give_up(pdev);
		return ret;
	}
	pdev->bus_until = 0;
	pinion_keep_drop(pdev);
	pinion_heartbeat_start(pdev);
	if (pdev->cause != PINION_ERROR_RESTING)
		drm_info(&pdev->drm, "the card works again after %llu ms; cause=%#05x\n",
			 div_u64(ktime_get_ns() - pdev->down_at, NSEC_PER_MSEC), pdev->cause);
	return 0;
}

/* Close the gate of a card that works, if nobody is inside. */
static bool recover_close_idle(struct pinion_card *pdev)
{
	bool idle;

	mutex_lock(&pdev->reset_lock);
	idle = pdev->state == PINION_CARD_UP && !pdev->warm;
	if (idle)
		pinion_set_state(pdev, PINION_CARD_CLOSING);
	mutex_unlock(&pdev->reset_lock);
	return idle;
}

/**
 * pinion_card_rest() - take a card down that nobody uses, until pinion_gate_end_rest()
 * @pdev: device without a queue of a program; the caller holds device_lock()
 *
 * Device memory keeps its content in D3hot, so a card can rest while programs have buffers. Their
 * next request, or access to mapped device memory, wakes the card.
 * Return: 0; -EBUSY: the card is in use, or being restarted.
 */
int pinion_card_rest(struct pinion_card *pdev)
{
	int ret = -EBUSY;

	device_lock_assert(pdev->drm.dev);
	if (READ_ONCE(pdev->state) == PINION_CARD_WEDGED)
		return 0;
	if (!recover_close_idle(pdev))
		return ret;
	pinion_heartbeat_stop(pdev);
	mutex_lock(&pdev->reset_lock);
	if (pdev->state == PINION_CARD_CLOSING && !atomic_read(&pdev->inside)) {
		WRITE_ONCE(pdev->resting, true);
		pinion_take_down(pdev, PINION_ERROR_RESTING, PINION_DOWN_BY_RESET);
		ret = 0;
	} else if (pdev->state == PINION_CARD_CLOSING) {
		pinion_set_state(pdev, PINION_CARD_UP);
	}
	mutex_unlock(&pdev->reset_lock);
	if (ret) {
		pinion_heartbeat_start(pdev);
		return ret;
	}
	pinion_irq_sync(pdev);
	unmap_mapping_range(pdev->drm.anon_inode->i_mapping, 0, 0, 1);
	return 0;
}

/* The kernel calls the driver's reset_prepare() and reset_done(), as for any such reset. */
static int recover_by_flr(struct pinion_card *pdev)
{
	int ret = pci_reset_function_locked(to_pci_dev(pdev->drm.dev));

	if (ret)
		return ret;
	pinion_health_count(pdev, PINION_COUNT_CARD_RESETS);
	return READ_ONCE(pdev->state) == PINION_CARD_UP ? 0 : -EIO;
}

/*
 * The rungs of the ladder above those that cost one queue: the abort of a job and the reset of a
 * queue. The card has been reset at level FIRMWARE when it was taken down; level ENGINE has no rung
 * because it ends the jobs of all queues, too.
 */
static const struct {
	const char *name;
	int (*climb)(struct pinion_card *pdev);
} recover_rungs[] = {
	{ "a reset of the firmware", pinion_card_up },
	{ "a function-level reset", recover_by_flr },
};

static void recover_climb(struct pinion_card *pdev)
{
	u32 i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(recover_rungs); i++) {
		if (READ_ONCE(pdev->state) != PINION_CARD_DOWN)
			return;
		ret = recover_rungs[i].climb(pdev);
		drm_info(&pdev->drm, "%s: %s; cause=%#05x, %llu ms\n", recover_rungs[i].name,
			 ret ? "did not help" : "helped", pdev->cause,
			 div_u64(ktime_get_ns() - pdev->down_at, NSEC_PER_MSEC));
		if (!ret)
			return;
	}
	pinion_wedge(pdev, PINION_ERROR_NOT_RECOVERED, PINION_DOWN_BY_RESET);
}

/* A card that was taken down meanwhile needs more than new firmware. */
static bool recover_begins_warm(struct pinion_card *pdev)
{
	bool warm;

	mutex_lock(&pdev->reset_lock);
	pdev->warm = pdev->warm && pdev->state == PINION_CARD_UP;
	warm = pdev->warm;
	mutex_unlock(&pdev->reset_lock);
	return warm;
}

static void recover_end_warm(struct pinion_card *pdev)
{
	mutex_lock(&pdev->reset_lock);
	pdev->warm = false;
	mutex_unlock(&pdev->reset_lock);
}

/* The rung below those of recover_rungs: jobs go on. The firmware answers HELLO, or it failed. */
static void recover_warm(struct pinion_card *pdev)
{
	u64 start = ktime_get_ns();
	int ret = pinion_fw_warm(pdev);

	recover_end_warm(pdev);
	drm_info(&pdev->drm, "a restart of the firmware alone: %s; cause=%#05x, %llu ms\n",
		 ret ? "did not help" : "helped", pdev->cause,
		 div_u64(ktime_get_ns() - start, NSEC_PER_MSEC));
	if (ret)
		pinion_fail(pdev, pdev->cause);
	else
		pinion_health_recovered(pdev, pdev->cause);
}

static void recover_ladder(struct pinion_card *pdev)
{
	pdev->bus_until = 0;
	pinion_card_down(pdev, pdev->cause, PINION_DOWN_BY_BUS, 0);
	pdev->climbing = true;
	recover_climb(pdev);
	pdev->climbing = false;
}

/* The bus does not work. Its recovery by the kernel starts the card, or it has failed. */
static void recover_await_bus(struct pinion_card *pdev)
{
	/* The kernel has not told of the error yet. */
	if (!pdev->bus_until)
		return;
	if (time_before(jiffies, pdev->bus_until))
		mod_delayed_work(system_freezable_wq, &pdev->recover, pdev->bus_until - jiffies);
	else
		pinion_wedge(pdev, PINION_ERROR_BUS_GONE, PINION_DOWN_BY_BUS);
}

/* The card is down: start it, unless it rests, or the bus does not work. */
static void recover_down(struct pinion_card *pdev)
{
	if (READ_ONCE(pdev->resting))
		return;
	if (pci_channel_offline(to_pci_dev(pdev->drm.dev)))
		recover_await_bus(pdev);
	else if (pdev->cause != PINION_ERROR_RESTING || pinion_card_up(pdev))
		recover_ladder(pdev);
}

/**
 * pinion_recover_work() - work function of pinion_card.recover: climb the ladder
 * @work: the work item pinion_card.recover
 *
 * Whoever holds the lock of the device may wait for this work item, so it only tries to get the
 * lock. While the kernel recovers the bus, its callbacks start the card; a bus that stays broken
 * ends the attempt.
 */
void pinion_recover_work(struct work_struct *work)
{
	struct pinion_card *pdev = container_of(to_delayed_work(work), struct pinion_card, recover);
	struct device *dev = pdev->drm.dev;

	if (!device_trylock(dev)) {
		pinion_recover_later(pdev, RETRY_MS);
		return;
	}
	if (recover_begins_warm(pdev))
		recover_warm(pdev);
	if (READ_ONCE(pdev->state) == PINION_CARD_DOWN)
		recover_down(pdev);
	device_unlock(dev);
}

/**
 * pinion_card_up_or_climb() - start the card; if it does not work, leave it to the ladder
 * @pdev: device; the caller holds device_lock()
 */
void pinion_card_up_or_climb(struct pinion_card *pdev)
{
	/* In D3hot, which only pinion_gate_wait() ends. */
	if (READ_ONCE(pdev->resting))
		return;
	if (pinion_card_up(pdev) && !pdev->climbing && READ_ONCE(pdev->state) == PINION_CARD_DOWN)
		pinion_recover_later(pdev, 0);
}
