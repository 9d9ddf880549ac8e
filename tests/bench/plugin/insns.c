// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A QEMU plugin that counts the instructions of the guest between marks, in total and for each
 * translation block. A mark is a nopl with a special displacement (see ../marks.h), which costs the
 * guest one instruction and works in any code.
 *
 * The option pause=MICROSECONDS holds the CPU for that long after each write of a kernel module to
 * a device register. A device that does not go by the guest's clock then answers before the guest
 * goes on.
 *
 * The option out=FILE names the log. Each interval adds a line "interval INSTRUCTIONS KIND READS".
 * A report mark adds a line "block ADDRESS LENGTH INSTRUCTIONS..." for each block that ran in an
 * interval since the last report, and then the line "report". KIND is a value of enum kind; a block
 * line has a number of INSTRUCTIONS for each kind. READS counts the reads of device registers by
 * kernel modules. INSTRUCTIONS divided by LENGTH, which is in instructions, is how often the block
 * ran. An interval in which the function of MARK_WITHOUT ran is left out.
 *
 * Each instruction is counted by itself, as the guest may leave a block in the middle: by an
 * exception or, under -icount, by an access to a device register, which QEMU begins again in a
 * block of its own. There is only one CPU, so nothing is locked.
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
 * enum kind - what happened in an interval; the first kind that fits counts
 * @SLEPT: the CPU was halted
 * @SWITCHED: the function of MARK_SWITCH ran
 * @INTERRUPTED: the function of MARK_INTERRUPT ran
 * @QUIET: nothing of the above happened
 * @KINDS: number of kinds
 */
enum kind { SLEPT, SWITCHED, INTERRUPTED, QUIET, KINDS };

#define MAX_BLOCKS (1u << 20)
#define MODULES	   0xffffffffc0000000ull /* lowest address of code in kernel modules */

/*
 * A block is the code at one address; blocks are numbered in the order in which they first run. The
 * arrays have their full length from the start, as QEMU keeps pointers into @now. Each member has
 * an array of its own, as every interval goes through all blocks.
 */
static struct {
	uint64_t address[MAX_BLOCKS];	     /* virtual address of the first instruction */
	uint32_t length[MAX_BLOCKS];	     /* length in instructions */
	uint64_t begin[MAX_BLOCKS];	     /* value of @now->ran when the interval began */
	uint64_t counted[KINDS][MAX_BLOCKS]; /* instructions in intervals since the last report */
} blocks;
static struct now {		  /* counters that QEMU increments from its start on */
	uint64_t ran[MAX_BLOCKS]; /* instructions executed in each block */
	uint64_t halts;		  /* how often the CPU was halted */
} *now;
static uint32_t count;		    /* number of blocks */
static GHashTable *numbers;	    /* from the address of a block to its number plus 1 */
static uint64_t halts_begin;	    /* value of @now->halts when the interval began */
static uint64_t reads, reads_begin; /* reads of registers, now and when the interval began */
/* Blocks of the functions that marks named; -1: none was named. */
static int64_t unwanted = -1, switches = -1, interrupts = -1;
static FILE *out;
static unsigned long pause_us; /* pause after a write to a register in microseconds */

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

/* The displacement of nopl DISP32(%rax), which is encoded as 0f 1f 80 DISP32; 0: not a nopl. */
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

/* The kernel's code lies in the uppermost 2 GiB, so the low 32 bits of an address name it. */
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
	/* Ask for both kinds of access, as QEMU 7.2 reports writes when asked for reads alone. */
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

	/* Under -icount a block may be translated once more and end early, before a timer fires. */
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
