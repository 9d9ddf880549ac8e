// SPDX-License-Identifier: MIT
/*
 * The parts of an ELF file that have names: symbols and kernel notes.
 */
#include <stdlib.h>

#include "elf_file.h"
#include "internal.h"

#define MAX_ARGS_BYTES 4096u
#define MAX_ARGS       128u

static int fail(struct pinion_error *err, const char *name, const char *why)
{
	return pinion_fail(err, -ENOEXEC, "not a program for the card: %.32s: %s", name, why);
}

static int compare_symbols(const void *a, const void *b)
{
	const struct pinion_symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	/* Where several symbols have one address, the last wins: prefer one with a size. */
	return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

/*
 * The assembler makes symbols that begin with $ or .L inside functions, where they would hide
 * the function's name.
 */
static bool wanted(const Elf64_Sym *sym, const char *name)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS || !name[0] || name[0] == '$' ||
	    !strncmp(name, ".L", 2))
		return false;
	return type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE;
}

static int copy_strings(const struct pinion_elf_file *file, uint32_t section,
			struct pinion_elf *elf, uint64_t *bytes, struct pinion_error *err)
{
	Elf64_Shdr shdr;

	if (section >= file->header.e_shnum)
		return fail(err, "symbol table", "its strings are not in the file");
	shdr = pinion_elf_shdr(file, section);
	if (shdr.sh_type != SHT_STRTAB || !pinion_elf_has(file, shdr.sh_offset, shdr.sh_size))
		return fail(err, "symbol table", "its strings are not in the file");
	/* One more byte, which is zero, so that every name is terminated. */
	elf->strings = calloc(1, shdr.sh_size + 1);
	if (!elf->strings)
		return pinion_fail(err, -ENOMEM, "no memory");
	memcpy(elf->strings, file->bytes + shdr.sh_offset, shdr.sh_size);
	*bytes = shdr.sh_size;
	return 0;
}

static int copy_symbols(const struct pinion_elf_file *file, const Elf64_Shdr *table,
			struct pinion_elf *elf, struct pinion_error *err)
{
	uint64_t count = table->sh_size / sizeof(Elf64_Sym);
	uint64_t string_bytes = 0;
	int ret = copy_strings(file, table->sh_link, elf, &string_bytes, err);

	if (ret)
		return ret;
	elf->symbol = calloc(count + 1, sizeof(*elf->symbol));
	if (!elf->symbol)
		return pinion_fail(err, -ENOMEM, "no memory");
	for (uint64_t i = 0; i < count; i++) {
		Elf64_Sym sym;

		memcpy(&sym, file->bytes + table->sh_offset + i * sizeof(sym), sizeof(sym));
		if (sym.st_name >= string_bytes || !wanted(&sym, elf->strings + sym.st_name))
			continue;
		elf->symbol[elf->symbols++] = (struct pinion_symbol){
			.address = sym.st_value,
			.bytes = sym.st_size,
			.name = elf->strings + sym.st_name,
		};
	}
	qsort(elf->symbol, elf->symbols, sizeof(*elf->symbol), compare_symbols);
	return 0;
}

int pinion_elf_read_symbols(const struct pinion_elf_file *file, struct pinion_elf *elf,
			    struct pinion_error *err)
{
	for (unsigned int i = 0; i < file->header.e_shnum; i++) {
		Elf64_Shdr shdr = pinion_elf_shdr(file, i);

		if (shdr.sh_type != SHT_SYMTAB)
			continue;
		if (shdr.sh_entsize != sizeof(Elf64_Sym) ||
		    !pinion_elf_has(file, shdr.sh_offset, shdr.sh_size))
			return fail(err, "symbol table", "not in the file");
		return copy_symbols(file, &shdr, elf, err);
	}
	return fail(err, "symbol table", "there is none (stripped?)");
}

const struct pinion_symbol *pinion_elf_symbol(const struct pinion_elf *elf, uint64_t address)
{
	size_t low = 0, high = elf->symbols;
	const struct pinion_symbol *symbol;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (elf->symbol[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	symbol = &elf->symbol[low - 1];
	if (symbol->bytes && address - symbol->address >= symbol->bytes)
		return NULL;
	return symbol;
}

static bool executable(const struct pinion_elf *elf, uint64_t address)
{
	for (unsigned int i = 0; i < elf->segments; i++) {
		const struct pinion_segment *segment = &elf->segment[i];

		if (address - elf->low - segment->offset < segment->bytes)
			return segment->access & DRM_PINION_VM_BIND_EXEC;
	}
	return false;
}

static int find_entry(const struct pinion_elf *elf, struct pinion_kernel *kernel,
		      struct pinion_error *err)
{
	for (size_t i = 0; i < elf->symbols; i++) {
		if (strcmp(elf->symbol[i].name, kernel->name))
			continue;
		kernel->entry = elf->symbol[i].address;
		if (kernel->entry % 2 || !executable(elf, kernel->entry))
			return fail(err, kernel->name,
				    "the kernel is not in an executable segment");
		return 0;
	}
	return fail(err, kernel->name, "a note names this kernel, the symbol table does not");
}

static int check_args(const unsigned char *desc, const struct pinion_kernel_note *note,
		      const char *name, struct pinion_error *err)
{
	for (uint32_t i = 0; i < note->nargs; i++) {
		struct pinion_kernel_arg arg;

		memcpy(&arg, desc + i * sizeof(arg), sizeof(arg));
		if ((uint32_t)arg.offset + arg.bytes > note->args_bytes ||
		    arg.kind > PINION_ARG_INOUT)
			return fail(err, name, "its note describes an impossible argument");
	}
	return 0;
}

static int add_kernel(struct pinion_elf *elf, const unsigned char *desc, uint64_t bytes,
		      struct pinion_error *err)
{
	struct pinion_kernel_note note;
	struct pinion_kernel *more, *kernel;
	int ret;

	if (bytes < sizeof(note))
		return fail(err, "kernel note", "too short");
	memcpy(&note, desc, sizeof(note));
	if (note.version != PINION_NOTE_VERSION)
		return fail(err, "kernel note", "of a version that this library does not know");
	if (note.args_bytes > MAX_ARGS_BYTES || note.nargs > MAX_ARGS ||
	    bytes != sizeof(note) + note.nargs * sizeof(struct pinion_kernel_arg))
		return fail(err, "kernel note", "its sizes contradict each other");
	more = realloc(elf->kernel, (elf->kernels + 1) * sizeof(*more));
	if (!more)
		return pinion_fail(err, -ENOMEM, "no memory");
	elf->kernel = more;
	kernel = &more[elf->kernels++];
	*kernel = (struct pinion_kernel){
		.args_bytes = note.args_bytes,
		.scratch_bytes = note.scratch_bytes,
	};
	memcpy(kernel->name, note.name, sizeof(note.name));
	ret = check_args(desc + sizeof(note), &note, kernel->name, err);
	return ret ? ret : find_entry(elf, kernel, err);
}

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* One PT_NOTE segment. Notes of others are skipped. */
static int read_note_segment(const struct pinion_elf_file *file, const Elf64_Phdr *phdr,
			     struct pinion_elf *elf, struct pinion_error *err)
{
	const unsigned char *notes = file->bytes + phdr->p_offset;
	uint64_t align = phdr->p_align == 8 ? 8 : 4;
	uint64_t at = 0;

	while (phdr->p_filesz - at >= sizeof(Elf64_Nhdr)) {
		uint64_t name = at + sizeof(Elf64_Nhdr), desc, end;
		Elf64_Nhdr note;
		int ret;

		memcpy(&note, notes + at, sizeof(note));
		desc = round_up(name + note.n_namesz, align);
		end = desc + note.n_descsz;
		if (end > phdr->p_filesz)
			return fail(err, "notes", "one is longer than its segment");
		if (note.n_type == PINION_NOTE_KERNEL &&
		    note.n_namesz == sizeof(PINION_NOTE_NAME) &&
		    !memcmp(notes + name, PINION_NOTE_NAME, sizeof(PINION_NOTE_NAME))) {
			ret = add_kernel(elf, notes + desc, note.n_descsz, err);
			if (ret)
				return ret;
		}
		at = round_up(end, align);
		if (at > phdr->p_filesz)
			break;
	}
	return 0;
}

int pinion_elf_read_notes(const struct pinion_elf_file *file, struct pinion_elf *elf,
			  struct pinion_error *err)
{
	for (unsigned int i = 0; i < file->header.e_phnum; i++) {
		Elf64_Phdr phdr = pinion_elf_phdr(file, i);
		int ret;

		if (phdr.p_type != PT_NOTE)
			continue;
		if (!pinion_elf_has(file, phdr.p_offset, phdr.p_filesz))
			return fail(err, "notes", "not in the file");
		ret = read_note_segment(file, &phdr, elf, err);
		if (ret)
			return ret;
	}
	if (!elf->kernels)
		return fail(err, "kernel notes",
			    "there are none (see PINION_KERNEL in pinion_kernel.h)");
	return 0;
}
