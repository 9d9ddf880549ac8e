/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What io_uring learnt after Debian 12, and how to know whether the kernel has it. */
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

/* A kernel without multishot commands refuses buffers for any command, whatever the driver. */
static inline bool multishot_is_known(struct rig *rig)
{
	rig_sqe(rig, 0, 0)->flags = IOSQE_BUFFER_SELECT;
	rig_submit(rig);
	return rig_wait(rig).res != -EOPNOTSUPP;
}

#endif
