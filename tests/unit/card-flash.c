// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flash: writing a slot, selecting it, booting from it, falling back to the other slot, the
 * least version, and a failure of the power at any write.
 */
#include "card_fixture.h"
#include "card_image.h"

#define VERSION(n)    (0x01000000u + (n))
#define UPDATE_WRITES 11 /* one more than an update, its boot and a new least version have */

static unsigned int field(struct fixture *fx, uint32_t mask)
{
	return (fx_rd(fx, PINION_REG_BOOT_SLOT) & mask) / (mask & -mask);
}

static unsigned int running(struct fixture *fx)
{
	return field(fx, PINION_BOOT_SLOT_RUNNING);
}

static unsigned int selected(struct fixture *fx)
{
	return field(fx, PINION_BOOT_SLOT_SELECTED);
}

/* Return: STATUS. */
static uint32_t command(struct fixture *fx, uint32_t what, uint32_t slot, uint32_t offset)
{
	fx_wr(fx, PINION_REG_FLASH_SLOT, slot);
	fx_wr(fx, PINION_REG_FLASH_OFFSET, offset);
	fx_wr(fx, PINION_REG_FLASH_ADDR_LO, (uint32_t)FX_HOST_BASE);
	fx_wr(fx, PINION_REG_FLASH_ADDR_HI, FX_HOST_BASE >> 32);
	fx_wr(fx, PINION_REG_FLASH_CTRL, what);
	if (fx_rd(fx, PINION_REG_FLASH_STATUS) != PINION_FLASH_STATUS_BUSY)
		tap_bail("the flash unit is not busy");
	fx_run(fx);
	return fx_rd(fx, PINION_REG_FLASH_STATUS);
}

static uint32_t write_slot(struct fixture *fx, uint32_t slot, const struct image *im)
{
	uint32_t status = command(fx, PINION_FLASH_ERASE, slot, 0);

	memset(fx->host, 0xff, CARD_FLASH_PAGE);
	memcpy(fx->host, im, sizeof(*im));
	return status ? status : command(fx, PINION_FLASH_PROGRAM, slot, 0);
}

static struct image version(uint32_t v)
{
	struct image im = good_image();

	im.h.version = v;
	sign(&im);
	return im;
}

/* An image whose firmware stops at its second instruction, before it is ready. */
static struct image broken(uint32_t v)
{
	struct image im = good_image();

	im.h.version = v;
	im.code[1] = 0;
	sign(&im);
	return im;
}

static uint32_t install(struct fixture *fx, uint32_t slot, const struct image *im)
{
	uint32_t status = write_slot(fx, slot, im);

	return status ? status : command(fx, PINION_FLASH_SELECT, slot, 0);
}

static uint32_t raise(struct fixture *fx, uint32_t v)
{
	fx_wr(fx, PINION_REG_FLASH_VERSION, v);
	return command(fx, PINION_FLASH_RAISE, 0, 0);
}

static void reset(struct fixture *fx, uint32_t level)
{
	fx_wr(fx, PINION_REG_RESET, level);
	fx_run(fx);
}

/* Return: BOOT_STATUS. */
static uint32_t start(struct fixture *fx)
{
	reset(fx, PINION_RESET_WARM);
	fx_wr(fx, PINION_REG_BOOT_CTRL, PINION_BOOT_CTRL_FLASH);
	fx_run(fx);
	return fx_rd(fx, PINION_REG_BOOT_STATUS);
}

static uint32_t boot_host(struct fixture *fx, const struct image *im)
{
	reset(fx, PINION_RESET_WARM);
	memcpy(fx->host, im, sizeof(*im));
	fx_wr(fx, PINION_REG_BOOT_ADDR_LO, (uint32_t)FX_HOST_BASE);
	fx_wr(fx, PINION_REG_BOOT_ADDR_HI, FX_HOST_BASE >> 32);
	fx_wr(fx, PINION_REG_BOOT_SIZE, sizeof(*im));
	fx_wr(fx, PINION_REG_BOOT_CTRL, PINION_BOOT_CTRL_START);
	fx_run(fx);
	return fx_rd(fx, PINION_REG_BOOT_STATUS);
}

static void test_empty(struct fixture *fx)
{
	fx_run(fx);
	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_IDLE &&
		       running(fx) == PINION_BOOT_SLOT_NONE && !selected(fx),
	       "with an empty flash the boot ROM waits");
	tap_ok(start(fx) == (PINION_BOOT_FAILED | PINION_BOOT_ERR_FLASH << 8),
	       "an empty flash has nothing to start");
}

static void test_boot(struct fixture *fx)
{
	struct image im = version(VERSION(1));

	tap_ok(!install(fx, 1, &im) && selected(fx) == 1, "an image is written and selected");
	tap_ok(start(fx) == PINION_BOOT_READY && running(fx) == 1 &&
		       fx_rd(fx, PINION_REG_FW_VERSION) == VERSION(1) &&
		       fx_rd(fx, PINION_REG_BOOT_FLAGS) == PINION_FW_F_TEST_KEY,
	       "it boots from the flash");
	fx_power_cycle(fx);
	fx_run(fx);
	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_READY && running(fx) == 1,
	       "after power-on it boots by itself");
	card_reset(fx->card);
	fx_run(fx);
	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_READY, "and after FLR");
	reset(fx, PINION_RESET_FIRMWARE);
	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_IDLE &&
		       running(fx) == PINION_BOOT_SLOT_NONE,
	       "but not after FIRMWARE, for the host may have an image");
	tap_ok(boot_host(fx, &im) == PINION_BOOT_READY && running(fx) == PINION_BOOT_SLOT_NONE,
	       "which boots as on a card without flash");
}

static void test_refused(struct fixture *fx)
{
	struct image im = version(VERSION(2)), bad = im;

	start(fx);
	tap_ok(command(fx, PINION_FLASH_ERASE, 1, 0) == PINION_FLASH_IN_USE &&
		       command(fx, PINION_FLASH_PROGRAM, 1, 0) == PINION_FLASH_IN_USE,
	       "the slot that runs cannot be written");
	boot_host(fx, &im);
	tap_ok(command(fx, PINION_FLASH_ERASE, 1, 0) == PINION_FLASH_IN_USE,
	       "nor can the selected one while an image of the host runs");
	tap_ok(command(fx, PINION_FLASH_ERASE, 2, 0) == PINION_FLASH_RANGE &&
		       command(fx, PINION_FLASH_ERASE, 0, PINION_FW_MAX_BYTES) ==
			       PINION_FLASH_RANGE &&
		       command(fx, PINION_FLASH_ERASE, 0, 64) == PINION_FLASH_RANGE &&
		       command(fx, PINION_FLASH_SELECT, 2, 0) == PINION_FLASH_RANGE,
	       "slot and offset are checked");
	tap_ok(command(fx, 99, 0, 0) == PINION_FLASH_COMMAND, "and the command");
	write_slot(fx, 0, &im);
	memset(fx->host, 0xff, CARD_FLASH_PAGE);
	tap_ok(command(fx, PINION_FLASH_PROGRAM, 0, 0) == PINION_FLASH_MEDIA,
	       "programming sets no bit");
	fx->deny_from = FX_HOST_BASE;
	fx->deny_to = FX_HOST_BASE + 1;
	tap_ok(command(fx, PINION_FLASH_PROGRAM, 0, 4096) == PINION_FLASH_DMA, "no memory");
	fx->deny_to = 0;
	bad.code[3] ^= 1;
	write_slot(fx, 0, &bad);
	tap_ok(command(fx, PINION_FLASH_SELECT, 0, 0) ==
			       (PINION_FLASH_IMAGE | PINION_BOOT_ERR_SIGNATURE << 8) &&
		       selected(fx) == 1,
	       "an image that would not boot is not selected");
}

/* The firmware of slot 0 stops before it is ready: at the fourth start slot 1 runs. */
static void test_fallback(struct fixture *fx)
{
	struct image im = broken(VERSION(3)), good = version(VERSION(4));
	unsigned int i, crashed = 0;

	start(fx);
	tap_ok(running(fx) == 1 && !install(fx, 0, &im), "firmware that does not start");
	for (i = 0; i < PINION_BOOT_TRIES; i++) {
		crashed += start(fx) == PINION_BOOT_CRASHED && running(fx) == 0;
		if (i != 1)
			continue;
		fx_power_cycle(fx);
		fx_run(fx);
	}
	tap_ok(crashed == PINION_BOOT_TRIES - 1,
	       "is started %u times, once by itself after power-on", PINION_BOOT_TRIES);
	tap_ok(start(fx) == PINION_BOOT_READY && running(fx) == 1 && !selected(fx) &&
		       field(fx, PINION_BOOT_SLOT_FAILED) == PINION_BOOT_TRIES,
	       "then the other slot is");
	tap_ok(!install(fx, 0, &good) && start(fx) == PINION_BOOT_READY && !running(fx) &&
		       !field(fx, PINION_BOOT_SLOT_FAILED),
	       "a slot that is written anew is tried again");
	fx->flash[nor_slot(0) + 200] ^= 1;
	tap_ok(start(fx) == PINION_BOOT_READY && running(fx) == 1,
	       "an image that has rotted is passed over at once");
	fx->flash[nor_slot(0) + 200] ^= 1;
	for (i = 0; i < 3000 && start(fx) == PINION_BOOT_READY && !running(fx); i++)
		;
	tap_ok(i == 3000, "%u starts are counted", i);
}

/* The power fails before the firmware is ready. */
static void fail_early(struct fixture *fx)
{
	fx_power_cycle(fx);
	while (fx_rd(fx, PINION_REG_BOOT_STATUS) != PINION_BOOT_STARTING)
		card_step(fx->card, 1, &fx->wakeup);
}

/* The selected slot is the only one with an image. */
static void test_only_slot(struct fixture *fx)
{
	struct image im = version(VERSION(4));
	unsigned int i;

	write_slot(fx, 1, &im);
	for (i = 0; i < PINION_BOOT_TRIES; i++)
		fail_early(fx);
	fx_power_cycle(fx);
	fx_run(fx);
	tap_ok(running(fx) == 1, "the other slot is started after three failures");
	reset(fx, PINION_RESET_FIRMWARE);
	tap_ok(command(fx, PINION_FLASH_ERASE, 1, 0) == PINION_FLASH_IN_USE,
	       "and cannot be erased, as the next start needs it");
	fx_power_cycle(fx);
	memset(fx->flash + nor_slot(1), 0xff, CARD_FLASH_PAGE);
	fx_power_cycle(fx);
	fx_run(fx);
	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_READY && !running(fx) &&
		       !field(fx, PINION_BOOT_SLOT_FAILED),
	       "without an image there, the selected slot is tried once more");
	write_slot(fx, 1, &im);
}

static void test_minimum(struct fixture *fx)
{
	struct image old = version(VERSION(3)), im = version(VERSION(5));
	unsigned int page, fell = 0;
	uint8_t kept[256];

	tap_ok(raise(fx, VERSION(5)) == PINION_FLASH_VERSION,
	       "no least version above that which runs");
	tap_ok(!raise(fx, VERSION(4)) && fx_rd(fx, PINION_REG_BOOT_MINIMUM) == VERSION(4),
	       "the least version rises");
	for (page = 0; page < 2; page++) {
		memcpy(kept, fx->flash + page * CARD_FLASH_PAGE, sizeof(kept));
		memset(fx->flash + page * CARD_FLASH_PAGE, 0xff, sizeof(kept));
		fell += fx_rd(fx, PINION_REG_BOOT_MINIMUM) != VERSION(4);
		memcpy(fx->flash + page * CARD_FLASH_PAGE, kept, sizeof(kept));
	}
	tap_ok(!fell, "the loss of a record does not lower it");
	tap_ok(raise(fx, VERSION(3)) == PINION_FLASH_VERSION &&
		       fx_rd(fx, PINION_REG_BOOT_MINIMUM) == VERSION(4),
	       "and never falls");
	tap_ok(install(fx, 1, &old) == (PINION_FLASH_IMAGE | PINION_BOOT_ERR_TOO_OLD << 8),
	       "an older image is not selected");
	tap_ok(boot_host(fx, &old) == (PINION_BOOT_FAILED | PINION_BOOT_ERR_TOO_OLD << 8),
	       "nor taken from the host");
	tap_ok(raise(fx, VERSION(4)) == PINION_FLASH_IN_USE, "nothing runs that has proved itself");
	start(fx);
	tap_ok(!install(fx, 1, &im) && raise(fx, VERSION(4)) == PINION_FLASH_IN_USE,
	       "nor before the selected image has run");
	start(fx);
}

/* An update as a driver does it. The power may fail at any write, and nothing follows then. */
static void update(struct fixture *fx, uint32_t v)
{
	struct image im = version(v);

	install(fx, !running(fx), &im);
	if (fx_rd(fx, PINION_REG_FLASH_STATUS) || start(fx) != PINION_BOOT_READY)
		return;
	raise(fx, v);
}

static bool survives(struct fixture *fx, uint32_t cut, uint64_t seed)
{
	uint32_t old = fx_rd(fx, PINION_REG_FW_VERSION), minimum, version;

	minimum = fx_rd(fx, PINION_REG_BOOT_MINIMUM);
	fx->flash_writes = 0;
	fx->cut_at = cut;
	fx->cut_random = seed;
	update(fx, old + 1);
	fx_power_cycle(fx);
	fx_run(fx);
	version = fx_rd(fx, PINION_REG_FW_VERSION);
	return fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_READY &&
	       (version == old || version == old + 1) &&
	       fx_rd(fx, PINION_REG_BOOT_MINIMUM) >= minimum &&
	       version >= fx_rd(fx, PINION_REG_BOOT_MINIMUM);
}

static void test_power(struct fixture *fx)
{
	unsigned int i, bad = 0, updated = 0, n = getenv("PINION_SOAK") ? 20000 : 1000;
	uint64_t random = 0x9e3779b97f4a7c15ull;

	for (i = 0; i < n; i++) {
		uint32_t before = fx_rd(fx, PINION_REG_FW_VERSION);
		uint32_t cut = 1 + fx_random(&random) % UPDATE_WRITES;

		bad += !survives(fx, cut, fx_random(&random) | 1);
		updated += fx_rd(fx, PINION_REG_FW_VERSION) != before;
	}
	tap_ok(!bad, "the power fails at %u writes, and the card boots old or new", n);
	tap_ok(updated > n / 10 && updated < n, "%u of the updates were done by then", updated);
}

int main(void)
{
	struct fixture *fx;

	if (sodium_init() < 0)
		tap_bail("libsodium does not start");
	crypto_sign_keypair(pk, sk);
	fx = fx_new(1, pk);
	tap_plan(2 + 6 + 7 + 6 + 3 + 8 + 2);
	test_empty(fx);
	test_boot(fx);
	test_refused(fx);
	test_fallback(fx);
	test_only_slot(fx);
	test_minimum(fx);
	test_power(fx);
	fx_free(fx);
	return tap_result();
}
