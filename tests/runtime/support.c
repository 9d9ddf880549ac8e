// SPDX-License-Identifier: MIT
/* libpinion-kernel.a on the card: mem*() functions, and arithmetic that the cores lack. */
#include "rt.h"
#include "kernels/support.h"

#define MEMORY 4096u
#define OPS    3000u
#define SUMS   500u

static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static struct pinion_program *prog;
static uint64_t seed = 0x9e3779b97f4a7c15ull;

static uint64_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void run(const char *kernel, struct pinion_buffer *memory, struct pinion_buffer *work,
		uint64_t count)
{
	struct support_args args = { pinion_buffer_address(memory), pinion_buffer_address(work),
				     count };

	pinion_cmdbuf_reset(cb);
	pinion_cmd_launch(cb, pinion_program_kernel(prog, kernel), 1, 1, 1, &args, sizeof(args));
	if (rt_run(queue, cb))
		tap_bail("%s: %s", kernel, rt_err.text);
}

/*
 * Draw a call with short or long operands, equally aligned or not, so close to each other that
 * moves overlap in both directions.
 */
static void draw_op(struct support_op *op)
{
	uint32_t most = draw() % 2 ? 40 : 600;

	op->op = draw() % 4;
	op->n = draw() % most;
	op->dst = 1000 + draw() % 700;
	op->src = 1000 + draw() % 700;
	if (op->op == SUPPORT_COPY)
		op->src += 1400; /* the operands of memcpy() must not overlap */
	if (op->op == SUPPORT_SET)
		op->src = draw(); /* memset() uses the lowest byte */
}

static int32_t on_host(uint8_t *memory, const struct support_op *op)
{
	uint8_t *dst = memory + op->dst;
	int sign;

	switch (op->op) {
	case SUPPORT_SET:
		memset(dst, (int)op->src, op->n);
		return 1;
	case SUPPORT_COPY:
	case SUPPORT_MOVE:
		memmove(dst, memory + op->src, op->n);
		return 1;
	default:
		sign = memcmp(dst, memory + op->src, op->n);
		return (sign > 0) - (sign < 0);
	}
}

/* All calls work on the same memory, one after the other, so the end shows every wrong write. */
static void memory_functions(struct pinion_device *dev)
{
	struct pinion_buffer *memory = rt_host(dev, MEMORY);
	struct pinion_buffer *work = rt_host(dev, OPS * sizeof(struct support_op));
	struct support_op *op = pinion_buffer_map(work);
	uint8_t *card = pinion_buffer_map(memory), host[MEMORY];
	unsigned int wrong = 0, compared = 0;

	for (unsigned int i = 0; i < MEMORY; i++)
		host[i] = card[i] = draw() % 3; /* few values, so that operands begin alike */
	for (unsigned int i = 0; i < OPS; i++)
		draw_op(&op[i]);
	run("memory", memory, work, OPS);
	for (unsigned int i = 0; i < OPS; i++) {
		wrong += op[i].result != on_host(host, &op[i]);
		compared += op[i].op == SUPPORT_COMPARE && op[i].result;
	}
	tap_ok(!wrong && compared, "%u calls of mem*(): %u results differ", OPS, wrong);
	tap_ok(!memcmp(host, card, MEMORY), "mem*() leave the same memory as on the host");
	pinion_buffer_free(work);
	pinion_buffer_free(memory);
}

static __int128 wide(const uint64_t v[2])
{
	return (__int128)v[1] << 64 | v[0];
}

/* Draw operands of any length in bits, so that quotients have any length, too. */
static void draw_sum(struct support_sum *s)
{
	__int128 a = wide((uint64_t[2]){ draw(), draw() }) >> draw() % 127;
	__int128 b = wide((uint64_t[2]){ draw(), draw() }) >> draw() % 127;

	if (!b || b == -1)
		b = 3;
	memset(s, 0xff, sizeof(*s));
	s->a[0] = (uint64_t)a;
	s->a[1] = (uint64_t)(a >> 64);
	s->b[0] = (uint64_t)b;
	s->b[1] = (uint64_t)(b >> 64);
}

static bool sum_is_right(const struct support_sum *s)
{
	__int128 a = wide(s->a), b = wide(s->b), product;
	bool overflow = __builtin_mul_overflow(a, b, &product);

	return wide(s->div) == a / b && wide(s->mod) == a % b &&
	       (unsigned __int128)wide(s->udiv) == (unsigned __int128)a / (unsigned __int128)b &&
	       wide(s->product) == product && s->overflow == overflow &&
	       s->quotient == (double)((__float128)a / (__float128)b);
}

static void arithmetic(struct pinion_device *dev)
{
	struct pinion_buffer *work = rt_host(dev, SUMS * sizeof(struct support_sum));
	struct support_sum *s = pinion_buffer_map(work);
	unsigned int wrong = 0, overflows = 0;

	for (unsigned int i = 0; i < SUMS; i++)
		draw_sum(&s[i]);
	run("arithmetic", work, work, SUMS);
	for (unsigned int i = 0; i < SUMS; i++) {
		wrong += !sum_is_right(&s[i]);
		overflows += s[i].overflow == 1;
	}
	tap_ok(!wrong && overflows && overflows < SUMS,
	       "%u sums of 128 bits, %u wrong, %u overflow", SUMS, wrong, overflows);
	pinion_buffer_free(work);
}

static void unasked(struct pinion_device *dev)
{
	struct pinion_buffer *memory = rt_host(dev, MEMORY);
	uint64_t *v = pinion_buffer_map(memory);
	unsigned int wrong = 0;

	memset(v, 0x55, MEMORY);
	run("unasked", memory, memory, 42);
	for (unsigned int i = 0; i < 100; i++)
		wrong += v[i] != (i == 42 ? 7 : 0);
	tap_ok(!wrong && v[100] == 0x5555555555555555ull,
	       "a large struct is initialised and copied");
	pinion_buffer_free(memory);
}

int main(void)
{
	struct pinion_device *dev = rt_device();

	tap_plan(4);
	RT(pinion_program_open(dev, rt_build("kernels/test/support.elf"), &prog, &rt_err));
	queue = rt_queue(dev, 8);
	cb = rt_cmdbuf(dev);
	memory_functions(dev);
	arithmetic(dev);
	unasked(dev);
	pinion_cmdbuf_free(cb);
	pinion_queue_close(queue);
	pinion_program_free(prog);
	pinion_device_close(dev);
	return tap_result();
}
