/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Constants of io_uring that are newer than the headers of Debian 12, and a test for multishot. */
#ifndef PINION_URING_MULTISHOT_H
#define PINION_URING_MULTISHOT_H

#include <stdlib.h>

#include "rig.h"

#ifndef IORING_URING_CMD_MULTISHOT
#define IORING_URING_CMD_MULTISHOT (1u << 1)
#endif
#ifndef IORING_SETUP_CQE_MIXED
#define IORING_SETUP_CQE_MIXED (1u << 18)
#define IORING_CQE_F_SKIP      (1u << 5)
#define IORING_CQE_F_32	       (1u << 15)
#endif

/* io_uring itself refuses buffers for a command if the kernel has no multishot commands. */
static inline bool multishot_is_known(struct rig *rig)
{
	rig_sqe(rig, 0, 0)->flags = IOSQE_BUFFER_SELECT;
	rig_submit(rig);
	return rig_wait(rig).res != -EOPNOTSUPP;
}

#endif
