// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's page-table builder against a flat table: random maps and unmaps,
 * after each of which a walk as the contract describes it must find the same.
 */
#include "kshim.h"

#include "pinion_regs.h"
#include "pinion_pt.h"

#include "../tap.h"

#define BASE	  0x7fffe00000ull /* below a 512 GiB line: every level is crossed */
#define PAGES	  (4 * 512)
#define MEMORY	  (64u << 20)
#define HOST_BASE ((1ull << PINION_DMA_BITS) - (1ull << 39)) /* DMA addresses of all 57 bits */
#define TABLES	  (MEMORY / SZ_4K)

static uint64_t memory[TABLES][512];
static bool used[TABLES];
static unsigned int tables, budget;
static unsigned int zeroes, lies; /* tables freed as zero, and how many such tables were not */
static uint64_t flat[PAGES];	  /* address | prot of each page, 0 if none */

static int pt_alloc(void *ctx, u64 *addr, void **mem)
{
	unsigned int i = 0;

	(void)ctx;
	if (!budget)
		return -ENOSPC;
	while (used[i])
		i++;
	/* What a table holds when it is handed out is anything. */
	memset(memory[i], 0xff, sizeof(memory[i]));
	used[i] = true;
	tables++;
	budget--;
	*addr = (u64)i * SZ_4K;
	*mem = &used[i];
	return 0;
}

static void pt_free(void *ctx, void *mem, bool zero)
{
	const uint64_t *table = memory[(bool *)mem - used];

	(void)ctx;
	lies += zero && (table[0] || memcmp(table, table + 1, SZ_4K - 8));
	zeroes += zero;
	*(bool *)mem = false;
	tables--;
	budget++;
}

static void pt_zero(void *ctx, u64 addr)
{
	(void)ctx;
	memset((uint8_t *)memory + addr, 0, SZ_4K);
}

static void pt_store(void *ctx, u64 addr, const u64 *entries, unsigned int count)
{
	(void)ctx;
	memcpy((uint8_t *)memory + addr, entries, 8 * count);
}

static const struct pinion_pt_ops ops = {
	.alloc = pt_alloc,
	.free = pt_free,
	.zero = pt_zero,
	.write = pt_store,
};

static bool group_is_whole(const uint64_t *table, unsigned int i, u64 va)
{
	unsigned int first = i & ~15u, k;

	if (table[first] & PINION_PTE_ADDR & (SZ_64K - 1) || (va - (i - first) * SZ_4K) % SZ_64K)
		return false;
	for (k = 1; k < 16; k++)
		if (table[first + k] != table[first] + k * SZ_4K)
			return false;
	return true;
}

/*
 * As the card walks; all ones where the tables break the contract, or where the driver's own walk
 * meets another entry.
 */
static uint64_t walk(struct pinion_pt *pt, u64 va)
{
	u64 at = pt->root->addr, entry, met[PINION_PT_LEVELS];
	int level, lowest = PINION_PT_LEVELS - (int)pinion_pt_walk(pt, va, met);

	for (level = 3; level >= 0; level--) {
		unsigned int i = va >> PINION_PT_SHIFT(level) & 511;

		if (at >= MEMORY || !used[at / SZ_4K])
			return ~0ull;
		entry = memory[at / SZ_4K][i];
		if (level < lowest || met[PINION_PT_LEVELS - 1 - level] != entry)
			return ~0ull;
		if (!(entry & PINION_PTE_VALID))
			return entry ? ~0ull : 0;
		if (!(entry & PINION_PTE_LEAF)) {
			at = entry & PINION_PTE_ADDR;
			continue;
		}
		if (level > 1 || (entry & PINION_PTE_CONT64K &&
				  (level || !group_is_whole(memory[at / SZ_4K], i, va))))
			return ~0ull;
		if (level == 1 && entry & PINION_PTE_ADDR & (SZ_2M - 1))
			return ~0ull;
		if (entry & PINION_PTE_SPARSE)
			return entry & ~PINION_PTE_VALID;
		return (entry & ~(PINION_PTE_VALID | PINION_PTE_CONT64K)) +
		       (level ? va & (SZ_2M - 1) & ~0xfffull : 0);
	}
	return ~0ull;
}

static bool same(struct pinion_pt *pt)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		if (walk(pt, BASE + (u64)i * SZ_4K) != flat[i])
			return false;
	return !walk(pt, BASE - SZ_4K) && !walk(pt, BASE + (u64)PAGES * SZ_4K);
}

static void flat_map(unsigned int first, unsigned int n, u64 addr, u64 prot)
{
	for (; n--; addr += SZ_4K)
		flat[first++] = prot & PINION_PTE_SPARSE ? prot : addr | prot;
}

/**
 * struct op - a random operation
 * @first: number of the first page
 * @n: number of pages
 * @addr: MAP: address that the first page is mapped to
 * @prot: MAP: rights of the pages; 0 makes the operation an UNMAP
 */
struct op {
	unsigned int first;
	unsigned int n;
	u64 addr;
	u64 prot;
};

static struct op choose(void)
{
	static const unsigned int aligns[] = { 1, 16, 512 };
	unsigned int align = aligns[rand() % 3];
	struct op op = {
		.first = rand() % PAGES / align * align,
		.n = 1 + rand() % (rand() % 3 ? 40 : PAGES),
		.addr = (u64)(rand() % 100000) * align * SZ_4K,
	};

	op.n = min(op.n, PAGES - op.first);
	if (rand() % 3)
		op.prot = (1 + rand() % 7) << 1 | (rand() % 2 ? PINION_PTE_HOST : 0);
	if (op.prot & PINION_PTE_HOST)
		op.addr += HOST_BASE;
	if (op.prot && rand() % 4 == 0) {
		op.prot = PINION_PTE_SPARSE | PINION_PTE_READ | (rand() % 2 ? PINION_PTE_WRITE : 0);
		op.addr = BASE + (u64)op.first * SZ_4K;
	}
	return op;
}

static struct pinion_pt_plan plan_of(struct pinion_pt *pt, const struct op *op)
{
	struct pinion_pt_plan plan = { .region = ~0ull };
	u64 va = BASE + (u64)op->first * SZ_4K;

	if (op->prot & PINION_PTE_SPARSE)
		plan.sparse = op->prot & ~PINION_PTE_SPARSE;
	if (!op->prot) {
		pinion_pt_plan_unmap(pt, &plan, va, (u64)op->n * SZ_4K);
		return plan;
	}
	pinion_pt_plan_range(pt, &plan, va, (u64)op->n * SZ_4K);
	pinion_pt_plan_run(pt, &plan, va, op->addr, (u64)op->n * SZ_4K);
	return plan;
}

static void apply(struct pinion_pt *pt, const struct op *op)
{
	u64 va = BASE + (u64)op->first * SZ_4K;

	if (op->prot) {
		pinion_pt_map(pt, va, op->addr, (u64)op->n * SZ_4K, op->prot);
		flat_map(op->first, op->n, op->addr, op->prot);
	} else {
		pinion_pt_unmap(pt, va, (u64)op->n * SZ_4K);
		memset(&flat[op->first], 0, op->n * sizeof(flat[0]));
	}
}

/* One random operation; 0, or the error of its reservation. */
static int step(struct pinion_pt *pt)
{
	struct op op = choose();
	struct pinion_pt_plan plan = plan_of(pt, &op);
	int ret = pinion_pt_reserve(pt, &plan);

	if (!ret)
		apply(pt, &op);
	return ret;
}

/* Tables are put by for each operation long before it is done. */
static void late_steps(struct pinion_pt *pt)
{
	struct {
		struct op op;
		struct pinion_pt_spare spare;
	} late[8], *at;
	unsigned int i, wrong = 0, failed = 0;
	struct pinion_pt_plan plan;

	for (i = 0; i < 2008; i++) {
		at = &late[i % 8];
		if (i >= 8) {
			pinion_pt_take(pt, &at->spare);
			apply(pt, &at->op);
			wrong += !same(pt);
			pinion_pt_release(pt);
		}
		at->op = choose();
		plan = plan_of(NULL, &at->op);
		failed += pinion_pt_put_by(pt, &plan, &at->spare) != 0;
	}
	for (i = 0; i < 8; i++)
		pinion_pt_drop_spare(pt, &late[i].spare);
	tap_ok(!failed && !wrong, "2000 that were planned 8 before: %u walks differ", wrong);
}

static void random_steps(struct pinion_pt *pt)
{
	unsigned int i, wrong = 0, failed = 0;

	srand(1);
	for (i = 0; i < 4000; i++) {
		failed += step(pt) != 0;
		wrong += !same(pt);
		if (i % 3 == 0)
			pinion_pt_release(pt);
	}
	tap_ok(!failed && !wrong, "4000 random maps and unmaps: %u walks differ", wrong);
}

static void little_memory(struct pinion_pt *pt)
{
	unsigned int i, wrong = 0, failed = 0;

	for (i = 0; i < 2000; i++) {
		budget = rand() % 3;
		failed += step(pt) != 0;
		wrong += !same(pt);
		pinion_pt_release(pt);
	}
	budget = TABLES;
	tap_ok(failed && !wrong, "with hardly any memory: %u failed and changed nothing", failed);
}

static void leaf_sizes(struct pinion_pt *pt)
{
	struct pinion_pt_plan plan = { .region = ~0ull };
	unsigned int before;

	pinion_pt_unmap(pt, BASE, (u64)PAGES * SZ_4K);
	pinion_pt_release(pt);
	memset(flat, 0, sizeof(flat));
	tap_ok(tables == 1 && same(pt), "all unmapped: the root alone is left");
	before = tables;
	pinion_pt_plan_range(pt, &plan, BASE, 4 * SZ_2M);
	pinion_pt_plan_run(pt, &plan, BASE, 0, 4 * SZ_2M);
	tap_ok(plan.need[PINION_PT_UPPER] == 4, "upper tables planned: %u",
	       plan.need[PINION_PT_UPPER]);
	pinion_pt_reserve(pt, &plan);
	pinion_pt_map(pt, BASE, 0, 4 * SZ_2M, PINION_PTE_READ);
	pinion_pt_release(pt);
	flat_map(0, PAGES, 0, PINION_PTE_READ);
	tap_ok(tables == before + 4 && same(pt), "2 MiB pages need no level-0 table");
}

/* Tables go as soon as nothing is left in them, not only when their whole range is unmapped. */
static void page_by_page(struct pinion_pt *pt)
{
	unsigned int i, split = 0;

	for (i = 0; i < PAGES; i++) {
		struct pinion_pt_plan plan = { .region = ~0ull };
		u64 va = BASE + (u64)i * SZ_4K;

		pinion_pt_plan_unmap(pt, &plan, va, SZ_4K);
		split += plan.need[PINION_PT_LEAF];
		pinion_pt_reserve(pt, &plan);
		pinion_pt_unmap(pt, va, SZ_4K);
		pinion_pt_release(pt);
	}
	memset(flat, 0, sizeof(flat));
	tap_ok(tables == 1 && same(pt), "unmapped page by page: the root alone is left");
	tap_ok(split == PAGES / 512, "a table planned for each 2 MiB page, once: %u", split);
}

#define WIDE	   (1ull << 40)
#define WIDE_BYTES (5ull << 39) /* two entries and a half of the root */
#define WIDE_STEPS 40		/* operations that a walk must find the results of */

/**
 * struct wide - an operation on a large range
 * @va: first virtual address
 * @end: address after the last
 * @addr: what @va is mapped to, as in pinion_pt_map()
 * @prot: rights of the range; 0: an UNMAP
 */
struct wide {
	u64 va;
	u64 end;
	u64 addr;
	u64 prot;
};

static u64 wide_address(void)
{
	static const u64 units[] = { SZ_4K, SZ_2M, 1ull << 30, 1ull << 39 };
	u64 unit = units[rand() % 4], pages = (u64)rand() << 31 | rand();

	return WIDE + pages % (WIDE_BYTES / unit) * unit;
}

/* An UNMAP, a sparse MAP, or a MAP of up to 4 MiB of memory. */
static struct wide choose_wide(void)
{
	u64 a = wide_address(), b = wide_address();
	struct wide op = { .va = min(a, b), .end = max(a, b) };

	if (rand() % 5 == 0)
		op.end = op.va + (1 + rand() % 1024) * SZ_4K;
	if (op.end == op.va)
		op.end += SZ_4K;
	op.addr = op.va;
	if (op.end - op.va <= 2 * SZ_2M && rand() % 3)
		op.prot = PINION_PTE_READ | PINION_PTE_EXEC;
	else if (rand() % 3)
		op.prot = PINION_PTE_SPARSE | (u64)(1 + rand() % 3) << 1;
	return op;
}

static struct pinion_pt_plan plan_wide(struct pinion_pt *pt, const struct wide *op)
{
	struct pinion_pt_plan plan = { .region = ~0ull };

	if (op->prot & PINION_PTE_SPARSE)
		plan.sparse = op->prot & ~PINION_PTE_SPARSE;
	if (op->prot) {
		pinion_pt_plan_range(pt, &plan, op->va, op->end - op->va);
		pinion_pt_plan_run(pt, &plan, op->va, op->addr, op->end - op->va);
	} else {
		pinion_pt_plan_unmap(pt, &plan, op->va, op->end - op->va);
	}
	return plan;
}

static void apply_wide(struct pinion_pt *pt, const struct wide *op)
{
	if (op->prot)
		pinion_pt_map(pt, op->va, op->addr, op->end - op->va, op->prot);
	else
		pinion_pt_unmap(pt, op->va, op->end - op->va);
}

/* What the last of @n operations that covers an address maps there. */
static u64 wide_want(const struct wide *ops, unsigned int n, u64 va)
{
	while (n--)
		if (va >= ops[n].va && va < ops[n].end)
			return !ops[n].prot || ops[n].prot & PINION_PTE_SPARSE
				       ? ops[n].prot
				       : (ops[n].addr + va - ops[n].va) | ops[n].prot;
	return 0;
}

/* Walk to both sides of each end of each operation. */
static bool same_wide(struct pinion_pt *pt, const struct wide *ops, unsigned int n)
{
	unsigned int i, k;

	for (i = 0; i < n; i++) {
		u64 probes[] = { ops[i].va - SZ_4K, ops[i].va, ops[i].end - SZ_4K, ops[i].end,
				 (ops[i].va + ops[i].end) / 2 & ~0xfffull };

		for (k = 0; k < 5; k++)
			if (walk(pt, probes[k]) != wide_want(ops, n, probes[k]))
				return false;
	}
	return true;
}

/* The tables are planned for what is there; or for anything, and put by before. */
static int step_wide(struct pinion_pt *pt, const struct wide *op, bool by)
{
	struct pinion_pt_plan plan = plan_wide(by ? NULL : pt, op);
	struct pinion_pt_spare spare;
	int ret = by ? pinion_pt_put_by(pt, &plan, &spare) : pinion_pt_reserve(pt, &plan);

	if (by && ret)
		pinion_pt_drop_spare(pt, &spare);
	if (ret)
		return ret;
	if (by)
		pinion_pt_take(pt, &spare);
	apply_wide(pt, op);
	return 0;
}

static void wide_steps(struct pinion_pt *pt)
{
	unsigned int round, i, wrong = 0, failed = 0, most = 0, refused = 0;
	struct wide ops[WIDE_STEPS];

	for (round = 0; round < 300; round++) {
		for (i = 0; i < WIDE_STEPS; i++) {
			ops[i] = choose_wide();
			budget = round % 3 ? TABLES - tables : (unsigned int)rand() % 4;
			if (step_wide(pt, &ops[i], rand() % 3 == 0)) {
				failed += round % 3 != 0;
				refused++;
				ops[i].va = ops[i].end;
			}
			wrong += !same_wide(pt, ops, i + 1);
			if (rand() % 2)
				pinion_pt_release(pt);
		}
		pinion_pt_release(pt);
		most = max(most, tables);
		pinion_pt_unmap(pt, WIDE, WIDE_BYTES + (1ull << 39));
		pinion_pt_release(pt);
		wrong += tables != 1;
	}
	budget = TABLES - tables;
	tap_ok(!wrong && !failed, "12000 on 2.5 TiB: %u walks differ, %u failed", wrong, failed);
	tap_ok(refused > 100, "with hardly any memory: %u failed and changed nothing", refused);
	/* An end of a range leaves at most a table of each level. */
	tap_ok(most <= 1 + WIDE_STEPS * 2 * 3 + 6, "at most %u tables", most);
}

/*
 * What the driver wrote is lost, in all tables. A large sparse range, a page cut out of it and the
 * random operations before leave tables of each kind, shared ones included.
 */
static void lost_writes(struct pinion_pt *pt)
{
	struct wide ops[3] = {
		{ WIDE, WIDE + WIDE_BYTES, WIDE, PINION_PTE_SPARSE | PINION_PTE_READ },
		{ WIDE + SZ_4K, WIDE + 2 * SZ_4K, 0, 0 },
		{ WIDE + SZ_2M, WIDE + 3 * SZ_2M + SZ_4K, 16 * SZ_2M, PINION_PTE_READ },
	};
	unsigned int i, wrong = 0, failed = 0, blind;

	for (i = 0; i < 500; i++)
		failed += step(pt) != 0;
	for (i = 0; i < 3; i++)
		failed += step_wide(pt, &ops[i], false) != 0;
	pinion_pt_release(pt);
	for (i = 0; i < TABLES; i++)
		memset(memory[i], 0xa5, sizeof(memory[i]));
	blind = same(pt) + same_wide(pt, ops, 3);
	pinion_pt_rewrite(pt);
	wrong = !same(pt) + !same_wide(pt, ops, 3);
	tap_ok(!failed && !blind && !wrong, "all %u tables written again: %u ranges differ", tables,
	       wrong);
	pinion_pt_unmap(pt, BASE, (u64)PAGES * SZ_4K);
	pinion_pt_unmap(pt, WIDE, WIDE_BYTES);
	pinion_pt_release(pt);
	memset(flat, 0, sizeof(flat));
}

static void whole_space(struct pinion_pt *pt)
{
	struct wide all = { 0, 1ull << 48, 0, PINION_PTE_SPARSE | PINION_PTE_READ };
	struct wide page = { WIDE + SZ_4K, WIDE + 2 * SZ_4K, 0, 0 };
	int ret = step_wide(pt, &all, false);

	pinion_pt_release(pt);
	tap_ok(!ret && tables == 3 && walk(pt, BASE) == all.prot, "all addresses: %u tables",
	       tables);
	ret = step_wide(pt, &page, false);
	pinion_pt_release(pt);
	tap_ok(!ret && tables == 6 && !walk(pt, page.va) && walk(pt, page.end) == all.prot &&
		       walk(pt, page.va - SZ_4K) == all.prot && walk(pt, BASE) == all.prot,
	       "all addresses but one page: %u tables", tables);
	all.prot = 0;
	ret = step_wide(pt, &all, false);
	pinion_pt_release(pt);
	tap_ok(!ret && tables == 1, "nothing: %u table", tables);
}

int main(void)
{
	struct pinion_pt pt;

	tap_plan(17);
	budget = TABLES;
	if (pinion_pt_init(&pt, &ops, NULL))
		tap_bail("pinion_pt_init");
	random_steps(&pt);
	late_steps(&pt);
	little_memory(&pt);
	leaf_sizes(&pt);
	page_by_page(&pt);
	wide_steps(&pt);
	lost_writes(&pt);
	whole_space(&pt);
	pinion_pt_fini(&pt);
	tap_ok(!tables, "all tables are given back");
	tap_ok(zeroes > 500 && !lies, "%u tables were given back as zero, %u were not zero", zeroes,
	       lies);
	return tap_result();
}
