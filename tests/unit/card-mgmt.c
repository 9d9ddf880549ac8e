// SPDX-License-Identifier: GPL-2.0-or-later
/* What the management processor sees, and how it sleeps, wakes and is interrupted. */
#include "card_fixture.h"

#define SYS(reg)      (PINION_MGMT_SYS_BASE + (reg))
#define QUEUE(q, reg) (PINION_MGMT_QUEUE_BASE + (q) * PINION_MGMT_QUEUE_STRIDE + (reg))
#define VM(v, reg)    (PINION_MGMT_VM_BASE + (v) * PINION_MGMT_VM_STRIDE + (reg))

static uint32_t rd(struct fixture *fx, uint32_t va)
{
	uint32_t value = 0xdeadbeef;

	if (mgmt_mmio(fx->card, va, &value, 4, RV_READ))
		tap_bail("read of 0x%x faults", va);
	return value;
}

static void wr(struct fixture *fx, uint32_t va, uint32_t value)
{
	if (mgmt_mmio(fx->card, va, &value, 4, RV_WRITE))
		tap_bail("write of 0x%x faults", va);
}

static void test_system(struct fixture *fx)
{
	tap_ok(rd(fx, SYS(PINION_MGMT_CORES)) == 2 && rd(fx, SYS(PINION_MGMT_QUEUES)) == 256 &&
		       rd(fx, SYS(PINION_MGMT_VMS)) == 256 &&
		       rd(fx, SYS(PINION_MGMT_CAPS_LO)) == PINION_CAPS_ALL &&
		       rd(fx, SYS(PINION_MGMT_MEMORY_LO)) == FX_MEMORY &&
		       rd(fx, SYS(PINION_MGMT_VECTORS)) == 64 &&
		       rd(fx, SYS(PINION_MGMT_TIME_FREQ)) == 1000000000,
	       "identity as in BAR0");
	tap_ok(rd(fx, SYS(PINION_MGMT_TIMECMP_LO)) == UINT32_MAX &&
		       rd(fx, SYS(PINION_MGMT_TIMECMP_HI)) == UINT32_MAX,
	       "TIMECMP is all ones at reset");
	wr(fx, SYS(PINION_MGMT_HEARTBEAT), 77);
	wr(fx, SYS(PINION_MGMT_LOG_TAIL), 78);
	tap_ok(fx_rd(fx, PINION_REG_FW_HEARTBEAT) == 77 && fx_rd(fx, PINION_REG_LOG_TAIL) == 78,
	       "heartbeat and log tail are shown to the host");
	wr(fx, SYS(PINION_MGMT_HOST_INT), UINT32_MAX);
	tap_ok(fx_rd(fx, PINION_REG_INT_STATUS) == (PINION_INT_MBOX | PINION_INT_LOG),
	       "HOST_INT raises MBOX and LOG alone");
	wr(fx, SYS(PINION_MGMT_READY), 1);
	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_IDLE,
	       "READY means nothing unless STARTING");
}

static void test_crash_knob(struct fixture *fx)
{
	uint32_t value = 0;

	fx->card->config.debug = true;
	fx_wr(fx, PINION_REG_DEBUG_FW_CRASH, 1);
	tap_ok(mgmt_mmio(fx->card, SYS(PINION_MGMT_CORES), &value, 4, RV_READ) ==
			       RV_CAUSE_LOAD_ACCESS &&
		       !fx_rd(fx, PINION_REG_DEBUG_FW_CRASH) && rd(fx, SYS(PINION_MGMT_CORES)) == 2,
	       "the knob makes one access of the firmware fail");
	fx->card->config.debug = false;
}

static void test_bounds(struct fixture *fx)
{
	uint32_t value = 1;

	tap_ok(mgmt_mmio(fx->card, 0, &value, 4, RV_READ) == RV_CAUSE_LOAD_ACCESS &&
		       mgmt_mmio(fx->card, 0x30000000, &value, 4, RV_WRITE) ==
			       RV_CAUSE_STORE_ACCESS &&
		       mgmt_mmio(fx->card, PINION_MGMT_SYS_BASE, &value, 2, RV_FETCH) ==
			       RV_CAUSE_FETCH_ACCESS,
	       "outside the map: access faults");
	wr(fx, QUEUE(0, PINION_MGMT_Q_VM), 5);
	value = 9;
	mgmt_mmio(fx->card, QUEUE(0, PINION_MGMT_Q_VM), &value, 2, RV_WRITE);
	mgmt_mmio(fx->card, QUEUE(0, PINION_MGMT_Q_VM) + 1, &value, 4, RV_WRITE);
	tap_ok(rd(fx, QUEUE(0, PINION_MGMT_Q_VM)) == 5, "other widths write nothing");
	tap_ok(!rd(fx, SYS(PINION_MGMT_SAVE_BYTES) + 4) && !rd(fx, QUEUE(256, 0)) &&
		       !rd(fx, VM(256, 0)),
	       "reserved offsets read zero");
}

static void test_queue(struct fixture *fx)
{
	static const uint32_t set_up[][2] = {
		{ PINION_MGMT_Q_RING_LO, 0x1000 }, { PINION_MGMT_Q_RING_HI, 1 },
		{ PINION_MGMT_Q_CQ_LO, 0x2000 },   { PINION_MGMT_Q_CQ_HI, 1 },
		{ PINION_MGMT_Q_ENTRIES, 8 },	   { PINION_MGMT_Q_VM, 1 },
		{ PINION_MGMT_Q_VECTOR, 3 },	   { PINION_MGMT_Q_PRIORITY, 2 },
	};
	unsigned int i, wrong = 0, n = sizeof(set_up) / sizeof(set_up[0]);

	for (i = 0; i < n; i++) {
		wr(fx, QUEUE(255, set_up[i][0]), set_up[i][1]);
		wrong += rd(fx, QUEUE(255, set_up[i][0])) != set_up[i][1];
	}
	tap_ok(!wrong && rd(fx, QUEUE(255, PINION_MGMT_Q_STATE)) == PINION_Q_DISABLED,
	       "a queue is set up while DISABLED");
	wr(fx, QUEUE(255, PINION_MGMT_Q_CTRL), PINION_MGMT_Q_ENABLE);
	wr(fx, QUEUE(255, PINION_MGMT_Q_VM), 2);
	tap_ok(rd(fx, QUEUE(255, PINION_MGMT_Q_STATE)) == PINION_Q_IDLE &&
		       rd(fx, QUEUE(255, PINION_MGMT_Q_VM)) == 1,
	       "enabled, it cannot be changed");
	wr(fx, QUEUE(255, PINION_MGMT_Q_CTRL), PINION_MGMT_Q_STOP);
	tap_ok(rd(fx, QUEUE(255, PINION_MGMT_Q_STATE)) == PINION_Q_DISABLED, "stopped");
}

static void test_vm(struct fixture *fx)
{
	wr(fx, VM(7, PINION_MGMT_VM_ROOT_HI), 0xffffffff);
	tap_ok(!rd(fx, VM(7, PINION_MGMT_VM_ROOT_HI)), "a root's high half waits for the low one");
	wr(fx, VM(7, PINION_MGMT_VM_ROOT_LO), 0x5fff);
	tap_ok(rd(fx, VM(7, PINION_MGMT_VM_ROOT_LO)) == 0x5001 &&
		       rd(fx, VM(7, PINION_MGMT_VM_ROOT_HI)) == 0x01ffffff,
	       "reserved bits read zero");
	wr(fx, VM(0, PINION_MGMT_VM_ROOT_LO), 0x5001);
	tap_ok(!rd(fx, VM(0, PINION_MGMT_VM_ROOT_LO)), "address space 0 has no root");
}

/* Waits in WFI for the timer at 0x500000, then adds 1 to HEARTBEAT and sleeps for ever. */
static void test_sleep(struct fixture *fx)
{
	const uint32_t code[] = {
		LUI(T0, PINION_MGMT_SYS_BASE >> 12),
		LUI(T1, 0x500000 >> 12),
		SW(T0, ZERO, PINION_MGMT_TIMECMP_HI),
		SW(T0, T1, PINION_MGMT_TIMECMP_LO),
		ADDI(T1, ZERO, RV_IRQ_TIMER),
		0x30431073 /* csrw mie, t1 */,
		WFI,
		LW(T1, T0, PINION_MGMT_HEARTBEAT),
		ADDI(T1, T1, 1),
		SW(T0, T1, PINION_MGMT_HEARTBEAT),
		0x30401073 /* csrw mie, zero */,
		WFI,
		LOOP_FOREVER,
	};

	card_reset(fx->card);
	memcpy(fx->card->s.mgmt.ram, code, sizeof(code));
	mgmt_start(fx->card, PINION_MGMT_RAM_BASE);
	tap_ok(fx_run(fx) && fx->wakeup == 0x500000 && !fx_rd(fx, PINION_REG_FW_HEARTBEAT),
	       "asleep until TIMECMP");
	fx->now = 0x4fffff;
	tap_ok(fx_run(fx) && !fx_rd(fx, PINION_REG_FW_HEARTBEAT), "a tick before: still asleep");
	fx->now = 0x500000;
	tap_ok(fx_run(fx) && fx_rd(fx, PINION_REG_FW_HEARTBEAT) == 1, "awake at TIMECMP");
	tap_ok(fx_run(fx) && fx->wakeup == UINT64_MAX,
	       "an expired timer that is masked does not keep the card busy");
}

int main(void)
{
	struct fixture *fx = fx_new(2, NULL);

	tap_plan(19);
	test_system(fx);
	test_crash_knob(fx);
	test_bounds(fx);
	test_queue(fx);
	test_vm(fx);
	test_sleep(fx);
	fx_free(fx);
	return tap_result();
}
