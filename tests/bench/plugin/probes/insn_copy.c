// SPDX-License-Identifier: GPL-2.0-or-later
/* qemu_plugin_insn_data() copies the instruction; in older QEMU it returns a pointer. */
#include <qemu-plugin.h>

size_t probe(const struct qemu_plugin_insn *insn, void *data, size_t size);

size_t probe(const struct qemu_plugin_insn *insn, void *data, size_t size)
{
	return qemu_plugin_insn_data(insn, data, size);
}
