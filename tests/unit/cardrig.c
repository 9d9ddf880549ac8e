// SPDX-License-Identifier: GPL-2.0-or-later
/* The rig: host memory, time and interrupts of a card; boot, mailbox, page tables, queues. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cardrig.h"
#include "pinion_ring.h"
#include "tests/tap.h"

#define STEP_BUDGET 1000000u
#define MAX_STEPS   10000000u
#define PAGE	    4096ull
#define FIRST_VA    0x100000ull

static void *host_at(struct rig *rig, uint64_t addr, size_t len)
{
	uint64_t offset = addr - RIG_HOST_BASE;

	if (rig->refuse_dma || offset > rig->options.host_bytes ||
	    len > rig->options.host_bytes - offset)
		return NULL;
	return rig->host + offset;
}

static int dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
	void *from = host_at(opaque, addr, len);

	if (!from)
		return -1;
	memcpy(buf, from, len);
	return 0;
}

static int dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
	void *to = host_at(opaque, addr, len);

	if (!to)
		return -1;
	memcpy(to, buf, len);
	return 0;
}

static void msi(void *opaque, unsigned int vector)
{
	struct rig *rig = opaque;

	if (vector >= PINION_MSIX_VECTORS)
		tap_bail("the card sent vector %u", vector);
	rig->msi[vector]++;
}

static uint64_t now(void *opaque)
{
	return ((struct rig *)opaque)->time;
}

static void kick(void *opaque)
{
	(void)opaque;
}

static void say(void *opaque, int level, const char *line)
{
	if (!((struct rig *)opaque)->quiet)
		printf("# card: %s%s\n", level ? "" : "error: ", line);
}

/* One thread. */
static void barrier(void *opaque)
{
	(void)opaque;
}

static int flash_read(void *opaque, uint32_t offset, void *buf, size_t len)
{
	memcpy(buf, ((struct rig *)opaque)->flash + offset, len);
	return 0;
}

static int flash_write(void *opaque, uint32_t offset, const void *buf, size_t len)
{
	memcpy(((struct rig *)opaque)->flash + offset, buf, len);
	return 0;
}

static const struct card_ops ops = {
	.dma_read = dma_read,
	.dma_write = dma_write,
	.msi = msi,
	.now = now,
	.kick = kick,
	.barrier = barrier,
	.log = say,
	.flash_read = flash_read,
	.flash_write = flash_write,
};

static void *map_zeroed(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		tap_bail("no memory for the rig");
	return p;
}

static void check_asleep(const struct rig *rig)
{
	for (uint32_t q = 0; q < PINION_MAX_QUEUES; q++)
		if (card_doorbell_read(rig->card,
				       q * PINION_DOORBELL_STRIDE + PINION_DOORBELL_STATE) ==
		    PINION_Q_RUNNING)
			tap_bail("the card sleeps while queue %u runs; the step's budget was %llu",
				 q, (unsigned long long)rig->budget);
}

bool rig_step(struct rig *rig)
{
	uint64_t wakeup = UINT64_MAX;
	bool more = card_step(rig->card, rig->budget, &wakeup);

	rig->steps++;
	rig->time += 1000;
	if (!more)
		check_asleep(rig);
	if (!more && wakeup != UINT64_MAX && wakeup > rig->time)
		rig->time = wakeup;
	return more;
}

static unsigned int boot_state(struct rig *rig)
{
	return card_reg_read(rig->card, PINION_REG_BOOT_STATUS) & PINION_BOOT_STATUS_STATE;
}

unsigned int rig_boot(struct rig *rig, const void *image, size_t bytes)
{
	struct rig_buf buf = rig->image;
	unsigned int state;

	if (bytes > buf.bytes)
		tap_bail("image larger than the rig's place for it");
	memcpy(buf.ptr, image, bytes);
	card_reg_write(rig->card, PINION_REG_BOOT_ADDR_LO, (uint32_t)buf.addr);
	card_reg_write(rig->card, PINION_REG_BOOT_ADDR_HI, (uint32_t)(buf.addr >> 32));
	card_reg_write(rig->card, PINION_REG_BOOT_SIZE, (uint32_t)bytes);
	card_reg_write(rig->card, PINION_REG_BOOT_CTRL, PINION_BOOT_CTRL_START);
	for (unsigned int i = 0; i < MAX_STEPS; i++) {
		state = boot_state(rig);
		if (state == PINION_BOOT_READY)
			return 0;
		if (state == PINION_BOOT_FAILED)
			return card_reg_read(rig->card, PINION_REG_BOOT_STATUS) >> 8 & 0xff;
		if (state == PINION_BOOT_CRASHED)
			return RIG_CRASHED;
		rig_step(rig);
	}
	tap_bail("boot does not end, state %u", state);
}

static void boot_file(struct rig *rig, const char *path)
{
	static char image[PINION_FW_MAX_BYTES];
	FILE *f = fopen(path, "rb");
	unsigned int error;
	size_t bytes;

	if (!f)
		tap_bail("%s: cannot open", path);
	bytes = fread(image, 1, sizeof(image), f);
	fclose(f);
	error = rig_boot(rig, image, bytes);
	if (error)
		tap_bail("%s: boot error %u, panic %x at %x", path, error,
			 card_reg_read(rig->card, PINION_REG_FW_PANIC),
			 card_reg_read(rig->card, PINION_REG_FW_PANIC_PC));
}

static uint32_t sram_slot(uint32_t ring, uint32_t index)
{
	return PINION_SRAM_OFFSET + ring + index % PINION_MBOX_SLOTS * 64;
}

bool rig_take_message(struct rig *rig, struct pinion_msg *msg)
{
	uint32_t *word = (uint32_t *)msg;

	if (card_reg_read(rig->card, PINION_REG_F2H_TAIL) == rig->f2h_head)
		return false;
	for (uint32_t i = 0; i < 16; i++)
		word[i] = card_reg_read(rig->card,
					sram_slot(PINION_SRAM_F2H, rig->f2h_head) + 4 * i);
	card_reg_write(rig->card, PINION_REG_F2H_HEAD, ++rig->f2h_head);
	return true;
}

void rig_post(struct rig *rig, const struct pinion_msg *msg)
{
	const uint32_t *word = (const uint32_t *)msg;

	for (uint32_t i = 0; i < 16; i++)
		card_reg_write(rig->card, sram_slot(PINION_SRAM_H2F, rig->h2f_tail) + 4 * i,
			       word[i]);
	card_reg_write(rig->card, PINION_REG_H2F_TAIL, ++rig->h2f_tail);
}

unsigned int rig_ask(struct rig *rig, uint16_t type, const void *data, struct pinion_msg *reply)
{
	struct pinion_msg msg = { .type = type, .seq = ++rig->seq }, back;

	if (data)
		memcpy(msg.data, data, sizeof(msg.data));
	rig_post(rig, &msg);
	for (unsigned int i = 0; i < MAX_STEPS; i++) {
		rig_step(rig);
		if (!rig_take_message(rig, &back) || back.type != (type | PINION_MSG_REPLY) ||
		    back.seq != msg.seq)
			continue;
		if (reply)
			*reply = back;
		return back.status;
	}
	tap_bail("no reply to message 0x%x", type);
}

static uint64_t take_device(struct rig *rig, uint64_t bytes)
{
	uint64_t addr = rig->memory_used;

	if (bytes > rig->options.memory_bytes - addr)
		tap_bail("the rig's device memory is full");
	rig->memory_used += bytes;
	return addr;
}

void rig_map(struct rig *rig, uint64_t va, uint64_t pte)
{
	uint64_t table = rig->root;

	for (int level = PINION_PT_LEVELS - 1; level > 0; level--) {
		uint64_t *entry = (uint64_t *)(rig->memory + table) +
				  (va >> PINION_PT_SHIFT(level) & 511);

		if (!*entry)
			*entry = take_device(rig, PAGE) | PINION_PTE_VALID;
		table = *entry & PINION_PTE_ADDR;
	}
	((uint64_t *)(rig->memory + table))[va >> 12 & 511] = pte;
}

void rig_invalidate(struct rig *rig)
{
	card_reg_write(rig->card, PINION_REG_MMU_INV_VM, RIG_VM);
	card_reg_write(rig->card, PINION_REG_MMU_INV_CTRL, 1);
	for (unsigned int i = 0; card_reg_read(rig->card, PINION_REG_MMU_INV_CTRL); i++) {
		if (i == MAX_STEPS)
			tap_bail("invalidation does not end");
		rig_step(rig);
	}
}

struct rig_buf rig_alloc(struct rig *rig, uint64_t bytes, uint64_t rights)
{
	struct rig_buf buf = { .bytes = (bytes + PAGE - 1) & ~(PAGE - 1) };

	if (rights & PINION_PTE_HOST) {
		if (buf.bytes > rig->options.host_bytes - rig->host_used)
			tap_bail("the rig's host memory is full");
		buf.ptr = rig->host + rig->host_used;
		buf.addr = RIG_HOST_BASE + rig->host_used;
		rig->host_used += buf.bytes;
	} else {
		buf.addr = take_device(rig, buf.bytes);
		buf.ptr = rig->memory + buf.addr;
	}
	if (!(rights & PINION_PTE_LEAF))
		return buf;
	buf.va = rig->next_va;
	/* A page without a mapping after each buffer catches what runs past its end. */
	rig->next_va += buf.bytes + PAGE;
	for (uint64_t i = 0; i < buf.bytes; i += PAGE)
		rig_map(rig, buf.va + i, (buf.addr + i) | rights | PINION_PTE_VALID);
	return buf;
}

unsigned int rig_queue_open(struct rig *rig, struct rig_queue *queue, uint32_t id, uint32_t vm,
			    uint32_t entries, uint32_t vector)
{
	struct rig_buf ring = rig_alloc(rig, entries * sizeof(struct pinion_desc), PINION_PTE_HOST);
	struct rig_buf cq = rig_alloc(rig, entries * sizeof(struct pinion_cqe), PINION_PTE_HOST);
	struct pinion_msg_queue_create msg = {
		.queue = id,
		.vm = vm,
		.entries = entries,
		.vector = vector,
		.priority = 1,
		.ring_lo = (uint32_t)ring.addr,
		.ring_hi = (uint32_t)(ring.addr >> 32),
		.cq_lo = (uint32_t)cq.addr,
		.cq_hi = (uint32_t)(cq.addr >> 32),
	};

	*queue = (struct rig_queue){ .id = id, .entries = entries, .ring = ring.ptr, .cq = cq.ptr };
	return rig_ask(rig, PINION_MSG_QUEUE_CREATE, &msg, NULL);
}

void rig_submit(struct rig *rig, struct rig_queue *queue, const struct pinion_desc *desc)
{
	queue->ring[pinion_ring_slot(queue->tail++, queue->entries)] = *desc;
	card_doorbell_write(rig->card, queue->id * PINION_DOORBELL_STRIDE + PINION_DOORBELL_TAIL,
			    queue->tail);
}

struct pinion_cqe rig_wait(struct rig *rig, struct rig_queue *queue)
{
	struct pinion_cqe rec;

	for (unsigned int i = 0;
	     !pinion_ring_read_record(queue->cq, queue->head, queue->entries, &rec); i++) {
		if (i == MAX_STEPS)
			tap_bail("no completion record");
		rig_step(rig);
	}
	queue->head++;
	return rec;
}

unsigned int rig_run(struct rig *rig, const void *packets, uint32_t bytes)
{
	struct pinion_desc desc = { .opcode = PINION_DESC_EXEC,
				    .bytes = bytes,
				    .cmd_va = rig->cmd.va,
				    .cookie = rig->queue.tail };
	struct pinion_cqe cqe;

	if (bytes > rig->cmd.bytes)
		tap_bail("command buffer larger than the rig's");
	memcpy(rig->cmd.ptr, packets, bytes);
	rig_submit(rig, &rig->queue, &desc);
	cqe = rig_wait(rig, &rig->queue);
	if (cqe.cookie != desc.cookie)
		tap_bail("completion of another job");
	return cqe.status & PINION_CQE_STATUS;
}

unsigned int rig_launch(struct rig *rig, const struct rig_kernel *kernel, const void *args,
			uint32_t x, uint32_t y, uint32_t z)
{
	struct pinion_pkt_launch pkt = {
		.pkt = { .op = PINION_PKT_LAUNCH, .bytes = sizeof(pkt) },
		.entry = kernel->entry,
		.args = rig->args.va,
		.grid = { x, y, z },
		.scratch_bytes = kernel->scratch_bytes,
	};

	memcpy(rig->args.ptr, args, kernel->args_bytes);
	return rig_run(rig, &pkt, sizeof(pkt));
}

struct pinion_fault_record rig_fault(struct rig *rig, uint32_t queue)
{
	struct pinion_fault_record record;
	uint32_t *word = (uint32_t *)&record;

	for (uint32_t i = 0; i < sizeof(record) / 4; i++)
		word[i] = card_reg_read(rig->card, PINION_FAULT_OFFSET +
							   queue * (uint32_t)sizeof(record) +
							   4 * i);
	return record;
}

unsigned int rig_queue_reset(struct rig *rig, struct rig_queue *queue)
{
	struct pinion_msg_queue msg = { .queue = queue->id };

	memset(queue->cq, 0, queue->entries * sizeof(*queue->cq));
	queue->head = queue->tail = 0;
	return rig_ask(rig, PINION_MSG_QUEUE_RESET, &msg, NULL);
}

static void start(struct rig *rig)
{
	struct pinion_msg_hello hello = { .contract = PINION_CONTRACT_MAJOR << 16 };
	struct pinion_msg_vm vm = { .vm = RIG_VM, .root_lo = (uint32_t)rig->root };

	if (rig->options.preempt_every)
		vm.save_lo = (uint32_t)take_device(rig,
						   (uint64_t)rig->options.cores *
							   card_reg_read(rig->card,
									 PINION_REG_SAVE_BYTES));
	boot_file(rig, rig->options.firmware);
	if (rig_ask(rig, PINION_MSG_HELLO, &hello, NULL) ||
	    rig_ask(rig, PINION_MSG_VM_SET, &vm, NULL) ||
	    rig_queue_open(rig, &rig->queue, RIG_QUEUE, RIG_VM, 64, 1))
		tap_bail("the firmware refused the rig's set-up");
	rig->cmd = rig_alloc(rig, 1 << 20, RIG_RW);
	rig->args = rig_alloc(rig, 4096, RIG_RW);
}

static void defaults(struct rig_options *o)
{
	o->memory_bytes = o->memory_bytes ? o->memory_bytes : 256 << 20;
	o->host_bytes = o->host_bytes ? o->host_bytes : 64 << 20;
	o->cores = o->cores ? o->cores : 8;
	o->scratchpad_bytes = o->scratchpad_bytes ? o->scratchpad_bytes : 256 << 10;
	if (!o->firmware)
		o->firmware = "build/firmware/pinion/mgmt.bin";
}

/* A card without knobs logs each write to one. */
static void set_knobs(struct card *card, const struct rig_options *o)
{
	if (o->preempt_every)
		card_reg_write(card, PINION_REG_DEBUG_PREEMPT_EVERY, o->preempt_every);
}

struct rig *rig_new(const struct rig_options *options)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct card_config config = {
		.ops = &ops, .opaque = rig, .serial = 1, .public_key = card_test_public_key
	};

	if (!rig)
		tap_bail("no memory for the rig");
	if (options)
		rig->options = *options;
	defaults(&rig->options);
	rig->memory = map_zeroed(rig->options.memory_bytes);
	rig->host = map_zeroed(rig->options.host_bytes);
	rig->flash = map_zeroed(CARD_FLASH_BYTES);
	memset(rig->flash, 0xff, CARD_FLASH_BYTES);
	config.flash = true;
	config.memory = rig->memory;
	config.memory_bytes = rig->options.memory_bytes;
	config.window_bytes = 1;
	while (config.window_bytes * 2 <= config.memory_bytes)
		config.window_bytes *= 2;
	config.cores = rig->options.cores;
	config.scratchpad_bytes = rig->options.scratchpad_bytes;
	config.without_caps = rig->options.without_caps;
	config.debug = rig->options.debug;
	rig->quiet = rig->options.quiet;
	rig->card = card_new(&config);
	if (!rig->card)
		tap_bail("card_new() refuses the configuration");
	set_knobs(rig->card, &rig->options);
	rig->next_va = FIRST_VA;
	rig->budget = STEP_BUDGET;
	rig->root = take_device(rig, PAGE);
	rig->image = rig_alloc(rig, 2 * PINION_FW_MAX_BYTES, PINION_PTE_HOST);
	if (!rig->options.no_boot)
		start(rig);
	return rig;
}

void rig_free(struct rig *rig)
{
	card_free(rig->card);
	munmap(rig->memory, rig->options.memory_bytes);
	munmap(rig->host, rig->options.host_bytes);
	munmap(rig->flash, CARD_FLASH_BYTES);
	free(rig);
}
