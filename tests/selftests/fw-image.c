// SPDX-License-Identifier: GPL-2.0-or-later
/* Bad firmware images: refused by the card, in words, and the good one boots afterwards. */
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

#define PATH_PARAM	"/sys/module/firmware_class/parameters/path"

static char good_path[256];
static char dir[] = "/tmp/pinion-fw-XXXXXX";
static uint8_t image[PINION_FW_MAX_BYTES + 4096];
static size_t image_bytes;

static void read_good(void)
{
	char path[300];
	ssize_t n;
	int fd;

	fd = open(PATH_PARAM, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, good_path, sizeof(good_path) - 1);
	if (n < 0)
		tap_bail(PATH_PARAM ": %s", strerror(errno));
	close(fd);
	good_path[strcspn(good_path, "\n")] = 0;
	snprintf(path, sizeof(path), "%s/pinion/mgmt.bin", good_path);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, image, PINION_FW_MAX_BYTES);
	if (n <= (ssize_t)sizeof(struct pinion_fw_header))
		tap_bail("%s: not readable", path);
	image_bytes = n;
	close(fd);
}

static void write_image(const void *bytes, size_t n)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/pinion/mgmt.bin", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		tap_bail("%s: %s", path, strerror(errno));
	close(fd);
}

static int kmsg;

static void log_skip(void)
{
	lseek(kmsg, 0, SEEK_END);
}

/* Whether the kernel's log has got a line with @what since log_skip(); the line without its head. */
static bool log_has(const char *what, char *line, size_t size)
{
	char record[1024], *text;
	ssize_t n;

	line[0] = 0;
	while ((n = read(kmsg, record, sizeof(record) - 1)) > 0) {
		record[n] = 0;
		text = strchr(record, ';');
		if (!text || !strstr(text, what))
			continue;
		snprintf(line, size, "%.*s", (int)strcspn(text + 1, "\n"), text + 1);
		return true;
	}
	return false;
}

/* Bind with @n bytes of @bytes as the image: refused by the card, with @words in the log? */
static bool refused(const void *bytes, size_t n, const char *words, char *last, size_t size)
{
	int ret;

	write_image(bytes, n);
	log_skip();
	ret = try_driver("bind");
	if (!ret)
		try_driver("unbind");
	return ret == -EBADMSG && log_has("refused (boot error ", last, size) && strstr(last, words);
}

static void bad(const void *bytes, size_t n, const char *words, const char *what)
{
	char last[256];
	bool ok = refused(bytes, n, words, last, sizeof(last));

	tap_ok(ok, "%s: %s", what, last);
}

static void header(size_t offset, const void *value, size_t n, const char *words, const char *what)
{
	uint8_t *copy = malloc(image_bytes);

	memcpy(copy, image, image_bytes);
	memcpy(copy + offset, value, n);
	bad(copy, image_bytes, words, what);
	free(copy);
}

static void headers(void)
{
	struct pinion_fw_header *good = (void *)image;
	uint32_t magic = 0x12345678, newer = good->contract + 1;
	uint16_t format = PINION_FW_FORMAT + 1;
	uint8_t no_key[8] = {}, other_key[8] = { 1, 2, 3 };

	header(offsetof(struct pinion_fw_header, magic), &magic, 4, "not a Pinion firmware image",
	       "another magic");
	header(offsetof(struct pinion_fw_header, format), &format, 2, "format is unknown",
	       "another format");
	header(offsetof(struct pinion_fw_header, contract), &newer, 4, "newer card contract",
	       "too new");
	header(offsetof(struct pinion_fw_header, key_id), no_key, 8, "unsigned", "unsigned");
	header(offsetof(struct pinion_fw_header, key_id), other_key, 8, "key this card does not hold",
	       "another key");
	header(sizeof(*good) + 100, no_key, 8, "was altered", "altered payload");
	header(image_bytes - 8, no_key, 8, "was altered", "altered signature");
}

static void lengths(void)
{
	char last[256];

	bad(image, image_bytes - 1, "wrong length", "a byte short");
	bad(image, 64, "wrong length", "half a header");
	bad(image, image_bytes + 16, "wrong length", "16 bytes too many");
	write_image(image, sizeof(image));
	log_skip();
	tap_ok(try_driver("bind") == -EBADMSG && log_has("the card takes 1 to", last, sizeof(last)),
	       "larger than the card takes: not even sent");
	write_image(image, 0);
	tap_ok(try_driver("bind") < 0, "empty");
}

static void bit_flips(void)
{
	unsigned int n = rig_times(32, 512), i, wrong = 0;
	uint8_t *copy = malloc(image_bytes);
	char last[256];

	for (i = 0; i < n; i++) {
		size_t bit = (image_bytes * 8 - 1) * (uint64_t)i / (n - 1);

		memcpy(copy, image, image_bytes);
		copy[bit / 8] ^= 1 << bit % 8;
		if (refused(copy, image_bytes, "action=", last, sizeof(last)))
			continue;
		wrong++;
		printf("# bit %zu was not refused: %s\n", bit, last);
	}
	tap_ok(!wrong, "one flipped bit, in %u places from the first to the last", n);
	free(copy);
}

static void good_again(void)
{
	struct rig rig;

	write_image(image, image_bytes);
	tap_ok(!try_driver("bind"), "the good image boots, without a reboot");
	try_driver("unbind");
	tap_ok(!try_write(PATH_PARAM, good_path) && !try_driver("bind"), "and from its usual place");
	rig_open(&rig, 4);
	tap_ok(!rig_run(&rig).res, "a job passes");
	rig_close(&rig);
}

int main(void)
{
	char sub[64];

	rig_pci_address();
	tap_plan(17);
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kmsg < 0)
		tap_bail("/dev/kmsg: %s", strerror(errno));
	read_good();
	if (!mkdtemp(dir))
		tap_bail("mkdtemp: %s", strerror(errno));
	snprintf(sub, sizeof(sub), "%s/pinion", dir);
	mkdir(sub, 0755);
	if (try_write(PATH_PARAM, dir) || try_driver("unbind"))
		tap_bail("cannot unbind the driver");
	headers();
	lengths();
	bit_flips();
	/* Nothing there at all. */
	snprintf(sub, sizeof(sub), "%s/pinion/mgmt.bin", dir);
	unlink(sub);
	tap_ok(try_driver("bind") == -ENOENT, "no image");
	good_again();
	return tap_result();
}
