/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hides the differences between the plugin interfaces of QEMU 7.2 to 10: how counters are
 * incremented, and how an instruction is read. QEMU_HAS_* are the answers of the compiler to
 * probes/.
 */
#ifndef INSNS_COMPAT_H
#define INSNS_COMPAT_H

#include <glib.h>
#include <string.h>

#include <qemu-plugin.h>

#include "plugin_probes.h"

#ifdef QEMU_HAS_SCOREBOARD

static struct qemu_plugin_scoreboard *score;

/**
 * counters_init() - allocate the memory of the counters, before QEMU creates the CPU
 * @bytes: size of the memory
 */
static inline void counters_init(size_t bytes)
{
	score = qemu_plugin_scoreboard_new(bytes);
}

/**
 * counters_get() - find the memory of the counters, once QEMU has created the only CPU
 *
 * Return: memory that was zero at first, and never moves.
 */
static inline void *counters_get(void)
{
	return qemu_plugin_scoreboard_find(score, 0);
}

/**
 * count_insn() - increment a counter each time an instruction is executed
 * @insn: instruction that is being translated
 * @offset: offset of the 64-bit counter in the memory of counters_get()
 * @n: increment of the counter
 */
static inline void count_insn(struct qemu_plugin_insn *insn, size_t offset, uint64_t n)
{
	qemu_plugin_u64 counter = { score, offset };

	qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							    counter, n);
}

#else

static char *counters;

static inline void counters_init(size_t bytes)
{
	counters = g_malloc0(bytes);
}

static inline void *counters_get(void)
{
	return counters;
}

static inline void count_insn(struct qemu_plugin_insn *insn, size_t offset, uint64_t n)
{
	qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
						   counters + offset, n);
}

#endif

/**
 * insn_read() - copy the first bytes of an instruction
 * @insn: the instruction
 * @to: out: the bytes
 * @bytes: number of bytes; the instruction has at least that many
 */
static inline void insn_read(const struct qemu_plugin_insn *insn, void *to, size_t bytes)
{
#ifdef QEMU_HAS_INSN_COPY
	qemu_plugin_insn_data(insn, to, bytes);
#else
	memcpy(to, qemu_plugin_insn_data(insn), bytes);
#endif
}

#endif
