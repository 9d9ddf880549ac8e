// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The management firmware run natively on a bank of fake registers: every message, every invalid
 * field, random messages, full rings, indices that wrap, queues that do not stop.
 */
#include <stdlib.h>
#include <string.h>

#include "fw.h"
#include "io.h"
#include "tests/tap.h"

#define CONTRACT    (PINION_CONTRACT_MAJOR << 16 | PINION_CONTRACT_MINOR)
#define QUEUES	    16
#define VMS	    8
#define VECTORS	    8
#define MEMORY	    (64u << 20)
#define FREQUENCY   1000000000u
#define QUEUE_WORDS (PINION_MGMT_QUEUE_STRIDE / 4)

/* The fake card. */
static struct {
	uint32_t sys[64];
	uint32_t sram[PINION_SRAM_SIZE / 4];
	uint32_t queue[QUEUES * QUEUE_WORDS];
	uint32_t vm[VMS * 2];
	uint64_t time;
	uint32_t host_int;
	bool ready, queue_stuck;
	unsigned int enables, strays; /* @strays: accesses to nothing */
} hw;

static struct fw fw;
static uint32_t h2f_tail, f2h_head, next_seq;

static uint32_t *find(uint32_t addr)
{
	static uint32_t stray;

	if (addr - PINION_MGMT_SRAM_BASE < PINION_SRAM_SIZE)
		return &hw.sram[(addr - PINION_MGMT_SRAM_BASE) / 4];
	if (addr - PINION_MGMT_SYS_BASE < sizeof(hw.sys))
		return &hw.sys[(addr - PINION_MGMT_SYS_BASE) / 4];
	if (addr - PINION_MGMT_QUEUE_BASE < sizeof(hw.queue))
		return &hw.queue[(addr - PINION_MGMT_QUEUE_BASE) / 4];
	if (addr - PINION_MGMT_VM_BASE < sizeof(hw.vm))
		return &hw.vm[(addr - PINION_MGMT_VM_BASE) / 4];
	hw.strays++;
	return &stray;
}

uint32_t io_read(uint32_t addr)
{
	if (addr == PINION_MGMT_SYS_BASE + PINION_MGMT_TIME_LO) {
		hw.time += 1000;
		hw.sys[PINION_MGMT_TIME_HI / 4] = (uint32_t)(hw.time >> 32);
		return (uint32_t)hw.time;
	}
	return *find(addr);
}

static void queue_ctrl(uint32_t id, uint32_t value)
{
	uint32_t *q = &hw.queue[id * QUEUE_WORDS];

	if (value == PINION_MGMT_Q_ENABLE) {
		hw.enables++;
		q[PINION_MGMT_Q_STATE / 4] = PINION_Q_IDLE;
	} else if (value == PINION_MGMT_Q_STOP) {
		q[PINION_MGMT_Q_STATE / 4] = hw.queue_stuck ? PINION_Q_STOPPING : PINION_Q_DISABLED;
	}
}

void io_write(uint32_t addr, uint32_t value)
{
	uint32_t sys = addr - PINION_MGMT_SYS_BASE;
	uint32_t queue = addr - PINION_MGMT_QUEUE_BASE;

	if (sys == PINION_MGMT_HOST_INT)
		hw.host_int |= value;
	else if (sys == PINION_MGMT_READY)
		hw.ready = true;
	else if (sys == PINION_MGMT_IRQ)
		hw.sys[PINION_MGMT_IRQ / 4] &= ~value;
	else if (queue < sizeof(hw.queue) && queue % PINION_MGMT_QUEUE_STRIDE == PINION_MGMT_Q_CTRL)
		queue_ctrl(queue / PINION_MGMT_QUEUE_STRIDE, value);
	else
		*find(addr) = value;
}

static void boot(uint32_t first_index)
{
	memset(&hw, 0, sizeof(hw));
	memset(&fw, 0, sizeof(fw));
	hw.sys[PINION_MGMT_QUEUES / 4] = QUEUES;
	hw.sys[PINION_MGMT_VMS / 4] = VMS;
	hw.sys[PINION_MGMT_VECTORS / 4] = VECTORS;
	hw.sys[PINION_MGMT_MEMORY_LO / 4] = MEMORY;
	hw.sys[PINION_MGMT_CAPS_LO / 4] = PINION_CAP_COMPUTE;
	hw.sys[PINION_MGMT_TIME_FREQ / 4] = FREQUENCY;
	hw.sys[PINION_MGMT_H2F_TAIL / 4] = hw.sys[PINION_MGMT_H2F_HEAD / 4] = first_index;
	hw.sys[PINION_MGMT_F2H_TAIL / 4] = hw.sys[PINION_MGMT_F2H_HEAD / 4] = first_index;
	h2f_tail = f2h_head = first_index;
	fw_init(&fw);
}

static void post(uint16_t type, const void *data)
{
	struct pinion_msg msg = { .type = type, .seq = ++next_seq };

	if (data)
		memcpy(msg.data, data, sizeof(msg.data));
	memcpy(&hw.sram[(PINION_SRAM_H2F + h2f_tail % PINION_MBOX_SLOTS * 64) / 4], &msg, 64);
	hw.sys[PINION_MGMT_H2F_TAIL / 4] = ++h2f_tail;
}

static bool take(struct pinion_msg *msg)
{
	if (hw.sys[PINION_MGMT_F2H_TAIL / 4] == f2h_head)
		return false;
	memcpy(msg, &hw.sram[(PINION_SRAM_F2H + f2h_head % PINION_MBOX_SLOTS * 64) / 4], 64);
	hw.sys[PINION_MGMT_F2H_HEAD / 4] = ++f2h_head;
	return true;
}

/* Send, let the firmware run, return the status of the reply; ~0 if it is not the right reply. */
static unsigned int ask(uint16_t type, const void *data)
{
	struct pinion_msg reply;

	post(type, data);
	fw_poll(&fw);
	if (!take(&reply) || reply.seq != next_seq || reply.type != (type | PINION_MSG_REPLY))
		return ~0u;
	return reply.status;
}

static unsigned int hello(uint32_t contract)
{
	struct pinion_msg_hello h = { .contract = contract };

	return ask(PINION_MSG_HELLO, &h);
}

static unsigned int vm(uint16_t type, uint32_t id, uint64_t root)
{
	struct pinion_msg_vm m = { .vm = id,
				   .root_lo = (uint32_t)root,
				   .root_hi = (uint32_t)(root >> 32) };

	return ask(type, &m);
}

static unsigned int queue(uint16_t type, uint32_t id)
{
	struct pinion_msg_queue m = { .queue = id };

	return ask(type, &m);
}

static const struct pinion_msg_queue_create good_queue = {
	.queue = 3,
	.vm = 1,
	.ring_lo = 0x10000,
	.ring_hi = 1,
	.cq_lo = 0x20000,
	.cq_hi = 2,
	.entries = 64,
	.vector = 2,
	.priority = 1,
};

static void start(void)
{
	boot(0);
	hello(PINION_CONTRACT_MAJOR << 16);
	vm(PINION_MSG_VM_SET, 1, 0x1000);
}

static void test_hello(void)
{
	struct pinion_msg reply;
	struct pinion_msg_hello h = { .contract = CONTRACT + PINION_CONTRACT_SKEW }, back;

	boot(0);
	tap_ok(hw.ready, "firmware says that it is ready");
	tap_ok(strstr((char *)&hw.sram[PINION_SRAM_LOG / 4], "<6>pinion firmware:"),
	       "and logs what it found");
	tap_ok(vm(PINION_MSG_VM_SET, 1, 0x1000) == PINION_MBOX_VERSION, "nothing before HELLO");
	tap_ok(hello((PINION_CONTRACT_MAJOR + 1) << 16) == PINION_MBOX_VERSION, "newer major");
	tap_ok(hello(0) == PINION_MBOX_VERSION, "older major");
	tap_ok(vm(PINION_MSG_VM_SET, 1, 0x1000) == PINION_MBOX_VERSION, "still nothing");
	tap_ok(hello(CONTRACT + PINION_CONTRACT_SKEW + 1) == PINION_MBOX_VERSION &&
		       vm(PINION_MSG_VM_SET, 1, 0x1000) == PINION_MBOX_VERSION,
	       "a minor version too new");
	post(PINION_MSG_HELLO, &h);
	fw_poll(&fw);
	tap_ok(take(&reply) && reply.status == PINION_MBOX_OK,
	       "two minor versions newer is accepted");
	memcpy(&back, reply.data, sizeof(back));
	tap_ok(back.contract == (PINION_CONTRACT_MAJOR << 16 | PINION_CONTRACT_MINOR) &&
		       back.fw_version == PINION_FW_VERSION && back.caps_lo == PINION_CAP_COMPUTE,
	       "reply has contract, firmware version and capabilities");
	tap_ok(hw.host_int & PINION_INT_MBOX, "and an interrupt");
	h.reserved[9] = 1;
	tap_ok(ask(PINION_MSG_HELLO, &h) == PINION_MBOX_INVALID, "HELLO: reserved field");
}

static void test_unknown(void)
{
	struct pinion_msg_queue data = { .queue = 0xabcd };
	struct pinion_msg reply;

	start();
	tap_ok(ask(0, NULL) == PINION_MBOX_UNKNOWN, "type 0");
	tap_ok(ask((uint16_t)nr_msg_ops, NULL) == PINION_MBOX_UNKNOWN, "type %u", nr_msg_ops);
	tap_ok(ask(PINION_MSG_EV_QUEUE_FAULT, NULL) == PINION_MBOX_UNKNOWN, "an event as request");
	tap_ok(ask(PINION_MSG_REPLY, NULL) == PINION_MBOX_UNKNOWN, "a reply as request");
	post(PINION_MSG_PING, &data);
	fw_poll(&fw);
	tap_ok(take(&reply) && !reply.status && !memcmp(reply.data, &data, sizeof(data)),
	       "PING brings its data back");
	post(PINION_MSG_PING, NULL);
	hw.sram[(PINION_SRAM_H2F + (h2f_tail - 1) % PINION_MBOX_SLOTS * 64) / 4] |= 1u << 16;
	fw_poll(&fw);
	tap_ok(take(&reply) && reply.status == PINION_MBOX_INVALID, "a request with a status");
}

static void test_vm(void)
{
	struct pinion_msg_vm m = { .vm = 2, .root_lo = 0x1000, .reserved = { [7] = 1 } };

	start();
	tap_ok(hw.vm[2] == 0x1001 && hw.vm[3] == 0, "VM_SET writes the root, valid");
	tap_ok(vm(PINION_MSG_VM_SET, 1, 0x2000) == PINION_MBOX_BUSY, "VM_SET: set already");
	tap_ok(vm(PINION_MSG_VM_SET, 0, 0x1000) == PINION_MBOX_INVALID, "VM_SET: vm 0");
	tap_ok(vm(PINION_MSG_VM_SET, VMS, 0x1000) == PINION_MBOX_INVALID, "VM_SET: vm too large");
	tap_ok(vm(PINION_MSG_VM_SET, 2, 0x1800) == PINION_MBOX_INVALID, "VM_SET: root unaligned");
	tap_ok(vm(PINION_MSG_VM_SET, 2, MEMORY) == PINION_MBOX_INVALID, "VM_SET: root too far");
	tap_ok(vm(PINION_MSG_VM_SET, 2, 1ull << 40) == PINION_MBOX_INVALID, "VM_SET: upper half");
	tap_ok(ask(PINION_MSG_VM_SET, &m) == PINION_MBOX_INVALID, "VM_SET: reserved field");
	tap_ok(vm(PINION_MSG_VM_SET, 2, MEMORY - 4096) == PINION_MBOX_OK, "VM_SET: last table");
	tap_ok(vm(PINION_MSG_VM_CLEAR, 3, 0) == PINION_MBOX_NOT_FOUND, "VM_CLEAR: never set");
	tap_ok(vm(PINION_MSG_VM_CLEAR, VMS, 0) == PINION_MBOX_INVALID, "VM_CLEAR: too large");
	tap_ok(vm(PINION_MSG_VM_CLEAR, 2, 0x1000) == PINION_MBOX_INVALID, "VM_CLEAR: with a root");
	ask(PINION_MSG_QUEUE_CREATE, &good_queue);
	tap_ok(vm(PINION_MSG_VM_CLEAR, 1, 0) == PINION_MBOX_BUSY, "VM_CLEAR: a queue uses it");
	queue(PINION_MSG_QUEUE_DESTROY, good_queue.queue);
	tap_ok(vm(PINION_MSG_VM_CLEAR, 1, 0) == PINION_MBOX_OK && !hw.vm[2],
	       "VM_CLEAR when it is gone");
	tap_ok(vm(PINION_MSG_VM_SET, 1, 0) == PINION_MBOX_OK && hw.vm[2] == 1,
	       "VM_SET again, root 0 is an address like others");
}

static const struct {
	const char *what;
	unsigned int word;
	uint32_t value;
} bad_queue[] = {
	{ "queue too large", 0, QUEUES },
	{ "queue huge", 0, ~0u },
	{ "vm 0", 1, 0 },
	{ "vm too large", 1, VMS },
	{ "ring unaligned", 2, 0x10020 },
	{ "ring beyond the DMA range", 3, 0x02000000 },
	{ "ring end beyond the DMA range", 2, 0xffffffc0 },
	{ "completion ring unaligned", 4, 0x20010 },
	{ "completion ring beyond the DMA range", 5, ~0u },
	{ "no entries", 6, 0 },
	{ "one entry", 6, 1 },
	{ "entries no power of two", 6, 48 },
	{ "too many entries", 6, 8192 },
	{ "vector 0", 7, 0 },
	{ "vector too large", 7, VECTORS },
	{ "priority too high", 8, 4 },
	{ "shadow unaligned", 9, 0x30004 },
	{ "shadow beyond the DMA range", 10, 0x02000000 },
	{ "shadow without the capability", 9, 0x30000 },
	{ "reserved first", 11, 1 },
	{ "reserved last", 13, 1 },
};

#define N_BAD_QUEUE (sizeof(bad_queue) / sizeof(bad_queue[0]))

static void test_queue_fields(void)
{
	start();
	for (unsigned int i = 0; i < N_BAD_QUEUE; i++) {
		uint32_t data[14];

		memcpy(data, &good_queue, sizeof(data));
		if (bad_queue[i].value == 0xffffffc0)
			data[3] = 0x01ffffff;
		data[bad_queue[i].word] = bad_queue[i].value;
		tap_ok(ask(PINION_MSG_QUEUE_CREATE, data) == PINION_MBOX_INVALID,
		       "QUEUE_CREATE: %s", bad_queue[i].what);
	}
	tap_ok(!hw.enables, "no bad message touched a queue");
}

static void test_queue(void)
{
	struct pinion_msg_queue_create c = good_queue;
	struct pinion_msg_queue bad = { .queue = 3, .status = 1 };
	uint32_t *q = &hw.queue[3 * QUEUE_WORDS];

	start();
	c.vm = 2;
	tap_ok(ask(PINION_MSG_QUEUE_CREATE, &c) == PINION_MBOX_NOT_FOUND, "vm that is not set");
	tap_ok(ask(PINION_MSG_QUEUE_CREATE, &good_queue) == PINION_MBOX_OK, "QUEUE_CREATE");
	tap_ok(q[PINION_MGMT_Q_RING_LO / 4] == 0x10000 && q[PINION_MGMT_Q_RING_HI / 4] == 1 &&
		       q[PINION_MGMT_Q_CQ_LO / 4] == 0x20000 && q[PINION_MGMT_Q_CQ_HI / 4] == 2 &&
		       q[PINION_MGMT_Q_ENTRIES / 4] == 64 && q[PINION_MGMT_Q_VM / 4] == 1 &&
		       q[PINION_MGMT_Q_VECTOR / 4] == 2 && q[PINION_MGMT_Q_PRIORITY / 4] == 1 &&
		       q[PINION_MGMT_Q_STATE / 4] == PINION_Q_IDLE,
	       "all its registers, enabled");
	tap_ok(ask(PINION_MSG_QUEUE_CREATE, &good_queue) == PINION_MBOX_BUSY, "twice");
	tap_ok(queue(PINION_MSG_QUEUE_RESET, 4) == PINION_MBOX_NOT_FOUND, "RESET: no such queue");
	tap_ok(queue(PINION_MSG_QUEUE_DESTROY, 4) == PINION_MBOX_NOT_FOUND,
	       "DESTROY: no such queue");
	tap_ok(queue(PINION_MSG_QUEUE_RESET, QUEUES) == PINION_MBOX_INVALID, "RESET: too large");
	tap_ok(queue(PINION_MSG_QUEUE_DESTROY, ~0u) == PINION_MBOX_INVALID, "DESTROY: too large");
	tap_ok(ask(PINION_MSG_QUEUE_RESET, &bad) == PINION_MBOX_INVALID, "RESET: status field");
	tap_ok(queue(PINION_MSG_QUEUE_RESET, 3) == PINION_MBOX_OK && hw.enables == 2, "RESET");
	hw.queue_stuck = true;
	tap_ok(queue(PINION_MSG_QUEUE_DESTROY, 3) == PINION_MBOX_BUSY, "DESTROY: does not stop");
	tap_ok(queue(PINION_MSG_QUEUE_RESET, 3) == PINION_MBOX_BUSY, "RESET: does not stop");
	hw.queue_stuck = false;
	tap_ok(queue(PINION_MSG_QUEUE_DESTROY, 3) == PINION_MBOX_OK && !q[PINION_MGMT_Q_VM / 4],
	       "DESTROY at last");
	q[PINION_MGMT_Q_STATE / 4] = PINION_Q_STOPPING;
	tap_ok(ask(PINION_MSG_QUEUE_CREATE, &good_queue) == PINION_MBOX_BUSY, "CREATE: not quiet");
	q[PINION_MGMT_Q_STATE / 4] = PINION_Q_DISABLED;
	tap_ok(ask(PINION_MSG_QUEUE_CREATE, &good_queue) == PINION_MBOX_OK, "CREATE again");
}

static uint32_t random_word(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 32);
}

/* Arguments that are good for many types of message; in one of four messages a bit is flipped. */
static void random_args(uint16_t type, uint32_t data[14])
{
	memset(data, 0, 14 * sizeof(*data));
	if (type == PINION_MSG_QUEUE_CREATE)
		memcpy(data, &good_queue, sizeof(good_queue));
	data[0] = random_word() % VMS;
	if (type == PINION_MSG_QUEUE_CREATE)
		data[1] = random_word() % VMS;
	else if (type == PINION_MSG_VM_SET)
		data[1] = random_word() % 4 * 4096;
	if (random_word() % 4 == 0)
		data[random_word() % 14] ^= 1u << random_word() % 32;
}

/* The number of queues that use an address space is what the firmware counts. */
static bool users_right(void)
{
	uint32_t users[VMS] = { 0 }, wrong = 0;

	for (uint32_t i = 0; i < QUEUES; i++)
		if (fw.queue[i].used)
			users[fw.queue[i].vm]++;
	for (uint32_t i = 0; i < VMS; i++)
		wrong += users[i] != fw.vm[i].queues || (users[i] && !fw.vm[i].set);
	return !wrong;
}

/* Types up to one more than the firmware has: a type is unknown if and only if it has no row. */
static void test_random(void)
{
	unsigned int rounds = getenv("PINION_SOAK") ? 2000000 : 20000, bad = 0;
	uint32_t seen = 0;

	start();
	for (unsigned int i = 0; i < rounds; i++) {
		uint16_t type = (uint16_t)(random_word() % (nr_msg_ops + 1));
		bool known = type < nr_msg_ops && msg_ops[type].run;
		uint32_t data[14];
		unsigned int status;

		random_args(type, data);
		status = ask(type, data);
		bad += status > PINION_MBOX_NOT_FOUND || known == (status == PINION_MBOX_UNKNOWN);
		bad += !users_right();
		seen |= 1u << (status & 31);
	}
	tap_ok(!bad && !hw.strays, "%u random messages, each answered as its row says", rounds);
	tap_ok(seen == (2u << PINION_MBOX_NOT_FOUND) - 1, "with every status among the answers");
}

static void fault(uint32_t id, uint32_t status)
{
	hw.queue[id * QUEUE_WORDS + PINION_MGMT_Q_STATE / 4] = PINION_Q_FAULTED;
	hw.queue[id * QUEUE_WORDS + PINION_MGMT_Q_FAULT / 4] = status;
	hw.sys[PINION_MGMT_FAULT_QUEUES(id / 32) / 4] |= 1u << id % 32;
	hw.sys[PINION_MGMT_IRQ / 4] |= PINION_MGMT_IRQ_FAULT;
}

static void test_faults(void)
{
	struct pinion_msg msg;

	start();
	ask(PINION_MSG_QUEUE_CREATE, &good_queue);
	fault(3, PINION_STATUS_PAGE_FAULT);
	fw_poll(&fw);
	tap_ok(take(&msg) && msg.type == PINION_MSG_EV_QUEUE_FAULT && msg.data[0] == 3 &&
		       msg.data[1] == PINION_STATUS_PAGE_FAULT,
	       "a fault is announced");
	tap_ok(!hw.sys[PINION_MGMT_IRQ / 4], "its cause is acknowledged");
	fw_poll(&fw);
	tap_ok(!take(&msg), "once");
	hw.sys[PINION_MGMT_FAULT_QUEUES(0) / 4] = 0;
	tap_ok(queue(PINION_MSG_QUEUE_RESET, 3) == PINION_MBOX_OK, "reset");
	fault(3, PINION_STATUS_ILLEGAL_INSN);
	fw_poll(&fw);
	tap_ok(take(&msg) && msg.data[1] == PINION_STATUS_ILLEGAL_INSN, "the next one, too");
}

/* The host takes nothing: requests wait, events are kept, nothing is lost or overwritten. */
static void test_full(void)
{
	unsigned int events = 0, pings = 0, bad = 0;
	uint32_t want = next_seq + 1;
	struct pinion_msg msg;

	start();
	want = next_seq + 1;
	for (int i = 0; i < PINION_MBOX_SLOTS; i++)
		post(PINION_MSG_PING, NULL);
	fw_poll(&fw);
	for (int i = 0; i < PINION_MBOX_SLOTS; i++)
		post(PINION_MSG_PING, NULL);
	for (uint32_t i = 0; i < QUEUES; i++)
		fault(i, PINION_STATUS_TRAP);
	fw_poll(&fw);
	fw_poll(&fw);
	tap_ok(hw.sys[PINION_MGMT_F2H_TAIL / 4] - f2h_head == PINION_MBOX_SLOTS,
	       "a full ring takes nothing more");
	tap_ok(hw.sys[PINION_MGMT_TIMECMP_LO / 4] - (uint32_t)hw.time <= FREQUENCY / 1000,
	       "the firmware looks again within a millisecond");
	for (int i = 0; i < 200; i++) {
		fw_poll(&fw);
		if (!take(&msg))
			continue;
		if (msg.type == PINION_MSG_EV_QUEUE_FAULT)
			events++;
		else if (msg.seq == want + pings)
			pings++;
		else
			bad++;
	}
	tap_ok(pings == 2 * PINION_MBOX_SLOTS && !bad, "every request answered in order");
	tap_ok(events == QUEUES, "every fault announced");
}

static void test_indices(void)
{
	unsigned int good = 0;
	struct pinion_msg msg;

	boot(0xfffffff8);
	for (int i = 0; i < 40; i++)
		good += ask(PINION_MSG_PING, NULL) == PINION_MBOX_OK;
	tap_ok(good == 40, "indices wrap at 2^32");
	hw.sys[PINION_MGMT_H2F_TAIL / 4] += PINION_MBOX_SLOTS + 1;
	fw_poll(&fw);
	tap_ok(!take(&msg), "a tail too far ahead is ignored");
	hw.sys[PINION_MGMT_H2F_TAIL / 4] = h2f_tail;
	hw.sys[PINION_MGMT_F2H_HEAD / 4] = f2h_head + 5;
	post(PINION_MSG_PING, NULL);
	fw_poll(&fw);
	tap_ok(hw.sys[PINION_MGMT_F2H_TAIL / 4] == f2h_head, "so is a head that makes no sense");
	hw.sys[PINION_MGMT_F2H_HEAD / 4] = f2h_head;
	fw_poll(&fw);
	tap_ok(take(&msg) && msg.seq == next_seq, "and all goes on when it does");
}

static void start_again(void)
{
	memset(&fw, 0, sizeof(fw));
	fw_init(&fw);
}

/* The firmware starts on hardware that still has queues and address spaces, as after WARM. */
static void test_adopt(void)
{
	uint32_t *q = &hw.queue[3 * QUEUE_WORDS];
	struct pinion_msg msg;

	start();
	ask(PINION_MSG_QUEUE_CREATE, &good_queue);
	vm(PINION_MSG_VM_SET, 5, 0x2000);
	fault(3, PINION_STATUS_TRAP);
	fw_poll(&fw);
	take(&msg);
	start_again();
	tap_ok(users_right() && fw.queue[3].used && fw.vm[1].queues == 1 && fw.vm[5].set &&
		       !fw.vm[5].queues && !fw.vm[2].set,
	       "what the hardware has is adopted, and nothing else");
	fw_poll(&fw);
	tap_ok(take(&msg) && msg.type == PINION_MSG_EV_QUEUE_FAULT && msg.data[0] == 3,
	       "the fault of an adopted queue is announced anew");
	tap_ok(vm(PINION_MSG_VM_CLEAR, 5, 0) == PINION_MBOX_VERSION, "nothing before HELLO");
	hello(PINION_CONTRACT_MAJOR << 16);
	hw.sys[PINION_MGMT_FAULT_QUEUES(0) / 4] = 0;
	tap_ok(queue(PINION_MSG_QUEUE_RESET, 3) == PINION_MBOX_OK &&
		       q[PINION_MGMT_Q_RING_LO / 4] == good_queue.ring_lo &&
		       q[PINION_MGMT_Q_VM / 4] == 1 && q[PINION_MGMT_Q_STATE / 4] == PINION_Q_IDLE,
	       "QUEUE_RESET of an adopted queue");
	tap_ok(vm(PINION_MSG_VM_CLEAR, 1, 0) == PINION_MBOX_BUSY &&
		       queue(PINION_MSG_QUEUE_DESTROY, 3) == PINION_MBOX_OK &&
		       vm(PINION_MSG_VM_CLEAR, 1, 0) == PINION_MBOX_OK &&
		       vm(PINION_MSG_VM_CLEAR, 5, 0) == PINION_MBOX_OK,
	       "QUEUE_DESTROY, then VM_CLEAR");
}

static void test_half_done(void)
{
	uint32_t *q = &hw.queue[3 * QUEUE_WORDS];

	start();
	ask(PINION_MSG_QUEUE_CREATE, &good_queue);
	q[PINION_MGMT_Q_STATE / 4] = PINION_Q_DISABLED;
	start_again();
	hello(PINION_CONTRACT_MAJOR << 16);
	tap_ok(queue(PINION_MSG_QUEUE_RESET, 3) == PINION_MBOX_OK &&
		       q[PINION_MGMT_Q_STATE / 4] == PINION_Q_IDLE,
	       "a queue whose QUEUE_RESET was cut off is adopted");
	q[PINION_MGMT_Q_VM / 4] = VMS;
	start_again();
	tap_ok(!fw.queue[3].used && !hw.strays, "a queue of no address space is not adopted");
}

/* A stack pointer that points anywhere: the record has no word from outside of the RAM. */
static void test_crash(void)
{
	struct pinion_crash *crash = (void *)&hw.sram[PINION_SRAM_CRASH / 4];
	uint32_t x[31] = { [1] = PINION_MGMT_RAM_BASE - 4 };

	start();
	crash_record(5, 0x80000100, 0x20000004, x);
	tap_ok(crash->magic == PINION_CRASH_MAGIC && crash->count == 1 && crash->cause == 5 &&
		       crash->pc == 0x80000100 && crash->value == 0x20000004 &&
		       crash->x[1] == x[1] && crash->fw_version == PINION_FW_VERSION &&
		       !crash->stack_words,
	       "a crash is recorded, without a stack below the RAM");
	x[1] = PINION_MGMT_RAM_BASE + 2;
	crash_record(5, 0x80000100, 0, x);
	tap_ok(crash->count == 2 && !crash->stack_words && !hw.strays, "nor with an odd one");
	x[1] = PINION_MGMT_RAM_BASE + PINION_MGMT_RAM_SIZE - 8;
	crash_record(5, 0x80000100, 0, x);
	tap_ok(crash->count == 3 && crash->stack_words == 2 && hw.strays == 2,
	       "a stack is read up to the end of the RAM");
	hw.strays = 0;
}

static void test_heartbeat(void)
{
	start();
	for (int i = 0; i < 10; i++) {
		hw.time += FREQUENCY / 10;
		fw_poll(&fw);
	}
	tap_ok(hw.sys[PINION_MGMT_HEARTBEAT / 4] == 10, "ten heartbeats in a second");
	hw.time += 3600ull * FREQUENCY;
	fw_poll(&fw);
	fw_poll(&fw);
	tap_ok(hw.sys[PINION_MGMT_HEARTBEAT / 4] == 11, "no burst after a leap of the clock");
	for (int i = 0; i < 2000; i++)
		fw_log(FW_LOG_INFO, "%s %u %x %%", "line", 4294967295u, 0xdeadbeefu);
	tap_ok(all_zero(&hw.sram[0x800 / 4], (PINION_SRAM_LOG - 0x800) / 4) &&
		       hw.sys[PINION_MGMT_LOG_TAIL / 4] > 2000 * 30,
	       "the log wraps inside its ring");
	tap_ok(!hw.strays, "no access outside the registers");
}

int main(void)
{
	tap_plan(11 + 6 + 15 + N_BAD_QUEUE + 1 + 15 + 2 + 5 + 7 + 3 + 4 + 4 + 4);
	test_hello();
	test_unknown();
	test_vm();
	test_queue_fields();
	test_queue();
	test_random();
	test_faults();
	test_adopt();
	test_half_done();
	test_crash();
	test_full();
	test_indices();
	test_heartbeat();
	return tap_result();
}
