// SPDX-License-Identifier: MIT
/* Devices, buffers and programs over the mocked driver: what is bound where, and what is left. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime_mock.h"
#include "tap.h"

static struct pinion_device *dev;
static struct pinion_error err;

static const struct drm_pinion_vm_bind_op *bind_op(unsigned int back)
{
	return &mock.binds[(mock.bind_count - back) % 16];
}

static void devices(void)
{
	struct pinion_device_info info;
	struct pinion_device *other;

	tap_ok(!pinion_device_info(dev, &info) && info.cores == 8 && info.memory_free == 1 << 29 &&
		       info.contract == 1 << 16 && info.max_entries == 256 &&
		       !strcmp(info.path, mock_path()),
	       "info");
	mock.driver = "vgem";
	tap_ok(pinion_device_open(mock_path(), &other, &err) == -ENODEV &&
		       strstr(err.text, "not a Pinion card"),
	       "another driver's node: %s", err.text);
	mock.driver = "pinion";
	mock.contract = 9 << 16;
	tap_ok(pinion_device_open(mock_path(), &other, &err) == -ENODEV &&
		       strstr(err.text, "contract version 9"),
	       "another contract: %s", err.text);
	mock.contract = 1 << 16;
	tap_ok(pinion_device_open("/nonexistent", &other, &err) == -ENOENT &&
		       strstr(err.text, "/nonexistent"),
	       "no such node: %s", err.text);
	tap_ok(pinion_device_open("/dev/null", &other, NULL) == 0, "err may be NULL");
	pinion_device_close(other);
}

static void buffers(void)
{
	struct pinion_buffer *a, *b, *c;

	tap_ok(!pinion_buffer_create(dev, 5000, PINION_BUFFER_HOST, &a, &err) &&
		       pinion_buffer_bytes(a) == 8192,
	       "size rounded up to pages");
	tap_ok(bind_op(1)->va == pinion_buffer_address(a) && bind_op(1)->size == 8192 &&
		       bind_op(1)->flags == (DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE),
	       "bound readable and writable, not executable");
	tap_ok(!pinion_buffer_create(dev, 4096, PINION_BUFFER_DEVICE, &b, &err) &&
		       pinion_buffer_address(b) >= pinion_buffer_address(a) + 8192 + 4096,
	       "a page is free above a buffer");
	tap_ok(!pinion_buffer_create(dev, 3 << 20, PINION_BUFFER_DEVICE, &c, &err) &&
		       pinion_buffer_address(c) % (2 << 20) == 0,
	       "large buffers are aligned to 2 MiB");
	strcpy(pinion_buffer_map(a), "text");
	tap_ok(pinion_buffer_map(a) == pinion_buffer_map(a) && !strcmp(mock_memory(0), "text"),
	       "mapped once");
	pinion_buffer_free(b);
	tap_ok(bind_op(1)->op == DRM_PINION_VM_BIND_UNMAP, "unbound when freed");
	pinion_buffer_free(a);
	pinion_buffer_free(c);
	pinion_buffer_free(NULL);
	tap_ok(!mock.bos && !mock.bound, "nothing is left");
}

static void refused_buffers(void)
{
	const uint32_t both = PINION_BUFFER_DEVICE | PINION_BUFFER_HOST;
	struct pinion_buffer *buf;

	tap_ok(pinion_buffer_create(dev, 1, 0, &buf, &err) == -EINVAL, "neither: %s", err.text);
	tap_ok(pinion_buffer_create(dev, 1, both, &buf, &err) == -EINVAL, "both: %s", err.text);
	tap_ok(pinion_buffer_create(dev, 1, PINION_BUFFER_DEVICE | PINION_BUFFER_WC, &buf, &err) ==
		       -EINVAL,
	       "%s", err.text);
	tap_ok(pinion_buffer_create(dev, 1, 1u << 31, &buf, &err) == -EINVAL, "%s", err.text);
	tap_ok(pinion_buffer_create(dev, 0, PINION_BUFFER_HOST, &buf, &err) == -EINVAL, "%s",
	       err.text);
	tap_ok(pinion_buffer_create(dev, SIZE_MAX, PINION_BUFFER_HOST, &buf, &err) == -EINVAL, "%s",
	       err.text);
	mock.fail_at = mock.calls + 1;
	mock.fail_errno = ENOSPC;
	tap_ok(pinion_buffer_create(dev, 1, PINION_BUFFER_DEVICE, &buf, &err) == -ENOSPC &&
		       strstr(err.text, "device memory") && err.code == -ENOSPC,
	       "%s", err.text);
	mock.fail_at = 0;
}

static void programs(void)
{
	unsigned char elf[MOCK_ELF_BYTES];
	size_t bytes = mock_elf(elf);
	const struct pinion_kernel *kernel;
	struct pinion_program *prog;
	uint64_t offset;
	const char *name;

	tap_ok(!pinion_program_load(dev, elf, bytes, &prog, &err), "program loaded");
	tap_ok(bind_op(1)->flags == (DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE) &&
		       bind_op(2)->flags == (DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_EXEC) &&
		       bind_op(1)->va == bind_op(2)->va + 4096 && bind_op(1)->offset == 4096 &&
		       mock.bound == 3 * 4096,
	       "segments bound with their own permissions");
	kernel = pinion_program_kernel(prog, "scale");
	tap_ok(kernel && pinion_program_kernel_at(prog, 0) == kernel &&
		       !pinion_program_kernel_at(prog, 1) && !pinion_program_kernel(prog, "none") &&
		       !strcmp(pinion_kernel_name(kernel), "scale") &&
		       pinion_kernel_args_bytes(kernel) == MOCK_ELF_ARGS,
	       "kernels by name and number");
	name = pinion_program_symbol(prog, bind_op(2)->va + 10, &offset);
	tap_ok(name && !strcmp(name, "helper") && offset == 2, "symbol of a program counter");
	tap_ok(!pinion_program_symbol(prog, 0x4000, &offset) &&
		       !pinion_program_symbol(prog, ~0ull, NULL),
	       "none outside");
	pinion_program_free(prog);
	elf[16] = 2; /* ET_EXEC: linked for 0x10000, below the lowest address */
	tap_ok(pinion_program_load(dev, elf, bytes, &prog, &err) == -ENOEXEC &&
		       strstr(err.text, "link with -pie"),
	       "%s", err.text);
	tap_ok(pinion_program_open(dev, "/nonexistent", &prog, &err) == -ENOENT, "%s", err.text);
	tap_ok(pinion_program_open(dev, "/dev/zero", &prog, &err) == -ENOEXEC, "%s", err.text);
	tap_ok(!mock.bos && !mock.bound, "nothing is left");
}

/* Fail each call of the driver in turn: an error in words and nothing left behind. */
static unsigned int sweep(int (*make)(struct pinion_error *err))
{
	unsigned int at = 0;
	int ret;

	do {
		mock.calls = 0;
		mock.fail_at = ++at;
		mock.fail_errno = EIO;
		memset(&err, 0, sizeof(err));
		ret = make(&err);
		if (ret && (!err.text[0] || err.code != ret || mock.bos))
			return 0;
	} while (ret);
	mock.fail_at = 0;
	return mock.bos ? 0 : at - 1;
}

static int make_program(struct pinion_error *e)
{
	unsigned char elf[MOCK_ELF_BYTES];
	struct pinion_program *prog;
	int ret = pinion_program_load(dev, elf, mock_elf(elf), &prog, e);

	if (!ret)
		pinion_program_free(prog);
	return ret;
}

static int make_cmdbuf(struct pinion_error *e)
{
	struct pinion_cmdbuf *cb;
	int ret = pinion_cmdbuf_create(dev, 0, &cb, e);

	if (!ret)
		pinion_cmdbuf_free(cb);
	return ret;
}

static int make_queue(struct pinion_error *e)
{
	struct pinion_queue *queue;
	int ret = pinion_queue_create(dev, NULL, &queue, e);

	if (!ret)
		pinion_queue_close(queue);
	return ret;
}

static int make_device(struct pinion_error *e)
{
	struct pinion_device *other;
	int ret = pinion_device_open(mock_path(), &other, e);

	if (!ret)
		pinion_device_close(other);
	return ret;
}

int main(void)
{
	tap_plan(32);
	dev = mock_device();
	devices();
	buffers();
	refused_buffers();
	programs();
	tap_ok(sweep(make_program) >= 4, "each failure while a program is loaded");
	tap_ok(sweep(make_cmdbuf) >= 3, "each failure while a command buffer is made");
	tap_ok(sweep(make_queue) == 3, "each failure while a queue is made");
	tap_ok(sweep(make_device) == 1, "each failure while a device is opened");
	pinion_device_close(dev);
	return tap_result();
}
