/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface of the card model. A card is a state machine: a shell, such as the PCI device of
 * QEMU, passes register accesses to it and lets it work by card_step(); the card asks the shell for
 * host memory, time and interrupts through struct card_ops. The model has no thread, no clock and
 * no global variable; the shell serialises all calls on one card.
 */
#ifndef PINION_CARD_H
#define PINION_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct card;

/**
 * struct card_ops - what a card needs of its host
 * @dma_read: copy @len bytes of host memory at DMA address @addr into @buf;
 *	0, or -1 if the host refused
 * @dma_write: copy @len bytes from @buf into host memory at DMA address @addr;
 *	0, or -1 if the host refused
 * @msi: send MSI-X vector @vector; may be called from any card_ function
 * @now: time in nanoseconds, never going back
 * @kick: the card has work: the shell should call card_step() soon, from any thread, but not from
 *	inside @kick
 * @barrier: a full memory barrier between the card and the host's processors: earlier writes by
 *	@dma_write become visible before later reads by @dma_read
 * @bus_error: report an error of the bus to the host, of severity PINION_DEBUG_AER_*; NULL if the
 *	shell has no such bus
 * @log: print one line for the user; level 0 is an error, 1 is information
 * @flash_read: copy @len bytes of the flash at @offset into @buf; 0, or -1 if that failed
 * @flash_write: make @len bytes of the flash at @offset those in @buf; 0, or -1 if the flash may
 *	hold anything there, such as a part of @buf. Both functions are needed only with
 *	card_config.flash; all offsets are below CARD_FLASH_BYTES
 *
 * No operation may call back into the card.
 */
struct card_ops {
	int (*dma_read)(void *opaque, uint64_t addr, void *buf, size_t len);
	int (*dma_write)(void *opaque, uint64_t addr, const void *buf, size_t len);
	void (*msi)(void *opaque, unsigned int vector);
	uint64_t (*now)(void *opaque);
	void (*kick)(void *opaque);
	void (*barrier)(void *opaque);
	void (*bus_error)(void *opaque, uint32_t severity);
	void (*log)(void *opaque, int level, const char *line);
	int (*flash_read)(void *opaque, uint32_t offset, void *buf, size_t len);
	int (*flash_write)(void *opaque, uint32_t offset, const void *buf, size_t len);
};

/* Length of the flash: two pages of the boot selector, then two slots. */
#define CARD_FLASH_PAGE	 4096u
#define CARD_FLASH_BYTES (2 * CARD_FLASH_PAGE + 2 * (1u << 20))

/**
 * struct card_config - what kind of card to build
 * @ops: operations that the shell provides
 * @opaque: first argument of every function in @ops
 * @memory: device memory, owned by the shell, zero at power-on
 * @memory_bytes: a multiple of 2 MiB, at least 16 MiB
 * @window_bytes: length of the part of @memory that BAR4 shows; a power of two, at most
 *	@memory_bytes
 * @cores: number of compute cores, 1 to 64
 * @scratchpad_bytes: length of each core's scratchpad; a power of two, 64 KiB to 1 MiB
 * @serial: serial number of the board
 * @dma_bits: width of the card's host DMA addresses, 32 to 57; 0 means 57
 * @without_caps: PINION_CAP_* bits that this card does not have
 * @debug: BAR0 has the fault knobs, PINION_REG_DEBUG_*
 * @flash: the card has a flash, which @ops reads and writes; else it lacks PINION_CAP_FLASH
 * @public_key: Ed25519 public key, 32 bytes, that verifies firmware images
 */
struct card_config {
	const struct card_ops *ops;
	void *opaque;
	uint8_t *memory;
	uint64_t memory_bytes;
	uint64_t window_bytes;
	unsigned int cores;
	uint32_t scratchpad_bytes;
	uint64_t serial;
	unsigned int dma_bits;
	uint64_t without_caps;
	bool debug;
	bool flash;
	const uint8_t *public_key;
};

/* The public half of the test key in firmware/keys/, built into the model. */
extern const uint8_t card_test_public_key[32];

/**
 * card_new() - build a card and power it on
 * @config: kind of card; copied
 *
 * Return: the card; NULL if @config is out of range or memory is short
 */
struct card *card_new(const struct card_config *config);
void card_free(struct card *card);

/*
 * Function level reset (FLR) or power-on reset; device memory keeps its content. A card with
 * firmware in its flash has work then: the shell calls card_step() soon, as after card_new().
 */
void card_reset(struct card *card);

#define CARD_KNOBS_MAX 32 /* more than there are fault knobs */

/**
 * card_knob_name() - name of a fault knob, by which the card can be made to misbehave
 * @index: number of the knob, from 0 on
 *
 * The knobs are PINION_REG_DEBUG_* of the contract, which says what their values mean. Values are
 * part of the saved state; resets do not change them.
 *
 * Return: the name, such as "dma_stray"; NULL if there is no such knob
 */
const char *card_knob_name(unsigned int index);

/* What the values of a knob that has a name do, in words; 0 is always a card that behaves well. */
const char *card_knob_text(unsigned int index);

/* Read or set a knob that has a name; also works on a card without card_config.debug. */
uint32_t card_knob(struct card *card, unsigned int index);
void card_set_knob(struct card *card, unsigned int index, uint32_t value);

/**
 * card_reset_busy() - whether a reset of the function has yet to finish
 * @card: the card, after card_reset()
 *
 * Resets are immediate, except that the fault knob reset_busy counts calls of this function.
 *
 * Return: true if the function does not answer yet
 */
bool card_reset_busy(struct card *card);

/* Accesses to BAR0 (registers, SRAM, fault records; not the MSI-X tables) and to BAR2. */
uint32_t card_reg_read(struct card *card, uint32_t offset);
void card_reg_write(struct card *card, uint32_t offset, uint32_t value);
uint32_t card_doorbell_read(const struct card *card, uint32_t offset);
void card_doorbell_write(struct card *card, uint32_t offset, uint32_t value);

/**
 * card_step() - let the card work
 * @card: the card
 * @budget: how much to do, roughly in instructions of a core
 * @wakeup: out: time of the next timer event on the clock of card_ops.now; UINT64_MAX if none
 *
 * Return: true if there is more to do at once; false if the card is idle until a register write, a
 * doorbell or *@wakeup
 */
bool card_step(struct card *card, uint64_t budget, uint64_t *wakeup);

/**
 * card_save_bytes() - length of a saved state
 * @card: the card
 *
 * Return: bytes that card_save() writes; the same for all cards of one configuration
 */
size_t card_save_bytes(const struct card *card);

/**
 * card_save() - save the state of a card, without its device memory
 * @card: the card
 * @buf: where to write card_save_bytes() bytes
 */
void card_save(const struct card *card, void *buf);

/**
 * card_load() - go on from a saved state
 * @card: a card of the same configuration as the saved one, with the same device memory
 * @buf: the saved state; it is not trusted, every index in it is checked
 * @bytes: length of @buf
 *
 * Return: 0; -1 if @buf is no state of such a card
 */
int card_load(struct card *card, const void *buf, size_t bytes);

#endif /* PINION_CARD_H */
