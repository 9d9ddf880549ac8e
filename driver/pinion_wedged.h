/* SPDX-License-Identifier: GPL-2.0 */
/* The uevents by which DRM says that a device cannot be used, or was recovered. */
#ifndef PINION_WEDGED_H
#define PINION_WEDGED_H

struct pinion_card;

void pinion_wedged_tell(struct pinion_card *pdev, unsigned int code);
void pinion_wedged_tell_recovered(struct pinion_card *pdev, unsigned int code);

#endif /* PINION_WEDGED_H */
