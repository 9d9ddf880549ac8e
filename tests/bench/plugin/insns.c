// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for QEMU that counts the guest's instructions between marks, in all
 * and by translation block. A mark is a no-operation with a displacement of our
 * own, see ../marks.h: it costs the guest one instruction and works anywhere.
 *
 * The option pause=MICROSECONDS holds the CPU for that long after each write to a device's
 * register by code of modules, so that a device which does not go by the guest's clock
 * answers before the guest goes on.
 *
 * The option out=FILE names the log. After each interval it gets a line "interval
 * INSTRUCTIONS KIND READS"; at a report mark a line "block ADDRESS LENGTH INSTRUCTIONS..."
 * for each block that ran in an interval since the last report, with one number for each
 * kind, and the line "report". LENGTH, in instructions, tells how often it ran. READS are
 * those of devices' registers by code of modules. An interval in which the block ran
 * that MARK_WITHOUT named is left out. The kinds are those of enum kind.
 *
 * Each instruction counts by itself, as the guest may leave a block in the middle: for an
 * exception and, under -icount, for an access to a device's register, which QEMU begins again
 * in a block of its own. One CPU only: nothing is locked.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../marks.h"
#include "compat.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/**
 * enum kind - what happened in an interval
 * @SLEPT: the CPU was halted
 * @SWITCHED: it was not, but the block ran that MARK_SWITCH named
 * @INTERRUPTED: neither, but the block ran that MARK_INTERRUPT named
 * @QUIET: none of these
 * @KINDS: how many there are
 */
enum kind { SLEPT, SWITCHED, INTERRUPTED, QUIET, KINDS };

#define MAX_BLOCKS (1u << 20)
#define MODULES	   0xffffffffc0000000ull /* where Linux puts them, and above */

/*
 * Blocks are the code at one address, numbered as they are met. The arrays are
 * as long as there may ever be blocks, since QEMU keeps pointers into @now, and
 * one for each member, since every interval goes through all of them.
 */
static struct {
	uint64_t address[MAX_BLOCKS];	     /* virtual, of the first instruction */
	uint32_t length[MAX_BLOCKS];	     /* in instructions */
	uint64_t begin[MAX_BLOCKS];	     /* what @now->ran was when the interval began */
	uint64_t counted[KINDS][MAX_BLOCKS]; /* in intervals since the last report */
} blocks;
static struct now {		  /* QEMU adds to these, since it started */
	uint64_t ran[MAX_BLOCKS]; /* instructions of each block */
	uint64_t halts;		  /* the CPU went to sleep */
} *now;
static uint32_t count;		    /* of blocks */
static GHashTable *numbers;	    /* address to the number plus 1 */
static uint64_t halts_begin;	    /* what @now->halts was when the interval began */
static uint64_t reads, reads_begin; /* of registers: now, when the interval began */
static int64_t unwanted = -1, switches = -1, interrupts = -1; /* blocks, or -1 */
static FILE *out;
static unsigned long pause_us; /* after a write to a register */

static void interval_begin(void)
{
	memcpy(blocks.begin, now->ran, count * sizeof(*now->ran));
	halts_begin = now->halts;
	reads_begin = reads;
}

static bool ran_in_interval(int64_t block)
{
	return block >= 0 && now->ran[block] != blocks.begin[block];
}

static enum kind kind_of_interval(void)
{
	if (now->halts != halts_begin)
		return SLEPT;
	if (ran_in_interval(switches))
		return SWITCHED;
	return ran_in_interval(interrupts) ? INTERRUPTED : QUIET;
}

static void interval_end(void)
{
	enum kind kind = kind_of_interval();
	uint64_t all = 0;
	uint32_t i;

	if (ran_in_interval(unwanted))
		return;
	for (i = 0; i < count; i++) {
		uint64_t n = now->ran[i] - blocks.begin[i];

		all += n;
		blocks.counted[kind][i] += n;
	}
	fprintf(out, "interval %" PRIu64 " %d %" PRIu64 "\n", all, kind, reads - reads_begin);
}

static void report(void)
{
	uint32_t i, kind;

	for (i = 0; i < count; i++) {
		uint64_t all = 0;

		for (kind = 0; kind < KINDS; kind++)
			all += blocks.counted[kind][i];
		if (!all)
			continue;
		fprintf(out, "block %" PRIx64 " %u", blocks.address[i], blocks.length[i]);
		for (kind = 0; kind < KINDS; kind++) {
			fprintf(out, " %" PRIu64, blocks.counted[kind][i]);
			blocks.counted[kind][i] = 0;
		}
		fprintf(out, "\n");
	}
	fprintf(out, "report\n");
	fflush(out);
}

static void memory_accessed(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr,
			    void *arg)
{
	struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, vaddr);

	if (!where || !qemu_plugin_hwaddr_is_io(where))
		return;
	if (!qemu_plugin_mem_is_store(info))
		reads++;
	else if (pause_us)
		g_usleep(pause_us);
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
	uint8_t data[sizeof(opcode) + sizeof(uint32_t)];
	uint32_t number;

	if (qemu_plugin_insn_size(insn) != sizeof(data))
		return 0;
	insn_read(insn, data, sizeof(data));
	if (memcmp(data, opcode, sizeof(opcode)))
		return 0;
	memcpy(&number, data + sizeof(opcode), sizeof(number));
	return number;
}

static bool insn_halts(const struct qemu_plugin_insn *insn)
{
	uint8_t opcode;

	if (qemu_plugin_insn_size(insn) != sizeof(opcode))
		return false;
	insn_read(insn, &opcode, sizeof(opcode));
	return opcode == 0xf4;
}

static uint32_t block_at(uint64_t address)
{
	uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(numbers, (gpointer)address));

	if (number)
		return number - 1;
	if (count == MAX_BLOCKS) {
		fprintf(stderr, "insns: more than %u blocks\n", MAX_BLOCKS);
		exit(1);
	}
	blocks.address[count] = address;
	g_hash_table_insert(numbers, (gpointer)address, GUINT_TO_POINTER(count + 1));
	return count++;
}

/* The kernel's text is within the uppermost 2 GiB: 32 bits name an address in it. */
static int64_t block_named_after(struct qemu_plugin_tb *tb, size_t i)
{
	if (i + 1 == qemu_plugin_tb_n_insns(tb))
		return -1;
	return block_at((int32_t)nop_number(qemu_plugin_tb_get_insn(tb, i + 1)));
}

static void translated_insn(struct qemu_plugin_tb *tb, size_t i, uint32_t block)
{
	struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
	uint32_t mark = nop_number(insn);

	count_insn(insn, offsetof(struct now, ran[block]), 1);
	/* Both, and told apart when it happens: asked for reads alone, QEMU 7.2 tells of writes. */
	if (qemu_plugin_insn_vaddr(insn) >= MODULES)
		qemu_plugin_register_vcpu_mem_cb(insn, memory_accessed, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
	if (insn_halts(insn))
		count_insn(insn, offsetof(struct now, halts), 1);
	if (mark == MARK_BEGIN || mark == MARK_END || mark == MARK_REPORT)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_executed, QEMU_PLUGIN_CB_NO_REGS,
						       GUINT_TO_POINTER(mark));
	if (mark == MARK_WITHOUT)
		unwanted = block_named_after(tb, i);
	if (mark == MARK_SWITCH)
		switches = block_named_after(tb, i);
	if (mark == MARK_INTERRUPT)
		interrupts = block_named_after(tb, i);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, insns = qemu_plugin_tb_n_insns(tb);
	uint32_t block = block_at(qemu_plugin_tb_vaddr(tb));

	/* Under -icount a block may be translated once more, up to a timer's time only. */
	if (blocks.length[block] < insns)
		blocks.length[block] = insns;
	for (i = 0; i < insns; i++)
		translated_insn(tb, i, block);
}

static void cpu_added(qemu_plugin_id_t id, unsigned int cpu)
{
	now = counters_get();
}

static bool option_taken(const char *option)
{
	char *end;

	if (g_str_has_prefix(option, "out=")) {
		out = fopen(option + strlen("out="), "w");
		if (!out)
			perror(option);
		return out;
	}
	if (!g_str_has_prefix(option, "pause="))
		return false;
	pause_us = strtoul(option + strlen("pause="), &end, 10);
	return !*end && pause_us <= G_USEC_PER_SEC;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	int i;

	if (!info->system_emulation || info->system.max_vcpus != 1) {
		fprintf(stderr, "insns: counts on a system with one CPU only\n");
		return -1;
	}
	for (i = 0; i < argc; i++)
		if (!option_taken(argv[i])) {
			fprintf(stderr, "insns: option '%s' is not known\n", argv[i]);
			return -1;
		}
	if (!out) {
		fprintf(stderr, "insns: needs out=FILE\n");
		return -1;
	}
	counters_init(sizeof(*now));
	numbers = g_hash_table_new(g_direct_hash, g_direct_equal);
	qemu_plugin_register_vcpu_init_cb(id, cpu_added);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
