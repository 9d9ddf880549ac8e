// SPDX-License-Identifier: GPL-2.0
/* Defines the tracepoints that pinion_trace.h declares. */
#define CREATE_TRACE_POINTS
#include "pinion_trace.h"
