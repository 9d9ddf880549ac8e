// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets: each malformed field, copies and fills between all kinds of memory, exact faults. */
#include "card_fixture.h"

#define CMD  FX_DEV_VA
#define DEV  (FX_DEV_VA + 0x100000)
#define HOST FX_HOST_VA
#define TOP  (1ull << PINION_VA_BITS)

static struct pinion_cqe run(struct fixture *fx, const void *cmd, uint32_t bytes)
{
	fx_queue(fx, 0, 1, 4, 1);
	memcpy(fx_dev(fx, CMD), cmd, bytes);
	fx_exec(fx, 0, CMD, bytes, 1);
	if (!fx_run(fx))
		tap_bail("the card does not come to rest");
	return fx_cqe(fx, 0, 0);
}

static uint32_t status_of(struct fixture *fx, const void *cmd, uint32_t bytes)
{
	return run(fx, cmd, bytes).status & PINION_CQE_STATUS;
}

static bool bad(struct fixture *fx, const void *cmd, uint32_t bytes)
{
	const struct pinion_fault_record *r = &fx->card->s.faults[0];

	return status_of(fx, cmd, bytes) == PINION_STATUS_BAD_PACKET &&
	       r->status == PINION_STATUS_BAD_PACKET && r->va == CMD && r->packet == 0 &&
	       r->cookie == 1 && r->core == UINT32_MAX;
}

static void test_bad_heads(struct fixture *fx)
{
	static const struct pinion_pkt heads[] = {
		{ 8, 0, 8, 0 },
		{ 255, 0, 8, 0 },
		{ PINION_PKT_NOP, 0, 0, 0 },
		{ PINION_PKT_NOP, 0, 12, 0 },
		{ PINION_PKT_NOP, 0, 24, 0 },
		{ PINION_PKT_NOP, 1, 8, 0 },
		{ PINION_PKT_NOP, 0, 8, 1 },
		{ PINION_PKT_BARRIER, 0, 16, 0 },
		{ PINION_PKT_BARRIER, PINION_PKT_F_CONCURRENT, 8, 0 },
		{ PINION_PKT_BARRIER, 4, 8, 0 },
		{ PINION_PKT_BARRIER, 0, 8, 9 },
		{ PINION_PKT_COPY, 0, 64, 0 },
		{ PINION_PKT_FILL, 0, 48, 0 },
		{ PINION_PKT_SIGNAL, 0, 32, 0 },
	};
	unsigned int i, caught = 0, n = sizeof(heads) / sizeof(heads[0]);

	for (i = 0; i < n; i++) {
		struct pinion_pkt cmd[2] = { heads[i], { PINION_PKT_NOP, 0, 8, 0 } };

		caught += bad(fx, cmd, sizeof(cmd));
	}
	tap_ok(caught == n, "%u of %u bad heads", caught, n);
}

/* clang-format off */
static void test_bad_copies(struct fixture *fx)
{
	const struct pinion_pkt_copy good = FX_COPY(DEV, DEV + 4096, 64);
	unsigned int i, caught = 0, n = 16;

	for (i = 0; i < n; i++) {
		struct pinion_pkt_copy p = good;

		switch (i) {
		case 0: p.row_bytes = 0; break;
		case 1: p.rows = 0; break;
		case 2: p.reserved = 1; break;
		case 3: p.pkt.flags = PINION_PKT_F_ICACHE; break;
		case 4: p.pkt.flags = 0x80; break;
		case 5: p.rows = 2; break;
		case 6: p.rows = 2; p.src_pitch = 64; p.dst_pitch = 63; break;
		case 7: p.rows = UINT64_MAX; p.src_pitch = p.dst_pitch = 64; break;
		case 8: p.rows = 1ull << 58; p.src_pitch = p.dst_pitch = 64; break;
		case 9: p.src = TOP - 63; break;
		case 10: p.dst = UINT64_MAX - 8; break;
		case 11: p.row_bytes = UINT64_MAX; break;
		case 12: p.rows = 2; p.src_pitch = UINT64_MAX; p.dst_pitch = 64; break;
		case 13: p.dst = p.src + 63; break;
		case 14: p.src = p.dst + 63; break;
		case 15: p.dst = p.src; break;
		}
		caught += bad(fx, &p, sizeof(p));
	}
	tap_ok(caught == n, "%u of %u bad COPY packets", caught, n);
}
/* clang-format on */

/* clang-format off */
static void test_bad_fills(struct fixture *fx)
{
	const struct pinion_pkt_fill good = FX_FILL(DEV, 64, 1, 4);
	unsigned int i, caught = 0, n = 9;

	for (i = 0; i < n; i++) {
		struct pinion_pkt_fill p = good;

		switch (i) {
		case 0: p.width = 0; break;
		case 1: p.width = 3; break;
		case 2: p.width = 16; break;
		case 3: p.bytes = 0; break;
		case 4: p.bytes = 62; break;
		case 5: p.dst += 2; break;
		case 6: p.reserved = 1; break;
		case 7: p.dst = TOP - 32; break;
		case 8: p.bytes = UINT64_MAX - 3; break;
		}
		caught += bad(fx, &p, sizeof(p));
	}
	tap_ok(caught == n, "%u of %u bad FILL packets", caught, n);
}

static void test_bad_others(struct fixture *fx)
{
	const struct pinion_pkt_launch good = FX_LAUNCH(DEV, 0, 1, 1, 1);
	struct pinion_pkt_sem sem[] = {
		FX_SEM(PINION_PKT_WAIT, DEV + 4, 0), FX_SEM(PINION_PKT_SIGNAL, DEV + 1, 0),
		FX_SEM(PINION_PKT_TIMESTAMP, DEV + 2, 0), FX_SEM(PINION_PKT_TIMESTAMP, DEV, 1),
	};
	unsigned int i, caught = 0, n = 8;

	for (i = 0; i < n; i++) {
		struct pinion_pkt_launch p = good;

		switch (i) {
		case 0: p.grid[0] = 0; break;
		case 1: p.grid[1] = 0; break;
		case 2: p.grid[2] = 0; break;
		case 3: p.grid[0] = p.grid[1] = 65536; break;
		case 4: p.grid[0] = p.grid[1] = p.grid[2] = UINT32_MAX; break;
		case 5: p.entry++; break;
		case 6: p.entry = TOP; break;
		case 7: p.scratch_bytes = FX_SCRATCH - PINION_STACK_MIN + 1; break;
		}
		caught += bad(fx, &p, sizeof(p));
	}
	for (i = 0; i < 4; i++)
		caught += bad(fx, &sem[i], sizeof(sem[i]));
	tap_ok(caught == n + 4, "%u of %u bad LAUNCH and semaphore packets", caught, n + 4);
}
/* clang-format on */

/* Between device and host both ways and among themselves, unaligned, across pages. */
static void test_copies(struct fixture *fx)
{
	static const uint64_t at[2] = { DEV, HOST };
	uint64_t seed = 42;
	unsigned int i, wrong = 0;

	for (i = 0; i < 200; i++) {
		uint64_t n = fx_random(&seed) % 300000 + 1;
		uint64_t src = at[i & 1] + fx_random(&seed) % 5000;
		uint64_t dst = at[i >> 1 & 1] + 0x60000 + fx_random(&seed) % 5000;
		uint8_t *s = i & 1 ? fx_hostmem(fx, src) : fx_dev(fx, src);
		uint8_t *d = i & 2 ? fx_hostmem(fx, dst) : fx_dev(fx, dst);
		struct pinion_pkt_copy p = FX_COPY(src, dst, n);
		uint64_t j;

		for (j = 0; j < n; j++)
			s[j] = (uint8_t)fx_random(&seed);
		d[n] = 0x5a;
		d[-1] = 0xa5;
		wrong += status_of(fx, &p, sizeof(p)) || memcmp(s, d, n) || d[n] != 0x5a ||
			 d[-1] != 0xa5;
	}
	tap_ok(!wrong, "200 random linear copies among device and host memory");
}

static void test_copies_2d(struct fixture *fx)
{
	uint8_t *from = fx_hostmem(fx, HOST), *to = fx_dev(fx, DEV);
	uint64_t seed = 43, row;
	unsigned int i, wrong = 0;

	for (row = 0; row < 0x80000; row++)
		from[row] = (uint8_t)fx_random(&seed);
	for (i = 0; i < 50; i++) {
		struct pinion_pkt_copy p = FX_COPY(HOST + i, DEV + 3 * i, 1 + i * 7);

		p.rows = 1 + fx_random(&seed) % 200;
		p.src_pitch = p.row_bytes + fx_random(&seed) % 2000;
		p.dst_pitch = p.row_bytes + fx_random(&seed) % 5000;
		memset(to, 0xee, 0x200000);
		wrong += status_of(fx, &p, sizeof(p)) != 0;
		for (row = 0; row < p.rows; row++) {
			uint8_t *d = to + 3 * i + row * p.dst_pitch;

			wrong += memcmp(from + i + row * p.src_pitch, d, p.row_bytes) != 0;
			if (row + 1 < p.rows && p.dst_pitch > p.row_bytes)
				wrong += d[p.row_bytes] != 0xee;
		}
	}
	tap_ok(!wrong, "50 random 2-D copies, gaps untouched");
}

static void test_fills(struct fixture *fx)
{
	const uint64_t pattern = 0x1122334455667788ull;
	unsigned int i, wrong = 0;

	for (i = 0; i < 8; i++) {
		uint32_t width = 1u << i / 2;
		uint64_t va = (i & 1 ? HOST : DEV) + 3 * width, n = 70000 * 8, j;
		uint8_t *p = i & 1 ? fx_hostmem(fx, va) : fx_dev(fx, va);
		struct pinion_pkt_fill pkt = FX_FILL(va, n, pattern, width);

		p[-1] = p[n] = 0x99;
		wrong += status_of(fx, &pkt, sizeof(pkt)) != 0;
		for (j = 0; j < n; j++)
			wrong += p[j] != (uint8_t)(pattern >> 8 * (j % width));
		wrong += p[-1] != 0x99 || p[n] != 0x99;
	}
	tap_ok(!wrong, "fills of each width in device and host memory");
}

struct fault_case {
	uint64_t src, dst, n;
	uint32_t status, access;
	uint64_t va;
};

static void test_fill_fault(struct fixture *fx)
{
	const struct pinion_fault_record *r = &fx->card->s.faults[0];
	struct pinion_pkt_fill p = FX_FILL(HOST + 8, 0x40000, 1, 8);

	tap_ok(status_of(fx, &p, sizeof(p)) == PINION_STATUS_HOST_DMA && r->va == HOST + 0x8000,
	       "fill fault: at the page that is refused");
}

static void test_faults(struct fixture *fx)
{
	const uint64_t dev_end = FX_DEV_VA + FX_DEV_BYTES, host_end = HOST + FX_HOST_MAPPED;
	const struct fault_case cases[] = {
		{ dev_end - 100, HOST, 4096, PINION_STATUS_PAGE_FAULT, PINION_ACCESS_READ,
		  dev_end },
		{ DEV, host_end - 5000, 8192, PINION_STATUS_PAGE_FAULT, PINION_ACCESS_WRITE,
		  host_end },
		{ 0x1000, DEV, 8, PINION_STATUS_PAGE_FAULT, PINION_ACCESS_READ, 0x1000 },
		{ DEV, TOP - 4096, 8, PINION_STATUS_PAGE_FAULT, PINION_ACCESS_WRITE, TOP - 4096 },
		{ HOST + 0x8000, DEV, 64, PINION_STATUS_HOST_DMA, PINION_ACCESS_READ,
		  HOST + 0x8000 },
		{ DEV, HOST + 0x8000, 64, PINION_STATUS_HOST_DMA, PINION_ACCESS_WRITE,
		  HOST + 0x8000 },
		{ HOST + 100, DEV, 0x20000, PINION_STATUS_HOST_DMA, PINION_ACCESS_READ,
		  HOST + 0x8000 },
		{ DEV + 5, HOST + 0x1234, 0x20000, PINION_STATUS_HOST_DMA, PINION_ACCESS_WRITE,
		  HOST + 0x8000 },
	};
	unsigned int i, n = sizeof(cases) / sizeof(cases[0]);

	fx->deny_from = FX_HOST_BASE + FX_HOST_AT + 0x8000;
	fx->deny_to = fx->deny_from + 0x1000;
	for (i = 0; i < n; i++) {
		const struct fault_case *c = &cases[i];
		const struct pinion_fault_record *r = &fx->card->s.faults[0];
		struct pinion_pkt_copy p = FX_COPY(c->src, c->dst, c->n);

		tap_ok(status_of(fx, &p, sizeof(p)) == c->status && r->status == c->status &&
			       r->va == c->va && r->access == c->access,
		       "copy fault %u: status %u at 0x%llx", i, c->status,
		       (unsigned long long)c->va);
	}
	test_fill_fault(fx);
	fx->deny_from = fx->deny_to = 0;
}

/* Rows of one access each side; the one that is counted out must be refused, and no later one. */
static void test_stray(struct fixture *fx)
{
	const struct pinion_fault_record *r = &fx->card->s.faults[0];
	struct pinion_pkt_copy p = FX_COPY(HOST, HOST + 0x10000, 8);
	unsigned int n, wrong = 0;

	p.rows = 4;
	p.src_pitch = p.dst_pitch = 64;
	for (n = 1; n <= 8; n++) {
		uint64_t va = (n % 2 ? p.src : p.dst) + (n - 1) / 2 * 64;

		fx->card->s.knobs.dma_stray = n;
		wrong += status_of(fx, &p, sizeof(p)) != PINION_STATUS_HOST_DMA || r->va != va ||
			 r->access != (n % 2 ? PINION_ACCESS_READ : PINION_ACCESS_WRITE);
		wrong += fx->card->s.knobs.dma_stray || status_of(fx, &p, sizeof(p));
	}
	tap_ok(!wrong, "each of 8 accesses astray, alone");
	fx->card->s.knobs.dma_stray = 9;
	tap_ok(!status_of(fx, &p, sizeof(p)) && fx->card->s.knobs.dma_stray == 1,
	       "a count that is not reached goes on in the next job");
	p = (struct pinion_pkt_copy)FX_COPY(HOST, DEV, 0x20000);
	tap_ok(status_of(fx, &p, sizeof(p)) == PINION_STATUS_HOST_DMA && r->va == HOST,
	       "an access of many pages is not tried again page by page where it should have gone");
}

static void test_sequence(struct fixture *fx)
{
	struct {
		struct pinion_pkt_fill fill;
		struct pinion_pkt nop;
		uint8_t skipped[16];
		struct pinion_pkt_copy copy;
		struct pinion_pkt barrier;
		struct pinion_pkt_sem signal, wait, stamp;
		struct pinion_pkt bad;
	} cmd = {
		FX_FILL(DEV, 32, 0xab, 1),
		{ PINION_PKT_NOP, 0, 24, 0 },
		{ 1, 2, 3 },
		FX_COPY(DEV, HOST, 32),
		{ PINION_PKT_BARRIER, PINION_PKT_F_ICACHE, 8, 0 },
		FX_SEM(PINION_PKT_SIGNAL, DEV + 64, 7),
		FX_SEM(PINION_PKT_WAIT, DEV + 64, 7),
		FX_SEM(PINION_PKT_TIMESTAMP, DEV + 72, 0),
		{ 99, 0, 8, 0 },
	};
	const struct pinion_fault_record *r = &fx->card->s.faults[0];
	uint64_t *stamp = fx_dev(fx, DEV + 72);

	*(uint64_t *)fx_dev(fx, DEV + 64) = 0;
	tap_ok(!status_of(fx, &cmd, sizeof(cmd) - 8) && *stamp == fx->now &&
		       *(uint8_t *)fx_hostmem(fx, HOST + 31) == 0xab,
	       "a row of packets of each kind");
	*stamp = 0;
	tap_ok(status_of(fx, &cmd, sizeof(cmd)) == PINION_STATUS_BAD_PACKET && r->packet == 7 &&
		       r->va == CMD + offsetof(typeof(cmd), bad) && *stamp == fx->now,
	       "packets before a bad one are done; its index and address are told");
}

/* The command buffer crosses a page; the page behind its end does not exist. */
static void test_fetch(struct fixture *fx)
{
	const uint64_t end = HOST + FX_HOST_MAPPED;
	struct pinion_pkt_copy p = FX_COPY(DEV, DEV + 4096, 8);
	unsigned int i;

	for (i = 0; i < 200; i++)
		memcpy(fx_hostmem(fx, end - 200 * 64 + i * 64 - 8), &p, sizeof(p));
	fx_queue(fx, 0, 1, 4, 1);
	fx_exec(fx, 0, end - 200 * 64 - 8, 200 * 64, 1);
	fx_run(fx);
	tap_ok(fx_cqe(fx, 0, 0).status == PINION_CQE_PHASE, "packets that straddle pages");

	fx_queue(fx, 0, 1, 4, 1);
	memset(fx_hostmem(fx, end - 8), 0, 8);
	((uint8_t *)fx_hostmem(fx, end - 8))[2] = 8;
	fx_exec(fx, 0, end - 8, 16, 1);
	fx_run(fx);
	tap_ok((fx_cqe(fx, 0, 0).status & PINION_CQE_STATUS) == PINION_STATUS_PAGE_FAULT &&
		       fx->card->s.faults[0].va == end && fx->card->s.faults[0].packet == 1,
	       "a command buffer that runs off the mapping faults at its second packet");
}

/* The fixture's host memory has the last addresses of 57 bits. */
static void test_dma_bits(struct fixture *fx)
{
	static const uint32_t narrow[] = { 32, 48, PINION_DMA_BITS - 1 };
	struct card *card = fx->card;
	uint64_t word = 1;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		card->config.dma_bits = narrow[i];
		tap_ok(card_dma_read(card, FX_HOST_BASE, &word, 8) &&
			       card_dma_write(card, (1ull << narrow[i]) - 4, &word, 8),
		       "addresses beyond %u bits are out of reach with as many", narrow[i]);
	}
	card->config.dma_bits = PINION_DMA_BITS;
	tap_ok(!card_dma_read(card, FX_HOST_BASE, &word, 8) &&
		       !card_dma_write(card, FX_HOST_BASE + FX_HOST_BYTES - 8, &word, 8),
	       "the last one is in reach with %u", PINION_DMA_BITS);
}

int main(void)
{
	struct fixture *fx = fx_new(1, NULL);

	tap_plan(27);
	fx_vm(fx, 1);
	test_bad_heads(fx);
	test_bad_copies(fx);
	test_bad_fills(fx);
	test_bad_others(fx);
	test_copies(fx);
	test_copies_2d(fx);
	test_fills(fx);
	test_faults(fx);
	test_stray(fx);
	test_sequence(fx);
	test_fetch(fx);
	test_dma_bits(fx);
	fx_free(fx);
	return tap_result();
}
