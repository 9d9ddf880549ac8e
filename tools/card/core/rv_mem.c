// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory accesses whose page is not in the TLB, or which cross two pages.
 *
 * A tag of the TLB is the address as computed, before the management processor's addresses are cut
 * to 32 bits. Sign-extended and zero-extended aliases of a page so have entries of their own, and
 * the fast path needs no mask.
 */
#include <string.h>

#include "rv_fp.h"

static uint64_t mask_va(const struct rv_hart *hart, uint64_t va)
{
	return hart->isa == RV_ISA_COMPUTE ? va : (uint32_t)va;
}

/* The owner's callbacks run with the host's floating point in its default state. */
static void *ask_page(struct rv_hart *hart, uint64_t va, enum rv_access access)
{
	uint32_t mxcsr = rv_fp_lend();
	void *host = hart->bus.page(hart->bus.opaque, va, access);

	rv_fp_reclaim(mxcsr);
	return host;
}

static int ask_mmio(struct rv_hart *hart, uint64_t va, void *buf, unsigned int len,
		    enum rv_access access)
{
	uint32_t mxcsr = rv_fp_lend();
	int cause = hart->bus.mmio(hart->bus.opaque, va, buf, len, access);

	rv_fp_reclaim(mxcsr);
	return cause;
}

/* The host address of @va, or NULL if its page is not memory for @access. */
static void *translate(struct rv_hart *hart, uint64_t va, enum rv_access access)
{
	struct rv_tlb_entry *e = rv_tlb_entry(hart->cache, va, access);
	uint64_t at = mask_va(hart, va) & ~(uint64_t)(RV_PAGE_SIZE - 1);
	uint64_t tag = va & ~(uint64_t)(RV_PAGE_SIZE - 1);
	void *host;

	if (e->tag == tag)
		return (void *)(e->addend + va);
	if (at - hart->window.base < hart->window.size)
		host = (uint8_t *)hart->window.host + (at - hart->window.base);
	else
		host = ask_page(hart, at, access);
	if (!host)
		return NULL;
	e->tag = tag;
	e->addend = (uintptr_t)host - tag;
	return (void *)(e->addend + va);
}

static int slow(struct rv_hart *hart, uint64_t va, void *buf, unsigned int len,
		enum rv_access access, uint64_t *tval)
{
	int cause;

	va = mask_va(hart, va);
	cause = ask_mmio(hart, va, buf, len, access);
	if (cause)
		*tval = va;
	return cause;
}

static int load_page(struct rv_hart *hart, uint64_t va, void *buf, unsigned int len, uint64_t *tval)
{
	const void *host = translate(hart, va, RV_READ);

	if (!host)
		return slow(hart, va, buf, len, RV_READ, tval);
	memcpy(buf, host, len);
	return 0;
}

/* How many of the @len bytes at @va are in its page. */
static unsigned int in_page(uint64_t va, unsigned int len)
{
	unsigned int rest = RV_PAGE_SIZE - (unsigned int)(va & (RV_PAGE_SIZE - 1));

	return len < rest ? len : rest;
}

int rv_load(struct rv_hart *hart, uint64_t va, void *buf, unsigned int len, uint64_t *tval)
{
	unsigned int n = in_page(va, len);
	int cause = load_page(hart, va, buf, n, tval);

	if (cause || n == len)
		return cause;
	return load_page(hart, va + n, (uint8_t *)buf + n, len - n, tval);
}

static int store_page(struct rv_hart *hart, uint64_t va, const void *buf, unsigned int len,
		      uint64_t *tval)
{
	void *host = translate(hart, va, RV_WRITE);

	if (!host) /* for RV_WRITE, mmio() only reads from its buffer */
		return slow(hart, va, (void *)(uintptr_t)buf, len, RV_WRITE, tval);
	memcpy(host, buf, len);
	return 0;
}

/*
 * A store across two pages must not write one half and then fault. Memory cannot fault once it is
 * translated, so the half that is not memory is written first. If neither half is memory, the first
 * may stay written when the second faults, as with two device registers on a real bus.
 */
int rv_store(struct rv_hart *hart, uint64_t va, const void *buf, unsigned int len, uint64_t *tval)
{
	unsigned int n = in_page(va, len);
	const uint8_t *rest = (const uint8_t *)buf + n;
	int cause;

	if (n == len)
		return store_page(hart, va, buf, len, tval);
	if (translate(hart, va, RV_WRITE)) {
		cause = store_page(hart, va + n, rest, len - n, tval);
		return cause ? cause : store_page(hart, va, buf, n, tval);
	}
	cause = store_page(hart, va, buf, n, tval);
	return cause ? cause : store_page(hart, va + n, rest, len - n, tval);
}

int rv_fetch(struct rv_hart *hart, uint64_t va, uint16_t *parcel)
{
	const void *host = translate(hart, va, RV_FETCH);
	uint64_t unused;

	if (!host)
		return slow(hart, va, parcel, sizeof(*parcel), RV_FETCH, &unused);
	memcpy(parcel, host, sizeof(*parcel));
	return 0;
}

/* Copy bytes that cross no page, neither at the source nor at the destination. */
static int copy_piece(struct rv_hart *hart, uint64_t dst, uint64_t src, unsigned int len,
		      uint64_t *tval)
{
	const void *from = translate(hart, src, RV_READ);
	void *to = translate(hart, dst, RV_WRITE);
	uint8_t buf[RV_PAGE_SIZE];
	int cause;

	if (from && to) {
		memmove(to, from, len);
		return 0;
	}
	cause = load_page(hart, src, buf, len, tval);
	return cause ? cause : store_page(hart, dst, buf, len, tval);
}

int rv_copy(struct rv_hart *hart, uint64_t dst, uint64_t src, uint64_t len, uint64_t *tval)
{
	unsigned int n;
	int cause;

	while (len) {
		n = in_page(src,
			    in_page(dst, len < RV_PAGE_SIZE ? (unsigned int)len : RV_PAGE_SIZE));
		cause = copy_piece(hart, dst, src, n, tval);
		if (cause)
			return cause;
		dst += n;
		src += n;
		len -= n;
	}
	return 0;
}
