// SPDX-License-Identifier: GPL-2.0-or-later
/* The interrupt lines of the management processor. */
#include "card_int.h"

/*
 * Drive both lines anew. A line that is up ends a WFI even if the firmware has not enabled the
 * interrupt in mie, as the architecture allows.
 */
void mgmt_update_irq(struct card *card)
{
	struct card_mgmt *m = &card->s.mgmt;
	bool external = m->irq & m->irq_enable;
	bool timer = card_now(card) >= m->timecmp;

	rv_set_irq(&card->mgmt_hart, RV_IRQ_EXTERNAL, external);
	rv_set_irq(&card->mgmt_hart, RV_IRQ_TIMER, timer);
	if (external || timer)
		m->sleeping = 0;
}

/* Set PINION_MGMT_IRQ_* bits in the firmware's interrupt register. */
void mgmt_irq(struct card *card, uint32_t bits)
{
	card->s.mgmt.irq |= bits;
	mgmt_update_irq(card);
}
