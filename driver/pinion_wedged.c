// SPDX-License-Identifier: GPL-2.0
/*
 * The uevents by which DRM says that a device cannot be used, or was recovered. Their form belongs
 * to the kernel's interface ("Device Wedging" in its Documentation/gpu/drm-uapi.rst). The driver
 * sends them by itself: drm_dev_wedged_event() of the kernels up to 7.3 sends from the node of a
 * graphics device, which is a NULL pointer in an accel device, and kernels before 6.15 lack it.
 */
#include <linux/device.h>
#include <linux/kobject.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "pinion_device.h"
#include "pinion_errors.h"
#include "pinion_wedged.h"

/* What makes the card work again, in the words of DRM's uevent, the method that costs least first.
 */
static const char *wedged_methods(unsigned int code)
{
	switch (code) {
	case PINION_ERROR_CARD_CHANGED:
	case PINION_ERROR_MEMORY_LOST:
	case PINION_ERROR_REQUEST_STUCK:
		return "rebind";
	case PINION_ERROR_BUS_GONE:
		/* Only somebody at the machine can help. */
		return "unknown";
	default:
		return "rebind,bus-reset";
	}
}

static void wedged_send(struct pinion_card *pdev, const char *methods, unsigned int code)
{
	char wedged[32], reason[32];
	char *env[3] = { wedged, reason, NULL };
	int idx;

	snprintf(wedged, sizeof(wedged), "WEDGED=%s", methods);
	snprintf(reason, sizeof(reason), "PINION_REASON=%#05x", code);
	if (!drm_dev_enter(&pdev->drm, &idx))
		return;
	kobject_uevent_env(&pdev->drm.accel->kdev->kobj, KOBJ_CHANGE, env);
	drm_dev_exit(idx);
}

/**
 * pinion_wedged_tell() - send the uevent of a card that cannot be used until somebody acts
 * @pdev: device; the caller may sleep
 * @code: why: PINION_ERROR_*
 */
void pinion_wedged_tell(struct pinion_card *pdev, unsigned int code)
{
	wedged_send(pdev, wedged_methods(code), code);
}

/**
 * pinion_wedged_tell_recovered() - send the uevent of a card that failed and works again
 * @pdev: device; the caller may sleep
 * @code: error from which the card was recovered: PINION_ERROR_*
 */
void pinion_wedged_tell_recovered(struct pinion_card *pdev, unsigned int code)
{
	wedged_send(pdev, "none", code);
}
