/* SPDX-License-Identifier: MIT */
/*
 * To write a compute kernel, include this header, describe the argument struct with PINION_KERNEL()
 * and write the kernel's function after it. One call of the function is one block of a LAUNCH grid,
 * on one core:
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
 * Compile and link with the flags that pkg-config prints. A file named *.cpp is compiled as C++.
 *
 *	clang $(pkg-config --cflags pinion-kernel) -O2 -c scale.c
 *	ld.lld scale.o $(pkg-config --libs pinion-kernel) -o scale.elf
 *
 * There is no heap, no thread-local storage, and of the C library only the four functions declared
 * below. C++ has no exceptions, no run-time type information and no constructors of global objects.
 * Writable globals exist once per loaded program and are shared by all cores.
 *
 * Blocks run in any order on any number of cores, so a block must not wait for another block.
 */
#ifndef PINION_KERNEL_H
#define PINION_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "pinion_packet.h"

/* The runtime finds a kernel by the name of its symbol, which C++ would mangle. */
#ifdef __cplusplus
#define PINION_KERNEL_C extern "C"
extern "C" {
#else
#define PINION_KERNEL_C
#endif

/* The functions of string.h that libpinion-kernel.a has. */
void *memset(void *dst, int value, size_t n);
void *memcpy(void *__restrict dst, const void *__restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#ifdef __cplusplus
}
#endif

/*
 * Members of the argument struct. PINION_IN, PINION_OUT and PINION_INOUT: an address that the
 * kernel reads, writes, or reads and writes. PINION_VALUE: anything else.
 */
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
 * @kernel: name of the function and of the kernel as the runtime knows it; < 32 characters
 * @args_type: type of the argument struct, <= 4096 bytes; the host must use the same type
 * @scratch_bytes: bytes of the scratchpad that the kernel uses from offset 0 on, not counting the
 *	stack at the scratchpad's end (see struct pinion_pkt_launch)
 * @...: PINION_IN(), PINION_OUT(), PINION_INOUT() or PINION_VALUE() for each member, in order
 *
 * The body of the function follows the macro. In the body args points to the argument struct; x, y
 * and z are the block's coordinates in the grid; core is the number of the core that runs it.
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

/* Convert a device virtual address of the argument struct to a pointer to float. */
static inline float *pinion_ptr(uint64_t va)
{
	return (float *)(uintptr_t)va;
}

/* Return: the address of byte @offset of this core's scratchpad. */
static inline void *pinion_scratch(uint32_t offset)
{
	return (void *)(uintptr_t)(PINION_SCRATCH_BASE + offset);
}

/**
 * pinion_matmul() - compute C = A * B [+ C] on the matrix engine
 * @desc: descriptor in the scratchpad, where the stack is, too; a, b, c are scratchpad offsets
 *
 * C is complete when the function returns.
 */
static inline void pinion_matmul(const struct pinion_matmul *desc)
{
	__asm__ volatile(".insn r 0x0b, 0, 0, x0, %0, x0" : : "r"(desc) : "memory");
}

/**
 * pinion_tcopy() - copy a tile between device memory and scratchpad
 * @desc: descriptor in the scratchpad, where the stack is, too
 *
 * The copy is complete when the function returns.
 */
static inline void pinion_tcopy(const struct pinion_tcopy *desc)
{
	__asm__ volatile(".insn r 0x0b, 1, 0, x0, %0, x0" : : "r"(desc) : "memory");
}

/**
 * pinion_tile_copy() - copy a tile, with a descriptor made from the arguments
 * @dst: destination in device memory or scratchpad
 * @dst_pitch: bytes from one row of @dst to the next
 * @src: source in device memory or scratchpad, not overlapping @dst
 * @src_pitch: bytes from one row of @src to the next; 0 copies the same row @rows times
 * @rows: number of rows, >= 1
 * @row_bytes: bytes in a row, >= 1
 *
 * The copy is complete when the function returns.
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
