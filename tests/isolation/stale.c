// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A job accesses a mapping over and over, in each way that the card has, while an ioctl removes
 * the mapping. When the ioctl has returned, another process gets the memory: the job must stop,
 * and neither read nor change the memory.
 */
#define _GNU_SOURCE
#include "code.h"
#include "tenants.h"

#define VA	  0x40000000ull
#define CMD_VA	  0x50000000ull /* the large command buffer of by_packets() */
#define CMD_BYTES (2u << 20)
#define CODE	  RIG_DATA_VA
#define ARGS	  (RIG_DATA_VA + 0x1000)
#define OUT	  0x2000 /* offset in rig.data of the last word read and the count of rounds */

enum { TAKE_ALL, ALL_MINE, DROP_ALL };

static uint64_t serve(uint64_t op, uint64_t arg)
{
	static struct hoard hoard;

	(void)arg;
	if (!hoard.rig.cmd)
		rig_open(&hoard.rig, 4);
	if (op == TAKE_ALL) {
		hoard_take(&hoard);
		hoard_fill(&hoard, SECRET);
	}
	if (op == ALL_MINE)
		return !hoard_differs(&hoard, SECRET);
	if (op == DROP_ALL)
		hoard_drop(&hoard);
	return 1;
}

/* Each kernel counts its rounds 8 bytes behind the address in t2. */
static const uint32_t load_code[] = {
	LD(T1, A0, 0),	 LD(T2, A0, 8), LD(T0, T1, 0), SD(T2, T0, 0),
	ADDI(T3, T3, 1), SD(T2, T3, 8), JUMP_BACK(4),
};

static const uint32_t store_code[] = {
	LD(T1, A0, 0), LD(T2, A0, 8), ADDI(T3, T3, 1), SD(T1, T3, 0), SD(T2, T3, 8), JUMP_BACK(3),
};

/* The code is in the mapping that is removed. */
static const uint32_t loop_code[] = {
	LD(T2, A0, 8),
	ADDI(T3, T3, 1),
	SD(T2, T3, 8),
	JUMP_BACK(2),
};

static void launch_code(struct rig *rig, const uint32_t *code, size_t bytes)
{
	memcpy(rig->data, code, bytes);
	code_launch(rig, CODE, ARGS, 1);
}

static void by_load(struct rig *rig, uint64_t bytes)
{
	(void)bytes;
	launch_code(rig, load_code, sizeof(load_code));
}

static void by_store(struct rig *rig, uint64_t bytes)
{
	(void)bytes;
	launch_code(rig, store_code, sizeof(store_code));
}

static void by_fetch(struct rig *rig, uint64_t bytes)
{
	struct pinion_pkt *barrier;

	(void)bytes;
	memcpy(rig->data, loop_code, sizeof(loop_code));
	rig_copy(rig, VA, RIG_DATA_VA, sizeof(loop_code));
	barrier = rig_packet(rig, PINION_PKT_BARRIER, sizeof(*barrier));
	barrier->flags = PINION_PKT_F_ICACHE;
	code_launch(rig, VA, ARGS, 1);
}

static void by_tcopy(struct rig *rig, uint64_t bytes)
{
	static const uint32_t code[] = {
		LD(T1, A0, 0),
		LD(T2, A0, 8),
		LUI(A1, 0x10),
		SLLI(A1, A1, 32),
		SD(A1, T1, 0),
		SD(A1, T2, 8),
		LUI(T0, 1),
		ADDI(T0, ZERO, 1),
		SLLI(A2, T0, 35),
		OR(T0, T0, A2),
		SD(A1, T0, 16), /* 1 row of 8 bytes */
		MATRIX(PINION_INSN_TCOPY, A1),
		ADDI(T3, T3, 1),
		SD(T2, T3, 8),
		JUMP_BACK(3),
	};

	(void)bytes;
	launch_code(rig, code, sizeof(code));
}

static uint8_t *big_cmd;
static uint32_t last_packet;

/*
 * Submit a job of as many packets as the large command buffer takes. Its first packet says that the
 * job runs; its last packet waits for ever, in case the other packets end before the unmap.
 */
static void by_packets(struct rig *rig, const void *packet, size_t size)
{
	struct pinion_pkt_sem begun = {
		.pkt = { .op = PINION_PKT_SIGNAL, .bytes = sizeof(begun) },
		.va = RIG_DATA_VA + OUT + 8, .value = 1,
	}, never = {
		.pkt = { .op = PINION_PKT_WAIT, .bytes = sizeof(never) },
		.va = VA, .value = ~0ull,
	};
	size_t at = sizeof(begun);

	memcpy(big_cmd, &begun, sizeof(begun));
	for (last_packet = 1; at + size + sizeof(never) <= CMD_BYTES; at += size, last_packet++)
		memcpy(big_cmd + at, packet, size);
	memcpy(big_cmd + at, &never, sizeof(never));
	rig_sqe(rig, CMD_VA, at + sizeof(never));
	rig_submit(rig);
}

static void by_copy(struct rig *rig, uint64_t bytes)
{
	struct pinion_pkt_copy copy = {
		.pkt = { .op = PINION_PKT_COPY, .bytes = sizeof(copy) },
		.src = VA,
		.dst = VA + (1ull << 30),
		.row_bytes = 8,
		.rows = bytes / 8,
		.src_pitch = 8,
		.dst_pitch = 8,
	};

	by_packets(rig, &copy, sizeof(copy));
}

static void by_fill(struct rig *rig, uint64_t bytes)
{
	struct pinion_pkt_fill fill = {
		.pkt = { .op = PINION_PKT_FILL, .bytes = sizeof(fill) },
		.dst = VA,
		.bytes = bytes,
		.pattern = ~SECRET,
		.width = 8,
	};

	by_packets(rig, &fill, sizeof(fill));
}

static void by_wait(struct rig *rig, uint64_t bytes)
{
	struct pinion_pkt_sem wait = {
		.pkt = { .op = PINION_PKT_WAIT, .bytes = sizeof(wait) },
		.va = VA + bytes - 8,
		.value = SECRET,
	};

	by_packets(rig, &wait, sizeof(wait));
}

struct route {
	const char *name;
	void (*start)(struct rig *rig, uint64_t bytes);
	uint32_t access;
	bool writes;
};

static const struct route routes[] = {
	{ "a kernel's loads", by_load, PINION_ACCESS_READ, false },
	{ "a kernel's stores", by_store, PINION_ACCESS_WRITE, true },
	{ "a kernel that lies there", by_fetch, PINION_ACCESS_EXEC, false },
	{ "a kernel's TCOPY", by_tcopy, PINION_ACCESS_READ, false },
	{ "COPY packets", by_copy, PINION_ACCESS_READ, false },
	{ "FILL packets", by_fill, PINION_ACCESS_WRITE, true },
	{ "a WAIT", by_wait, PINION_ACCESS_READ, false },
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

static void start(struct rig *rig, const struct route *route, uint64_t bytes)
{
	volatile uint64_t *count = (uint64_t *)(rig->data + OUT + 8);
	uint64_t *args = (uint64_t *)(rig->data + (ARGS - RIG_DATA_VA));
	int tries;

	args[0] = VA;
	args[1] = RIG_DATA_VA + OUT;
	args[2] = 0;
	count[-1] = 0;
	*count = 0;
	rig->bytes = 0;
	last_packet = 0;
	route->start(rig, bytes);
	if (rig->bytes) {
		rig_sqe(rig, RIG_VA, rig->bytes);
		rig_submit(rig);
	}
	for (tries = 0; !*count && tries < 60000; tries++)
		usleep(1000);
}

static void unmap(struct rig *rig, uint64_t bytes)
{
	if (try_unmap(rig->fd, VA, bytes))
		ksft_exit_fail_msg("unmap failed\n");
}

/* Map another buffer at the same place, which the job then accesses. */
static void replace(struct rig *rig, uint64_t bytes)
{
	uint32_t bo = rig_bo(rig->fd, bytes, DRM_PINION_BO_DEVICE);

	rig_map(rig->fd, bo, VA, bytes);
	rig_bo_close(rig->fd, bo);
}

static void judge(struct rig *rig, const struct route *route, uint64_t bytes, const char *how)
{
	volatile uint64_t *out = (uint64_t *)(rig->data + OUT);
	int res = rig_wait(rig).res;
	struct pinion_queue_fault fault = rig_fault(rig);
	bool kept = !route->writes || ask(ALL_MINE, 0);
	bool ran_out = fault.packet && fault.packet == last_packet;

	ksft_test_result(out[1] && res == -EFAULT && fault.va - VA < bytes &&
				 (fault.access == route->access || ran_out) && out[0] != SECRET &&
				 kept,
			 "%s, %llu KiB, %s: %s at 0x%llx, access %u, %s\n", route->name,
			 (unsigned long long)bytes >> 10, how, strerror(-res),
			 (unsigned long long)fault.va, fault.access,
			 kept ? "the new owner's is as it was" : "the new owner's was changed");
	ask(DROP_ALL, 0);
	try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
}

static void strike(struct rig *rig, const struct route *route, uint64_t bytes, bool replaced)
{
	uint32_t bo = rig_bo(rig->fd, bytes, DRM_PINION_BO_DEVICE);

	rig_map(rig->fd, bo, VA, bytes);
	rig_bo_close(rig->fd, bo);
	start(rig, route, bytes);
	if (!replaced) {
		unmap(rig, bytes);
		ask(TAKE_ALL, 0);
	} else {
		replace(rig, bytes);
		ask(TAKE_ALL, 0);
		unmap(rig, bytes);
	}
	judge(rig, route, bytes, replaced ? "replaced" : "unmapped");
}

static void attack(void)
{
	unsigned int times = rig_times(1, 20), i, k;
	struct rig rig;
	uint32_t cmd;

	rig_open(&rig, 4);
	cmd = rig_bo(rig.fd, CMD_BYTES, DRM_PINION_BO_HOST);
	rig_map(rig.fd, cmd, CMD_VA, CMD_BYTES);
	rig_map(rig.fd, rig_bo(rig.fd, 2 << 20, DRM_PINION_BO_DEVICE), VA + (1ull << 30), 2 << 20);
	big_cmd = rig_mmap(rig.fd, cmd, CMD_BYTES);
	ksft_print_header();
	ksft_set_plan(times * (3 * ROUTES - 1));
	for (i = 0; i < times * ROUTES; i++) {
		k = i % ROUTES;
		strike(&rig, &routes[k], 4096, false);
		strike(&rig, &routes[k], 2 << 20, false);
		/* The buffer that would replace the code has no code in it. */
		if (routes[k].access != PINION_ACCESS_EXEC)
			strike(&rig, &routes[k], i & 1 ? 4096 : 2 << 20, true);
	}
}

int main(void)
{
	return two_tenants(serve, attack);
}
