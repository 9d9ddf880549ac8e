// SPDX-License-Identifier: GPL-2.0-or-later
/* The interrupt lines of the management processor. */
#include "card_int.h"

/* Any line that is up may end WFI; whether it does is the processor's business. */
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

void mgmt_irq(struct card *card, uint32_t bits)
{
	card->s.mgmt.irq |= bits;
	mgmt_update_irq(card);
}
