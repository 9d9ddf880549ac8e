/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The version of Pinion as a whole: of the library, whose soname has the major number, of the
 * driver, and of what make install puts beside them. The firmware has a version of its own.
 */
#ifndef PINION_VERSION_H
#define PINION_VERSION_H

#define PINION_VERSION_MAJOR 1
#define PINION_VERSION_MINOR 2
#define PINION_VERSION_PATCH 0

#define PINION_VERSION_TEXT_OF(major, minor, patch) #major "." #minor "." #patch
#define PINION_VERSION_JOIN(major, minor, patch)    PINION_VERSION_TEXT_OF(major, minor, patch)
#define PINION_VERSION_TEXT \
	PINION_VERSION_JOIN(PINION_VERSION_MAJOR, PINION_VERSION_MINOR, PINION_VERSION_PATCH)

#endif /* PINION_VERSION_H */
