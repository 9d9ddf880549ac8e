/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinion-fwsign: makes, checks and shows images of the management firmware. */
#ifndef PINION_FWSIGN_H
#define PINION_FWSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pinion_regs.h"

#define KEY_SEED_BYTES	 32
#define KEY_PUBLIC_BYTES 32

/**
 * struct blob - a file in memory
 * @data: content, to be freed by free()
 * @bytes: length of @data
 */
struct blob {
	uint8_t *data;
	size_t bytes;
};

/**
 * struct payload - what an ELF file puts into RAM
 * @image: content of the RAM from @addr on
 * @addr: lowest load address
 * @mem_bytes: bytes of RAM used from @addr on, >= image.bytes; those after @image are zero
 * @entry: address of the first instruction
 */
struct payload {
	struct blob image;
	uint32_t addr;
	uint32_t mem_bytes;
	uint32_t entry;
};

/* fwsign.c: print "pinion-fwsign: ..." to stderr and exit with status 1 */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

/* file.c */
struct blob file_read(const char *path, size_t max);
void file_write(const char *path, const void *data, size_t bytes, unsigned int mode);
void key_read(const char *path, uint8_t key[32]);
void key_write(const char *path, const char *comment, const uint8_t key[32], unsigned int mode);

/* elf.c */
struct payload elf_payload(const char *path);

/* image.c */
struct blob image_make(const struct payload *payload, uint32_t version, uint32_t flags,
		       const char *build, const uint8_t seed[KEY_SEED_BYTES]);
const char *image_check(const struct blob *image, const uint8_t *public_key);
void image_key_id(const uint8_t public_key[KEY_PUBLIC_BYTES], uint8_t id[8]);
void image_print(const struct pinion_fw_header *header, bool json);

#endif /* PINION_FWSIGN_H */
