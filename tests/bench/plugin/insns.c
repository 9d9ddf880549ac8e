// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for QEMU that counts the guest's instructions between marks, in all
 * and by translation block. A mark is a no-operation with a displacement of our
 * own, see ../marks.h: it costs the guest one instruction and works anywhere.
 *
 * The option out=FILE names the log. After each interval it gets a line "interval
 * INSTRUCTIONS HALTS WATCHED"; at a report mark a line "block ADDRESS INSTRUCTIONS" for each
 * block that ran in an interval since the last report, and the line "report". An
 * interval in which the block ran that MARK_WITHOUT named is left out. WATCHED is 0
 * if the block that MARK_WATCH named did not run.
 *
 * A block counts when it is entered: an exception in the middle of one makes
 * the count too high by the rest of the block. One CPU only: nothing is locked.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include <qemu-plugin.h>

#include "../marks.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/**
 * struct block - the code at one address
 * @address: virtual, of its first instruction
 * @ran: instructions, since QEMU started
 * @begin: what @ran was when the interval began
 * @counted: instructions within intervals since the last report
 */
struct block {
	uint64_t address;
	uint64_t ran;
	uint64_t begin;
	uint64_t counted;
};

static GHashTable *blocks;
static uint64_t halts, halts_begin;	/* the CPU went to sleep: now, when the interval began */
static struct block *unwanted, *watched;
static FILE *out;

static void interval_begin(void)
{
	struct block *block;
	GHashTableIter it;

	g_hash_table_iter_init(&it, blocks);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&block))
		block->begin = block->ran;
	halts_begin = halts;
}

static void interval_end(void)
{
	struct block *block;
	GHashTableIter it;
	uint64_t all = 0;

	if (unwanted && unwanted->ran != unwanted->begin)
		return;
	g_hash_table_iter_init(&it, blocks);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&block)) {
		all += block->ran - block->begin;
		block->counted += block->ran - block->begin;
	}
	fprintf(out, "interval %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", all, halts - halts_begin,
		watched ? watched->ran - watched->begin : 0);
}

static void report(void)
{
	struct block *block;
	GHashTableIter it;

	g_hash_table_iter_init(&it, blocks);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&block)) {
		if (block->counted)
			fprintf(out, "block %" PRIx64 " %" PRIu64 "\n", block->address,
				block->counted);
		block->counted = 0;
	}
	fprintf(out, "report\n");
	fflush(out);
}

static void mark_executed(unsigned int vcpu, void *mark)
{
	switch (GPOINTER_TO_UINT(mark)) {
	case MARK_BEGIN:
		interval_begin();
		break;
	case MARK_END:
		interval_end();
		break;
	case MARK_REPORT:
		report();
		break;
	}
}

/* nopl DISP32(%rax) is 0f 1f 80 and the displacement; 0 for anything else. */
static uint32_t nop_number(const struct qemu_plugin_insn *insn)
{
	static const uint8_t opcode[] = { 0x0f, 0x1f, 0x80 };
	const uint8_t *data = qemu_plugin_insn_data(insn);
	uint32_t number;

	if (qemu_plugin_insn_size(insn) != sizeof(opcode) + sizeof(number) ||
	    memcmp(data, opcode, sizeof(opcode)))
		return 0;
	memcpy(&number, data + sizeof(opcode), sizeof(number));
	return number;
}

static bool insn_halts(const struct qemu_plugin_insn *insn)
{
	const uint8_t *data = qemu_plugin_insn_data(insn);

	return qemu_plugin_insn_size(insn) == 1 && *data == 0xf4;
}

static struct block *block_at(uint64_t address)
{
	struct block *block = g_hash_table_lookup(blocks, &address);

	if (!block) {
		block = g_new0(struct block, 1);
		block->address = address;
		g_hash_table_insert(blocks, &block->address, block);
	}
	return block;
}

/* The kernel's text is within the uppermost 2 GiB: 32 bits name an address in it. */
static struct block *block_named_after(struct qemu_plugin_tb *tb, size_t i)
{
	if (i + 1 == qemu_plugin_tb_n_insns(tb))
		return NULL;
	return block_at((int32_t)nop_number(qemu_plugin_tb_get_insn(tb, i + 1)));
}

static void translated_insn(struct qemu_plugin_tb *tb, size_t i)
{
	struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
	uint32_t mark = nop_number(insn);

	if (insn_halts(insn))
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &halts, 1);
	if (mark == MARK_BEGIN || mark == MARK_END || mark == MARK_REPORT)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_executed,
						       QEMU_PLUGIN_CB_NO_REGS,
						       GUINT_TO_POINTER(mark));
	if (mark == MARK_WITHOUT)
		unwanted = block_named_after(tb, i);
	if (mark == MARK_WATCH)
		watched = block_named_after(tb, i);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, count = qemu_plugin_tb_n_insns(tb);
	struct block *block = block_at(qemu_plugin_tb_vaddr(tb));

	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &block->ran,
						 count);
	for (i = 0; i < count; i++)
		translated_insn(tb, i);
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
					   int argc, char **argv)
{
	if (!info->system_emulation || info->system.max_vcpus != 1) {
		fprintf(stderr, "insns: counts on a system with one CPU only\n");
		return -1;
	}
	if (argc != 1 || !g_str_has_prefix(argv[0], "out=")) {
		fprintf(stderr, "insns: needs out=FILE and nothing else\n");
		return -1;
	}
	out = fopen(argv[0] + strlen("out="), "w");
	if (!out) {
		perror(argv[0]);
		return -1;
	}
	blocks = g_hash_table_new(g_int64_hash, g_int64_equal);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
