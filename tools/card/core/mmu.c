// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address translation: a walk of page tables in device memory that trusts no entry, and a
 * direct-mapped cache of the leaves found.
 */
#include "card_int.h"

#define PTE_KNOWN                                                                 \
	(PINION_PTE_ADDR | PINION_PTE_VALID | PINION_PTE_LEAF | PINION_PTE_HOST | \
	 PINION_PTE_CONT64K | PINION_PTE_SPARSE)
#define PTE_SPARSE  (PINION_PTE_VALID | PINION_PTE_READ | PINION_PTE_WRITE | PINION_PTE_SPARSE)
#define ENTRY_MASK  511u
#define SUB64K_MASK 0xf000ull /* address bits that choose a 4 KiB page in a 64 KiB page */
#define KEY_VALID   (1ull << 63)

_Static_assert(PINION_ACCESS_READ << 1 == PINION_PTE_READ &&
		       PINION_ACCESS_WRITE << 1 == PINION_PTE_WRITE &&
		       PINION_ACCESS_EXEC << 1 == PINION_PTE_EXEC,
	       "access bits are PTE bits, shifted");

/* Fill in @f; returns @status, so that a caller can return what this returns. */
uint32_t mmu_fault(struct pinion_fault_record *f, uint32_t status, uint64_t va, uint32_t access)
{
	f->status = status;
	f->va = va;
	f->access = access;
	return status;
}

/* A leaf must have a size that exists, be aligned, and lie in device memory or in the host's. */
static bool leaf_valid(const struct card *card, uint64_t pte, unsigned int level, uint64_t va)
{
	uint64_t bytes = 1ull << PINION_PT_SHIFT(level);
	uint64_t addr = pte & PINION_PTE_ADDR;

	if (level > 1 || addr & (bytes - 1))
		return false;
	if (pte & PINION_PTE_SPARSE)
		return !(pte & ~PTE_SPARSE) && card_caps(card) & PINION_CAP_SPARSE;
	if (pte & PINION_PTE_CONT64K && (level || (addr ^ va) & SUB64K_MASK))
		return false;
	if (pte & PINION_PTE_HOST)
		return true;
	return addr < card->config.memory_bytes && bytes <= card->config.memory_bytes - addr;
}

static bool table_valid(const struct card *card, uint64_t pte)
{
	/* Device memory is a multiple of 2 MiB: a page that starts in it lies in it. */
	return !(pte & (PINION_PTE_HOST | PINION_PTE_CONT64K | PINION_PTE_SPARSE)) &&
	       (pte & PINION_PTE_ADDR) < card->config.memory_bytes;
}

static bool mmu_walk(const struct card *card, uint32_t vm, uint64_t va, struct tlb_entry *e)
{
	uint64_t pte = card->s.vms[vm].root;
	unsigned int level = PINION_PT_LEVELS;

	if (!(pte & PINION_PTE_VALID) || !table_valid(card, pte))
		return false;

	while (level--) {
		uint64_t index = va >> PINION_PT_SHIFT(level) & ENTRY_MASK;

		memcpy(&pte, card->config.memory + (pte & PINION_PTE_ADDR) + 8 * index, 8);
		if (!(pte & PINION_PTE_VALID) || pte & ~PTE_KNOWN)
			return false;
		if (pte & PINION_PTE_LEAF) {
			e->pte = pte;
			e->leaf_bytes = 1ull << PINION_PT_SHIFT(level);
			return leaf_valid(card, pte, level, va);
		}
		if (!table_valid(card, pte))
			return false;
	}
	return false; /* a table of level 0 must hold leaves only */
}

static struct tlb_entry *tlb_slot(struct card *card, uint64_t key)
{
	return &card->tlb[(key ^ key >> 36 ^ key >> 9) % CARD_TLB_ENTRIES];
}

/**
 * mmu_translate() - translate an address of an address space
 * @card: the card
 * @vm: address space
 * @va: address to translate
 * @access: PINION_ACCESS_* bits, all of which must be allowed
 * @run: out: the place in memory, and the number of bytes up to the end of the page
 *
 * Return: false if there is no mapping that allows @access
 */
bool mmu_translate(struct card *card, uint32_t vm, uint64_t va, uint32_t access,
		   struct mmu_run *run)
{
	uint64_t key = KEY_VALID | (uint64_t)vm << 36 | va >> 12;
	struct tlb_entry *e = tlb_slot(card, key);
	uint64_t offset;

	if (va >> PINION_VA_BITS)
		return false;
	if (e->key != key) {
		struct tlb_entry fresh = { .key = key };

		if (!mmu_walk(card, vm, va, &fresh))
			return false;
		*e = fresh;
	}
	if (~e->pte & (uint64_t)access << 1)
		return false;

	offset = va & (e->leaf_bytes - 1);
	run->addr = (e->pte & PINION_PTE_ADDR) + offset;
	run->bytes = e->leaf_bytes - offset;
	run->host = e->pte & (PINION_PTE_HOST | PINION_PTE_SPARSE);
	if (e->pte & PINION_PTE_SPARSE)
		run->addr = MMU_NOWHERE | va;
	return true;
}

/* Read through a run whose host member is set. Return: not 0 if the host refused. */
int mmu_host_read(const struct card *card, uint64_t addr, void *buf, uint64_t bytes)
{
	if (!(addr & MMU_NOWHERE))
		return card_dma_read(card, addr, buf, bytes);
	memset(buf, 0, bytes);
	return 0;
}

/* Write through a run whose host member is set. Return: not 0 if the host refused. */
int mmu_host_write(const struct card *card, uint64_t addr, const void *buf, uint64_t bytes)
{
	return addr & MMU_NOWHERE ? 0 : card_dma_write(card, addr, buf, bytes);
}

/**
 * mmu_span() - translate a range of an address space, as far as memory is contiguous
 * @card: the card
 * @vm: address space
 * @va: start of the range
 * @bytes: length of the range, at least 1
 * @access: PINION_ACCESS_* bits, all of which must be allowed
 * @run: out: the place in memory; run->bytes is at most @bytes
 *
 * Return: false if there is no mapping at @va that allows @access
 */
bool mmu_span(struct card *card, uint32_t vm, uint64_t va, uint64_t bytes, uint32_t access,
	      struct mmu_run *run)
{
	struct mmu_run next;

	if (!mmu_translate(card, vm, va, access, run))
		return false;
	while (run->bytes < bytes && mmu_translate(card, vm, va + run->bytes, access, &next) &&
	       next.host == run->host && next.addr == run->addr + run->bytes)
		run->bytes += next.bytes;
	if (run->bytes > bytes)
		run->bytes = bytes;
	return true;
}

uint32_t mmu_read(struct card *card, uint32_t vm, uint64_t va, void *buf, uint64_t bytes,
		  struct pinion_fault_record *f)
{
	struct mmu_run run;

	while (bytes) {
		if (!mmu_span(card, vm, va, bytes, PINION_ACCESS_READ, &run))
			return mmu_fault(f, PINION_STATUS_PAGE_FAULT, va, PINION_ACCESS_READ);
		if (!run.host)
			memcpy(buf, card->config.memory + run.addr, run.bytes);
		else if (mmu_host_read(card, run.addr, buf, run.bytes))
			return mmu_fault(f, PINION_STATUS_HOST_DMA, va, PINION_ACCESS_READ);
		buf = (uint8_t *)buf + run.bytes;
		va += run.bytes;
		bytes -= run.bytes;
	}
	return PINION_STATUS_OK;
}

uint32_t mmu_write(struct card *card, uint32_t vm, uint64_t va, const void *buf, uint64_t bytes,
		   struct pinion_fault_record *f)
{
	struct mmu_run run;

	while (bytes) {
		if (!mmu_span(card, vm, va, bytes, PINION_ACCESS_WRITE, &run))
			return mmu_fault(f, PINION_STATUS_PAGE_FAULT, va, PINION_ACCESS_WRITE);
		if (!run.host)
			memcpy(card->config.memory + run.addr, buf, run.bytes);
		else if (mmu_host_write(card, run.addr, buf, run.bytes))
			return mmu_fault(f, PINION_STATUS_HOST_DMA, va, PINION_ACCESS_WRITE);
		buf = (const uint8_t *)buf + run.bytes;
		va += run.bytes;
		bytes -= run.bytes;
	}
	return PINION_STATUS_OK;
}

/* Drop cached translations of address space @vm; 0: of all address spaces. */
void mmu_invalidate(struct card *card, uint32_t vm)
{
	uint32_t i;

	if (vm) {
		for (i = 0; i < CARD_TLB_ENTRIES; i++)
			if ((card->tlb[i].key & ~KEY_VALID) >> 36 == vm)
				card->tlb[i].key = 0;
	} else {
		memset(card->tlb, 0, sizeof(card->tlb));
	}
	cores_flush(card, vm);
}

/* An address space with a new root may serve another client: its old data must leave the cores. */
void mmu_set_root(struct card *card, uint32_t vm, uint64_t root)
{
	card->s.vms[vm].root = root;
	mmu_invalidate(card, vm);
	cores_forget_vm(card, vm);
}
