// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The real signed image on the card model: boot, mailbox, log, heartbeat, faults of a queue; and
 * every way in which an image can be wrong.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cardrig.h"
#include "tests/tap.h"

#define IMAGE "build/firmware/pinion/mgmt.bin"
#define KEY   "firmware/keys/pinion-test.key"

static uint8_t image[PINION_FW_MAX_BYTES + 1];
static size_t image_bytes;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];

static void read_files(void)
{
	uint8_t seed[32], public_key[32];
	char line[256] = "#";
	FILE *f = fopen(IMAGE, "rb");

	if (!f)
		tap_bail(IMAGE ": cannot open");
	image_bytes = fread(image, 1, sizeof(image), f);
	fclose(f);
	f = fopen(KEY, "r");
	while (f && *line == '#' && fgets(line, sizeof(line), f))
		;
	if (!f || sodium_init() < 0 || sodium_hex2bin(seed, 32, line, 64, NULL, NULL, NULL))
		tap_bail(KEY ": cannot read");
	fclose(f);
	crypto_sign_seed_keypair(public_key, secret, seed);
}

static uint32_t reg(struct rig *rig, uint32_t offset)
{
	return card_reg_read(rig->card, offset);
}

static void test_mailbox(struct rig *rig)
{
	struct pinion_msg_hello hello = { .contract = (PINION_CONTRACT_MAJOR + 1) << 16 }, back;
	uint32_t data[14] = { 1, 2, 3, [13] = 0xffffffff };
	struct pinion_msg reply;
	unsigned int good = 0;

	tap_ok(rig_ask(rig, PINION_MSG_HELLO, &hello, NULL) == PINION_MBOX_VERSION,
	       "HELLO with another contract major is refused");
	hello.contract = PINION_CONTRACT_MAJOR << 16;
	rig_ask(rig, PINION_MSG_HELLO, &hello, &reply);
	memcpy(&back, reply.data, sizeof(back));
	tap_ok(!reply.status && back.fw_version == reg(rig, PINION_REG_FW_VERSION) &&
		       back.caps_lo == reg(rig, PINION_REG_CAPS_LO),
	       "HELLO tells version and caps");
	for (int i = 0; i < 1000; i++)
		good += !rig_ask(rig, PINION_MSG_PING, data, &reply) &&
			!memcmp(reply.data, data, sizeof(data));
	tap_ok(good == 1000, "1000 PINGs come back");
	tap_ok(rig_ask(rig, 0x77, NULL, NULL) == PINION_MBOX_UNKNOWN, "unknown message");
}

/* Two full rings of requests before the host reads one reply. */
static void test_flood(struct rig *rig)
{
	uint32_t first = rig->seq + 1, got = 0, wrong = 0;
	struct pinion_msg msg = { .type = PINION_MSG_PING };

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < PINION_MBOX_SLOTS; i++) {
			msg.seq = ++rig->seq;
			rig_post(rig, &msg);
		}
		for (int i = 0; i < 100; i++)
			rig_step(rig);
	}
	for (int i = 0; i < 1000; i++) {
		rig_step(rig);
		if (rig_take_message(rig, &msg))
			wrong += msg.seq != first + got++;
	}
	tap_ok(got == 2 * PINION_MBOX_SLOTS && !wrong, "a flood is answered in order, %u of %u",
	       got, 2 * PINION_MBOX_SLOTS);
	card_reg_write(rig->card, PINION_REG_H2F_TAIL, rig->h2f_tail + PINION_MBOX_SLOTS + 1);
	for (int i = 0; i < 100; i++)
		rig_step(rig);
	card_reg_write(rig->card, PINION_REG_H2F_TAIL, rig->h2f_tail);
	tap_ok(!rig_take_message(rig, &msg) && !rig_ask(rig, PINION_MSG_PING, NULL, NULL),
	       "a tail that makes no sense is ignored");
}

static void test_life(struct rig *rig)
{
	uint32_t beat = reg(rig, PINION_REG_FW_HEARTBEAT), tail, bytes;
	uint64_t end = rig->time + 1000000000;
	char log[PINION_LOG_SIZE + 1] = { 0 };

	while (rig->time < end)
		rig_step(rig);
	beat = reg(rig, PINION_REG_FW_HEARTBEAT) - beat;
	tap_ok(beat >= 9 && beat <= 11, "%u heartbeats in a second", beat);
	tail = reg(rig, PINION_REG_LOG_TAIL);
	bytes = tail < PINION_LOG_SIZE ? tail & ~3u : PINION_LOG_SIZE;
	for (uint32_t i = 0; i < bytes; i += 4) {
		uint32_t word = reg(rig, PINION_SRAM_OFFSET + PINION_SRAM_LOG + i);

		memcpy(log + i, &word, 4);
	}
	tap_ok(strstr(log, "<6>pinion firmware: contract 1.2, 8 cores"), "the log can be read");
}

static void test_fault(struct rig *rig)
{
	struct pinion_pkt bad = { .op = 99, .bytes = 8 }, nop = { .bytes = 8 };
	struct pinion_msg msg = { 0 };

	tap_ok(rig_run(rig, &bad, 8) == PINION_STATUS_BAD_PACKET, "a bad packet stops its queue");
	for (int i = 0; i < 100 && msg.type != PINION_MSG_EV_QUEUE_FAULT; i++) {
		rig_step(rig);
		rig_take_message(rig, &msg);
	}
	tap_ok(msg.type == PINION_MSG_EV_QUEUE_FAULT && msg.data[0] == RIG_QUEUE &&
		       msg.data[1] == PINION_STATUS_BAD_PACKET,
	       "the firmware announces it");
	tap_ok(!rig_queue_reset(rig, &rig->queue) && !rig_run(rig, &nop, 8),
	       "QUEUE_RESET brings it back");
}

/* A job that waits for what never comes must not keep QUEUE_DESTROY and VM_CLEAR away. */
static void test_destroy(struct rig *rig)
{
	struct rig_buf word = rig_alloc(rig, 8, RIG_RW);
	struct pinion_pkt_sem wait = { .pkt = { .op = PINION_PKT_WAIT, .bytes = sizeof(wait) },
				       .va = word.va,
				       .value = 1 };
	struct pinion_desc desc = { .opcode = PINION_DESC_EXEC,
				    .bytes = sizeof(wait),
				    .cmd_va = rig->cmd.va };
	struct pinion_msg_queue queue = { .queue = 5 };
	struct pinion_msg_vm vm = { .vm = RIG_VM };
	struct rig_queue q;

	memcpy(rig->cmd.ptr, &wait, sizeof(wait));
	tap_ok(!rig_queue_open(rig, &q, 5, RIG_VM, 2, 3), "a second queue");
	rig_submit(rig, &q, &desc);
	for (int i = 0; i < 100; i++)
		rig_step(rig);
	tap_ok(rig_ask(rig, PINION_MSG_VM_CLEAR, &vm, NULL) == PINION_MBOX_BUSY,
	       "VM_CLEAR is refused while queues use it");
	tap_ok(!rig_ask(rig, PINION_MSG_QUEUE_DESTROY, &queue, NULL),
	       "QUEUE_DESTROY while it waits");
	queue.queue = RIG_QUEUE;
	tap_ok(!rig_ask(rig, PINION_MSG_QUEUE_DESTROY, &queue, NULL) &&
		       !rig_ask(rig, PINION_MSG_VM_CLEAR, &vm, NULL),
	       "then VM_CLEAR is taken");
}

/* The good image, changed by @change, signed anew with the test key if @sign. */
static unsigned int boot_changed(struct rig *rig, void (*change)(struct pinion_fw_header *h),
				 bool sign)
{
	static uint8_t copy[sizeof(image)];
	struct pinion_fw_header h;
	size_t covered = image_bytes - PINION_FW_SIGNATURE_BYTES;

	memcpy(copy, image, image_bytes);
	memcpy(&h, copy, sizeof(h));
	change(&h);
	memcpy(copy, &h, sizeof(h));
	if (sign)
		crypto_sign_detached(copy + covered, NULL, copy, covered, secret);
	return rig_boot(rig, copy, image_bytes);
}

static void magic(struct pinion_fw_header *h)
{
	h->magic ^= 1;
}
static void format(struct pinion_fw_header *h)
{
	h->format++;
}
static void header_bytes(struct pinion_fw_header *h)
{
	h->header_bytes = 64;
}
static void longer(struct pinion_fw_header *h)
{
	h->image_bytes++;
}
static void minor(struct pinion_fw_header *h)
{
	h->contract++;
}
static void major(struct pinion_fw_header *h)
{
	h->contract += 1 << 16;
}
static void load_low(struct pinion_fw_header *h)
{
	h->load_addr -= 4;
}
static void load_bytes(struct pinion_fw_header *h)
{
	h->load_bytes--;
}
static void mem_small(struct pinion_fw_header *h)
{
	h->mem_bytes = h->load_bytes - 1;
}
static void mem_large(struct pinion_fw_header *h)
{
	h->mem_bytes = ~0u;
}
static void entry_far(struct pinion_fw_header *h)
{
	h->entry += h->load_bytes;
}
static void entry_odd(struct pinion_fw_header *h)
{
	h->entry++;
}
static void no_key(struct pinion_fw_header *h)
{
	memset(h->key_id, 0, 8);
}
static void other_key(struct pinion_fw_header *h)
{
	h->key_id[0] ^= 1;
}
static void build(struct pinion_fw_header *h)
{
	h->build[3] ^= 4;
}

static const struct {
	const char *what;
	void (*change)(struct pinion_fw_header *h);
	bool sign;
	unsigned int want;
} wrong[] = {
	{ "magic", magic, true, PINION_BOOT_ERR_MAGIC },
	{ "format", format, true, PINION_BOOT_ERR_FORMAT },
	{ "header length", header_bytes, true, PINION_BOOT_ERR_HEADER },
	{ "image length", longer, true, PINION_BOOT_ERR_SIZE },
	{ "newer contract minor", minor, true, PINION_BOOT_ERR_TOO_NEW },
	{ "newer contract major", major, true, PINION_BOOT_ERR_TOO_NEW },
	{ "load address below RAM", load_low, true, PINION_BOOT_ERR_HEADER },
	{ "payload length", load_bytes, true, PINION_BOOT_ERR_HEADER },
	{ "memory smaller than payload", mem_small, true, PINION_BOOT_ERR_HEADER },
	{ "memory larger than RAM", mem_large, true, PINION_BOOT_ERR_HEADER },
	{ "entry outside", entry_far, true, PINION_BOOT_ERR_HEADER },
	{ "entry odd", entry_odd, true, PINION_BOOT_ERR_HEADER },
	{ "unsigned", no_key, false, PINION_BOOT_ERR_KEY },
	{ "another key", other_key, true, PINION_BOOT_ERR_KEY },
	{ "altered", build, false, PINION_BOOT_ERR_SIGNATURE },
};

#define N_WRONG (sizeof(wrong) / sizeof(wrong[0]))

static void test_wrong_images(struct rig *rig)
{
	for (unsigned int i = 0; i < N_WRONG; i++) {
		unsigned int got = boot_changed(rig, wrong[i].change, wrong[i].sign);

		tap_ok(got == wrong[i].want, "%s: error %u, wanted %u", wrong[i].what, got,
		       wrong[i].want);
	}
}

/* One flipped bit of every byte; of every bit when asked for a long run. */
static void test_flips(struct rig *rig)
{
	unsigned int bits = getenv("PINION_SOAK") ? 8 : 1, taken = 0;

	for (size_t i = 0; i < image_bytes; i++) {
		for (unsigned int b = 0; b < bits; b++) {
			uint8_t flip = (uint8_t)(1u << (i + b) % 8);

			image[i] ^= flip;
			taken += !rig_boot(rig, image, image_bytes);
			image[i] ^= flip;
		}
	}
	tap_ok(!taken, "%zu images with one flipped bit: %u taken", image_bytes * bits, taken);
}

static void test_lengths(struct rig *rig)
{
	unsigned int taken = 0;

	for (size_t n = 0; n < image_bytes; n += n < 300 ? 1 : 97)
		taken += rig_boot(rig, image, n) != PINION_BOOT_ERR_SIZE;
	tap_ok(!taken, "truncated images are refused for their size");
	tap_ok(rig_boot(rig, image, image_bytes + 1) == PINION_BOOT_ERR_SIZE, "so is a longer one");
	rig->refuse_dma = true;
	tap_ok(rig_boot(rig, image, image_bytes) == PINION_BOOT_ERR_DMA, "memory not readable");
	rig->refuse_dma = false;
}

/* A signed image whose first instruction is illegal. */
static void test_crash(struct rig *rig)
{
	static uint8_t copy[sizeof(image)];
	size_t covered = image_bytes - PINION_FW_SIGNATURE_BYTES;

	memcpy(copy, image, image_bytes);
	memset(copy + sizeof(struct pinion_fw_header), 0, 16);
	crypto_sign_detached(copy + covered, NULL, copy, covered, secret);
	tap_ok(rig_boot(rig, copy, image_bytes) == RIG_CRASHED, "illegal instruction: CRASHED");
	card_reg_write(rig->card, PINION_REG_RESET, PINION_RESET_FIRMWARE);
	for (int i = 0; i < 1000 && reg(rig, PINION_REG_RESET); i++)
		rig_step(rig);
	tap_ok(!reg(rig, PINION_REG_RESET) && (reg(rig, PINION_REG_BOOT_STATUS) &
					       PINION_BOOT_STATUS_STATE) == PINION_BOOT_IDLE,
	       "RESET FIRMWARE: IDLE again");
}

int main(void)
{
	static const struct rig_options bare = { .no_boot = true };
	struct rig *rig;

	tap_plan(4 + 2 + 2 + 3 + 4 + N_WRONG + 1 + 3 + 2 + 1);
	read_files();
	rig = rig_new(NULL);
	test_mailbox(rig);
	test_flood(rig);
	test_life(rig);
	test_fault(rig);
	test_destroy(rig);
	rig_free(rig);

	rig = rig_new(&bare);
	rig->quiet = true;
	test_wrong_images(rig);
	test_flips(rig);
	test_lengths(rig);
	test_crash(rig);
	tap_ok(!rig_boot(rig, image, image_bytes), "the good image boots after all that");
	rig_free(rig);
	return tap_result();
}
