// SPDX-License-Identifier: MIT
/* The program loader: a good file, files wrong in one way each, and seeded random damage. */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "image.h"
#include "pinion_accel.h"
#include "pinion_packet.h"
#include "runtime_mock.h"
#include "tap.h"

#define PAGE 4096u

static unsigned char good[MOCK_ELF_BYTES], file[MOCK_ELF_BYTES];
static size_t size;
static struct pinion_error err;

static void good_file(void)
{
	struct pinion_elf elf;
	const struct pinion_symbol *symbol;
	uint64_t value;

	tap_ok(!pinion_elf_parse(good, size, PAGE, &elf, &err), "a good file: %s", err.text);
	tap_ok(elf.low == 0x10000 && elf.span == 3 * PAGE && !elf.fixed, "span of whole pages");
	tap_ok(elf.segments == 2 &&
		       elf.segment[0].access ==
			       (DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_EXEC) &&
		       elf.segment[1].access ==
			       (DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE) &&
		       elf.segment[1].offset == PAGE && elf.segment[1].bytes == 2 * PAGE,
	       "segments with their own permissions");
	tap_ok(elf.kernels == 1 && !strcmp(elf.kernel[0].name, "scale") &&
		       elf.kernel[0].args_bytes == MOCK_ELF_ARGS &&
		       elf.kernel[0].scratch_bytes == 1024,
	       "the note's kernel");
	tap_ok(!pinion_elf_relocate(&elf, 0x70000000, &err) && elf.kernel[0].entry == 0x70000000,
	       "relocated");
	memcpy(&value, elf.memory + PAGE + 2 * sizeof(Elf64_Rela), sizeof(value));
	tap_ok(value == 0x70000004, "the pointer points into the loaded code");
	symbol = pinion_elf_symbol(&elf, 0x1000c);
	tap_ok(symbol && !strcmp(symbol->name, "helper") && symbol->address == 0x10008,
	       "the symbol around an address");
	tap_ok(!pinion_elf_symbol(&elf, 0x10010) && !pinion_elf_symbol(&elf, 0xffff),
	       "none outside the functions");
	pinion_elf_free(&elf);
}

/* Loads @file; true if it was refused with @code in words that hold @text. */
static bool refused(size_t bytes, const char *text)
{
	struct pinion_elf elf;
	int ret = pinion_elf_parse(file, bytes, PAGE, &elf, &err);

	if (!ret) {
		ret = pinion_elf_relocate(&elf, 0x70000000, &err);
		pinion_elf_free(&elf);
	}
	printf("# %d: %s\n", ret, ret ? err.text : "accepted");
	return ret == -ENOEXEC && strstr(err.text, text);
}

/* The good file with @bytes of @value at @offset. */
static void wrong(size_t offset, uint64_t value, size_t bytes, const char *text)
{
	memcpy(file, good, sizeof(file));
	memcpy(file + offset, &value, bytes);
	tap_ok(refused(size, text), "refused: %s", text);
}

#define EHDR(member, value, text) \
	wrong(offsetof(Elf64_Ehdr, member), value, sizeof(((Elf64_Ehdr *)0)->member), text)
#define PHDR(n, member, value, text)                                                               \
	wrong(sizeof(Elf64_Ehdr) + (n) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, member), value, \
	      sizeof(((Elf64_Phdr *)0)->member), text)

static size_t note_at(size_t offset)
{
	return sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Phdr) + sizeof(Elf64_Nhdr) + 8 + offset;
}

static size_t dynamic_at(unsigned int index, size_t offset)
{
	size_t end = note_at(sizeof(struct pinion_kernel_note) +
			     2 * sizeof(struct pinion_kernel_arg));

	return ((end + 7) & ~7ul) + index * sizeof(Elf64_Dyn) + offset;
}

static size_t rela_at(size_t offset)
{
	return dynamic_at(4, 0) + offset;
}

static void wrong_headers(void)
{
	wrong(0, 0, 4, "not an ELF");
	wrong(EI_CLASS, ELFCLASS32, 1, "64-bit");
	EHDR(e_machine, EM_X86_64, "RISC-V");
	EHDR(e_type, ET_REL, "not linked");
	EHDR(e_flags, EF_RISCV_RVE, "RV64E");
	EHDR(e_phoff, ~0ull, "program headers");
	EHDR(e_phentsize, 8, "program headers");
	EHDR(e_phnum, 0xffff, "program headers");
	EHDR(e_shoff, ~0ull - 100, "section headers");
	EHDR(e_shnum, 0, "stripped");
	PHDR(0, p_type, PT_INTERP, "dynamic linker");
	PHDR(0, p_type, PT_TLS, "thread-local");
	PHDR(0, p_offset, ~0ull, "truncated");
	PHDR(0, p_filesz, 5000000, "truncated");
	PHDR(0, p_memsz, 1, "longer in the file");
	PHDR(0, p_memsz, ~0ull, "too large");
	PHDR(0, p_vaddr, ~0ull, "too large");
	PHDR(1, p_vaddr, 0x10800, "share a page");
	PHDR(1, p_vaddr, 0x40000000, "256 MiB");
	PHDR(0, p_align, 3, "alignment");
	PHDR(0, p_flags, 0, "neither read");
	PHDR(0, p_flags, PF_R, "executable segment");
	PHDR(2, p_offset, ~0ull, "dynamic section");
	PHDR(3, p_offset, ~0ull, "notes");
	PHDR(3, p_type, PT_NULL, "there are none");
	PHDR(3, p_filesz, 30, "longer than its segment");
}

static void wrong_contents(void)
{
	wrong(note_at(0), 2, 4, "version");
	wrong(note_at(4), 5000, 4, "contradict");
	wrong(note_at(12), 3, 4, "contradict");
	wrong(note_at(12), ~0u, 4, "contradict");
	wrong(note_at(16), 'S', 1, "symbol table does not");
	wrong(note_at(sizeof(struct pinion_kernel_note) + 24), 20, 2, "impossible argument");
	wrong(dynamic_at(0, 8), 0, 8, "not in a segment");
	wrong(dynamic_at(1, 8), 24ull << 56, 8, "not in a segment");
	wrong(dynamic_at(1, 8), 25, 8, "unknown format");
	wrong(dynamic_at(2, 0), DT_NEEDED, 8, "shared libraries");
	wrong(dynamic_at(2, 0), DT_RELR, 8, "other than DT_RELA");
	wrong(rela_at(0), ~0ull, 8, "outside the segments");
	wrong(rela_at(0), 0x10000 + 3 * PAGE - 7, 8, "outside the segments");
	wrong(rela_at(8), R_RISCV_64, 8, "not R_RISCV_RELATIVE");
}

/* Every length of the file but the whole must be refused or load without reading beyond. */
static bool truncated(void)
{
	for (size_t n = 0; n < size; n++) {
		unsigned char *copy = malloc(n ? n : 1);
		struct pinion_elf elf;
		int ret;

		memcpy(copy, good, n);
		ret = pinion_elf_parse(copy, n, PAGE, &elf, &err);
		free(copy);
		if (!ret)
			pinion_elf_free(&elf);
		else if (ret != -ENOEXEC)
			return false;
		if (!ret && n < size - sizeof(Elf64_Shdr))
			return false;
	}
	return true;
}

/* A few bytes of damage, a thousand kinds; AddressSanitizer is the judge. */
static unsigned int damaged(unsigned int rounds)
{
	unsigned int loaded = 0;
	uint32_t seed = 7;

	for (unsigned int i = 0; i < rounds; i++) {
		struct pinion_elf elf;

		memcpy(file, good, size);
		for (unsigned int n = 1 + i % 4; n; n--) {
			seed = seed * 1664525 + 1013904223;
			file[(seed >> 8) % size] = i % 3 ? seed >> 24 : (seed >> 24) % 3 ? 0xff : 0;
		}
		if (pinion_elf_parse(file, size, PAGE, &elf, &err))
			continue;
		loaded++;
		pinion_elf_relocate(&elf, 0x70000000, &err);
		pinion_elf_symbol(&elf, 0x10004);
		pinion_elf_free(&elf);
	}
	return loaded;
}

int main(void)
{
	unsigned int rounds = getenv("PINION_SOAK") ? 5000000 : 50000;
	unsigned int loaded;

	tap_plan(50);
	size = mock_elf(good);
	good_file();
	wrong_headers();
	wrong_contents();
	tap_ok(truncated(), "no truncation is read beyond its end");
	loaded = damaged(rounds);
	tap_ok(loaded && loaded < rounds, "%u files with random damage, %u loaded", rounds, loaded);
	return tap_result();
}
