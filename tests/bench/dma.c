// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures how long the card's DMA engine takes to move bytes between host and device memory, and
 * how long memcpy() takes for as many bytes in host memory. Transfers and memcpy() take turns.
 * Prints "sample NAME TURN NANOSECONDS" for each turn, and which implementation of memcpy() was
 * the fastest. With the argument "native" only memcpy() runs, on a machine without a card.
 *
 * A transfer is a job of one COPY packet that is submitted and waited for, so small transfers
 * mostly measure the way to the card and back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../selftests/rig.h"
#include "modes.h"

#define TURNS	    9
#define LARGEST	    (64ull << 20)
#define WORK	    (8ull << 20) /* bytes to transfer in one turn, in several small transfers */
#define MOST	    64u		 /* transfers in one turn at most */
#define COMMANDS_VA 0x10000000ull
#define HOST_VA	    0x20000000ull
#define DEVICE_VA   0x40000000ull

static struct lane lane;
static struct pinion_pkt_copy *packet;
static uint8_t *host, *from, *to;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Copy by rep movsb, which real processors do by the cache line and emulated ones by the byte. */
static void copy_string(void *dst, const void *src, size_t n)
{
	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
}

static void copy_library(void *dst, const void *src, size_t n)
{
	memcpy(dst, src, n);
}

/* Copy 16 bytes at a time, as suits a processor without wider loads. */
static void copy_words(void *dst, const void *src, size_t n)
{
	typedef long long word __attribute__((vector_size(16)));
	const word *s = src;
	word *d = dst;
	size_t i;

	for (i = 0; i < n / sizeof(word); i += 4) {
		word a = s[i], b = s[i + 1], c = s[i + 2], e = s[i + 3];

		d[i] = a, d[i + 1] = b, d[i + 2] = c, d[i + 3] = e;
		__asm__ volatile("" ::: "memory");
	}
}

static const struct method {
	const char *name;
	void (*copy)(void *dst, const void *src, size_t n);
} methods[] = {
	{ "the C library", copy_library },
	{ "rep movsb", copy_string },
	{ "a loop", copy_words },
};

static const struct method *method = &methods[0];

static void job(uint64_t dst, uint64_t src, uint64_t bytes)
{
	*packet = (struct pinion_pkt_copy){
		.pkt = { .op = PINION_PKT_COPY, .bytes = sizeof(*packet) },
		.src = src,
		.dst = dst,
		.row_bytes = bytes,
		.rows = 1,
	};
	lane_step(&lane, 1, 1);
}

static void to_device(uint64_t bytes)
{
	job(DEVICE_VA, HOST_VA, bytes);
}

static void to_host(uint64_t bytes)
{
	job(HOST_VA, DEVICE_VA, bytes);
}

static void by_host(uint64_t bytes)
{
	method->copy(to, from, bytes);
}

/* Nanoseconds for one move of @bytes. */
static double sample(void (*move)(uint64_t bytes), uint64_t bytes)
{
	unsigned int i, n = WORK / bytes;
	uint64_t begin;

	n = n < 1 ? 1 : n > MOST ? MOST : n;
	begin = now();
	for (i = 0; i < n; i++)
		move(bytes);
	return (double)(now() - begin) / n;
}

static uint8_t *memory(void)
{
	uint8_t *mem = mmap(NULL, LARGEST, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	need(mem != MAP_FAILED, "memory");
	memset(mem, 0x5a, LARGEST);
	return mem;
}

/* Choose the fastest memcpy(): the one of the C library can be slow on emulated processors. */
static void choose_method(const char *size, uint64_t bytes)
{
	double best = 0, t;
	unsigned int i, chosen = 0;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		method = &methods[i];
		t = sample(by_host, bytes);
		if (best && t >= best)
			continue;
		best = t;
		chosen = i;
	}
	method = &methods[chosen];
	printf("memcpy_%s is by %s\n", size, method->name);
}

static void *map(uint64_t va, uint64_t bytes, uint32_t flags)
{
	uint32_t bo = rig_bo(lane.node, bytes, flags);
	void *mem = flags & DRM_PINION_BO_HOST ? rig_mmap(lane.node, bo, bytes) : NULL;

	rig_map(lane.node, bo, va, bytes);
	return mem;
}

static void check(uint64_t bytes)
{
	uint64_t i;

	for (i = 0; i < bytes; i++)
		host[i] = i * 2654435761u >> 24;
	to_device(bytes);
	memset(host, 0, bytes);
	to_host(bytes);
	errno = EIO;
	for (i = 0; i < bytes; i++)
		need(host[i] == (uint8_t)(i * 2654435761u >> 24), "what came back differs");
}

static void prepare_card(void)
{
	errno = -lane_open(&lane, mode_named("exec_uring"), 1);
	need(!errno, "exec_uring");
	packet = map(COMMANDS_VA, 4096, DRM_PINION_BO_HOST);
	host = map(HOST_VA, LARGEST, DRM_PINION_BO_HOST);
	map(DEVICE_VA, LARGEST, DRM_PINION_BO_DEVICE);
	lane.addr = COMMANDS_VA;
	lane.bytes = sizeof(*packet);
	check(1 << 20);
	to_device(LARGEST);
	to_host(LARGEST);
}

static void run(const char *size, uint64_t bytes, bool native)
{
	unsigned int t;

	choose_method(size, bytes);
	for (t = 0; t < TURNS; t++) {
		printf("sample memcpy_%s %u %.1f\n", size, t, sample(by_host, bytes));
		if (native)
			continue;
		printf("sample h2d_%s %u %.1f\n", size, t, sample(to_device, bytes));
		printf("sample d2h_%s %u %.1f\n", size, t, sample(to_host, bytes));
	}
}

int main(int argc, char **argv)
{
	bool native = argc > 1 && !strcmp(argv[1], "native");

	setlinebuf(stdout);
	from = memory();
	to = memory();
	if (!native)
		prepare_card();
	run("4k", 4 << 10, native);
	run("64k", 64 << 10, native);
	run("1m", 1 << 20, native);
	run("8m", 8 << 20, native);
	run("64m", LARGEST, native);
	return 0;
}
