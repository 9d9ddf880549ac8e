// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiles with every QEMU. If not, the answers of the other probes are worthless. */
#include <qemu-plugin.h>

size_t probe(const struct qemu_plugin_insn *insn);

size_t probe(const struct qemu_plugin_insn *insn)
{
	return qemu_plugin_insn_size(insn);
}
