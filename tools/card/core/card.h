/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card model's whole public face. A card is a state machine: a shell feeds
 * it register accesses and step()s it; it asks the shell for host memory, time
 * and interrupts through struct card_ops. It has no thread, no clock and no
 * global; the shell serialises all calls on one card.
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
 * @dma_write: the other way
 * @msi: send MSI-X vector @vector; may be called from any card_ function
 * @now: time in nanoseconds, never going back
 * @kick: there is work: card_step() should be called soon (from any thread of
 *	the shell's choice, never from inside @kick)
 * @barrier: what the card wrote before is seen by the host's processors before the card
 *	reads what follows, and the other way round
 * @log: one line for people; level 0 error, 1 information
 *
 * None of them may call back into the card.
 */
struct card_ops {
	int (*dma_read)(void *opaque, uint64_t addr, void *buf, size_t len);
	int (*dma_write)(void *opaque, uint64_t addr, const void *buf, size_t len);
	void (*msi)(void *opaque, unsigned int vector);
	uint64_t (*now)(void *opaque);
	void (*kick)(void *opaque);
	void (*barrier)(void *opaque);
	void (*log)(void *opaque, int level, const char *line);
};

/**
 * struct card_config - a card as it is built
 * @ops: of the shell
 * @opaque: passed to them
 * @memory: device memory, owned by the shell, zero at power-on
 * @memory_bytes: a multiple of 2 MiB, at least 16 MiB
 * @window_bytes: of it shown through BAR4, a power of two, <= memory_bytes
 * @cores: compute cores, 1..64
 * @scratchpad_bytes: per core, a power of two, 64 KiB..1 MiB
 * @serial: of the board
 * @dma_bits: width of its host DMA addresses, 32..57; 0 means 57
 * @without_caps: PINION_CAP_* bits that it lacks
 * @debug: BAR0 has the block of knobs, PINION_REG_DEBUG_*
 * @public_key: Ed25519 key that images must be signed with, 32 bytes
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
	const uint8_t *public_key;
};

/* The public half of the test key in firmware/keys/, built into the model. */
extern const uint8_t card_test_public_key[32];

/**
 * card_new() - power a card on
 * Return: the card; NULL if @config is out of range or memory is short.
 */
struct card *card_new(const struct card_config *config);
void card_free(struct card *card);

/* FLR or power-on reset; device memory keeps its content. */
void card_reset(struct card *card);

/**
 * card_set_dma_stray() - a fault to come: an access of the DMA engine goes astray
 * @count: which host access of a COPY from now on, 1 is the next; 0 none
 *
 * One bit of its address is wrong, so that it hits what nobody gave to the
 * card. The knob is part of the saved state; resets do not change it.
 */
void card_set_dma_stray(struct card *card, uint32_t count);

/* What is left to count. */
uint32_t card_dma_stray(const struct card *card);

/* BAR0 (registers, SRAM, fault records; not the MSI-X tables) and BAR2. */
uint32_t card_reg_read(struct card *card, uint32_t offset);
void card_reg_write(struct card *card, uint32_t offset, uint32_t value);
uint32_t card_doorbell_read(const struct card *card, uint32_t offset);
void card_doorbell_write(struct card *card, uint32_t offset, uint32_t value);

/**
 * card_step() - let the card work
 * @budget: roughly how many core instructions' worth of work to do
 * @wakeup: out: when work ran out, the time (as @now) of the next timer event,
 *	UINT64_MAX if none
 * Return: true if there is more to do at once; false if the card is idle until
 * a register write, a doorbell or *@wakeup.
 */
bool card_step(struct card *card, uint64_t budget, uint64_t *wakeup);

/**
 * card_save_bytes(), card_save(), card_load() - the state without device memory
 *
 * card_load() takes a state saved by a card of the same configuration and
 * checks every index in it. Return: 0, or -1 if it does not fit.
 */
size_t card_save_bytes(const struct card *card);
void card_save(const struct card *card, void *buf);
int card_load(struct card *card, const void *buf, size_t bytes);

#endif /* PINION_CARD_H */
