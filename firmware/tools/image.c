// SPDX-License-Identifier: GPL-2.0-or-later
/* The image format of pinion_regs.h: header, payload, Ed25519 signature over both. */
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fwsign.h"

/**
 * image_key_id() - compute the id by which an image names its signer's key
 * @public_key: public key of the signer
 * @id: out: the first 8 bytes of the SHA-256 of @public_key
 */
void image_key_id(const uint8_t public_key[KEY_PUBLIC_BYTES], uint8_t id[8])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, public_key, KEY_PUBLIC_BYTES);
	memcpy(id, hash, 8);
}

static struct pinion_fw_header make_header(const struct payload *p, uint32_t version,
					   uint32_t flags, const char *build)
{
	struct pinion_fw_header h = {
		.magic = PINION_FW_MAGIC,
		.format = PINION_FW_FORMAT,
		.header_bytes = sizeof(h),
		.image_bytes = (uint32_t)(sizeof(h) + p->image.bytes + PINION_FW_SIGNATURE_BYTES),
		.contract = PINION_CONTRACT_MAJOR << 16 | PINION_CONTRACT_MINOR,
		.version = version,
		.load_addr = p->addr,
		.load_bytes = (uint32_t)p->image.bytes,
		.mem_bytes = p->mem_bytes,
		.entry = p->entry,
		.flags = flags,
	};

	if (strlen(build) >= sizeof(h.build))
		die("--build: the text is longer than %zu bytes", sizeof(h.build) - 1);
	strcpy((char *)h.build, build);
	for (const char *c = build; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			die("--build: the text has characters other than printable ASCII");
	return h;
}

/**
 * image_make() - make and sign an image; exits on failure
 * @payload: what the boot ROM is to load into RAM
 * @version: version of the firmware: 31:24 major, 23:16 minor, 15:0 patch
 * @flags: PINION_FW_F_*
 * @build: text for people, at most 63 bytes
 * @seed: secret key of the signer
 *
 * Return: the image.
 */
struct blob image_make(const struct payload *payload, uint32_t version, uint32_t flags,
		       const char *build, const uint8_t seed[KEY_SEED_BYTES])
{
	struct pinion_fw_header h = make_header(payload, version, flags, build);
	uint8_t public_key[KEY_PUBLIC_BYTES], secret[crypto_sign_SECRETKEYBYTES];
	struct blob image = { malloc(h.image_bytes), h.image_bytes };
	size_t covered = h.image_bytes - PINION_FW_SIGNATURE_BYTES;

	if (!image.data)
		die("out of memory");
	if (image.bytes > PINION_FW_MAX_BYTES)
		die("the image would be %zu bytes, the card takes %u", image.bytes,
		    PINION_FW_MAX_BYTES);
	crypto_sign_seed_keypair(public_key, secret, seed);
	image_key_id(public_key, h.key_id);
	memcpy(image.data, &h, sizeof(h));
	memcpy(image.data + sizeof(h), payload->image.data, payload->image.bytes);
	crypto_sign_detached(image.data + covered, NULL, image.data, covered, secret);
	sodium_memzero(secret, sizeof(secret));
	return image;
}

static const char *check_header(const struct pinion_fw_header *h, size_t bytes)
{
	static const uint8_t zero[sizeof(h->reserved)];
	uint64_t ram_end = (uint64_t)PINION_MGMT_RAM_BASE + PINION_MGMT_RAM_SIZE;

	if (h->magic != PINION_FW_MAGIC)
		return "not a Pinion image";
	if (h->format != PINION_FW_FORMAT || h->header_bytes != sizeof(*h))
		return "unknown header format";
	if (h->image_bytes != bytes)
		return "the file's length differs from that in its header: truncated or padded";
	if (h->load_bytes != bytes - sizeof(*h) - PINION_FW_SIGNATURE_BYTES)
		return "payload length contradicts the image's length";
	if (h->mem_bytes < h->load_bytes || h->load_addr < PINION_MGMT_RAM_BASE ||
	    h->load_addr + (uint64_t)h->mem_bytes > ram_end)
		return "payload does not fit the processor's RAM";
	if (h->entry < h->load_addr || h->entry - h->load_addr >= h->load_bytes || h->entry % 2)
		return "entry is outside the payload";
	for (const uint8_t *c = h->build; c < h->build + sizeof(h->build) - 1; c++)
		if (*c && (*c < 0x20 || *c > 0x7e))
			return "the build text has characters that cannot be printed";
	if (h->build[sizeof(h->build) - 1] || memcmp(h->reserved, zero, sizeof(zero)) ||
	    h->flags & ~PINION_FW_F_TEST_KEY)
		return "a reserved field is not zero";
	return NULL;
}

/**
 * image_check() - find out whether a card would accept an image
 * @image: content of the image file
 * @public_key: key that the card holds; NULL to check the header only
 *
 * Return: NULL if the image is good, else the reason why not.
 */
const char *image_check(const struct blob *image, const uint8_t *public_key)
{
	struct pinion_fw_header h;
	uint8_t id[8];
	const char *why;
	size_t covered;

	if (image->bytes < sizeof(h) + PINION_FW_SIGNATURE_BYTES)
		return "too short to be an image";
	memcpy(&h, image->data, sizeof(h));
	why = check_header(&h, image->bytes);
	if (why || !public_key)
		return why;
	if (sodium_is_zero(h.key_id, sizeof(h.key_id)))
		return "not signed";
	image_key_id(public_key, id);
	if (memcmp(id, h.key_id, sizeof(id)))
		return "signed with another key";
	covered = image->bytes - PINION_FW_SIGNATURE_BYTES;
	if (crypto_sign_verify_detached(image->data + covered, image->data, covered, public_key))
		return "the signature does not match: the image was altered";
	return NULL;
}

static void print_json(const struct pinion_fw_header *h, const char *version, const char *contract,
		       const char *key_id)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "version", json_object_new_string(version));
	json_object_object_add(o, "contract", json_object_new_string(contract));
	json_object_object_add(o, "image_bytes", json_object_new_int64(h->image_bytes));
	json_object_object_add(o, "load_addr", json_object_new_int64(h->load_addr));
	json_object_object_add(o, "load_bytes", json_object_new_int64(h->load_bytes));
	json_object_object_add(o, "mem_bytes", json_object_new_int64(h->mem_bytes));
	json_object_object_add(o, "entry", json_object_new_int64(h->entry));
	json_object_object_add(o, "test_key",
			       json_object_new_boolean(h->flags & PINION_FW_F_TEST_KEY));
	json_object_object_add(o, "key_id", json_object_new_string(key_id));
	json_object_object_add(o, "build", json_object_new_string((const char *)h->build));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
	json_object_put(o);
}

/**
 * image_print() - print a header for people or programs
 * @header: header that image_check() has found good
 * @json: print one JSON object
 */
void image_print(const struct pinion_fw_header *header, bool json)
{
	const struct pinion_fw_header *h = header;
	char version[32], contract[32], key_id[17];

	snprintf(version, sizeof(version), "%u.%u.%u", h->version >> 24, h->version >> 16 & 0xff,
		 h->version & 0xffff);
	snprintf(contract, sizeof(contract), "%u.%u", h->contract >> 16, h->contract & 0xffff);
	sodium_bin2hex(key_id, sizeof(key_id), h->key_id, sizeof(h->key_id));
	if (json) {
		print_json(h, version, contract, key_id);
		return;
	}
	printf("version:     %s\n", version);
	printf("contract:    %s\n", contract);
	printf("image:       %u bytes\n", h->image_bytes);
	printf("payload:     %u bytes at 0x%x, %u bytes of RAM\n", h->load_bytes, h->load_addr,
	       h->mem_bytes);
	printf("entry:       0x%x\n", h->entry);
	printf("key:         %s%s\n", key_id,
	       h->flags & PINION_FW_F_TEST_KEY ? " (public test key: not for real cards)" : "");
	printf("build:       %s\n", (const char *)h->build);
}
