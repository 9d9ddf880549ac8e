// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card in the hands of somebody who means harm: any registers, doorbells, descriptors, packets,
 * page tables, code and saved states, in any order. Passing means that no sanitiser spoke and that
 * a good job still runs after a reset.
 *
 * With -DFUZZER this is a target of libFuzzer; otherwise it feeds itself from a seed.
 */
#include "card_fixture.h"

#define VMS	   3u
#define QUEUES	   4u
#define LONG_CODE  (FX_DEV_VA + 0x20000)
#define LONG_WORDS 4000u
#define AREA_BYTES (1u << 20)
#define AREA(vm)   ((24u << 20) + (vm) * AREA_BYTES)

struct input {
	const uint8_t *at, *end;
};

static uint64_t take(struct input *in, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes-- && in->at < in->end)
		v = v << 8 | *in->at++;
	return v;
}

/* Small numbers, addresses that exist and their neighbours are worth more than any others. */
static uint64_t take_va(struct input *in)
{
	static const uint64_t base[] = {
		FX_DEV_VA,
		FX_DEV_VA + FX_DEV_BYTES,
		FX_HOST_VA,
		FX_HOST_VA + FX_HOST_MAPPED,
		0,
		1ull << PINION_VA_BITS,
		PINION_SCRATCH_BASE + FX_SCRATCH,
		UINT64_MAX,
	};
	uint64_t shape = take(in, 1), v = base[shape % 8];

	if (shape & 8)
		v += take(in, 2) * (shape & 0x10 ? 8 : 1);
	if (shape & 0x20)
		v -= take(in, 1);
	return shape & 0x40 ? take(in, 8) : v;
}

static uint64_t take_size(struct input *in)
{
	uint64_t shape = take(in, 1);

	return shape < 200 ? take(in, 2) : shape < 230 ? take(in, 4) : take(in, 8);
}

static void random_packet(struct input *in, union card_packet *p)
{
	uint8_t op = take(in, 1) % (nr_packet_ops + 1); /* one more than there are */
	uint16_t bytes = op < nr_packet_ops ? packet_ops[op].bytes : 0;

	p->head = (struct pinion_pkt){ op, take(in, 1) % 16 ? 0 : 1, bytes ? bytes : 8, 0 };
	switch (op) {
	case PINION_PKT_COPY:
		p->copy.src = take_va(in);
		p->copy.dst = take_va(in);
		p->copy.row_bytes = take_size(in);
		p->copy.rows = take(in, 1) % 4 ? 1 : take_size(in);
		p->copy.src_pitch = p->copy.row_bytes + take_size(in);
		p->copy.dst_pitch = p->copy.row_bytes + take_size(in);
		break;
	case PINION_PKT_FILL:
		p->fill.width = 1u << take(in, 1) % 4;
		p->fill.dst = take_va(in) & -(uint64_t)p->fill.width;
		p->fill.bytes = take_size(in) * p->fill.width;
		p->fill.pattern = take(in, 8);
		break;
	case PINION_PKT_LAUNCH:
		p->launch.entry = take(in, 1) % 4 ? LONG_CODE + take(in, 1) * 60
						  : take_va(in) & ~1ull;
		p->launch.args = take_va(in);
		p->launch.grid[0] = (uint32_t)take(in, 1);
		p->launch.grid[1] = take(in, 1) % 4 + 1;
		p->launch.grid[2] = 1;
		break;
	default:
		p->sem.va = take_va(in) & ~7ull;
		p->sem.value = p->head.op == PINION_PKT_TIMESTAMP ? 0 : take(in, 1) % 4;
	}
	if (take(in, 1) == 0)
		((uint8_t *)p)[take(in, 1) % sizeof(*p)] ^= (uint8_t)take(in, 1);
}

static void do_job(struct fixture *fx, struct input *in)
{
	uint32_t q = take(in, 1) % QUEUES, n = take(in, 1) % 8, pos = 0;
	uint64_t cmd = FX_DEV_VA + q * 0x1000;
	struct pinion_desc desc = { .opcode = PINION_DESC_EXEC, .cmd_va = cmd };

	while (n--) {
		union card_packet p = { 0 };

		random_packet(in, &p);
		memcpy(fx_dev(fx, cmd + pos), &p, p.head.bytes <= sizeof(p) ? p.head.bytes : 8);
		pos += p.head.bytes <= sizeof(p) ? (p.head.bytes + 7u) & ~7u : 8;
	}
	desc.bytes = pos;
	if (take(in, 1) % 8 == 0)
		desc.wait_va = take_va(in) & ~7ull;
	if (take(in, 1) % 8 == 0)
		desc.signal_va = take_va(in) & ~7ull;
	desc.cookie = take(in, 1) % 4;
	if (take(in, 1) % 32 == 0)
		desc.opcode = take(in, 1) % (nr_desc_ops + 1);
	desc.flags = take(in, 1) % 4 == 0 ? PINION_DESC_F_MORE : 0;
	if (fx->card->s.queues[q].flags)
		desc.group = (uint16_t)(take(in, 1) % (VMS + 1));
	if (take(in, 1) % 32 == 0)
		((uint8_t *)&desc)[take(in, 1) % sizeof(desc)] ^= (uint8_t)take(in, 1);
	if (!fx->card->s.queues[q].entries)
		return;
	if (take(in, 1) % 8 == 0)
		card_doorbell_write(fx->card, q * PINION_DOORBELL_STRIDE + PINION_DOORBELL_ABORT,
				    take(in, 1) % 4 | PINION_ABORT_VALID);
	fx_desc(fx, q, &desc);
	fx_doorbell(fx, q);
}

static void do_registers(struct fixture *fx, struct input *in)
{
	uint32_t offset = (uint32_t)take(in, 3), value = (uint32_t)take(in, 4);

	switch (offset & 3) {
	case 0:
		fx_wr(fx, offset % PINION_BAR_REGS_SIZE & ~3u, value);
		break;
	case 1:
		fx_wr(fx, offset % 0x500 & ~3u, value);
		break;
	case 2:
		fx_rd(fx, offset);
		fx->card->s.knobs.preempt_every = value % 4 ? 0 : value >> 20;
		break;
	default:
		card_doorbell_write(fx->card, offset, value);
	}
}

static void do_memory(struct fixture *fx, struct input *in)
{
	uint64_t value = take(in, 8);
	uint32_t at = (uint32_t)take(in, 2);

	switch (at % 4) {
	case 0: /* page tables */
		memcpy(fx->memory + PINION_MGMT_RAM_SIZE + at % 0x4000 * 8 % 0x4000, &value, 8);
		break;
	case 1: /* code and data of jobs */
		memcpy(fx_dev(fx, FX_DEV_VA + at), &value, 8);
		break;
	case 2: /* save areas */
		memcpy(fx->memory + AREA(1) + at * 8 % (VMS * AREA_BYTES), &value, 8);
		break;
	default: /* rings */
		memcpy(fx->host + at % 0x4000, &value, 8);
	}
}

static void do_mgmt(struct fixture *fx, struct input *in)
{
	static const uint32_t base[] = { PINION_MGMT_SYS_BASE, PINION_MGMT_QUEUE_BASE,
					 PINION_MGMT_VM_BASE, PINION_MGMT_SAVE_BASE,
					 PINION_MGMT_GROUP_BASE };
	uint32_t value = (uint32_t)take(in, 4);
	uint64_t va = base[take(in, 1) % (sizeof(base) / sizeof(base[0]))] +
		      take(in, 2) % 0x400 * 4;

	if (take(in, 1) & 1)
		value &= 3;
	mgmt_mmio(fx->card, va, &value, 4, value & 4 ? RV_READ : RV_WRITE);
}

/* A state somebody tampered with: refused, or as good as any other state. */
static void do_load(struct fixture *fx, struct input *in)
{
	size_t bytes = card_save_bytes(fx->card);
	uint8_t *state = malloc(bytes);
	uint32_t n = take(in, 1) % 8;
	const size_t from = offsetof(struct card_state, cores);

	card_save(fx->card, state);
	while (n--) {
		uint64_t at = take(in, 4);

		/* Most of the state is RAM and scratchpads: aim at the queues, groups and cores. */
		if (at % 4 == 1)
			at = offsetof(struct card_state, queues) + 48 + at / 4 % 8192;
		else if (at % 4 == 3)
			at = from + at / 4 % (offsetof(struct card_state, knobs) - from);
		state[at % bytes] ^= (uint8_t)take(in, 1);
	}
	card_load(fx->card, state, bytes);
	free(state);
}

/* Code that takes longer than a slice: it returns, or, entered at its last word, never does. */
static void put_code(struct fixture *fx)
{
	uint32_t *code = fx_dev(fx, LONG_CODE), i;

	for (i = 0; i < LONG_WORDS; i++)
		code[i] = ADDI(T0, T0, 1);
	code[LONG_WORDS / 2] = RET;
	code[LONG_WORDS - 1] = LOOP_FOREVER;
}

static void set_up(struct fixture *fx)
{
	uint32_t i;

	fx->table_next = 2u << 20;
	memset(fx->memory + PINION_MGMT_RAM_SIZE, 0, 0x10000);
	memset(fx->memory + fx->table_next, 0, 0x20000);
	for (i = 1; i <= VMS; i++) {
		mmu_set_root(fx->card, i, 0);
		preempt_set_area(fx->card, i, AREA(i));
		preempt_set_group(fx->card, i, i / 2);
		fx_vm(fx, i);
	}
	for (i = 0; i < QUEUES; i++) {
		queue_stop(fx->card, &fx->card->s.queues[i]);
		fx->card->s.queues[i].flags = i == 3 ? PINION_QUEUE_F_CHARGE : 0;
		fx_queue(fx, i, i % VMS + 1, 16, i);
	}
	fx->card->s.slice = PINION_SLICE_MIN;
	put_code(fx);
}

static void play(struct fixture *fx, struct input *in)
{
	uint64_t wakeup;

	while (in->at < in->end) {
		switch (take(in, 1) % 12) {
		case 0:
			do_registers(fx, in);
			break;
		case 1:
			do_memory(fx, in);
			break;
		case 2:
			do_mgmt(fx, in);
			break;
		case 3:
			if (take(in, 1) % 8 == 0)
				do_load(fx, in);
			break;
		case 4:
			fx->now += take(in, 3);
			break;
		case 5:
			if (take(in, 1) % 16 == 0)
				set_up(fx);
			break;
		case 6 ... 8:
			card_step(fx->card, 1 + take(in, 2), &wakeup);
			break;
		default:
			do_job(fx, in);
		}
	}
}

/* Whatever was done to it, a reset brings the card back. */
static bool recovers(struct fixture *fx)
{
	struct pinion_pkt_fill fill = FX_FILL(FX_HOST_VA, 4096, 0x42, 1);

	memset(&fx->card->s.knobs, 0, sizeof(fx->card->s.knobs));
	card_reset(fx->card);
	set_up(fx);
	memcpy(fx_dev(fx, FX_DEV_VA), &fill, sizeof(fill));
	fx_exec(fx, 0, FX_DEV_VA, sizeof(fill), 1);
	return fx_run(fx) && fx_cqe(fx, 0, 0).status == PINION_CQE_PHASE &&
	       *(uint8_t *)fx_hostmem(fx, FX_HOST_VA + 4095) == 0x42;
}

#ifdef FUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct fixture *fx;
	struct input in = { data, data + bytes };

	if (!fx)
		fx = fx_new(2, NULL);
	card_reset(fx->card);
	set_up(fx);
	play(fx, &in);
	if (!recovers(fx))
		abort();
	return 0;
}
#else
int main(void)
{
	unsigned int rounds = getenv("PINION_SOAK") ? 50000 : 2000, i, lost = 0;
	struct fixture *fx = fx_new(2, NULL);
	uint64_t seed = 0x9e3779b97f4a7c15ull;
	uint8_t data[4096];

	tap_plan(1);
	for (i = 0; i < rounds; i++) {
		struct input in = { data, data + sizeof(data) };
		unsigned int j;

		for (j = 0; j < sizeof(data); j += 8) {
			uint64_t r = fx_random(&seed);

			memcpy(data + j, &r, 8);
		}
		set_up(fx);
		play(fx, &in);
		lost += !recovers(fx);
	}
	tap_ok(!lost, "%u rounds of random abuse, recovered from each", rounds);
	fx_free(fx);
	return tap_result();
}
#endif
