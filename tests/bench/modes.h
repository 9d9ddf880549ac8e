/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways to hand a command over that the benchmarks compare: Pinion's, NVMe's
 * passthrough, io_uring's NOP, getppid(). To add one, add an entry to modes[] in
 * modes.c; every measurement then has it.
 */
#ifndef PINION_BENCH_MODES_H
#define PINION_BENCH_MODES_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

#include "../queue/userq.h"

#define LANE_DEPTH   128u /* commands in flight that every mode takes */
#define LANE_VECTORS 32u  /* of those that count for several */
#define LANE_QUEUES  256u

/**
 * struct lane - one submitter: its files, its ring
 * @mode: how it submits
 * @node: Pinion's accel node, or -1
 * @files: of the queues; registered with the ring under their index
 * @nqueues: how many
 * @queue: index of the one that the next command goes to
 * @spread: the command after that goes to the next one
 * @inflight: commands handed over and not reaped
 * @taken: of modes that wait for a command by its number: the last one that was reaped
 * @waited: the last one that was waited for; of a submitter that looks for results: how
 *	many it has found and not reaped
 * @addr: virtual address of the command buffer; 0: an empty job
 * @bytes: of it
 * @ring: with @files and itself registered; not of every mode
 * @user: a queue that the submitter has mapped
 * @library: what libpinion has of one; NULL: it has none
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
 * struct mode - a way to hand commands over
 * @name: begins the names of what is measured
 * @peer: of a device of QEMU's own; that it fails is not our error
 * @device: a device answers, and who waits for it may sleep
 * @polled: a thread of the kernel looks for commands; how often is a matter of time, so
 *	only the submission is counted in instructions
 * @polls: the submitter looks for results, again and again; how often is a matter of
 *	time, so submission and taking what is there are counted apart
 * @vector: what one submit counts for, as a job of so many command buffers
 * @prepare: open files and ring; 0, or -errno: there is no such thing here
 * @submit: hand @n commands over, then sleep until @wait are done
 * @reap: take those that are done; how many
 * @flags: of modes with a ring: IORING_SETUP_*
 * @open: of modes with a ring: open lane.files; as @prepare
 * @fill: of modes with a ring: one command
 * @finish: undo what @prepare did but for files and ring; NULL: nothing
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

/* The entry called @name; ends the program if there is none. */
const struct mode *mode_named(const char *name);

/* 0, or -errno: the guest lacks what the mode needs. */
int lane_open(struct lane *lane, const struct mode *mode, unsigned int nqueues);
void lane_close(struct lane *lane);
/* From now on a command is a job of @packets NOPs, where the device has such. */
void lane_add_packets(struct lane *lane, uint32_t packets);
/* @batch more; sleeps until so many are done that as many again fit into @depth. */
void lane_step(struct lane *lane, unsigned int depth, unsigned int batch);
/* Until nothing is in flight. */
void lane_drain(struct lane *lane);

/* modes_user.c: a queue in memory, with and without the library. */
int user_prepare(struct lane *lane);
void user_submit(struct lane *lane, unsigned int n, unsigned int wait);
unsigned int user_reap(struct lane *lane);
void user_finish(struct lane *lane);
int library_prepare(struct lane *lane);
void library_submit(struct lane *lane, unsigned int n, unsigned int wait);
unsigned int library_reap(struct lane *lane);
void library_finish(struct lane *lane);

#define PEER_FAILED 75 /* exit status; see lib/insns.py */

/* Ends the program with errno in words unless @good. */
void need(bool good, const char *what);
/* The same of something that @mode does; with PEER_FAILED if that is a peer. */
void need_mode(const struct mode *mode, bool good, const char *what);

#endif /* PINION_BENCH_MODES_H */
