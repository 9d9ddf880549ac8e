// SPDX-License-Identifier: GPL-2.0-or-later
/* The real management firmware on the model: boot, messages, a queue, a job, a fault, a reset. */
#include "card_fixture.h"

#define IMAGE "build/firmware/pinion/mgmt.bin"

struct bench {
	struct fixture *fx;
	uint32_t seq;
	struct pinion_msg reply;
};

static uint32_t load_image(struct fixture *fx)
{
	FILE *f = fopen(IMAGE, "rb");
	size_t bytes;

	if (!f) {
		printf("1..0 # SKIP %s is not built\n", IMAGE);
		exit(4);
	}
	bytes = fread(fx->host, 1, PINION_FW_MAX_BYTES, f);
	fclose(f);
	return (uint32_t)bytes;
}

/* Time goes on only when the card has nothing to do. */
static void idle(struct fixture *fx, unsigned int rounds)
{
	while (rounds--) {
		fx_run(fx);
		fx->now = fx->wakeup != UINT64_MAX && fx->wakeup > fx->now ? fx->wakeup
									   : fx->now + 1000000;
	}
}

static void sram_copy(struct fixture *fx, uint32_t offset, void *words, bool write)
{
	uint32_t *w = words, i;

	for (i = 0; i < sizeof(struct pinion_msg) / 4; i++) {
		if (write)
			fx_wr(fx, PINION_SRAM_OFFSET + offset + 4 * i, w[i]);
		else
			w[i] = fx_rd(fx, PINION_SRAM_OFFSET + offset + 4 * i);
	}
}

static bool take(struct bench *b)
{
	struct fixture *fx = b->fx;
	uint32_t head = fx_rd(fx, PINION_REG_F2H_HEAD);

	if (head == fx_rd(fx, PINION_REG_F2H_TAIL))
		return false;
	sram_copy(fx, PINION_SRAM_F2H + head % PINION_MBOX_SLOTS * sizeof(b->reply), &b->reply,
		  false);
	fx_wr(fx, PINION_REG_F2H_HEAD, head + 1);
	return true;
}

/* Return: status of the reply, or -1 if none came or it was another's. */
static int request(struct bench *b, uint16_t type, const void *data)
{
	struct pinion_msg msg = { .type = type, .seq = ++b->seq };
	uint32_t tail = fx_rd(b->fx, PINION_REG_H2F_TAIL);
	unsigned int i;

	memcpy(msg.data, data, sizeof(msg.data));
	sram_copy(b->fx, PINION_SRAM_H2F + tail % PINION_MBOX_SLOTS * sizeof(msg), &msg, true);
	fx_wr(b->fx, PINION_REG_H2F_TAIL, tail + 1);
	for (i = 0; i < 10; i++) {
		idle(b->fx, 1);
		if (take(b))
			break;
	}
	if (i == 10 || b->reply.type != (type | PINION_MSG_REPLY) || b->reply.seq != b->seq)
		return -1;
	return b->reply.status;
}

static void start(struct fixture *fx, uint32_t size)
{
	fx_wr(fx, PINION_REG_BOOT_ADDR_LO, (uint32_t)FX_HOST_BASE);
	fx_wr(fx, PINION_REG_BOOT_ADDR_HI, FX_HOST_BASE >> 32);
	fx_wr(fx, PINION_REG_BOOT_SIZE, size);
	fx_wr(fx, PINION_REG_BOOT_CTRL, PINION_BOOT_CTRL_START);
	fx_run(fx);
}

/* About 500 bits all over the image, each flipped for one attempt. */
static void test_flips(struct fixture *fx, uint32_t size)
{
	uint32_t bit, step = size * 8 / 500 | 1, accepted = 0, n = 0;

	for (bit = 0; bit < size * 8; bit += step, n++) {
		fx->host[bit / 8] ^= 1u << bit % 8;
		start(fx, size);
		accepted += (fx_rd(fx, PINION_REG_BOOT_STATUS) & 0xff) != PINION_BOOT_FAILED;
		fx->host[bit / 8] ^= 1u << bit % 8;
	}
	tap_ok(!accepted, "%u flipped bits are refused", n);
}

static void test_boot(struct bench *b)
{
	struct fixture *fx = b->fx;
	struct pinion_msg_hello hello = { .contract = CARD_CONTRACT };
	struct pinion_msg_hello *answer = (void *)b->reply.data;
	uint32_t size = load_image(fx), beat;

	tap_plan(13);
	test_flips(fx, size);
	fx_wr(fx, PINION_REG_INT_ENABLE, PINION_INT_ALL);
	start(fx, size);
	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_READY, "%u bytes boot to READY",
	       size);
	tap_ok(request(b, PINION_MSG_HELLO, &hello) == PINION_MBOX_OK &&
		       answer->contract == CARD_CONTRACT &&
		       answer->fw_version == fx_rd(fx, PINION_REG_FW_VERSION),
	       "HELLO");
	beat = fx_rd(fx, PINION_REG_FW_HEARTBEAT);
	idle(fx, 20);
	tap_ok(fx_rd(fx, PINION_REG_FW_HEARTBEAT) > beat, "the heart beats");
	tap_ok(fx_rd(fx, PINION_REG_LOG_TAIL) > 0, "it writes a log");
}

static int create(struct bench *b, uint32_t q)
{
	struct pinion_msg_queue_create m = {
		.queue = q,
		.vm = 1,
		.entries = 8,
		.vector = 5,
		.priority = 1,
		.ring_lo = (uint32_t)fx_ring(q),
		.ring_hi = fx_ring(q) >> 32,
		.cq_lo = (uint32_t)fx_ring(q) + 1024,
		.cq_hi = fx_ring(q) >> 32,
	};

	memset(b->fx->host + (fx_ring(q) - FX_HOST_BASE), 0, 4096);
	b->fx->tail[q] = 0;
	return request(b, PINION_MSG_QUEUE_CREATE, &m);
}

static int about_queue(struct bench *b, uint16_t type, uint32_t q)
{
	struct pinion_msg_queue m = { .queue = q };

	return request(b, type, &m);
}

static void test_queue(struct bench *b)
{
	struct fixture *fx = b->fx;
	struct pinion_pkt_fill fill = FX_FILL(FX_DEV_VA + 0x1000, 64, 0x2a, 1);
	struct pinion_msg_vm vm = { .vm = 1 };
	uint64_t root;

	fx_vm(fx, 1);
	root = fx->card->s.vms[1].root & PINION_PTE_ADDR;
	fx->card->s.vms[1].root = 0;
	vm.root_lo = (uint32_t)root;
	tap_ok(request(b, PINION_MSG_VM_SET, &vm) == PINION_MBOX_OK &&
		       fx->card->s.vms[1].root == (root | PINION_PTE_VALID),
	       "VM_SET");
	tap_ok(create(b, 40) == PINION_MBOX_OK, "QUEUE_CREATE");

	memcpy(fx_dev(fx, FX_DEV_VA), &fill, sizeof(fill));
	fx_exec(fx, 40, FX_DEV_VA, sizeof(fill), 99);
	fx_run(fx);
	tap_ok(fx_cqe(fx, 40, 0).cookie == 99 && fx_cqe(fx, 40, 0).status == PINION_CQE_PHASE &&
		       fx->msi[5] == 1 && *(uint8_t *)fx_dev(fx, FX_DEV_VA + 0x103f) == 0x2a,
	       "a job runs");
	vm.root_lo = 0;
	tap_ok(request(b, PINION_MSG_VM_CLEAR, &vm) == PINION_MBOX_BUSY,
	       "VM_CLEAR is refused while a queue uses it");
}

static void test_fault(struct bench *b)
{
	struct fixture *fx = b->fx;
	struct pinion_msg_queue *event = (void *)b->reply.data;

	fx_exec(fx, 40, 0x123000, 8, 100);
	idle(fx, 2);
	tap_ok(take(b) && b->reply.type == PINION_MSG_EV_QUEUE_FAULT && event->queue == 40 &&
		       event->status == PINION_STATUS_PAGE_FAULT,
	       "EV_QUEUE_FAULT");
	tap_ok(about_queue(b, PINION_MSG_QUEUE_RESET, 40) == PINION_MBOX_OK &&
		       fx->card->s.queues[40].state == PINION_Q_IDLE,
	       "QUEUE_RESET");
	fx->tail[40] = 0;
	memset(fx->host + (fx_ring(40) - FX_HOST_BASE), 0, 4096);
	fx_exec(fx, 40, FX_DEV_VA, sizeof(struct pinion_pkt_fill), 101);
	fx_run(fx);
	tap_ok(fx_cqe(fx, 40, 0).cookie == 101 && fx_cqe(fx, 40, 0).status == PINION_CQE_PHASE,
	       "a fresh job runs");
	tap_ok(about_queue(b, PINION_MSG_QUEUE_DESTROY, 40) == PINION_MBOX_OK &&
		       fx->card->s.queues[40].state == PINION_Q_DISABLED,
	       "QUEUE_DESTROY");
}

int main(void)
{
	struct bench b = { .fx = fx_new(1, card_test_public_key) };

	test_boot(&b);
	test_queue(&b);
	test_fault(&b);
	fx_free(b.fx);
	return tap_result();
}
