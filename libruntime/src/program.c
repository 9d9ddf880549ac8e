// SPDX-License-Identifier: MIT
/*
 * Programs: loading an image into device memory, each segment mapped with its own permissions,
 * and finding the function's name for an address at which a fault happened.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static int check_scratch(const struct pinion_device *dev, const struct pinion_elf *elf,
			 struct pinion_error *err)
{
	uint64_t room = dev->info.scratchpad_bytes;

	for (unsigned int i = 0; i < elf->kernels; i++) {
		const struct pinion_kernel *kernel = &elf->kernel[i];

		if ((uint64_t)kernel->scratch_bytes + PINION_STACK_MIN > room)
			return pinion_fail(err, -ENOEXEC,
					   "kernel %s wants %u bytes of scratchpad and %u of "
					   "stack, the card has %" PRIu64,
					   kernel->name, kernel->scratch_bytes, PINION_STACK_MIN,
					   room);
	}
	return 0;
}

static int take_addresses(struct pinion_program *prog, struct pinion_error *err)
{
	struct pinion_device *dev = prog->dev;
	struct pinion_elf *elf = &prog->image;
	struct pinion_va_range *range = &prog->buf->range;
	uint64_t bytes = prog->buf->bytes + dev->page_bytes;
	int ret;

	pthread_mutex_lock(&dev->lock);
	if (elf->fixed)
		ret = pinion_va_reserve(&dev->va, elf->low, bytes, range);
	else
		ret = pinion_va_alloc(&dev->va, bytes, elf->align, range);
	pthread_mutex_unlock(&dev->lock);
	if (ret && elf->fixed)
		return pinion_fail(err, -ENOEXEC,
				   "linked for address 0x%" PRIx64
				   ", which is not free: link with -pie",
				   elf->low);
	if (ret)
		return pinion_fail(err, ret, "no addresses left for the program");
	prog->bias = range->start - elf->low;
	return 0;
}

static int copy_in(struct pinion_program *prog, struct pinion_error *err)
{
	void *map = pinion_buffer_map(prog->buf);

	if (!map)
		return pinion_fail(err, -ENOMEM, "device memory for the program cannot be mapped");
	memcpy(map, prog->image.memory, prog->image.span);
	pinion_buffer_unmap(prog->buf);
	return 0;
}

static int bind_segments(struct pinion_program *prog, struct pinion_error *err)
{
	for (unsigned int i = 0; i < prog->image.segments; i++) {
		const struct pinion_segment *segment = &prog->image.segment[i];
		int ret = pinion_buffer_bind(prog->buf, segment->offset, segment->bytes,
					     segment->access, err);

		if (ret)
			return ret;
	}
	return 0;
}

/* The order matters: nothing can be executed before it is written. */
static int place(struct pinion_program *prog, struct pinion_error *err)
{
	int ret = pinion_buffer_alloc(prog->dev, prog->image.span,
				      PINION_BUFFER_DEVICE | PINION_BUFFER_MAPPABLE, &prog->buf,
				      err);

	if (!ret)
		ret = take_addresses(prog, err);
	if (!ret)
		ret = pinion_elf_relocate(&prog->image, prog->buf->range.start, err);
	if (!ret)
		ret = copy_in(prog, err);
	if (!ret)
		ret = bind_segments(prog, err);
	return ret;
}

static void link_program(struct pinion_program *prog)
{
	struct pinion_device *dev = prog->dev;

	pthread_mutex_lock(&dev->lock);
	prog->next = dev->programs;
	dev->programs = prog;
	pthread_mutex_unlock(&dev->lock);
}

PINION_EXPORT int pinion_program_load(struct pinion_device *dev, const void *elf, size_t bytes,
				      struct pinion_program **out, struct pinion_error *err)
{
	struct pinion_program *prog;
	int ret;

	if (pinion_forked(dev))
		return pinion_fail_forked(err);
	prog = calloc(1, sizeof(*prog));
	if (!prog)
		return pinion_fail(err, -ENOMEM, "no memory");
	prog->dev = dev;
	ret = pinion_elf_parse(elf, bytes, dev->page_bytes, &prog->image, err);
	if (ret)
		goto free_prog;
	ret = check_scratch(dev, &prog->image, err);
	if (!ret)
		ret = place(prog, err);
	if (ret)
		goto free_image;
	/* Device memory has a copy now. */
	free(prog->image.memory);
	prog->image.memory = NULL;
	link_program(prog);
	*out = prog;
	return 0;

free_image:
	pinion_buffer_free(prog->buf);
	pinion_elf_free(&prog->image);
free_prog:
	free(prog);
	return ret;
}

static int map_file(const char *path, const void **map, size_t *bytes, struct pinion_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 ? -errno : 0;
	struct stat st;

	if (ret)
		goto fail;
	if (fstat(fd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode) || !st.st_size)
		ret = -ENOEXEC;
	if (!ret) {
		*bytes = st.st_size;
		*map = mmap(NULL, *bytes, PROT_READ, MAP_PRIVATE, fd, 0);
		if (*map == MAP_FAILED)
			ret = -errno;
	}
	close(fd);
	if (!ret)
		return 0;
fail:
	if (ret == -ENOEXEC)
		return pinion_fail(err, ret, "%s: not a regular file, or empty", path);
	return pinion_fail(err, ret, "%s: %s", path, strerror(-ret));
}

PINION_EXPORT int pinion_program_open(struct pinion_device *dev, const char *path,
				      struct pinion_program **prog, struct pinion_error *err)
{
	const void *map = NULL;
	size_t bytes = 0;
	int ret = map_file(path, &map, &bytes, err);

	if (ret)
		return ret;
	ret = pinion_program_load(dev, map, bytes, prog, err);
	munmap((void *)map, bytes);
	return ret;
}

static void unlink_program(struct pinion_program *prog)
{
	struct pinion_program **link = &prog->dev->programs;

	pthread_mutex_lock(&prog->dev->lock);
	while (*link != prog)
		link = &(*link)->next;
	*link = prog->next;
	pthread_mutex_unlock(&prog->dev->lock);
}

PINION_EXPORT void pinion_program_free(struct pinion_program *prog)
{
	if (!prog)
		return;
	if (!pinion_forked(prog->dev))
		unlink_program(prog);
	pinion_buffer_free(prog->buf);
	pinion_elf_free(&prog->image);
	free(prog);
}

PINION_EXPORT const struct pinion_kernel *pinion_program_kernel(const struct pinion_program *prog,
								const char *name)
{
	for (unsigned int i = 0; i < prog->image.kernels; i++)
		if (!strcmp(prog->image.kernel[i].name, name))
			return &prog->image.kernel[i];
	return NULL;
}

PINION_EXPORT const struct pinion_kernel *
pinion_program_kernel_at(const struct pinion_program *prog, unsigned int index)
{
	return index < prog->image.kernels ? &prog->image.kernel[index] : NULL;
}

PINION_EXPORT const char *pinion_kernel_name(const struct pinion_kernel *kernel)
{
	return kernel->name;
}

PINION_EXPORT size_t pinion_kernel_args_bytes(const struct pinion_kernel *kernel)
{
	return kernel->args_bytes;
}

PINION_EXPORT const char *pinion_program_symbol(const struct pinion_program *prog, uint64_t pc,
						uint64_t *offset)
{
	const struct pinion_symbol *symbol;

	if (pc - prog->buf->range.start >= prog->buf->bytes)
		return NULL;
	symbol = pinion_elf_symbol(&prog->image, pc - prog->bias);
	if (!symbol)
		return NULL;
	if (offset)
		*offset = pc - prog->bias - symbol->address;
	return symbol->name;
}

void pinion_describe_pc(struct pinion_device *dev, uint64_t pc, char *text, size_t bytes)
{
	const char *name = NULL;
	uint64_t offset = 0;

	pthread_mutex_lock(&dev->lock);
	for (struct pinion_program *p = dev->programs; p && !name; p = p->next)
		name = pinion_program_symbol(p, pc, &offset);
	if (name)
		snprintf(text, bytes, "%.64s+0x%" PRIx64, name, offset);
	else
		snprintf(text, bytes, "0x%" PRIx64, pc);
	pthread_mutex_unlock(&dev->lock);
}
