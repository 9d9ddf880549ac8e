/* SPDX-License-Identifier: MIT */
/*
 * To write a compute kernel: include this, describe the argument struct with PINION_KERNEL(), and
 * define a function of that name. One call of it is one block of a LAUNCH grid, on one core:
 *
 *	struct scale_args { uint64_t x; uint32_t n; float by; };
 *
 *	PINION_KERNEL(scale, struct scale_args, 0,
 *		      PINION_INOUT(struct scale_args, x),
 *		      PINION_VALUE(struct scale_args, n),
 *		      PINION_VALUE(struct scale_args, by))
 *	{
 *		float *v = pinion_ptr(args->x) + 1024 * x;
 *		...
 *	}
 *
 * Compile and link with the flags that pkg-config knows; clang tells C++ by the file's name:
 *
 *	clang $(pkg-config --cflags pinion-kernel) -O2 -c scale.c
 *	ld.lld scale.o $(pkg-config --libs pinion-kernel) -o scale.elf
 *
 * There is no C library but the four functions declared below, no heap and no thread-local storage;
 * C++ has neither exceptions nor run-time type information nor constructors of globals. Writable
 * globals exist once per loaded program, shared by all cores.
 *
 * Blocks run in any order on any number of cores, so no block may wait for another.
 */
#ifndef PINION_KERNEL_H
#define PINION_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "pinion_packet.h"

/* The runtime finds a kernel by the name of its symbol, which C++ would decorate. */
#ifdef __cplusplus
#define PINION_KERNEL_C extern "C"
extern "C" {
#else
#define PINION_KERNEL_C
#endif

/* As in C's string.h. They are in the archive that the line above links. */
void *memset(void *dst, int value, size_t n);
void *memcpy(void *__restrict dst, const void *__restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#ifdef __cplusplus
}
#endif

/* A member of the argument struct: an address that the kernel reads, writes, both; or a value. */
#define PINION_IN(type, member)	   PINION_ARG_OF(type, member, PINION_ARG_IN)
#define PINION_OUT(type, member)   PINION_ARG_OF(type, member, PINION_ARG_OUT)
#define PINION_INOUT(type, member) PINION_ARG_OF(type, member, PINION_ARG_INOUT)
#define PINION_VALUE(type, member) PINION_ARG_OF(type, member, PINION_ARG_VALUE)

#define PINION_ARG_OF(type, member, how) \
	{ #member, offsetof(type, member), sizeof(((type *)0)->member), how, { 0 } }

#define PINION_ARG_COUNT(...) \
	(sizeof((struct pinion_kernel_arg[]){ __VA_ARGS__ }) / sizeof(struct pinion_kernel_arg))

/**
 * PINION_KERNEL() - begin the definition of a kernel
 * @kernel: its name: the function, the symbol, and what the runtime finds it by; < 32 characters
 * @args_type: its argument struct, <= 4096 bytes; the same type on the host
 * @scratch_bytes: scratchpad that it uses from offset 0 on, without the stack, which lies at the
 *	scratchpad's end (see struct pinion_pkt_launch)
 * @...: PINION_IN(), PINION_OUT(), PINION_INOUT(), PINION_VALUE() for each member, in order
 *
 * The function body follows. In it: args points to the argument struct; x, y, z are the block's
 * coordinates in the grid; core is the number of the core it runs on.
 */
#define PINION_KERNEL(kernel, args_type, scratch_bytes, ...)                                   \
	_Static_assert(sizeof(args_type) <= 4096, "argument struct too large");                \
	static const struct {                                                                  \
		uint32_t name_bytes, desc_bytes, type;                                         \
		char owner[8];                                                                 \
		struct pinion_kernel_note note;                                                \
		struct pinion_kernel_arg arg[PINION_ARG_COUNT(__VA_ARGS__)];                   \
	} pinion_note_##kernel __attribute__((section(".note.pinion"), used, aligned(4))) = {  \
		sizeof(PINION_NOTE_NAME),                                                      \
		sizeof(struct pinion_kernel_note) +                                            \
			PINION_ARG_COUNT(__VA_ARGS__) * sizeof(struct pinion_kernel_arg),      \
		PINION_NOTE_KERNEL,                                                            \
		PINION_NOTE_NAME,                                                              \
		{ PINION_NOTE_VERSION, sizeof(args_type), scratch_bytes,                       \
		  PINION_ARG_COUNT(__VA_ARGS__), #kernel },                                    \
		{ __VA_ARGS__ },                                                               \
	};                                                                                     \
	PINION_KERNEL_C void kernel(const args_type *args, uint32_t x, uint32_t y, uint32_t z, \
				    uint32_t core);                                            \
	void kernel(const args_type *args, uint32_t x __attribute__((unused)),                 \
		    uint32_t y __attribute__((unused)), uint32_t z __attribute__((unused)),    \
		    uint32_t core __attribute__((unused)))

/* A device virtual address out of the argument struct as a pointer to float. */
static inline float *pinion_ptr(uint64_t va)
{
	return (float *)(uintptr_t)va;
}

/* The byte at @offset of this core's scratchpad. */
static inline void *pinion_scratch(uint32_t offset)
{
	return (void *)(uintptr_t)(PINION_SCRATCH_BASE + offset);
}

/**
 * pinion_matmul() - C = A * B [+ C] on the matrix engine
 * @desc: in the scratchpad, which the stack is part of; a, b, c are offsets in the scratchpad
 *
 * Done when it returns.
 */
static inline void pinion_matmul(const struct pinion_matmul *desc)
{
	__asm__ volatile(".insn r 0x0b, 0, 0, x0, %0, x0" : : "r"(desc) : "memory");
}

/**
 * pinion_tcopy() - move a tile between memory and scratchpad
 * @desc: in the scratchpad, which the stack is part of
 *
 * Done when it returns.
 */
static inline void pinion_tcopy(const struct pinion_tcopy *desc)
{
	__asm__ volatile(".insn r 0x0b, 1, 0, x0, %0, x0" : : "r"(desc) : "memory");
}

/**
 * pinion_tile_copy() - pinion_tcopy() from its arguments
 * @dst: device memory or scratchpad
 * @dst_pitch: bytes from row to row
 * @src: device memory or scratchpad, not overlapping
 * @src_pitch: bytes from row to row, 0 repeats one row
 * @rows: >= 1
 * @row_bytes: >= 1
 */
static inline void pinion_tile_copy(void *dst, uint64_t dst_pitch, const void *src,
				    uint64_t src_pitch, uint32_t rows, uint32_t row_bytes)
{
	struct pinion_tcopy desc __attribute__((aligned(8))) = {
		.src = (uint64_t)(uintptr_t)src,
		.dst = (uint64_t)(uintptr_t)dst,
		.rows = rows,
		.row_bytes = row_bytes,
		.src_pitch = src_pitch,
		.dst_pitch = dst_pitch,
	};

	pinion_tcopy(&desc);
}

#endif /* PINION_KERNEL_H */
