// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reset of level WARM on the card model with the real firmware: the management processor starts
 * again and adopts queues and address spaces, whose jobs go on all the while.
 */
#include <string.h>

#include "cardrig.h"
#include "tests/tap.h"

#define IMAGE	  "build/firmware/pinion/mgmt.bin"
#define WAITING	  5	       /* number of a queue whose job waits */
#define FILL	  (8ull << 20) /* bytes of a job that takes many turns */
#define MAX_STEPS 100000

static uint8_t image[PINION_FW_MAX_BYTES];
static size_t image_bytes;

static uint32_t reg(struct rig *rig, uint32_t offset)
{
	return card_reg_read(rig->card, offset);
}

static unsigned int state(struct rig *rig)
{
	return reg(rig, PINION_REG_BOOT_STATUS) & PINION_BOOT_STATUS_STATE;
}

static void read_image(void)
{
	FILE *f = fopen(IMAGE, "rb");

	if (!f)
		tap_bail(IMAGE ": cannot open");
	image_bytes = fread(image, 1, sizeof(image), f);
	fclose(f);
}

/* Return: RESET_RESULT. */
static uint32_t reset(struct rig *rig, uint32_t level)
{
	card_reg_write(rig->card, PINION_REG_RESET, level);
	for (int i = 0; reg(rig, PINION_REG_RESET); i++) {
		if (i == MAX_STEPS)
			tap_bail("a reset of level %u does not end", level);
		rig_step(rig);
	}
	return reg(rig, PINION_REG_RESET_RESULT);
}

static bool boot(struct rig *rig)
{
	struct pinion_msg_hello hello = { .contract = PINION_CONTRACT_MAJOR << 16 };

	rig->h2f_tail = reg(rig, PINION_REG_H2F_TAIL);
	rig->f2h_head = reg(rig, PINION_REG_F2H_HEAD);
	return !rig_boot(rig, image, image_bytes) && !rig_ask(rig, PINION_MSG_HELLO, &hello, NULL);
}

static unsigned int about_queue(struct rig *rig, uint16_t type, uint32_t id)
{
	struct pinion_msg_queue msg = { .queue = id };

	return rig_ask(rig, type, &msg, NULL);
}

static unsigned int vm_clear(struct rig *rig)
{
	struct pinion_msg_vm msg = { .vm = RIG_VM };

	return rig_ask(rig, PINION_MSG_VM_CLEAR, &msg, NULL);
}

static void read_crash(struct rig *rig, struct pinion_crash *crash)
{
	uint32_t *word = (uint32_t *)crash;

	for (uint32_t i = 0; i < sizeof(*crash) / 4; i++)
		word[i] = reg(rig, PINION_SRAM_OFFSET + PINION_SRAM_CRASH + 4 * i);
}

static bool crash(struct rig *rig)
{
	card_reg_write(rig->card, PINION_REG_DEBUG_FW_CRASH, 1);
	for (int i = 0; i < MAX_STEPS && state(rig) != PINION_BOOT_CRASHED; i++)
		rig_step(rig);
	return state(rig) == PINION_BOOT_CRASHED && !reg(rig, PINION_REG_DEBUG_FW_CRASH);
}

/* Submit @packet, whose command buffer is at @offset of the rig's. */
static void submit(struct rig *rig, struct rig_queue *q, const void *packet, uint32_t bytes,
		   uint32_t offset)
{
	struct pinion_desc desc = { .opcode = PINION_DESC_EXEC,
				    .bytes = bytes,
				    .cmd_va = rig->cmd.va + offset };

	memcpy((char *)rig->cmd.ptr + offset, packet, bytes);
	rig_submit(rig, q, &desc);
}

static bool job_ends(struct rig *rig, struct rig_queue *q)
{
	return !(rig_wait(rig, q).status & PINION_CQE_STATUS);
}

/* A job that waits for @word, on queue WAITING. */
static void start_waiting(struct rig *rig, struct rig_queue *q, const struct rig_buf *word)
{
	struct pinion_pkt_sem wait = { .pkt = { .op = PINION_PKT_WAIT, .bytes = sizeof(wait) },
				       .va = word->va,
				       .value = 1 };

	if (rig_queue_open(rig, q, WAITING, RIG_VM, 8, 3))
		tap_bail("no second queue");
	submit(rig, q, &wait, sizeof(wait), 4096);
}

static void start_fill(struct rig *rig, const struct rig_buf *area)
{
	struct pinion_pkt_fill fill = { .pkt = { .op = PINION_PKT_FILL, .bytes = sizeof(fill) },
					.dst = area->va,
					.bytes = area->bytes,
					.pattern = 0x5a,
					.width = 1 };

	memset(area->ptr, 0, area->bytes);
	submit(rig, &rig->queue, &fill, sizeof(fill), 0);
}

static bool filled(const struct rig_buf *area)
{
	const uint8_t *byte = area->ptr;

	return byte[0] == 0x5a && !memcmp(byte, byte + 1, area->bytes - 1);
}

/* Jobs run while the processor is in its boot ROM, and what the firmware made before it knows. */
static void test_jobs(struct rig *rig)
{
	struct rig_buf word = rig_alloc(rig, 8, RIG_RW), area = rig_alloc(rig, FILL, RIG_RW);
	uint64_t budget = rig->budget;
	struct rig_queue waiting;

	start_waiting(rig, &waiting, &word);
	rig->budget = 1;
	start_fill(rig, &area);
	rig_step(rig);
	tap_ok(reset(rig, PINION_RESET_WARM) == PINION_RESET_WARM &&
		       state(rig) == PINION_BOOT_IDLE && !reg(rig, PINION_REG_FW_VERSION),
	       "WARM: the processor is in its boot ROM");
	tap_ok(!filled(&area) && job_ends(rig, &rig->queue) && filled(&area),
	       "a job goes on and ends without firmware");
	start_fill(rig, &area);
	rig->budget = budget;
	tap_ok(boot(rig), "the firmware boots again and answers HELLO");
	tap_ok(job_ends(rig, &rig->queue) && filled(&area), "a job of before the boot ends");
	*(uint64_t *)word.ptr = 1;
	tap_ok(job_ends(rig, &waiting), "a job that waited all the while ends");
}

/* What the firmware adopted can be reset, destroyed and cleared as if it had been made by it. */
static void test_adopted(struct rig *rig)
{
	struct pinion_msg_queue_create create = {
		.queue = WAITING, .vm = RIG_VM, .entries = 8, .vector = 1
	};
	struct pinion_pkt nop = { .bytes = 8 };

	tap_ok(rig_ask(rig, PINION_MSG_QUEUE_CREATE, &create, NULL) == PINION_MBOX_BUSY,
	       "an adopted queue exists");
	tap_ok(vm_clear(rig) == PINION_MBOX_BUSY, "an adopted address space has its queues");
	tap_ok(!rig_queue_reset(rig, &rig->queue) && !rig_run(rig, &nop, 8),
	       "QUEUE_RESET of an adopted queue keeps its set-up");
	tap_ok(!about_queue(rig, PINION_MSG_QUEUE_DESTROY, WAITING) &&
		       about_queue(rig, PINION_MSG_QUEUE_DESTROY, WAITING) == PINION_MBOX_NOT_FOUND,
	       "QUEUE_DESTROY of an adopted queue");
	tap_ok(about_queue(rig, PINION_MSG_QUEUE_RESET, 77) == PINION_MBOX_NOT_FOUND,
	       "a queue that never was does not exist");
}

static bool sound_record(struct rig *rig, uint32_t count)
{
	struct pinion_crash record;
	uint32_t words = 0;

	read_crash(rig, &record);
	for (uint32_t i = 0; i < PINION_CRASH_STACK; i++)
		words += record.stack[i] != 0;
	return record.magic == PINION_CRASH_MAGIC && record.bytes == sizeof(record) &&
	       record.count == count && record.cause == reg(rig, PINION_REG_FW_PANIC) &&
	       record.pc - PINION_MGMT_RAM_BASE < PINION_MGMT_RAM_SIZE &&
	       record.value - PINION_MGMT_SYS_BASE < 0x30000 &&
	       record.x[1] - PINION_MGMT_RAM_BASE < PINION_MGMT_RAM_SIZE && words &&
	       (record.time_lo || record.time_hi);
}

/* A queue that faults while there is no firmware is announced by the firmware that boots next. */
static bool fault_is_announced(struct rig *rig)
{
	struct pinion_msg msg = { 0 };

	for (int i = 0; i < 1000 && msg.type != PINION_MSG_EV_QUEUE_FAULT; i++) {
		rig_step(rig);
		rig_take_message(rig, &msg);
	}
	return msg.type == PINION_MSG_EV_QUEUE_FAULT && msg.data[0] == RIG_QUEUE &&
	       msg.data[1] == PINION_STATUS_BAD_PACKET;
}

static void test_crash(struct rig *rig)
{
	struct pinion_pkt bad = { .op = 99, .bytes = 8 }, nop = { .bytes = 8 };
	struct pinion_msg_hello hello = { .contract = PINION_CONTRACT_MAJOR << 16 };
	uint32_t tail;

	tap_ok(crash(rig) && sound_record(rig, 1), "a crash leaves a record");
	tap_ok(!rig_run(rig, &nop, 8), "jobs run although the firmware has crashed");
	tail = reg(rig, PINION_REG_LOG_TAIL);
	tap_ok(rig_run(rig, &bad, 8) == PINION_STATUS_BAD_PACKET, "a queue faults meanwhile");
	reset(rig, PINION_RESET_WARM);
	tap_ok(state(rig) == PINION_BOOT_IDLE && sound_record(rig, 1) &&
		       reg(rig, PINION_REG_LOG_TAIL) == tail,
	       "WARM keeps the record, the panic registers and the log");
	rig->h2f_tail = rig->f2h_head = 0;
	tap_ok(!rig_boot(rig, image, image_bytes) && fault_is_announced(rig),
	       "the fault is announced after the boot");
	tap_ok(!rig_ask(rig, PINION_MSG_HELLO, &hello, NULL) &&
		       !rig_queue_reset(rig, &rig->queue) && !rig_run(rig, &nop, 8),
	       "QUEUE_RESET heals the queue");
	tap_ok(crash(rig) && sound_record(rig, 2), "the next crash is counted");
	reset(rig, PINION_RESET_WARM);
	tap_ok(boot(rig), "and healed");
}

static void test_end(struct rig *rig)
{
	struct pinion_msg_vm vm = { .vm = RIG_VM, .root_lo = (uint32_t)rig->root };
	struct pinion_crash record;

	tap_ok(!about_queue(rig, PINION_MSG_QUEUE_DESTROY, RIG_QUEUE) && !vm_clear(rig),
	       "VM_CLEAR of an adopted address space after its last queue");
	reset(rig, PINION_RESET_WARM);
	tap_ok(boot(rig) && !rig_ask(rig, PINION_MSG_VM_SET, &vm, NULL),
	       "what was destroyed is not adopted");
	reset(rig, PINION_RESET_FIRMWARE);
	read_crash(rig, &record);
	tap_ok(!record.magic && !reg(rig, PINION_REG_FW_PANIC), "FIRMWARE forgets the crash");
}

int main(void)
{
	static const struct rig_options debug = { .memory_bytes = 64 << 20, .debug = true };
	static const struct rig_options without = { .without_caps = PINION_CAP_WARM,
						    .quiet = true };
	struct rig *rig;

	tap_plan(5 + 5 + 8 + 3 + 1);
	read_image();
	rig = rig_new(&debug);
	test_jobs(rig);
	test_adopted(rig);
	test_crash(rig);
	test_end(rig);
	rig_free(rig);

	rig = rig_new(&without);
	tap_ok(reset(rig, PINION_RESET_WARM) == (PINION_RESET_WARM | PINION_RESET_BAD_LEVEL << 8) &&
		       state(rig) == PINION_BOOT_READY,
	       "a card without PINION_CAP_WARM has no such level");
	rig_free(rig);
	return tap_result();
}
