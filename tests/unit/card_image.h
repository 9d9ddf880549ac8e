/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A firmware image of a few instructions, signed with a key pair of the test's own. */
#ifndef CARD_IMAGE_H
#define CARD_IMAGE_H

#include <sodium.h>

#include "card_fixture.h"

#define LOAD PINION_MGMT_RAM_BASE

static uint8_t pk[crypto_sign_PUBLICKEYBYTES], sk[crypto_sign_SECRETKEYBYTES];

struct image {
	struct pinion_fw_header h;
	uint32_t code[8];
	uint8_t signature[PINION_FW_SIGNATURE_BYTES];
};

static inline void sign(struct image *im)
{
	crypto_sign_detached(im->signature, NULL, (void *)im, offsetof(struct image, signature),
			     sk);
}

/* Writes READY, then sleeps. */
static inline struct image good_image(void)
{
	struct image im = {
		.h = {
			.magic = PINION_FW_MAGIC, .format = PINION_FW_FORMAT,
			.header_bytes = sizeof(im.h), .image_bytes = sizeof(im),
			.contract = CARD_CONTRACT, .version = 0x01020003,
			.load_addr = LOAD, .load_bytes = sizeof(im.code), .mem_bytes = 4096,
			.entry = LOAD, .flags = PINION_FW_F_TEST_KEY, .build = "test",
		},
		.code = {
			LUI(T0, PINION_MGMT_SYS_BASE >> 12),
			SW(T0, ZERO, PINION_MGMT_READY),
			WFI,
			LOOP_FOREVER,
		},
	};
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, pk, sizeof(pk));
	memcpy(im.h.key_id, hash, sizeof(im.h.key_id));
	sign(&im);
	return im;
}

#endif
