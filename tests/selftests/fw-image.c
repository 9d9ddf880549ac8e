// SPDX-License-Identifier: GPL-2.0-or-later
/* The card refuses bad firmware images, the log says why, and the good image boots afterwards. */
#include <stddef.h>

#include "fwdir.h"

static struct fwdir fw;
static int kmsg;

static void log_skip(void)
{
	lseek(kmsg, 0, SEEK_END);
}

/* Whether the kernel's log has got a line with @what since log_skip(), which goes to @line. */
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

/* Whether the card refuses an image of @n bytes at @bytes, with @words in the log. */
static bool refused(const void *bytes, size_t n, const char *words, char *last, size_t size)
{
	int ret;

	fwdir_write(&fw, bytes, n);
	log_skip();
	ret = try_driver("bind");
	if (!ret)
		try_driver("unbind");
	return ret == -EBADMSG && log_has("refused (boot error ", last, size) &&
	       strstr(last, words);
}

static void bad(const void *bytes, size_t n, const char *words, const char *what)
{
	char last[256];
	bool ok = refused(bytes, n, words, last, sizeof(last));

	ksft_test_result(ok, "%s: %s\n", what, last);
}

static void header(size_t offset, const void *value, size_t n, const char *words, const char *what)
{
	uint8_t *copy = malloc(fw.bytes);

	memcpy(copy, fw.image, fw.bytes);
	memcpy(copy + offset, value, n);
	bad(copy, fw.bytes, words, what);
	free(copy);
}

static void headers(void)
{
	struct pinion_fw_header *good = (void *)fw.image;
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
	header(offsetof(struct pinion_fw_header, key_id), other_key, 8,
	       "key this card does not hold", "another key");
	header(sizeof(*good) + 100, no_key, 8, "was altered", "altered payload");
	header(fw.bytes - 8, no_key, 8, "was altered", "altered signature");
}

static void lengths(void)
{
	char last[256];

	bad(fw.image, fw.bytes - 1, "wrong length", "a byte short");
	bad(fw.image, 64, "wrong length", "half a header");
	bad(fw.image, fw.bytes + 16, "wrong length", "16 bytes too many");
	fwdir_write(&fw, fw.image, sizeof(fw.image));
	log_skip();
	ksft_test_result(try_driver("bind") == -EBADMSG &&
				 log_has("the card takes 1 to", last, sizeof(last)),
			 "larger than the card takes: not even sent\n");
}

/* Whether the kernel finds an image if the test's folder has none. */
static bool has_default(void)
{
	return !access(FWDIR_DEFAULT "/pinion/mgmt.bin", F_OK);
}

/* An image of no bytes is no image to the kernel, either. */
static void missing(void)
{
	if (has_default()) {
		rig_skip(2, "the kernel finds an image in " FWDIR_DEFAULT);
		return;
	}
	fwdir_write(&fw, fw.image, 0);
	ksft_test_result(try_driver("bind") < 0, "empty\n");
	unlink(fw.file);
	ksft_test_result(try_driver("bind") == -ENOENT, "no image\n");
}

static void bit_flips(void)
{
	unsigned int n = rig_times(32, 512), i, wrong = 0;
	uint8_t *copy = malloc(fw.bytes);
	char last[256];

	for (i = 0; i < n; i++) {
		size_t bit = (fw.bytes * 8 - 1) * (uint64_t)i / (n - 1);

		memcpy(copy, fw.image, fw.bytes);
		copy[bit / 8] ^= 1 << bit % 8;
		if (refused(copy, fw.bytes, "action=", last, sizeof(last)))
			continue;
		wrong++;
		ksft_print_msg("bit %zu was not refused: %s\n", bit, last);
	}
	ksft_test_result(!wrong, "one flipped bit, in %u places from the first to the last\n", n);
	free(copy);
}

static bool test_key_allowed(bool allowed)
{
	int fd = open("/sys/module/pinion/parameters/allow_test_key", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, allowed ? "Y" : "N", 1) == 1;

	close(fd);
	return done;
}

/* The driver refuses an image with the flag before it sends anything to the card. */
static void test_key(void)
{
	const struct pinion_fw_header *good = (void *)fw.image;
	char last[256];
	int ret;

	if (!(good->flags & PINION_FW_F_TEST_KEY)) {
		rig_skip(1, "the installed image is not signed with the test key");
		return;
	}
	fwdir_write(&fw, fw.image, fw.bytes);
	log_skip();
	if (!test_key_allowed(false))
		ksft_exit_fail_msg("the driver has no parameter allow_test_key\n");
	ret = try_driver("bind");
	test_key_allowed(true);
	ksft_test_result(ret == -EKEYREJECTED && log_has("error=0xa00", last, sizeof(last)),
			 "signed with the test key: %s: %s\n", strerror(-ret), last);
}

static void good_again(void)
{
	struct rig rig;

	fwdir_write(&fw, fw.image, fw.bytes);
	ksft_test_result(!try_driver("bind"), "the good image boots, without a reboot\n");
	try_driver("unbind");
	ksft_test_result(!fwdir_leave(&fw) && !try_driver("bind"),
			 "the installed image boots from its usual place\n");
	rig_open(&rig, 4);
	ksft_test_result(!rig_run(&rig).res, "a job passes\n");
	rig_close(&rig);
}

int main(void)
{
	rig_pci_address();
	ksft_print_header();
	ksft_set_plan(18);
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kmsg < 0)
		ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(errno));
	fwdir_enter(&fw);
	if (try_driver("unbind"))
		ksft_exit_fail_msg("cannot unbind the driver\n");
	headers();
	lengths();
	bit_flips();
	missing();
	test_key();
	good_again();
	ksft_finished();
}
