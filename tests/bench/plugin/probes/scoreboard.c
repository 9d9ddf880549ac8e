// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU owns the memory of counters that instructions increment, and calls it a scoreboard. */
#include <qemu-plugin.h>

void probe(struct qemu_plugin_tb *tb, qemu_plugin_u64 counter);

void probe(struct qemu_plugin_tb *tb, qemu_plugin_u64 counter)
{
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64, counter,
							  1);
}
