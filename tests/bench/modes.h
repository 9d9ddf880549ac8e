/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modes: the ways to submit a command that the benchmarks compare, which are those of Pinion,
 * NVMe's passthrough, io_uring's NOP and getppid(). A mode that is added to modes[] in modes.c is
 * part of every measurement.
 */
#ifndef PINION_BENCH_MODES_H
#define PINION_BENCH_MODES_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

#include "../queue/userq.h"

#define LANE_DEPTH   128u /* commands in flight that every mode can have */
#define LANE_VECTORS 32u  /* commands in flight if each has several command buffers */
#define LANE_QUEUES  256u

/**
 * struct lane - a submitter with its files and its ring
 * @mode: mode in which it submits
 * @node: file descriptor of Pinion's accel node; -1: none
 * @files: file descriptors of the queues, registered with the ring under their index
 * @nqueues: number of entries in @files
 * @queue: index of the queue that gets the next command
 * @spread: whether each command goes to another queue than the command before it
 * @inflight: number of commands submitted and not reaped
 * @taken: in modes that wait for a command by its number: number of the last command reaped
 * @waited: number of the last command waited for; in modes that poll: how many commands were
 *	found complete and not reaped
 * @addr: virtual address of the command buffer; 0: an empty job
 * @bytes: length of the command buffer in bytes
 * @ring: io_uring in which @files and the ring itself are registered, if the mode uses one
 * @user: user-mode queue that the submitter has mapped, if the mode uses one
 * @library: objects of libpinion; NULL: the mode does not use it
 */
struct lane {
	const struct mode *mode;
	int node;
	int files[LANE_QUEUES];
	unsigned int nqueues;
	unsigned int queue;
	bool spread;
	unsigned int inflight;
	uint64_t taken;
	uint64_t waited;
	uint64_t addr;
	uint32_t bytes;
	struct io_uring ring;
	struct userq user;
	struct lane_library *library;
};

/**
 * struct mode - a way to submit commands
 * @name: name, with which the names of its measurements begin
 * @peer: the commands go to a device of QEMU's own, so that its failures are not our error
 * @device: a device answers, and a submitter that waits may sleep
 * @polled: a kernel thread polls for commands; how often depends on time, so that only the
 *	submission is counted in instructions
 * @polls: the submitter polls for results; how often depends on time, so that submission and
 *	reaping are counted apart
 * @vector: number of command buffers in each job, by which a command counts; 0: counts once
 * @prepare: open files and ring; returns 0, or -errno if the guest lacks what is needed
 * @submit: submit @n commands, then wait until @wait commands are complete
 * @reap: take the commands that are complete; returns their number
 * @flags: for modes with a ring: IORING_SETUP_*
 * @open: for modes with a ring: open lane.files; returns as @prepare
 * @fill: for modes with a ring: fill in the SQE of a command
 * @finish: undo what @prepare did, except for files and ring; NULL: nothing to undo
 */
struct mode {
	const char *name;
	bool peer;
	bool device;
	bool polled;
	bool polls;
	unsigned int vector;
	int (*prepare)(struct lane *lane);
	void (*submit)(struct lane *lane, unsigned int n, unsigned int wait);
	unsigned int (*reap)(struct lane *lane);
	unsigned int flags;
	int (*open)(struct lane *lane);
	void (*fill)(struct lane *lane, struct io_uring_sqe *sqe);
	void (*finish)(struct lane *lane);
};

extern const struct mode modes[];
extern const unsigned int nmodes;

static inline unsigned int mode_commands(const struct mode *mode)
{
	return mode->vector ? mode->vector : 1;
}

/* Find the mode called @name; ends the program if there is none. */
const struct mode *mode_named(const char *name);

/* Returns 0, or -errno if the guest lacks what the mode needs. */
int lane_open(struct lane *lane, const struct mode *mode, unsigned int nqueues);
void lane_close(struct lane *lane);
/* Make each further command a job of @packets NOPs; nothing happens if the device is not Pinion. */
void lane_add_packets(struct lane *lane, uint32_t packets);
/* Submit @batch commands and wait until at most @depth - @batch commands are in flight. */
void lane_step(struct lane *lane, unsigned int depth, unsigned int batch);
/* Wait until no command is in flight. */
void lane_drain(struct lane *lane);

/* modes_user.c: user-mode queues, with and without libpinion. */
int user_prepare(struct lane *lane);
void user_submit(struct lane *lane, unsigned int n, unsigned int wait);
unsigned int user_reap(struct lane *lane);
void user_finish(struct lane *lane);
int library_prepare(struct lane *lane);
void library_submit(struct lane *lane, unsigned int n, unsigned int wait);
unsigned int library_reap(struct lane *lane);
void library_finish(struct lane *lane);

#define PEER_FAILED 75 /* exit status; see lib/insns.py */

/* End the program with errno in words unless @good. */
void need(bool good, const char *what);
/* As need() for a step of @mode; the exit status is PEER_FAILED if the mode is a peer's. */
void need_mode(const struct mode *mode, bool good, const char *what);

#endif /* PINION_BENCH_MODES_H */
