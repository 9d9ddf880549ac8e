// SPDX-License-Identifier: GPL-2.0-or-later
/* The management processor: when it runs, sleeps and stops. */
#include "card_int.h"

static void *mgmt_page(void *opaque, uint64_t va, enum rv_access access)
{
	struct card *card = opaque;
	uint64_t page = va & ~(uint64_t)(RV_PAGE_SIZE - 1);

	if (page >= PINION_MGMT_RAM_BASE && page - PINION_MGMT_RAM_BASE < PINION_MGMT_RAM_SIZE)
		return card->s.mgmt.ram + (page - PINION_MGMT_RAM_BASE);
	if (access != RV_FETCH && page >= PINION_MGMT_SRAM_BASE &&
	    page - PINION_MGMT_SRAM_BASE < PINION_SRAM_SIZE)
		return card->s.mbox.sram + (page - PINION_MGMT_SRAM_BASE);
	return NULL;
}

void mgmt_init(struct card *card)
{
	struct rv_hart *hart = &card->mgmt_hart;

	rv_init(hart, card->mgmt_cache, RV_ISA_MGMT, 0);
	hart->ret_pc = RV_NO_RETURN;
	hart->bus = (struct rv_bus){ .opaque = card, .page = mgmt_page, .mmio = mgmt_mmio };
	hart->window = (struct rv_window){ 0 };
}

void mgmt_stop(struct card *card)
{
	rv_reset(&card->mgmt_hart);
	card->s.mgmt.running = 0;
}

void mgmt_start(struct card *card, uint32_t entry)
{
	rv_reset(&card->mgmt_hart);
	card->mgmt_hart.s.pc = entry;
	card->s.mgmt.running = 1;
	card->s.mgmt.sleeping = 0;
	card->s.mgmt.panicked = 0;
	mgmt_update_irq(card);
}

void mgmt_crash(struct card *card, uint32_t code, uint32_t pc)
{
	card_log(card, 1, "firmware stopped: code 0x%x at 0x%x", code, pc);
	card->s.boot.panic = code;
	card->s.boot.panic_pc = pc;
	card->s.mgmt.running = 0;
	boot_set_state(card, PINION_BOOT_CRASHED);
}

/* Whether the processor is stopped, hangs, or is in WFI until an interrupt line comes up. */
bool mgmt_idle(const struct card *card)
{
	return !card->s.mgmt.running || card->s.mgmt.sleeping ||
	       card->s.knobs.firmware & PINION_DEBUG_FW_HANGS;
}

uint64_t mgmt_step(struct card *card, uint64_t now, uint64_t budget)
{
	struct card_mgmt *m = &card->s.mgmt;
	struct rv_stop stop;
	uint64_t ran;

	if (!m->running)
		return 0;
	if (now >= m->timecmp && !mgmt_timer_up(card))
		mgmt_update_irq(card);
	if (mgmt_idle(card))
		return 0;

	ran = rv_run(&card->mgmt_hart, budget, &stop);
	if (m->panicked)
		mgmt_crash(card, card->s.boot.panic, (uint32_t)stop.pc);
	else if (stop.reason == RV_STOP_TRAP)
		mgmt_crash(card, stop.cause, (uint32_t)stop.pc);
	else if (stop.reason == RV_STOP_WFI)
		m->sleeping = 1;
	return ran;
}
