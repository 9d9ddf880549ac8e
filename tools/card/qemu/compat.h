/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between the versions of QEMU that the device is compiled for, 7.2 to 10. The device
 * is written for the newest version; this file defines what an older one lacks. The preprocessor
 * finds out about headers and macros. For everything else the build tries to compile each file of
 * probes/ and defines QEMU_HAS_<NAME> if that works. Version numbers would not do: Debian's
 * packages have changes from later versions.
 */
#ifndef PINION_QEMU_COMPAT_H
#define PINION_QEMU_COMPAT_H

#include "hw/qdev-properties.h"
#include "qemu_probes.h"

#if __has_include("hw/pci/pci_device.h")
#include "hw/pci/pci_device.h"
#else
#include "hw/pci/pci.h"
#endif

#if __has_include("system/runstate.h")
#include "system/kvm.h"
#include "system/runstate.h"
#else
#include "sysemu/kvm.h"
#include "sysemu/runstate.h"
#endif

/* Before version 9.0, the big QEMU lock (BQL) was the iothread lock. */
#ifndef bql_lock
#define bql_lock   qemu_mutex_lock_iothread
#define bql_unlock qemu_mutex_unlock_iothread
#define bql_locked qemu_mutex_iothread_locked
#endif

/* Before version 10, an empty element ended a device's properties, which were not constant. */
#ifdef DEFINE_PROP_END_OF_LIST
#define PROPERTIES_END			     DEFINE_PROP_END_OF_LIST(),
#define device_class_set_props(class, props) (device_class_set_props)(class, (Property *)(props))
#else
#define PROPERTIES_END
#endif

#ifndef QEMU_HAS_LEGACY_RESET
static inline void device_class_set_legacy_reset(DeviceClass *class, DeviceReset reset)
{
	class->reset = reset;
}
#endif

static inline bool pci_has_power(const PCIDevice *pdev)
{
#ifdef QEMU_HAS_HAS_POWER
	return pdev->has_power;
#else
	return pdev->enabled;
#endif
}

#ifdef QEMU_HAS_CONST_CLASS_DATA
#define CLASS_DATA const void
#else
#define CLASS_DATA void
#endif

#endif
