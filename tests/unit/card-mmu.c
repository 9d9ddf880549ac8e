// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address translation against a second walker that was written from the contract's text alone:
 * random tables, broken ones among them, and what must happen when tables change.
 */
#include "card_fixture.h"

#define PAGES	64
#define POOL	(4u << 20) /* device address of the random tables */
#define LOOKUPS 300000

struct answer {
	bool ok, host, sparse;
	uint64_t addr;
};

static uint64_t bits(uint64_t v, unsigned int high, unsigned int low)
{
	return v >> low & ((2ull << (high - low)) - 1);
}

/* Bit by bit as "Page tables" in pinion_regs.h says. */
static struct answer reference(const uint8_t *memory, uint64_t root, uint64_t va, uint32_t access)
{
	const struct answer fault = { 0 };
	uint64_t table = bits(root, 56, 12) << 12, e = root;
	int level;

	if (bits(va, 63, 48) || !(root & 1) || table >= FX_MEMORY)
		return fault;
	for (level = 3; level >= 0; level--) {
		uint64_t slot = bits(va, 20 + 9 * level, 12 + 9 * level);
		uint64_t size = 1ull << (12 + 9 * level);
		bool r, w, x;

		memcpy(&e, memory + table + slot * 8, 8);
		if (!bits(e, 0, 0) || bits(e, 63, 57) || bits(e, 11, 7))
			return fault;
		table = bits(e, 56, 12) << 12;
		r = bits(e, 1, 1);
		w = bits(e, 2, 2);
		x = bits(e, 3, 3);
		if (!r && !w && !x) {
			if (bits(e, 6, 4) || table >= FX_MEMORY)
				return fault;
			continue;
		}
		if (level > 1 || table % size)
			return fault;
		if (bits(e, 5, 5) && (level == 1 || bits(table, 15, 12) != bits(va, 15, 12)))
			return fault;
		if (bits(e, 6, 6) && (x || bits(e, 5, 4) || table))
			return fault;
		if (!bits(e, 4, 4) && table + size > FX_MEMORY)
			return fault;
		if ((access & PINION_ACCESS_READ && !r) || (access & PINION_ACCESS_WRITE && !w) ||
		    (access & PINION_ACCESS_EXEC && !x))
			return fault;
		return (struct answer){ true, bits(e, 4, 4), bits(e, 6, 6), table + va % size };
	}
	return fault;
}

/* An entry of a table of level @level; the pool's quarters hold tables of one level each. */
static uint64_t random_entry(uint64_t *seed, unsigned int level)
{
	uint64_t r = fx_random(seed), e = PINION_PTE_VALID;

	if (r % 64 == 0)
		return fx_random(seed);
	if (r % 64 == 1)
		return 0;
	if (level && r % 64 < (level > 1 ? 60 : 30))
		return e | (POOL + ((level - 1) * PAGES / 4 + (r >> 8) % (PAGES / 4)) * 4096);
	e |= (r >> 20) % 8 * PINION_PTE_READ | (r >> 40) % (FX_MEMORY / 4096 + 8) << 12;
	if (r >> 24 & 1)
		e |= PINION_PTE_HOST;
	if (r >> 25 & 1)
		e |= PINION_PTE_CONT64K;
	if ((r >> 28) % 16 == 0)
		e = (e & ~(PINION_PTE_ADDR | PINION_PTE_CONT64K | PINION_PTE_HOST)) |
		    PINION_PTE_SPARSE;
	if ((r >> 28) % 32 == 0) /* an entry without EXEC is valid more often */
		e &= ~PINION_PTE_EXEC;
	if (level && r >> 26 & 1)
		e &= ~(0x1ff000ull | PINION_PTE_CONT64K);
	if ((r >> 27) % 32 == 0)
		e |= 1ull << (r >> 32) % 64;
	return e;
}

static void fill_tables(struct fixture *fx, uint64_t *seed)
{
	uint64_t *t = (uint64_t *)(fx->memory + POOL);
	unsigned int i;

	for (i = 0; i < PAGES * 512; i++)
		t[i] = random_entry(seed, i / 512 / (PAGES / 4));
}

static unsigned int compare(struct fixture *fx, uint32_t vm, uint64_t root, uint64_t *seed,
			    unsigned int n, unsigned int *hits)
{
	unsigned int wrong = 0;

	while (n--) {
		uint64_t va = fx_random(seed) >> (fx_random(seed) % 4 ? 16 : 12);
		uint32_t access = fx_random(seed) % 7 + 1;
		struct answer want = reference(fx->memory, root, va, access);
		struct mmu_run run;
		bool ok = mmu_translate(fx->card, vm, va, access, &run);

		*hits += ok;
		wrong += ok != want.ok;
		if (ok && want.sparse)
			wrong += !run.host || !(run.addr & MMU_NOWHERE);
		else if (ok)
			wrong += run.addr != want.addr || run.host != want.host;
	}
	return wrong;
}

static void test_random(struct fixture *fx)
{
	uint64_t seed = 7;
	unsigned int round, wrong = 0, hits = 0;

	for (round = 0; round < 10; round++) {
		uint32_t vm = round + 1;
		uint64_t root = (POOL + (48 + fx_random(&seed) % 16) * 4096) | PINION_PTE_VALID;

		fill_tables(fx, &seed);
		mmu_set_root(fx->card, vm, root);
		mmu_invalidate(fx->card, 0);
		wrong += compare(fx, vm, root, &seed, LOOKUPS / 10, &hits);
	}
	tap_ok(!wrong && hits > LOOKUPS / 10 && hits < LOOKUPS - LOOKUPS / 20,
	       "%u random look-ups as the reference says, %u of them hit", LOOKUPS, hits);
}

static void test_roots(struct fixture *fx)
{
	struct mmu_run run;

	tap_ok(!mmu_translate(fx->card, 200, FX_DEV_VA, 1, &run), "no root: fault");
	mmu_set_root(fx->card, 200, FX_MEMORY | PINION_PTE_VALID);
	tap_ok(!mmu_translate(fx->card, 200, FX_DEV_VA, 1, &run), "root beyond memory: fault");
	mmu_set_root(fx->card, 200, PINION_PTE_ADDR | PINION_PTE_VALID);
	tap_ok(!mmu_translate(fx->card, 200, FX_DEV_VA, 1, &run), "root at the top: fault");
}

/* The last entry of device memory's last 2 MiB, and one beyond. */
static void test_edges(struct fixture *fx)
{
	struct mmu_run run;
	uint64_t last = FX_MEMORY - (2u << 20);

	fx_vm(fx, 50);
	fx_map(fx, 50, 0x10000000, last, 1, RWX);
	fx_map(fx, 50, 0x10200000, FX_MEMORY, 1, RWX);
	fx_map(fx, 50, 0xfffffffff000ull, FX_MEMORY - 4096, 0, RWX);
	tap_ok(mmu_translate(fx->card, 50, 0x101fffff, 7, &run) && run.addr == FX_MEMORY - 1 &&
		       run.bytes == 1,
	       "the last byte of memory");
	tap_ok(!mmu_translate(fx->card, 50, 0x10200000, 1, &run), "the one behind it faults");
	tap_ok(mmu_translate(fx->card, 50, 0xffffffffffffull, 7, &run) && run.addr == FX_MEMORY - 1,
	       "the last virtual byte");
	tap_ok(!mmu_translate(fx->card, 50, 1ull << 48, 1, &run) &&
		       !mmu_translate(fx->card, 50, UINT64_MAX, 1, &run),
	       "beyond 2^48: fault");
}

static void test_spans(struct fixture *fx)
{
	struct mmu_run run;

	fx_vm(fx, 51);
	tap_ok(mmu_span(fx->card, 51, FX_DEV_VA + 100, 6u << 20, 1, &run) &&
		       run.bytes == 6u << 20 && run.addr == FX_DEV_AT + 100,
	       "2 MiB leaves join");
	tap_ok(mmu_span(fx->card, 51, FX_HOST_VA + 1, FX_HOST_MAPPED * 2, 1, &run) && run.host &&
		       run.bytes == FX_HOST_MAPPED - 1,
	       "4 KiB leaves join up to the end of the mapping");
	fx_map(fx, 51, FX_HOST_VA + 0x3000, FX_HOST_BASE, 0, RWX | PINION_PTE_HOST);
	mmu_invalidate(fx->card, 51);
	tap_ok(mmu_span(fx->card, 51, FX_HOST_VA, FX_HOST_MAPPED, 1, &run) && run.bytes == 0x3000,
	       "a run ends where addresses jump");
}

static void test_invalidate(struct fixture *fx)
{
	uint64_t *pte;
	struct mmu_run run;
	bool before, other;

	fx_vm(fx, 60);
	fx_vm(fx, 61);
	pte = fx_pte(fx, 60, FX_HOST_VA, 0);
	mmu_translate(fx->card, 60, FX_HOST_VA, 1, &run);
	*pte = 0;
	fx_wr(fx, PINION_REG_MMU_INV_VM, 61);
	fx_wr(fx, PINION_REG_MMU_INV_CTRL, 1);
	before = mmu_translate(fx->card, 60, FX_HOST_VA, 1, &run);
	other = mmu_translate(fx->card, 61, FX_HOST_VA, 1, &run);
	fx_wr(fx, PINION_REG_MMU_INV_VM, 60);
	fx_wr(fx, PINION_REG_MMU_INV_CTRL, 1);
	tap_ok(before && other && !mmu_translate(fx->card, 60, FX_HOST_VA, 1, &run),
	       "a removed translation is used no more after INV_CTRL of its address space");
	tap_ok(!fx_rd(fx, PINION_REG_MMU_INV_CTRL), "INV_CTRL reads 0 then");
	tap_ok(!mmu_translate(fx->card, 61, 0x123000, 1, &run), "no mapping: fault");
	fx_map(fx, 61, 0x123000, 0x9000, 0, PINION_PTE_READ);
	tap_ok(mmu_translate(fx->card, 61, 0x123000, 1, &run), "a fault is not cached");
}

/* Sparse pages beside real ones: what comes from them is zero, what goes there is gone. */
static void test_sparse(struct fixture *fx)
{
	const uint64_t rw = PINION_PTE_READ | PINION_PTE_WRITE | PINION_PTE_SPARSE, va = 0x20000000;
	uint8_t in[8192], out[8192], zero[4096] = { 0 };
	struct pinion_fault_record f;
	struct mmu_run run;

	fx_vm(fx, 52);
	fx_map(fx, 52, va, 0, 0, rw);
	fx_map(fx, 52, va + 4096, FX_DEV_AT, 0, RWX);
	fx_map(fx, 52, va + 8192, 0, 0, PINION_PTE_READ | PINION_PTE_SPARSE);
	fx_map(fx, 52, 0x40000000 - (2u << 20), 0, 1, rw);
	memset(in, 0xa5, sizeof(in));
	memset(out, 1, sizeof(out));
	tap_ok(!mmu_write(fx->card, 52, va, in, 8192, &f) &&
		       !mmu_read(fx->card, 52, va, out, 8192, &f) && !memcmp(out, zero, 4096) &&
		       !memcmp(out + 4096, in, 4096),
	       "a write across a sparse and a real page: the first half is forgotten");
	tap_ok(mmu_write(fx->card, 52, va + 8192, in, 8, &f) == PINION_STATUS_PAGE_FAULT &&
		       f.va == va + 8192,
	       "without WRITE it faults");
	tap_ok(!mmu_translate(fx->card, 52, va, PINION_ACCESS_EXEC, &run), "it cannot be executed");
	fx->card->config.without_caps = PINION_CAP_SPARSE;
	mmu_invalidate(fx->card, 52);
	tap_ok(!mmu_translate(fx->card, 52, va, PINION_ACCESS_READ, &run),
	       "a card without the capability refuses the entry");
	fx->card->config.without_caps = 0;
	tap_ok(mmu_span(fx->card, 52, 0x40000000 - (2u << 20), 2u << 20, 3, &run) &&
		       run.bytes == 2u << 20,
	       "2 MiB at a time");
	fx_map(fx, 52, va + 12288, 0, 0, rw | PINION_PTE_HOST);
	fx_map(fx, 52, va + 16384, 4096, 0, rw);
	fx_map(fx, 52, va + 20480, 0, 0, rw | PINION_PTE_CONT64K);
	fx_map(fx, 52, va + 24576, 0, 0, rw | PINION_PTE_EXEC);
	tap_ok(!mmu_translate(fx->card, 52, va + 12288, 1, &run) &&
		       !mmu_translate(fx->card, 52, va + 16384, 1, &run) &&
		       !mmu_translate(fx->card, 52, va + 20480, 1, &run) &&
		       !mmu_translate(fx->card, 52, va + 24576, 1, &run),
	       "HOST, an address, CONT64K or EXEC make it malformed");
}

int main(void)
{
	struct fixture *fx = fx_new(2, NULL);

	tap_plan(21);
	test_random(fx);
	test_roots(fx);
	test_edges(fx);
	test_spans(fx);
	test_sparse(fx);
	test_invalidate(fx);
	fx_free(fx);
	return tap_result();
}
