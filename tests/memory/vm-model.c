// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random VM_BINDs are compared with a model of the address space. Each page of each buffer begins
 * with its name, so that one read by the card says which page a virtual address leads to. After
 * every ioctl the card reads all pages that the model has mapped: sparse pages must be zero, an
 * unmapped page must fault, and a page without WRITE must refuse a write.
 */
#include <stdlib.h>
#include <unistd.h>

#include "rig.h"

#define PAGE	    4096u
#define PAGES	    16384u /* 64 MiB that cross a boundary of tables of each level */
#define BASE	    ((1ull << 39) - (31ull << 20) - 3 * PAGE)
#define IO_VA	    0x10000ull /* command buffer, then the names that the card read */
#define IO_CMD	    RIG_DATA
#define IO_BYTES    (IO_CMD + PAGES * 8)
#define SPACES	    2
#define BATCH	    32
#define NO_PAGE	    0u
#define SPARSE_PAGE 1u /* in place of a name: no buffer has it */

/* The buffers: for each page size of the card, in device memory and in host memory. */
static const struct {
	uint32_t flags, pages;
} kinds[] = {
	{ DRM_PINION_BO_DEVICE, 4096 }, { DRM_PINION_BO_DEVICE, 200 }, { DRM_PINION_BO_DEVICE, 1 },
	{ DRM_PINION_BO_HOST, 1024 },	{ DRM_PINION_BO_HOST, 33 },
};

#define BUFFERS (sizeof(kinds) / sizeof(kinds[0]))

/**
 * struct space - an address space and the model of its mappings
 * @vm: id of the address space
 * @queue: file of a queue in the address space
 * @page: for each page the name of the buffer's page there, SPARSE_PAGE or NO_PAGE
 * @writable: for each page whether the card may write it
 */
struct space {
	uint32_t vm;
	int queue;
	uint32_t page[PAGES];
	bool writable[PAGES];
};

/**
 * struct world - state of the test
 * @rig: the card; the command buffer is at IO_VA in each address space
 * @out: memory that the card copies names to
 * @handle: handles of the buffers
 * @space: the address spaces
 * @seed: state of the random number generator
 * @wrong: number of pages that were not as the model says
 */
struct world {
	struct rig rig;
	uint64_t *out;
	uint32_t handle[BUFFERS];
	struct space space[SPACES];
	uint64_t seed;
	unsigned long wrong;
};

static uint32_t roll(struct world *w, uint32_t below)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (w->seed >> 16) % below;
}

static uint32_t name_of(uint32_t buffer, uint32_t page)
{
	return (buffer + 1) << 16 | page;
}

static uint64_t va_of(uint32_t page)
{
	return BASE + (uint64_t)page * PAGE;
}

/* Run the packets of the rig in an address space, and empty the command buffer. */
static int run_in(struct world *w, struct space *s)
{
	struct io_uring_sqe *sqe = rig_sqe(&w->rig, IO_VA, w->rig.bytes);
	int res;

	sqe->fd = s->queue;
	rig_submit(&w->rig);
	res = rig_wait(&w->rig).res;
	w->rig.bytes = 0;
	if (res && try_ioctl(s->queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("the queue cannot be reset\n");
	return res;
}

static int try_bind_in(struct world *w, struct space *s, struct drm_pinion_vm_bind_op *ops,
		       uint32_t count)
{
	struct drm_pinion_vm_bind args = {
		.vm = s->vm,
		.stride = sizeof(*ops),
		.count = count,
		.ops = (uintptr_t)ops,
	};

	return try_ioctl(w->rig.fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

static void name_pages(struct world *w, struct space *s, uint32_t buffer)
{
	struct drm_pinion_vm_bind_op op = {
		.flags = RIG_RWX,
		.handle = w->handle[buffer],
		.va = BASE,
		.size = (uint64_t)kinds[buffer].pages * PAGE,
	};
	uint32_t i;

	if (try_bind_in(w, s, &op, 1))
		ksft_exit_fail_msg("map buffer %u\n", buffer);
	for (i = 0; i < kinds[buffer].pages; i++) {
		rig_fill(&w->rig, va_of(i), 8, name_of(buffer, i), 8);
		if ((w->rig.bytes + 1024 > IO_CMD || i + 1 == kinds[buffer].pages) && run_in(w, s))
			ksft_exit_fail_msg("name the pages of buffer %u\n", buffer);
	}
	op = (struct drm_pinion_vm_bind_op){
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = BASE,
		.size = op.size,
	};
	if (try_bind_in(w, s, &op, 1))
		ksft_exit_fail_msg("unmap buffer %u\n", buffer);
}

static void open_space(struct world *w, struct space *s, uint32_t io)
{
	struct drm_pinion_vm_create vm = {};
	struct drm_pinion_queue_create queue = { .entries = 4 };
	struct drm_pinion_vm_bind_op op = {
		.flags = RIG_RWX,
		.handle = io,
		.va = IO_VA,
		.size = IO_BYTES,
	};

	if (try_ioctl(w->rig.fd, DRM_IOCTL_PINION_VM_CREATE, &vm))
		ksft_exit_fail_msg("VM_CREATE\n");
	s->vm = vm.vm;
	queue.vm = vm.vm;
	if (try_bind_in(w, s, &op, 1) || try_queue(w->rig.fd, &queue))
		ksft_exit_fail_msg("a queue in the address space\n");
	s->queue = queue.fd;
}

static void open_world(struct world *w)
{
	uint32_t io, i;

	rig_open(&w->rig, 4);
	io = rig_bo(w->rig.fd, IO_BYTES, DRM_PINION_BO_HOST);
	w->rig.cmd = rig_mmap(w->rig.fd, io, IO_BYTES);
	w->out = (uint64_t *)(w->rig.cmd + IO_CMD);
	for (i = 0; i < SPACES; i++)
		open_space(w, &w->space[i], io);
	for (i = 0; i < BUFFERS; i++) {
		w->handle[i] = rig_bo(w->rig.fd, (uint64_t)kinds[i].pages * PAGE, kinds[i].flags);
		name_pages(w, &w->space[0], i);
	}
}

/* A random page number below @limit, such that the address is a multiple of @align pages. */
static uint32_t place(struct world *w, uint32_t limit, uint32_t align)
{
	uint32_t at = roll(w, limit);

	/* BASE is 259 pages below a multiple of 2 MiB, so page 259 + 512n is 2 MiB aligned. */
	if (align > 1 && limit == PAGES)
		return at < 259 ? 259 : at - (at - 259) % align;
	return at - at % align;
}

static uint32_t length(struct world *w, uint32_t limit)
{
	static const uint32_t usual[] = { 1, 2, 15, 16, 17, 64, 511, 512, 513, 1024, 2048 };
	uint32_t n = roll(w, 3) ? usual[roll(w, sizeof(usual) / sizeof(usual[0]))]
				: 1 + roll(w, limit);

	return n < limit ? n : limit;
}

static void model_set(struct space *s, uint32_t at, uint32_t n, uint32_t name, bool writable)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		s->page[at + i] = name <= SPARSE_PAGE ? name : name + i;
		s->writable[at + i] = writable;
	}
}

static void random_map(struct world *w, struct space *s, struct drm_pinion_vm_bind_op *op)
{
	static const uint32_t aligns[] = { 1, 16, 512 };
	uint32_t buffer = roll(w, BUFFERS), align = aligns[roll(w, 3)];
	uint32_t from = place(w, kinds[buffer].pages, align), at = place(w, PAGES, align), n, room;
	bool writable = roll(w, 4);

	room = kinds[buffer].pages - from;
	n = length(w, room < PAGES - at ? room : PAGES - at);
	*op = (struct drm_pinion_vm_bind_op){
		.flags = DRM_PINION_VM_BIND_READ | (writable ? DRM_PINION_VM_BIND_WRITE : 0),
		.handle = w->handle[buffer],
		.offset = (uint64_t)from * PAGE,
		.va = va_of(at),
		.size = (uint64_t)n * PAGE,
	};
	model_set(s, at, n, name_of(buffer, from), writable);
}

static void random_sparse(struct world *w, struct space *s, struct drm_pinion_vm_bind_op *op)
{
	uint32_t at = place(w, PAGES, roll(w, 2) ? 1 : 512), n = length(w, PAGES - at);
	bool writable = roll(w, 4);

	*op = (struct drm_pinion_vm_bind_op){
		.flags = DRM_PINION_VM_BIND_SPARSE | DRM_PINION_VM_BIND_READ |
			 (writable ? DRM_PINION_VM_BIND_WRITE : 0),
		.va = va_of(at),
		.size = (uint64_t)n * PAGE,
	};
	model_set(s, at, n, SPARSE_PAGE, writable);
}

static void random_unmap(struct world *w, struct space *s, struct drm_pinion_vm_bind_op *op)
{
	uint32_t at = place(w, PAGES, roll(w, 2) ? 1 : 512), n = length(w, PAGES - at);

	*op = (struct drm_pinion_vm_bind_op){
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = va_of(at),
		.size = (uint64_t)n * PAGE,
	};
	model_set(s, at, n, NO_PAGE, false);
}

static uint32_t random_bind(struct world *w, struct space *s)
{
	struct drm_pinion_vm_bind_op ops[BATCH];
	uint32_t count = 1 + roll(w, BATCH), i, kind;

	for (i = 0; i < count; i++) {
		kind = roll(w, 10);
		if (kind < 5)
			random_map(w, s, &ops[i]);
		else if (kind < 7)
			random_sparse(w, s, &ops[i]);
		else
			random_unmap(w, s, &ops[i]);
	}
	if (try_bind_in(w, s, ops, count))
		ksft_exit_fail_msg("VM_BIND of %u ops\n", count);
	return count;
}

/* Have the card copy the names of mapped pages to w->out, with a 2-D copy for each run of pages. */
static void read_mapped(struct world *w, struct space *s)
{
	uint32_t at, n;

	/* A sparse page must become zero, and is not zero before; an unmapped page is not read. */
	for (at = 0; at < PAGES; at++)
		w->out[at] = s->page[at] == NO_PAGE ? NO_PAGE : SPARSE_PAGE;
	for (at = 0; at < PAGES; at += n) {
		struct pinion_pkt_copy *copy;

		for (n = 0; at + n < PAGES && s->page[at + n] != NO_PAGE; n++)
			;
		if (!n) {
			n = 1;
			continue;
		}
		copy = rig_packet(&w->rig, PINION_PKT_COPY, sizeof(*copy));
		copy->src = va_of(at);
		copy->dst = IO_VA + IO_CMD + at * 8;
		copy->row_bytes = 8;
		copy->rows = n;
		copy->src_pitch = PAGE;
		copy->dst_pitch = 8;
		if (w->rig.bytes + sizeof(*copy) > IO_CMD && run_in(w, s))
			w->wrong++;
	}
	if (w->rig.bytes && run_in(w, s))
		w->wrong++;
}

static void check_mapped(struct world *w, struct space *s)
{
	uint32_t i;

	read_mapped(w, s);
	for (i = 0; i < PAGES; i++)
		w->wrong += w->out[i] != (s->page[i] == SPARSE_PAGE ? 0 : s->page[i]);
}

/* A random page of the address space that is as @mapped and @writable say; PAGES: there is none. */
static uint32_t find(struct world *w, struct space *s, bool mapped, bool writable)
{
	uint32_t at = roll(w, PAGES), i;

	for (i = 0; i < PAGES; i++, at = (at + 1) % PAGES)
		if ((s->page[at] != NO_PAGE) == mapped && s->writable[at] == writable)
			return at;
	return PAGES;
}

static void check_refused(struct world *w, struct space *s)
{
	uint32_t hole = find(w, s, false, false), fixed = find(w, s, true, false);

	if (hole < PAGES) {
		rig_copy(&w->rig, IO_VA + IO_CMD, va_of(hole), 8);
		w->wrong += run_in(w, s) != -EFAULT;
	}
	if (fixed < PAGES) {
		rig_fill(&w->rig, va_of(fixed) + 8, 8, ~0ull, 8);
		w->wrong += run_in(w, s) != -EFAULT;
	}
}

/* A write reaches the page that is mapped, behind its name; a sparse page keeps nothing. */
static void check_write(struct world *w, struct space *s)
{
	uint32_t at = find(w, s, true, true);
	bool kept = s->page[at % PAGES] != SPARSE_PAGE;

	if (at == PAGES)
		return;
	rig_fill(&w->rig, va_of(at) + 8, 8, w->seed, 8);
	rig_copy(&w->rig, IO_VA + IO_CMD, va_of(at), 16);
	w->wrong += run_in(w, s) || w->out[0] != (kept ? s->page[at] : 0) ||
		    w->out[1] != (kept ? w->seed : 0);
}

int main(void)
{
	unsigned long target = rig_times(20000, 200000), ops = 0, checks = 0;
	struct world *w = calloc(1, sizeof(*w));
	const char *seed = getenv("PINION_SEED");

	ksft_print_header();
	ksft_set_plan(2);
	if (!w)
		ksft_exit_fail_msg("no memory\n");
	w->seed = seed ? strtoull(seed, NULL, 0) : 0x9e3779b97f4a7c15ull;
	ksft_print_msg("PINION_SEED=%#llx\n", (unsigned long long)w->seed);
	open_world(w);
	while (ops < target && !w->wrong) {
		struct space *s = &w->space[roll(w, SPACES)];

		ops += random_bind(w, s);
		check_mapped(w, s);
		check_refused(w, s);
		check_write(w, s);
		checks++;
	}
	ksft_test_result(!w->wrong,
			 "%lu operations, all pages as the model says after each of %lu ioctls\n",
			 ops, checks);
	for (ops = 0; ops < SPACES; ops++)
		check_mapped(w, &w->space[ops]);
	ksft_test_result(!w->wrong,
			 "all pages are as the model says at the end, in both address spaces\n");
	ksft_finished();
}
