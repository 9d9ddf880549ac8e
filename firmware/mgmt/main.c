// SPDX-License-Identifier: GPL-2.0-or-later
/* The firmware's start, its main loop with the heartbeat, and the panic handler. */
#include "fw.h"
#include "io.h"

#define BEATS_PER_SECOND  10
#define STALLS_PER_SECOND 1000

static void timer_set(uint64_t when)
{
	/* With all ones in HI first, no write makes the pair earlier than both old and new time. */
	sys_write(PINION_MGMT_TIMECMP_HI, ~0u);
	sys_write(PINION_MGMT_TIMECMP_LO, (uint32_t)when);
	sys_write(PINION_MGMT_TIMECMP_HI, (uint32_t)(when >> 32));
}

static uint32_t limit(uint32_t value, uint32_t max)
{
	return value < max ? value : max;
}

static void adopt(struct fw *fw)
{
	uint32_t vms = vms_adopt(fw), queues = queues_adopt(fw);

	if (vms || queues)
		fw_log(FW_LOG_INFO, "adopted %u address spaces and %u queues", vms, queues);
}

/**
 * fw_init() - read the card's properties, then report that the firmware takes messages
 * @fw: the firmware's state, all zero
 */
void fw_init(struct fw *fw)
{
	fw->queues = limit(sys_read(PINION_MGMT_QUEUES), PINION_MAX_QUEUES);
	fw->vms = limit(sys_read(PINION_MGMT_VMS), PINION_MAX_VMS);
	fw->vectors = limit(sys_read(PINION_MGMT_VECTORS), PINION_MSIX_VECTORS);
	fw->memory = (uint64_t)sys_read(PINION_MGMT_MEMORY_HI) << 32 |
		     sys_read(PINION_MGMT_MEMORY_LO);
	fw->save_bytes = (uint64_t)sys_read(PINION_MGMT_SAVE_BYTES) * sys_read(PINION_MGMT_CORES);
	fw->caps = (uint64_t)sys_read(PINION_MGMT_CAPS_HI) << 32 | sys_read(PINION_MGMT_CAPS_LO);
	fw->frequency = sys_read(PINION_MGMT_TIME_FREQ);
	fw->beat_ticks = fw->frequency / BEATS_PER_SECOND;
	fw->stall_ticks = fw->frequency / STALLS_PER_SECOND;
	fw->beat_at = sys_time() + fw->beat_ticks;

	fw_log(FW_LOG_INFO, "pinion firmware: contract %u.%u, %u cores, %u queues, %u MiB",
	       PINION_CONTRACT_MAJOR, PINION_CONTRACT_MINOR, sys_read(PINION_MGMT_CORES),
	       fw->queues, (uint32_t)(fw->memory >> 20));

	adopt(fw);

	sys_write(PINION_MGMT_IRQ_ENABLE, PINION_MGMT_IRQ_MBOX | PINION_MGMT_IRQ_FAULT);
	timer_set(fw->beat_at);
	sys_write(PINION_MGMT_READY, 1);
}

static void heartbeat(struct fw *fw)
{
	uint64_t now = sys_time();

	if (now < fw->beat_at)
		return;
	sys_write(PINION_MGMT_HEARTBEAT, sys_read(PINION_MGMT_HEARTBEAT) + 1);
	fw->beat_at += fw->beat_ticks;
	if (fw->beat_at <= now) /* the clock has jumped: do not make up for missed beats */
		fw->beat_at = now + fw->beat_ticks;
}

/**
 * fw_poll() - do all work that is waiting, then set the timer for the next wake-up
 * @fw: the firmware's state
 *
 * Interrupt causes are acknowledged before the work: an event that comes later sets its cause
 * again, which ends the next sleep at once.
 */
void fw_poll(struct fw *fw)
{
	uint64_t wake;
	bool stalled;

	sys_write(PINION_MGMT_IRQ, sys_read(PINION_MGMT_IRQ));
	heartbeat(fw);
	queue_poll_faults(fw);
	stalled = mbox_poll(fw);

	/* No interrupt tells that the host took messages, so a full F2H ring must be polled. */
	wake = fw->beat_at;
	if (stalled) {
		uint64_t soon = sys_time() + fw->stall_ticks;

		if (soon < wake)
			wake = soon;
	}
	timer_set(wake);
}

#ifdef __riscv
void fw_panic(uint32_t cause, uint32_t pc, uint32_t value, const uint32_t x[31]);
int main(void);

/* start.S calls this on every trap: record and log the trap, then stop the processor. */
void fw_panic(uint32_t cause, uint32_t pc, uint32_t value, const uint32_t x[31])
{
	crash_record(cause, pc, value, x);
	fw_log(FW_LOG_ERR, "panic: cause %x at %x, value %x", cause, pc, value);
	sys_write(PINION_MGMT_PANIC, cause);
}

int main(void)
{
	static struct fw fw;

	fw_init(&fw);
	for (;;) {
		fw_poll(&fw);
		io_wait();
	}
}
#endif
