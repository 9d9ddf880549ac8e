// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Steps the card: in a thread of its own, or, with sync=on, by a timer of the virtual clock, so
 * that a run under -icount is the same every time.
 */
#include "pci.h"
#include "qemu/rcu.h"

/* About 0.1 ms of work, which is the longest that a register access waits. */
#define STEP_BUDGET 50000

/* Pass doorbells, which were noted without the lock, to the card. The caller holds the lock. */
static void take_doorbells(struct pinion_dev *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s->rung); i++) {
		uint64_t rung = qatomic_read(&s->rung[i]) ? qatomic_xchg(&s->rung[i], 0) : 0;

		for (; rung; rung &= rung - 1) {
			unsigned int queue = i * 64 + ctz64(rung);

			card_doorbell_write(s->card, queue * PINION_DOORBELL_STRIDE,
					    qatomic_read(&s->tails[queue]));
		}
	}
}

/**
 * dev_lock() - take the lock that serialises calls into the core
 * @s: the device; the caller holds the BQL
 *
 * Releases the BQL while the worker finishes its step, since DMA of that step may be waiting for
 * the BQL. Passes all earlier doorbells to the core, so that they come before the caller's access.
 */
void dev_lock(struct pinion_dev *s)
{
	if (qemu_mutex_trylock(&s->lock)) {
		object_ref(OBJECT(s));
		qatomic_inc(&s->waiters);
		bql_unlock();
		qemu_mutex_lock(&s->lock);
		qatomic_dec(&s->waiters);
		bql_lock();
		object_unref(OBJECT(s));
	}
	take_doorbells(s);
}

/**
 * dev_unlock() - release the lock that dev_lock() took
 * @s: the device
 */
void dev_unlock(struct pinion_dev *s)
{
	qemu_mutex_unlock(&s->lock);
}

/**
 * pinion_kick() - let the card be stepped soon, because it has work
 * @s: the device
 *
 * May be called from any thread, with or without the lock.
 */
void pinion_kick(struct pinion_dev *s)
{
	if (s->sync)
		timer_mod_anticipate_ns(s->timer,
					qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + s->delay_ns);
	else
		qemu_event_set(&s->wake);
}

/**
 * pinion_ring() - note that the guest wrote a doorbell
 * @s: the device
 * @queue: index of the queue
 * @tail: value that was written
 *
 * Does not wait for the card: the worker, or the next register access, passes the doorbell on.
 */
void pinion_ring(struct pinion_dev *s, unsigned int queue, uint32_t tail)
{
	qatomic_set(&s->tails[queue], tail);
	/* Orders the tail before the bit; pairs with the exchange in take_doorbells(). */
	qatomic_or(&s->rung[queue / 64], 1ull << (queue % 64));
	pinion_kick(s);
}

/* Step once. False if there is nothing to do before @wakeup. The caller holds the lock. */
static bool step(struct pinion_dev *s, uint64_t *wakeup)
{
	*wakeup = UINT64_MAX;
	if (s->paused || s->asleep || s->quit)
		return false;
	take_doorbells(s);
	return card_step(s->card, STEP_BUDGET, wakeup);
}

static void set_timer(struct pinion_dev *s, uint64_t wakeup)
{
	if (wakeup < INT64_MAX)
		timer_mod_ns(s->timer, wakeup);
}

/* Let waiting threads have the lock: the mutex alone would prefer the running worker. */
static void yield_lock(struct pinion_dev *s)
{
	while (qatomic_read(&s->waiters))
		sched_yield();
}

static void *worker(void *opaque)
{
	struct pinion_dev *s = opaque;
	bool more, quit;
	uint64_t wakeup;

	rcu_register_thread();
	do {
		qemu_event_reset(&s->wake);
		qemu_mutex_lock(&s->lock);
		more = step(s, &wakeup);
		quit = s->quit;
		qemu_mutex_unlock(&s->lock);
		if (qatomic_read(&s->msis)) {
			bql_lock();
			pinion_send_msis(s);
			bql_unlock();
		}
		yield_lock(s);
		if (!more && !quit) {
			set_timer(s, wakeup);
			qemu_event_wait(&s->wake);
		}
	} while (!quit);
	rcu_unregister_thread();
	return NULL;
}

/* The timer expired. QEMU calls this with the BQL held. */
static void wakeup_due(void *opaque)
{
	struct pinion_dev *s = opaque;
	uint64_t wakeup;
	bool more;

	if (!s->sync) {
		qemu_event_set(&s->wake);
		return;
	}
	dev_lock(s);
	more = step(s, &wakeup);
	dev_unlock(s);
	pinion_send_msis(s);
	set_timer(s, more ? qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + s->step_ns : wakeup);
}

/*
 * Called when the machine stops, for instance to be saved, and when it goes on. The core writes
 * device memory without QEMU's knowledge, so all of it is marked as written before QEMU copies it
 * for the last time.
 */
static void run_state_changed(void *opaque, bool running, RunState state)
{
	struct pinion_dev *s = opaque;

	dev_lock(s);
	s->paused = !running;
	dev_unlock(s);
	pinion_send_msis(s);
	if (running)
		pinion_kick(s);
	else
		memory_region_set_dirty(&s->memory, 0, s->memory_bytes);
}

/**
 * pinion_run_start() - begin to step the card
 * @s: the device, with a card
 */
void pinion_run_start(struct pinion_dev *s)
{
	qemu_mutex_init(&s->lock);
	qemu_event_init(&s->wake, false);
	s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, wakeup_due, s);
	s->paused = !runstate_is_running();
	s->run_state = qdev_add_vm_change_state_handler(DEVICE(s), run_state_changed, s);
	if (!s->sync)
		qemu_thread_create(&s->worker, "pinion", worker, s, QEMU_THREAD_JOINABLE);
}

/**
 * pinion_run_stop() - stop stepping the card; no DMA and no interrupt follows
 * @s: the device; the BQL is held
 */
void pinion_run_stop(struct pinion_dev *s)
{
	qemu_del_vm_change_state_handler(s->run_state);
	dev_lock(s);
	s->quit = true;
	dev_unlock(s);
	if (!s->sync) {
		qemu_event_set(&s->wake);
		/* The worker may be waiting for the BQL to send an interrupt. */
		bql_unlock();
		qemu_thread_join(&s->worker);
		bql_lock();
	}
	timer_del(s->timer);
}

/**
 * pinion_run_free() - free what the steps needed, after pinion_run_stop()
 * @s: the device, which no processor accesses any more
 */
void pinion_run_free(struct pinion_dev *s)
{
	timer_free(s->timer);
	qemu_event_destroy(&s->wake);
	qemu_mutex_destroy(&s->lock);
}
