// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel has accel devices, below /dev/accel.
 *
 * Stop unless: this kernel is built without CONFIG_DRM_ACCEL, which the driver needs.
 */
#include <linux/kconfig.h>

#if !IS_ENABLED(CONFIG_DRM_ACCEL)
#error "no DRM_ACCEL"
#endif
