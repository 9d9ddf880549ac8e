// SPDX-License-Identifier: GPL-2.0-or-later
/* pinion-fwsign: the command line. */
#include <getopt.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fwsign.h"

/*
 * The public half of the test key. An image signed with the test key gets PINION_FW_F_TEST_KEY, so
 * that it cannot be taken for one of a real key.
 */
extern const uint8_t card_test_public_key[KEY_PUBLIC_BYTES];

struct options {
	const char *key, *public_key, *version, *elf, *out, *build;
	bool json;
};

void die(const char *format, ...)
{
	va_list args;

	fputs("pinion-fwsign: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static const char usage_text[] =
	"usage: pinion-fwsign keygen --key FILE --pub FILE\n"
	"       pinion-fwsign sign --key FILE --version X.Y.Z --elf FILE -o IMAGE [--build TEXT]\n"
	"       pinion-fwsign verify --pub FILE IMAGE\n"
	"       pinion-fwsign info [--json] IMAGE\n"
	"Makes, checks and shows signed images of the management firmware.\n"
	"Exit status: 0 success, 1 the image is bad or the command failed, 2 wrong usage.\n";

__attribute__((noreturn)) static void usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static const char *need(const char *value, const char *option)
{
	if (!value) {
		fprintf(stderr, "pinion-fwsign: %s is missing\n", option);
		usage();
	}
	return value;
}

static uint32_t parse_version(const char *text)
{
	unsigned int major, minor, patch;
	int end = 0;

	if (sscanf(text, "%3u.%3u.%5u%n", &major, &minor, &patch, &end) != 3 || text[end] ||
	    strspn(text, "0123456789.") != strlen(text) || major > 255 || minor > 255 ||
	    patch > 65535)
		die("--version: '%s' is not X.Y.Z with X, Y <= 255 and Z <= 65535", text);
	return major << 24 | minor << 16 | patch;
}

static int cmd_keygen(const struct options *o)
{
	const char *key = need(o->key, "--key"), *pub = need(o->public_key, "--pub");
	uint8_t seed[KEY_SEED_BYTES], public_key[KEY_PUBLIC_BYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	randombytes_buf(seed, sizeof(seed));
	crypto_sign_seed_keypair(public_key, secret, seed);
	key_write(key, "pinion-fwsign secret key (Ed25519 seed)", seed, 0600);
	key_write(pub, "pinion-fwsign public key (Ed25519)", public_key, 0644);
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(secret, sizeof(secret));
	return 0;
}

static bool is_test_key(const uint8_t seed[KEY_SEED_BYTES])
{
	uint8_t public_key[KEY_PUBLIC_BYTES], secret[crypto_sign_SECRETKEYBYTES];

	crypto_sign_seed_keypair(public_key, secret, seed);
	sodium_memzero(secret, sizeof(secret));
	return !memcmp(public_key, card_test_public_key, sizeof(public_key));
}

static int cmd_sign(const struct options *o)
{
	const char *out = need(o->out, "-o");
	uint32_t version = parse_version(need(o->version, "--version"));
	uint8_t seed[KEY_SEED_BYTES];
	struct payload payload;
	struct blob image;

	key_read(need(o->key, "--key"), seed);
	payload = elf_payload(need(o->elf, "--elf"));
	image = image_make(&payload, version, is_test_key(seed) ? PINION_FW_F_TEST_KEY : 0,
			   o->build ? o->build : "", seed);
	sodium_memzero(seed, sizeof(seed));
	file_write(out, image.data, image.bytes, 0644);
	free(payload.image.data);
	free(image.data);
	return 0;
}

static int cmd_check(const struct options *o, const char *path, bool verify)
{
	struct blob image = file_read(need(path, "IMAGE"), PINION_FW_MAX_BYTES);
	uint8_t public_key[KEY_PUBLIC_BYTES];
	struct pinion_fw_header header;
	const char *why;

	if (verify)
		key_read(need(o->public_key, "--pub"), public_key);
	why = image_check(&image, verify ? public_key : NULL);
	if (why)
		die("%s: %s", path, why);
	memcpy(&header, image.data, sizeof(header));
	if (verify)
		printf("%s: good\n", path);
	else
		image_print(&header, o->json);
	free(image.data);
	return 0;
}

static const struct option long_options[] = {
	{ "key", required_argument, NULL, 'k' },
	{ "pub", required_argument, NULL, 'p' },
	{ "version", required_argument, NULL, 'v' },
	{ "elf", required_argument, NULL, 'e' },
	{ "output", required_argument, NULL, 'o' },
	{ "build", required_argument, NULL, 'b' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "o:h", long_options, NULL)) != -1) {
		switch (c) {
		case 'k':
			o->key = optarg;
			break;
		case 'p':
			o->public_key = optarg;
			break;
		case 'v':
			o->version = optarg;
			break;
		case 'e':
			o->elf = optarg;
			break;
		case 'o':
			o->out = optarg;
			break;
		case 'b':
			o->build = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			exit(0);
		default:
			usage();
		}
	}
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	const char *command, *path;

	if (sodium_init() < 0)
		die("libsodium cannot be initialised");
	parse(argc, argv, &o);
	command = argv[optind] ? argv[optind++] : "";
	path = argv[optind] ? argv[optind++] : NULL;
	if (argv[optind])
		usage();
	if (!strcmp(command, "keygen") && !path)
		return cmd_keygen(&o);
	if (!strcmp(command, "sign") && !path)
		return cmd_sign(&o);
	if (!strcmp(command, "verify"))
		return cmd_check(&o, path, true);
	if (!strcmp(command, "info"))
		return cmd_check(&o, path, false);
	usage();
}
