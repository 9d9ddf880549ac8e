// SPDX-License-Identifier: GPL-2.0-or-later
/* See card_fixture.h. */
#include "card_fixture.h"

#define RUN_LIMIT   100000
#define ROOT_AT(vm) (PINION_MGMT_RAM_SIZE + (vm) * 0x1000u)

static void *host_at(struct fixture *fx, uint64_t addr, size_t len)
{
	if (addr < FX_HOST_BASE || addr - FX_HOST_BASE > FX_HOST_BYTES ||
	    len > FX_HOST_BYTES - (addr - FX_HOST_BASE))
		return NULL;
	if (addr < fx->deny_to && addr + len > fx->deny_from)
		return NULL;
	return fx->host + (addr - FX_HOST_BASE);
}

static int op_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
	void *p = host_at(opaque, addr, len);

	if (!p)
		return -1;
	memcpy(buf, p, len);
	return 0;
}

static int op_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
	void *p = host_at(opaque, addr, len);

	if (!p)
		return -1;
	memcpy(p, buf, len);
	return 0;
}

static void op_msi(void *opaque, unsigned int vector)
{
	struct fixture *fx = opaque;

	if (vector >= PINION_MSIX_VECTORS)
		abort();
	fx->msi[vector]++;
}

static uint64_t op_now(void *opaque)
{
	return ((struct fixture *)opaque)->now;
}

static void op_kick(void *opaque)
{
	((struct fixture *)opaque)->kicks++;
}

/* One thread. */
static void op_barrier(void *opaque)
{
	(void)opaque;
}

static void op_bus_error(void *opaque, uint32_t severity)
{
	((struct fixture *)opaque)->bus_errors[severity]++;
}

static void op_log(void *opaque, int level, const char *line)
{
	((struct fixture *)opaque)->complaints += level == 0;
	if (getenv("FX_LOG"))
		printf("# %s\n", line);
}

static int op_flash_read(void *opaque, uint32_t offset, void *buf, size_t len)
{
	struct fixture *fx = opaque;

	if (offset > CARD_FLASH_BYTES || len > CARD_FLASH_BYTES - offset)
		abort();
	memcpy(buf, fx->flash + offset, len);
	return 0;
}

/* The power fails: some bits have changed already, in no order. */
static int cut_write(struct fixture *fx, uint8_t *to, const uint8_t *from, size_t len)
{
	size_t whole = fx_random(&fx->cut_random) % (len + 1), i;
	uint8_t mask;

	memcpy(to, from, whole);
	for (i = whole; i < len; i++) {
		mask = (uint8_t)fx_random(&fx->cut_random);
		if (fx->cut_random >> 20 & 1)
			to[i] ^= (to[i] ^ from[i]) & mask;
	}
	return -1;
}

static int op_flash_write(void *opaque, uint32_t offset, const void *buf, size_t len)
{
	struct fixture *fx = opaque;

	if (offset > CARD_FLASH_BYTES || len > CARD_FLASH_BYTES - offset)
		abort();
	fx->flash_writes++;
	if (fx->cut_at && fx->flash_writes > fx->cut_at)
		return -1;
	if (fx->flash_writes == fx->cut_at)
		return cut_write(fx, fx->flash + offset, buf, len);
	memcpy(fx->flash + offset, buf, len);
	return 0;
}

static const struct card_ops ops = {
	.dma_read = op_read,
	.dma_write = op_write,
	.msi = op_msi,
	.now = op_now,
	.kick = op_kick,
	.barrier = op_barrier,
	.bus_error = op_bus_error,
	.log = op_log,
	.flash_read = op_flash_read,
	.flash_write = op_flash_write,
};

struct fixture *fx_new(unsigned int cores, const uint8_t *public_key)
{
	static const uint8_t no_key[32];
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct card_config config = {
		.ops = &ops,
		.opaque = fx,
		.memory_bytes = FX_MEMORY,
		.window_bytes = FX_MEMORY / 2,
		.cores = cores,
		.scratchpad_bytes = FX_SCRATCH,
		.serial = 0x1122334455667788ull,
		.flash = true,
		.public_key = public_key ? public_key : no_key,
	};

	if (!fx)
		tap_bail("no memory");
	fx->memory = calloc(1, FX_MEMORY);
	fx->host = calloc(1, FX_HOST_BYTES);
	fx->flash = malloc(CARD_FLASH_BYTES);
	fx->now = 1000000;
	fx->table_next = 2u << 20;
	config.memory = fx->memory;
	if (fx->flash)
		memset(fx->flash, 0xff, CARD_FLASH_BYTES);
	fx->card = fx->memory && fx->host && fx->flash ? card_new(&config) : NULL;
	if (!fx->card)
		tap_bail("card_new failed");
	return fx;
}

void fx_free(struct fixture *fx)
{
	card_free(fx->card);
	free(fx->memory);
	free(fx->host);
	free(fx->flash);
	free(fx);
}

void fx_power_cycle(struct fixture *fx)
{
	struct card_config config = fx->card->config;

	card_free(fx->card);
	fx->cut_at = 0;
	fx->card = card_new(&config);
	if (!fx->card)
		tap_bail("card_new failed");
}

bool fx_run(struct fixture *fx)
{
	unsigned int i;

	for (i = 0; i < RUN_LIMIT; i++)
		if (!card_step(fx->card, 100000, &fx->wakeup))
			return true;
	return false;
}

uint64_t *fx_pte(struct fixture *fx, uint32_t vm, uint64_t va, unsigned int level)
{
	uint64_t table = ROOT_AT(vm), *entry;
	unsigned int l;

	for (l = PINION_PT_LEVELS - 1;; l--) {
		entry = (uint64_t *)(fx->memory + table) + (va >> PINION_PT_SHIFT(l) & 511);
		if (l == level)
			return entry;
		if (!*entry) {
			*entry = fx->table_next | PINION_PTE_VALID;
			fx->table_next += 0x1000;
		}
		table = *entry & PINION_PTE_ADDR;
	}
}

void fx_map(struct fixture *fx, uint32_t vm, uint64_t va, uint64_t addr, unsigned int level,
	    uint64_t flags)
{
	*fx_pte(fx, vm, va, level) = addr | flags | PINION_PTE_VALID;
}

void fx_vm(struct fixture *fx, uint32_t vm)
{
	uint64_t at;

	for (at = 0; at < FX_DEV_BYTES; at += 2u << 20)
		fx_map(fx, vm, FX_DEV_VA + at, FX_DEV_AT + at, 1, RWX);
	for (at = 0; at < FX_HOST_MAPPED; at += 0x1000)
		fx_map(fx, vm, FX_HOST_VA + at, FX_HOST_BASE + FX_HOST_AT + at, 0,
		       RWX | PINION_PTE_HOST);
	mmu_set_root(fx->card, vm, ROOT_AT(vm) | PINION_PTE_VALID);
}

uint64_t fx_ring(uint32_t q)
{
	return FX_HOST_BASE + q * 0x1000u;
}

void fx_queue(struct fixture *fx, uint32_t q, uint32_t vm, uint32_t entries, uint32_t priority)
{
	struct card_queue *queue = &fx->card->s.queues[q];

	queue_stop(fx->card, queue);
	memset(fx->host + (fx_ring(q) - FX_HOST_BASE), 0, 0x1000);
	queue->ring = fx_ring(q);
	queue->cq = fx_ring(q) + entries * sizeof(struct pinion_desc);
	queue->entries = entries;
	queue->vm = vm;
	queue->vector = q % 62 + 1;
	queue->priority = priority;
	queue_enable(fx->card, queue);
	fx->tail[q] = 0;
}

void fx_desc(struct fixture *fx, uint32_t q, const struct pinion_desc *desc)
{
	uint32_t slot = pinion_ring_slot(fx->tail[q]++, fx->card->s.queues[q].entries);

	memcpy(fx->host + (fx_ring(q) - FX_HOST_BASE) + slot * sizeof(*desc), desc, sizeof(*desc));
}

void fx_doorbell(struct fixture *fx, uint32_t q)
{
	card_doorbell_write(fx->card, q * PINION_DOORBELL_STRIDE, fx->tail[q]);
}

void fx_exec(struct fixture *fx, uint32_t q, uint64_t cmd_va, uint32_t bytes, uint64_t cookie)
{
	struct pinion_desc desc = {
		.opcode = PINION_DESC_EXEC,
		.bytes = bytes,
		.cmd_va = cmd_va,
		.cookie = cookie,
	};

	fx_desc(fx, q, &desc);
	fx_doorbell(fx, q);
}

struct pinion_cqe fx_cqe(struct fixture *fx, uint32_t q, uint32_t index)
{
	const struct card_queue *queue = &fx->card->s.queues[q];
	uint32_t slot = pinion_ring_slot(index, queue->entries);
	struct pinion_cqe cqe;

	memcpy(&cqe, fx->host + (queue->cq - FX_HOST_BASE) + slot * sizeof(cqe), sizeof(cqe));
	return cqe;
}

void *fx_dev(struct fixture *fx, uint64_t va)
{
	return fx->memory + FX_DEV_AT + (va - FX_DEV_VA);
}

void *fx_hostmem(struct fixture *fx, uint64_t va)
{
	return fx->host + FX_HOST_AT + (va - FX_HOST_VA);
}
