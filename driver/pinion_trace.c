// SPDX-License-Identifier: GPL-2.0
/* Where the tracepoints live. */
#define CREATE_TRACE_POINTS
#include "pinion_trace.h"
