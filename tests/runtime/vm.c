// SPDX-License-Identifier: MIT
/* Address spaces of the caller have memory where the caller maps it, and nowhere else. */
#include "rt.h"

#define VA   (1ull << 40)
#define PAGE 4096u

static struct pinion_device *dev;
static struct pinion_cmdbuf *cb;

static struct pinion_queue *queue_in(struct pinion_vm *vm)
{
	struct pinion_queue_options options = { .size = sizeof(options), .vm = vm };
	struct pinion_queue *queue;

	RT(pinion_queue_create(dev, &options, &queue, &rt_err));
	return queue;
}

static struct pinion_buffer *unbound(uint32_t flags, size_t bytes)
{
	struct pinion_buffer *buf;

	RT(pinion_buffer_create(dev, bytes, flags | PINION_BUFFER_UNBOUND, &buf, &rt_err));
	return buf;
}

static void chosen_address(struct pinion_vm *vm, struct pinion_queue *queue)
{
	struct pinion_buffer *buf = unbound(PINION_BUFFER_HOST, 2 * PAGE);
	uint64_t *word = pinion_buffer_map(buf);

	tap_ok(!pinion_buffer_address(buf), "an unbound buffer has no address");
	tap_ok(!pinion_vm_map(vm, VA, buf, PAGE, PAGE, PINION_MAP_READ | PINION_MAP_WRITE, &rt_err),
	       "map its second page at an address of our own");
	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, VA, 8, 0x77, 8);
	tap_ok(!rt_run(queue, cb) && word[PAGE / 8] == 0x77 && !word[0],
	       "the card writes it there");
	tap_ok(!pinion_vm_map(vm, VA, buf, 0, PAGE, PINION_MAP_READ, &rt_err) &&
		       rt_run(queue, cb) == -EFAULT && !word[0],
	       "replaced by a read-only one: %s", rt_err.text);
	tap_ok(!pinion_queue_reset(queue, &rt_err), "reset");
	tap_ok(!pinion_vm_unmap(vm, VA, 16 * PAGE, &rt_err) && rt_run(queue, cb) == -EFAULT,
	       "unmapped: %s", rt_err.text);
	tap_ok(!pinion_queue_reset(queue, &rt_err), "reset");
	pinion_buffer_free(buf);
}

static void program_in_it(struct pinion_vm *vm, struct pinion_queue *queue)
{
	struct pinion_program *prog = rt_probe(dev);
	struct pinion_buffer *buf = unbound(PINION_BUFFER_HOST, PAGE);
	uint64_t *word = pinion_buffer_map(buf);

	tap_ok(!pinion_vm_map_program(vm, prog, &rt_err) &&
		       !pinion_vm_map(vm, VA, buf, 0, PAGE, PINION_MAP_READ | PINION_MAP_WRITE,
				      &rt_err),
	       "map a program");
	rt_launch(cb, prog, "store", VA, 0x1234);
	tap_ok(!rt_run(queue, cb) && word[0] == 0x1234, "a kernel runs there");
	pinion_program_free(prog);
	pinion_buffer_free(buf);
}

static void refused(struct pinion_vm *vm)
{
	struct pinion_buffer *buf = unbound(PINION_BUFFER_DEVICE, PAGE);
	const uint32_t rw = PINION_MAP_READ | PINION_MAP_WRITE;

	tap_ok(pinion_vm_map(vm, VA + 8, buf, 0, PAGE, rw, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(pinion_vm_map(vm, VA, buf, 0, 0, rw, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(pinion_vm_map(vm, VA, buf, 0, 2 * PAGE, rw, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(pinion_vm_map(vm, VA, buf, PAGE, PAGE, rw, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(pinion_vm_map(vm, VA, buf, 0, PAGE, 0, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(pinion_vm_map(vm, ~0xfffull, buf, 0, PAGE, rw, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	tap_ok(pinion_vm_unmap(vm, 0, PAGE, &rt_err) == -EINVAL, "%s", rt_err.text);
	pinion_buffer_free(buf);
}

/* A sparse range of 8 GiB of which one page has memory. */
static void sparse(struct pinion_vm *vm, struct pinion_queue *queue)
{
	struct pinion_buffer *buf = unbound(PINION_BUFFER_HOST, PAGE);
	uint64_t *word = pinion_buffer_map(buf), table = pinion_vm_address(vm);
	const uint32_t rw = PINION_MAP_READ | PINION_MAP_WRITE;

	if (!table)
		table = 2 * VA;
	tap_ok(!pinion_vm_map_sparse(vm, table, 8ull << 30, rw, &rt_err) &&
		       !pinion_vm_map(vm, table + 5 * PAGE, buf, 0, PAGE, rw, &rt_err),
	       "a sparse range");
	pinion_cmdbuf_reset(cb);
	pinion_cmd_fill(cb, table, 16 * PAGE, 0x5a, 1);
	pinion_cmd_copy(cb, table + 5 * PAGE, table + 9 * PAGE, 8);
	tap_ok(!rt_run(queue, cb) && !word[0] && word[1] == 0x5a5a5a5a5a5a5a5a,
	       "keeps what is written where it has memory, and is zero elsewhere");
	tap_ok(pinion_vm_map_sparse(vm, table, PAGE, PINION_MAP_EXEC, &rt_err) == -EINVAL, "%s",
	       rt_err.text);
	pinion_vm_unmap(vm, table, 8ull << 30, NULL);
	pinion_buffer_free(buf);
}

/* A reserved range of the device's own address space, in which libpinion places no buffer. */
static void reserved(void)
{
	struct pinion_queue *queue = rt_queue(dev, 0);
	struct pinion_vm *vm, *other;
	struct pinion_buffer *buf;
	uint64_t va, apart;

	RT(pinion_vm_reserve(dev, 0, 8ull << 30, &vm, &rt_err));
	va = pinion_vm_address(vm);
	tap_ok(va && !(va & ((2u << 20) - 1)), "a range of the device's own addresses");
	sparse(vm, queue);
	tap_ok(pinion_vm_reserve(dev, va + PAGE, PAGE, &other, &rt_err) == -EEXIST, "%s",
	       rt_err.text);
	tap_ok(pinion_vm_unmap(vm, va - PAGE, PAGE, &rt_err) == -EINVAL, "%s", rt_err.text);
	RT(pinion_buffer_create(dev, PAGE, PINION_BUFFER_DEVICE, &buf, &rt_err));
	apart = pinion_buffer_address(buf);
	tap_ok(apart < va || apart >= va + (8ull << 30), "a buffer is placed elsewhere");
	tap_ok(pinion_vm_reserve(dev, apart, PAGE, &other, &rt_err) == -EEXIST, "%s", rt_err.text);
	pinion_vm_map_sparse(vm, va, PAGE, PINION_MAP_READ, &rt_err);
	pinion_vm_free(vm);
	pinion_cmdbuf_reset(cb);
	pinion_cmd_copy(cb, apart, va, 8);
	tap_ok(rt_run(queue, cb) == -EFAULT, "given back, nothing is mapped there: %s",
	       rt_err.text);
	RT(pinion_vm_reserve(dev, va, PAGE, &vm, &rt_err));
	tap_ok(pinion_vm_address(vm) == va, "and it can be had again");
	pinion_vm_free(vm);
	RT(pinion_vm_reserve(dev, 0, 1ull << 47, &vm, &rt_err));
	tap_ok(pinion_vm_reserve(dev, 0, 1ull << 47, &other, &rt_err) == -ENOSPC, "%s",
	       rt_err.text);
	pinion_vm_free(vm);
	pinion_buffer_free(buf);
	pinion_queue_close(queue);
}

int main(void)
{
	struct pinion_queue *queue;
	struct pinion_vm *vm;

	tap_plan(31);
	dev = rt_device();
	cb = rt_cmdbuf(dev);
	RT(pinion_vm_create(dev, &vm, &rt_err));
	queue = queue_in(vm);
	tap_ok(!pinion_vm_map_cmdbuf(vm, cb, &rt_err), "map the command buffer");
	chosen_address(vm, queue);
	program_in_it(vm, queue);
	sparse(vm, queue);
	refused(vm);
	reserved();
	pinion_queue_close(queue);
	pinion_vm_free(vm);
	pinion_vm_free(NULL);
	pinion_cmdbuf_free(cb);
	pinion_device_close(dev);
	return tap_result();
}
