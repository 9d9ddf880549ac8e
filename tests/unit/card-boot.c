// SPDX-License-Identifier: GPL-2.0-or-later
/* The boot ROM: each error code, every byte of an image altered, and an image that runs. */
#include <sodium.h>

#include "card_fixture.h"
#include "card_image.h"

#define IMAGE_AT FX_HOST_BASE
/* Return: BOOT_STATUS after an attempt with @size bytes at @addr. */
static uint32_t boot_at(struct fixture *fx, uint64_t addr, uint32_t size)
{
	fx_wr(fx, PINION_REG_BOOT_ADDR_LO, (uint32_t)addr);
	fx_wr(fx, PINION_REG_BOOT_ADDR_HI, addr >> 32);
	fx_wr(fx, PINION_REG_BOOT_SIZE, size);
	fx_wr(fx, PINION_REG_BOOT_CTRL, PINION_BOOT_CTRL_START);
	fx_run(fx);
	return fx_rd(fx, PINION_REG_BOOT_STATUS);
}

static uint32_t boot(struct fixture *fx, const void *image, uint32_t size)
{
	memcpy(fx->host, image, size);
	return boot_at(fx, IMAGE_AT, size);
}

static bool refused(uint32_t status, uint32_t error)
{
	return status == (PINION_BOOT_FAILED | error << 8);
}

static void test_good(struct fixture *fx)
{
	struct image im = good_image();

	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_IDLE, "IDLE at power-on");
	fx_wr(fx, PINION_REG_INT_ENABLE, PINION_INT_BOOT);
	tap_ok(boot(fx, &im, sizeof(im)) == PINION_BOOT_READY, "a good image becomes READY");
	tap_ok(fx_rd(fx, PINION_REG_FW_VERSION) == 0x01020003, "its version is shown");
	tap_ok(fx->msi[0] == 1 && fx_rd(fx, PINION_REG_INT_STATUS) == PINION_INT_BOOT,
	       "INT_BOOT on vector 0");
	tap_ok(boot(fx, &im, sizeof(im)) == PINION_BOOT_READY && fx->complaints == 1,
	       "START while READY is ignored");
	fx_wr(fx, PINION_REG_RESET, PINION_RESET_FIRMWARE);
	fx_run(fx);
	tap_ok(fx_rd(fx, PINION_REG_BOOT_STATUS) == PINION_BOOT_IDLE &&
		       !fx_rd(fx, PINION_REG_FW_VERSION),
	       "firmware reset: IDLE");
	fx_wr(fx, PINION_REG_INT_STATUS, PINION_INT_ALL);
}

static void test_stages(struct fixture *fx)
{
	struct image im = good_image();
	uint32_t seen = 0;
	uint64_t wakeup;
	bool more = true;

	memcpy(fx->host, &im, sizeof(im));
	fx_wr(fx, PINION_REG_BOOT_CTRL, PINION_BOOT_CTRL_START);
	seen |= 1u << fx_rd(fx, PINION_REG_BOOT_STATUS);
	while (more) {
		more = card_step(fx->card, 1, &wakeup);
		seen |= 1u << fx_rd(fx, PINION_REG_BOOT_STATUS);
	}
	tap_ok(seen == (1u << PINION_BOOT_FETCH | 1u << PINION_BOOT_VERIFY |
			1u << PINION_BOOT_STARTING | 1u << PINION_BOOT_READY),
	       "FETCH, VERIFY, STARTING and READY are all to be seen");
	card_reset(fx->card);
}

static void test_sizes(struct fixture *fx)
{
	struct image im = good_image();

	tap_ok(refused(boot(fx, &im, 0), PINION_BOOT_ERR_SIZE), "size 0: SIZE");
	tap_ok(refused(boot(fx, &im, 192), PINION_BOOT_ERR_SIZE), "no payload: SIZE");
	tap_ok(refused(boot_at(fx, IMAGE_AT, PINION_FW_MAX_BYTES + 1), PINION_BOOT_ERR_SIZE),
	       "above the maximum: SIZE");
	tap_ok(refused(boot(fx, &im, sizeof(im) - 1), PINION_BOOT_ERR_SIZE), "truncated: SIZE");
	tap_ok(refused(boot_at(fx, IMAGE_AT, sizeof(im) + 1), PINION_BOOT_ERR_SIZE),
	       "longer than it says: SIZE");
	tap_ok(refused(boot_at(fx, FX_HOST_BASE - 4096, sizeof(im)), PINION_BOOT_ERR_DMA),
	       "not readable: DMA");
	tap_ok(refused(boot_at(fx, UINT64_MAX - 8, sizeof(im)), PINION_BOOT_ERR_DMA),
	       "an address that wraps: DMA");
}

/* Each field that contradicts another, signed all the same. */
/* clang-format off */
static void test_headers(struct fixture *fx)
{
	unsigned int i, caught = 0, n = 13;

	for (i = 0; i < n; i++) {
		struct image im = good_image();

		switch (i) {
		case 0: im.h.header_bytes = 120; break;
		case 1: im.h.load_bytes -= 4; break;
		case 2: im.h.load_addr -= 4096; break;
		case 3: im.h.load_addr = LOAD + PINION_MGMT_RAM_SIZE; break;
		case 4: im.h.mem_bytes = PINION_MGMT_RAM_SIZE + 1; break;
		case 5: im.h.mem_bytes = im.h.load_bytes - 1; break;
		case 6: im.h.entry = LOAD + 1; break;
		case 7: im.h.entry = LOAD + im.h.load_bytes; break;
		case 8: im.h.entry = LOAD - 4; break;
		case 9: im.h.flags = 2; break;
		case 10: im.h.reserved[15] = 1; break;
		case 11: im.h.build[63] = 'x'; break;
		case 12: im.h.contract = 0; break;
		}
		sign(&im);
		caught += refused(boot(fx, &im, sizeof(im)), PINION_BOOT_ERR_HEADER);
	}
	tap_ok(caught == n, "%u of %u bad headers: HEADER", caught, n);
}
/* clang-format on */

static void test_identity(struct fixture *fx)
{
	struct image im = good_image();

	im.h.magic ^= 1;
	sign(&im);
	tap_ok(refused(boot(fx, &im, sizeof(im)), PINION_BOOT_ERR_MAGIC), "magic: MAGIC");
	im = good_image();
	im.h.format++;
	sign(&im);
	tap_ok(refused(boot(fx, &im, sizeof(im)), PINION_BOOT_ERR_FORMAT), "format: FORMAT");
	im = good_image();
	im.h.contract = CARD_CONTRACT + 1;
	sign(&im);
	tap_ok(refused(boot(fx, &im, sizeof(im)), PINION_BOOT_ERR_TOO_NEW), "minor: TOO_NEW");
	im.h.contract = (PINION_CONTRACT_MAJOR + 1) << 16;
	sign(&im);
	tap_ok(refused(boot(fx, &im, sizeof(im)), PINION_BOOT_ERR_TOO_NEW), "major: TOO_NEW");
	im = good_image();
	memset(im.h.key_id, 0, sizeof(im.h.key_id));
	tap_ok(refused(boot(fx, &im, sizeof(im)), PINION_BOOT_ERR_KEY), "unsigned: KEY");
	im = good_image();
	memset(im.signature, 0, sizeof(im.signature));
	tap_ok(refused(boot(fx, &im, sizeof(im)), PINION_BOOT_ERR_SIGNATURE),
	       "no signature: SIGNATURE");
}

static void test_flips(struct fixture *fx)
{
	struct image im = good_image();
	unsigned int bit, accepted = 0;

	for (bit = 0; bit < 8 * sizeof(im); bit++) {
		((uint8_t *)&im)[bit / 8] ^= 1u << bit % 8;
		accepted += (boot(fx, &im, sizeof(im)) & 0xff) != PINION_BOOT_FAILED;
		((uint8_t *)&im)[bit / 8] ^= 1u << bit % 8;
	}
	tap_ok(!accepted, "each of %u flipped bits is refused", bit);
	tap_ok(boot(fx, &im, sizeof(im)) == PINION_BOOT_READY, "then the good image boots");
}

static void test_crash(struct fixture *fx)
{
	struct image im = good_image();

	card_reset(fx->card);
	im.code[2] = LUI(T1, 0x12345);
	im.code[3] = SW(T0, T1, PINION_MGMT_PANIC);
	im.code[4] = LUI(T1, 0x99999);
	im.code[5] = SW(T0, T1, PINION_MGMT_PANIC);
	im.code[6] = LOOP_FOREVER;
	sign(&im);
	tap_ok(boot(fx, &im, sizeof(im)) == PINION_BOOT_CRASHED, "PANIC: CRASHED");
	tap_ok(fx_rd(fx, PINION_REG_FW_PANIC) == 0x12345000 &&
		       fx_rd(fx, PINION_REG_FW_PANIC_PC) == LOAD + 12,
	       "code and place of the panic");
	tap_ok(boot(fx, &im, sizeof(im)) == PINION_BOOT_CRASHED, "START is ignored then");

	card_reset(fx->card);
	im.code[2] = 0;
	sign(&im);
	tap_ok(boot(fx, &im, sizeof(im)) == PINION_BOOT_CRASHED &&
		       fx_rd(fx, PINION_REG_FW_PANIC) == RV_CAUSE_ILLEGAL &&
		       fx_rd(fx, PINION_REG_FW_PANIC_PC) == LOAD + 8,
	       "an illegal instruction without a handler: CRASHED");
}

int main(void)
{
	struct fixture *fx;

	if (sodium_init() < 0)
		tap_bail("libsodium does not start");
	crypto_sign_keypair(pk, sk);
	fx = fx_new(1, pk);
	tap_plan(27);
	test_good(fx);
	test_stages(fx);
	test_sizes(fx);
	test_headers(fx);
	test_identity(fx);
	test_flips(fx);
	test_crash(fx);
	fx_free(fx);
	return tap_result();
}
