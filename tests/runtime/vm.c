// SPDX-License-Identifier: MIT
/* Address spaces of the caller's: memory where it wants it, and nothing else there. */
#include "rt.h"

#define VA	(1ull << 40)
#define PAGE	4096u

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
	tap_ok(!rt_run(queue, cb) && word[PAGE / 8] == 0x77 && !word[0], "the card writes it there");
	tap_ok(!pinion_vm_map(vm, VA, buf, 0, PAGE, PINION_MAP_READ, &rt_err) &&
	       rt_run(queue, cb) == -EFAULT && !word[0], "replaced by a read-only one: %s", rt_err.text);
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
	       !pinion_vm_map(vm, VA, buf, 0, PAGE, PINION_MAP_READ | PINION_MAP_WRITE, &rt_err),
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
	tap_ok(pinion_vm_map(vm, ~0xfffull, buf, 0, PAGE, rw, &rt_err) == -EINVAL, "%s", rt_err.text);
	tap_ok(pinion_vm_unmap(vm, 0, PAGE, &rt_err) == -EINVAL, "%s", rt_err.text);
	pinion_buffer_free(buf);
}

int main(void)
{
	struct pinion_queue *queue;
	struct pinion_vm *vm;

	tap_plan(17);
	dev = rt_device();
	cb = rt_cmdbuf(dev);
	RT(pinion_vm_create(dev, &vm, &rt_err));
	queue = queue_in(vm);
	tap_ok(!pinion_vm_map_cmdbuf(vm, cb, &rt_err), "map the command buffer");
	chosen_address(vm, queue);
	program_in_it(vm, queue);
	refused(vm);
	pinion_queue_close(queue);
	pinion_vm_free(vm);
	pinion_vm_free(NULL);
	pinion_cmdbuf_free(cb);
	pinion_device_close(dev);
	return tap_result();
}
