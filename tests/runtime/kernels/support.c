// SPDX-License-Identifier: MIT
/* Compute kernels that call the functions of libpinion-kernel.a. */
#include "pinion_kernel.h"
#include "support.h"

static int32_t call(uint8_t *memory, const struct support_op *op)
{
	uint8_t *dst = memory + op->dst, *src = memory + op->src;
	int sign;

	switch (op->op) {
	case SUPPORT_SET:
		return memset(dst, (int)op->src, op->n) == dst;
	case SUPPORT_COPY:
		return memcpy(dst, src, op->n) == dst;
	case SUPPORT_MOVE:
		return memmove(dst, src, op->n) == dst;
	default:
		sign = memcmp(dst, src, op->n);
		return (sign > 0) - (sign < 0);
	}
}

PINION_KERNEL(memory, struct support_args, 0, PINION_INOUT(struct support_args, memory),
	      PINION_INOUT(struct support_args, work), PINION_VALUE(struct support_args, count))
{
	struct support_op *op = (struct support_op *)args->work;

	for (uint64_t i = 0; i < args->count; i++)
		op[i].result = call((uint8_t *)args->memory, &op[i]);
}

static void store(uint64_t *to, __int128 value)
{
	to[0] = (uint64_t)value;
	to[1] = (uint64_t)(value >> 64);
}

PINION_KERNEL(arithmetic, struct support_args, 0, PINION_INOUT(struct support_args, memory),
	      PINION_INOUT(struct support_args, work), PINION_VALUE(struct support_args, count))
{
	struct support_sum *s = (struct support_sum *)args->work;

	for (uint64_t i = 0; i < args->count; i++, s++) {
		__int128 a = (__int128)s->a[1] << 64 | s->a[0];
		__int128 b = (__int128)s->b[1] << 64 | s->b[0], product;

		store(s->div, a / b);
		store(s->udiv, (unsigned __int128)a / (unsigned __int128)b);
		store(s->mod, a % b);
		s->overflow = __builtin_mul_overflow(a, b, &product);
		store(s->product, product);
		s->quotient = (double)((long double)a / (long double)b);
	}
}

/* The compiler makes calls of memset() and memcpy() of the initialiser and the copy. */
struct big {
	uint64_t v[100];
};

PINION_KERNEL(unasked, struct support_args, 0, PINION_INOUT(struct support_args, memory),
	      PINION_INOUT(struct support_args, work), PINION_VALUE(struct support_args, count))
{
	struct big b = { 0 };

	b.v[args->count] = 7;
	*(struct big *)args->memory = b;
}
