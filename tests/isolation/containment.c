// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets and kernels access what no mapping allows, in each way that the card has to access
 * memory: the queue stops with a record of the access, and nothing else happens. Meanwhile a
 * second queue of the address space and another process run jobs, whose results must be right.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "code.h"
#include "tenants.h"

#define NOWHERE	    0x700000000ull
#define READ_ONLY   0x710000000ull
#define WRITE_ONLY  0x720000000ull
#define NO_EXEC	    0x730000000ull /* readable and writable */
#define LAST_PAGE   0x740000000ull /* the page behind it is not mapped */
#define CODE	    RIG_DATA_VA
#define ARGS	    (RIG_DATA_VA + 0x1000)
#define SCRATCH_END (PINION_SCRATCH_BASE + scratchpad_bytes)
#define BEFORE	    2u /* packets before the packet that fails */
#define NO_CORE	    (~0ull)

#define READ  PINION_ACCESS_READ
#define WRITE PINION_ACCESS_WRITE
#define EXEC  PINION_ACCESS_EXEC

static uint32_t scratchpad_bytes;

/* ---- Packets and kernels that access @va, which is not allowed. */

static void copy_from(struct rig *rig, uint64_t va)
{
	rig_copy(rig, RIG_DATA_VA + 0x4000, va, 4096);
}

static void copy_to(struct rig *rig, uint64_t va)
{
	rig_copy(rig, va, RIG_DATA_VA + 0x4000, 4096);
}

static void copy_off_end(struct rig *rig, uint64_t va)
{
	rig_copy(rig, RIG_DATA_VA + 0x4000, va - 100, 4096);
}

static void fill_to(struct rig *rig, uint64_t va)
{
	rig_fill(rig, va, 4096, 0, 8);
}

static void fill_off_end(struct rig *rig, uint64_t va)
{
	rig_fill(rig, va - 4096, 8192, 8 << 16,
		 8); /* with the NOP packets that map_places() wrote */
}

static void wait_at(struct rig *rig, uint64_t va)
{
	rig_sem(rig, PINION_PKT_WAIT, va, 0);
}

static void signal_at(struct rig *rig, uint64_t va)
{
	rig_sem(rig, PINION_PKT_SIGNAL, va, ~0ull);
}

/* SIGNAL writes only a larger value; this value is smaller than the word at @va. */
static void signal_idly(struct rig *rig, uint64_t va)
{
	rig_sem(rig, PINION_PKT_SIGNAL, va, 1);
}

static void timestamp_at(struct rig *rig, uint64_t va)
{
	rig_sem(rig, PINION_PKT_TIMESTAMP, va, 0);
}

static void launch_at(struct rig *rig, uint64_t va)
{
	code_launch(rig, va, ARGS, 1);
}

/* Launch a kernel whose first instruction loads the address @va into t1. */
static void run_code(struct rig *rig, uint64_t va, const uint32_t *code, size_t bytes)
{
	memcpy(rig->data, code, bytes);
	*(uint64_t *)(rig->data + (ARGS - RIG_DATA_VA)) = va;
	code_launch(rig, CODE, ARGS, 4);
}

static void kernel_load(struct rig *rig, uint64_t va)
{
	static const uint32_t code[] = { LD(T1, A0, 0), LD(T0, T1, 0), RET };

	run_code(rig, va, code, sizeof(code));
}

static void kernel_store(struct rig *rig, uint64_t va)
{
	static const uint32_t code[] = { LD(T1, A0, 0), SD(T1, T0, 0), RET };

	run_code(rig, va, code, sizeof(code));
}

static void kernel_jump(struct rig *rig, uint64_t va)
{
	static const uint32_t code[] = { LD(T1, A0, 0), JR(T1) };

	run_code(rig, va, code, sizeof(code));
}

/* TCOPY of 64 bytes to or from byte 1024 of the scratchpad, whose start has the descriptor. */
#define TCOPY_CODE(from, to)                   \
	{                                      \
		LD(T1, A0, 0),                 \
		LUI(A1, 0x10),                 \
		SLLI(A1, A1, 32),              \
		ADDI(T2, A1, 1024),            \
		SD(A1, from, 0),               \
		SD(A1, to, 8),                 \
		ADDI(T0, ZERO, 64),            \
		SLLI(T0, T0, 32),              \
		ADDI(T0, T0, 1),               \
		SD(A1, T0, 16),                \
		MATRIX(PINION_INSN_TCOPY, A1), \
		RET,                           \
	}
#define TCOPY_AT (4 * 10)

static void tcopy_from(struct rig *rig, uint64_t va)
{
	static const uint32_t code[] = TCOPY_CODE(T1, T2);

	run_code(rig, va, code, sizeof(code));
}

static void tcopy_to(struct rig *rig, uint64_t va)
{
	static const uint32_t code[] = TCOPY_CODE(T2, T1);

	run_code(rig, va, code, sizeof(code));
}

/* MATMUL whose descriptor is at @va. */
static void matmul_at(struct rig *rig, uint64_t va)
{
	static const uint32_t code[] = { LD(T1, A0, 0), MATRIX(PINION_INSN_MATMUL, T1), RET };

	run_code(rig, va, code, sizeof(code));
}

/* MATMUL of 4 x 4 x 4 whose descriptor is in the scratchpad, and whose product is at @va. */
static void matmul_to(struct rig *rig, uint64_t va)
{
	static const uint32_t code[] = {
		LD(T1, A0, 0),
		LUI(A1, 0x10),
		SLLI(A1, A1, 32),
		LD(T0, A0, 8),
		SD(A1, T0, 0),
		LD(T0, A0, 16),
		SD(A1, T0, 8),
		LD(T0, A0, 24),
		SD(A1, T0, 16),
		LD(T0, A0, 32),
		SD(A1, T0, 24),
		SD(A1, ZERO, 32),
		MATRIX(PINION_INSN_MATMUL, A1),
		RET,
	};
	struct pinion_matmul m = {
		.a = 256,
		.b = 512,
		.c = va - PINION_SCRATCH_BASE,
		.m = 4,
		.n = 4,
		.k = 4,
		.lda = 4,
		.ldb = 4,
		.ldc = 4,
	};

	memcpy(rig->data + (ARGS - RIG_DATA_VA) + 8, &m, sizeof(m));
	run_code(rig, va, code, sizeof(code));
}
#define MATMUL_AT (4 * 12)

/**
 * struct breach - an access that is not allowed
 * @name: what makes the access, for the report
 * @build: appends the packet that makes the access, behind BEFORE packets
 * @va: address of the access, an argument of @build
 * @access: PINION_ACCESS_* in the queue's record of the fault
 * @pc: program counter in the record; NO_CORE: no core makes the access
 * @status: PINION_STATUS_* in the record
 */
struct breach {
	const char *name;
	void (*build)(struct rig *rig, uint64_t va);
	uint64_t va;
	uint32_t access;
	uint64_t pc;
	uint32_t status;
};

#define PAGE(name, build, va, access, pc) { name, build, va, access, pc, PINION_STATUS_PAGE_FAULT }
/* An access beyond the scratchpad, whose size depends on the card. */
#define SCRATCH(name, build, va, access, pc) \
	{ name, build, va, access, pc, PINION_STATUS_SCRATCHPAD }

static const struct breach breaches[] = {
	PAGE("COPY from nowhere", copy_from, NOWHERE, READ, NO_CORE),
	PAGE("COPY to nowhere", copy_to, NOWHERE, WRITE, NO_CORE),
	PAGE("COPY from write-only", copy_from, WRITE_ONLY, READ, NO_CORE),
	PAGE("COPY to read-only", copy_to, READ_ONLY, WRITE, NO_CORE),
	PAGE("COPY off the end", copy_off_end, LAST_PAGE + 4096, READ, NO_CORE),
	PAGE("FILL of nowhere", fill_to, NOWHERE, WRITE, NO_CORE),
	PAGE("FILL of read-only", fill_to, READ_ONLY, WRITE, NO_CORE),
	PAGE("FILL off the end", fill_off_end, LAST_PAGE + 4096, WRITE, NO_CORE),
	PAGE("WAIT nowhere", wait_at, NOWHERE, READ, NO_CORE),
	PAGE("WAIT on write-only", wait_at, WRITE_ONLY, READ, NO_CORE),
	PAGE("SIGNAL nowhere", signal_at, NOWHERE, READ, NO_CORE),
	PAGE("SIGNAL to read-only", signal_at, READ_ONLY, WRITE, NO_CORE),
	PAGE("idle SIGNAL to read-only", signal_idly, READ_ONLY, WRITE, NO_CORE),
	PAGE("TIMESTAMP nowhere", timestamp_at, NOWHERE, WRITE, NO_CORE),
	PAGE("TIMESTAMP to read-only", timestamp_at, READ_ONLY, WRITE, NO_CORE),
	PAGE("LAUNCH of nowhere", launch_at, NOWHERE, EXEC, NOWHERE),
	PAGE("LAUNCH of data", launch_at, NO_EXEC, EXEC, NO_EXEC),
	PAGE("a kernel's load from nowhere", kernel_load, NOWHERE, READ, CODE + 4),
	PAGE("a kernel's load from write-only", kernel_load, WRITE_ONLY, READ, CODE + 4),
	PAGE("a kernel's store to nowhere", kernel_store, NOWHERE, WRITE, CODE + 4),
	PAGE("a kernel's store to read-only", kernel_store, READ_ONLY, WRITE, CODE + 4),
	PAGE("a kernel's jump to nowhere", kernel_jump, NOWHERE, EXEC, NOWHERE),
	PAGE("a kernel's jump to data", kernel_jump, NO_EXEC, EXEC, NO_EXEC),
	PAGE("TCOPY from nowhere", tcopy_from, NOWHERE, READ, CODE + TCOPY_AT),
	PAGE("TCOPY from write-only", tcopy_from, WRITE_ONLY, READ, CODE + TCOPY_AT),
	PAGE("TCOPY to nowhere", tcopy_to, NOWHERE, WRITE, CODE + TCOPY_AT),
	PAGE("TCOPY to read-only", tcopy_to, READ_ONLY, WRITE, CODE + TCOPY_AT),
	SCRATCH("a load beyond the scratchpad", kernel_load, 0, READ, CODE + 4),
	SCRATCH("a store beyond the scratchpad", kernel_store, 0, WRITE, CODE + 4),
	SCRATCH("TCOPY from beyond it", tcopy_from, 0, READ, CODE + TCOPY_AT),
	SCRATCH("TCOPY to beyond it", tcopy_to, 0, WRITE, CODE + TCOPY_AT),
	SCRATCH("a MATMUL descriptor in memory", matmul_at, NO_EXEC, READ, CODE + 4),
	SCRATCH("a MATMUL product beyond it", matmul_to, 0, WRITE, CODE + MATMUL_AT),
};

#define BREACHES (sizeof(breaches) / sizeof(breaches[0]))

/* ---- The second queue and the other process, which must not notice. */

/**
 * struct witness - counts of another process, in memory that is shared with it
 * @jobs: number of jobs that the other process has run
 * @wrong: number of jobs that failed or had a wrong result
 */
struct witness {
	uint64_t jobs;
	uint64_t wrong;
};

static struct witness *witness;

/* Write twice each of the 64 words at a0 to the place 512 bytes behind the word. */
static const uint32_t work_code[] = {
	ADDI(T1, ZERO, 512), LD(T0, A0, 0),    ADD(T0, T0, T0),	      SD(A0, T0, 512),
	ADDI(A0, A0, 8),     ADDI(T1, T1, -8), BNE_BACK(T1, ZERO, 5), RET,
};

/* Append a job with that kernel, whose memory begins at offset @at of the data. */
static void build_work(struct rig *rig, uint32_t at, uint64_t seed)
{
	uint64_t *words = (uint64_t *)(rig->data + at);
	unsigned int i;

	memcpy(rig->data + at + 4096, work_code, sizeof(work_code));
	for (i = 0; i < 64; i++)
		words[i] = seed + i;
	memset(words + 64, 0xff, 1024);
	code_launch(rig, RIG_DATA_VA + at + 4096, RIG_DATA_VA + at, 1);
	rig_copy(rig, RIG_DATA_VA + at + 1024, RIG_DATA_VA + at + 512, 512);
}

static bool work_is_right(struct rig *rig, uint32_t at, uint64_t seed)
{
	uint64_t *words = (uint64_t *)(rig->data + at);
	unsigned int i, wrong = 0;

	for (i = 0; i < 64; i++)
		wrong += words[128 + i] != 2 * (seed + i);
	return !wrong;
}

static uint64_t testify(uint64_t op, uint64_t arg)
{
	struct rig rig;
	uint64_t seed;

	(void)op;
	(void)arg;
	if (fork())
		return 1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rig_open(&rig, 4);
	for (seed = 1;; seed++) {
		rig.bytes = 0;
		build_work(&rig, 0x2000, seed);
		if (rig_run(&rig).res || !work_is_right(&rig, 0x2000, seed))
			__atomic_fetch_add(&witness->wrong, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&witness->jobs, 1, __ATOMIC_RELEASE);
	}
}

/* Wait until the other process has run @more jobs: whether every result was right. */
static bool witness_goes_on(uint64_t more)
{
	uint64_t from = __atomic_load_n(&witness->jobs, __ATOMIC_ACQUIRE);
	int tries;

	for (tries = 0; tries < 60000; tries++) {
		if (__atomic_load_n(&witness->jobs, __ATOMIC_ACQUIRE) >= from + more)
			return !witness->wrong;
		usleep(1000);
	}
	return false;
}

/* ---- Jobs that fail, beside jobs that must not. */

static int neighbour; /* second queue of the address space */

/* Run a job that fails between two jobs of the second queue. Return: the failing job's result. */
static int run_between(struct rig *rig, uint64_t va, uint32_t bytes, bool *others)
{
	uint32_t work = (rig->bytes + 63) & ~63u, end;
	int mine = rig->queue, res = 1, i;
	uint64_t bad;

	rig->bytes = work;
	build_work(rig, 0x20000, va);
	end = rig->bytes;
	rig->queue = neighbour;
	rig_sqe(rig, RIG_VA + work, end - work);
	rig->queue = mine;
	rig_sqe(rig, va, bytes);
	bad = rig->mark;
	rig->queue = neighbour;
	rig_sqe(rig, RIG_VA + work, end - work);
	rig->queue = mine;
	rig_submit(rig);
	*others = true;
	for (i = 0; i < 3; i++) {
		struct done done = rig_wait(rig);

		if (done.mark == bad)
			res = done.res;
		else
			*others &= !done.res;
	}
	*others &= work_is_right(rig, 0x20000, va);
	return res;
}

static void judge(struct rig *rig, const char *name, int res, bool others,
		  const struct pinion_queue_fault *want)
{
	int err = want->status == PINION_STATUS_PAGE_FAULT ? -EFAULT : -ERANGE;
	struct pinion_queue_fault got = rig_fault(rig);
	uint32_t cores = rig_info(rig->fd).cores;
	bool core = want->core ? got.core == ~0u && !got.pc
			       : got.core < cores && got.pc == want->pc;

	ksft_test_result(res == err && got.status == want->status && got.va == want->va &&
				 got.access == want->access && got.packet == want->packet && core &&
				 got.seq && got.timestamp,
			 "%s: %s; status %u, va 0x%llx, access %u, packet %u, core %d, pc 0x%llx\n",
			 name, strerror(-res), got.status, (unsigned long long)got.va, got.access,
			 got.packet, (int)got.core, (unsigned long long)got.pc);
	ksft_test_result(others && witness_goes_on(2), "%s: the others go on\n", name);
	rig->bytes = 0;
	ksft_test_result(rig_run(rig).res == -ESHUTDOWN &&
				 !try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) &&
				 !rig_run(rig).res && !rig_fault(rig).status,
			 "%s: the queue is stopped until a reset\n", name);
}

static void commit(struct rig *rig, const struct breach *breach)
{
	uint64_t va = breach->va ? breach->va : SCRATCH_END;
	struct pinion_queue_fault want = {
		.status = breach->status,
		.packet = BEFORE,
		.va = va,
		.access = breach->access,
		.core = breach->pc == NO_CORE,
		.pc = breach->pc,
	};
	struct pinion_pkt *barrier;
	bool others;
	int res;

	rig->bytes = 0;
	rig_packet(rig, PINION_PKT_NOP, 8);
	barrier = rig_packet(rig, PINION_PKT_BARRIER, 8);
	barrier->flags = PINION_PKT_F_ICACHE;
	breach->build(rig, va);
	res = run_between(rig, RIG_VA, rig->bytes, &others);
	judge(rig, breach->name, res, others, &want);
}

/* Run a command buffer of NOPs whose packet number @packet, at @bad, cannot be fetched. */
static void fetch(struct rig *rig, uint64_t va, uint32_t bytes, uint64_t bad, uint32_t packet,
		  const char *name)
{
	struct pinion_queue_fault want = {
		.status = PINION_STATUS_PAGE_FAULT,
		.packet = packet,
		.va = bad,
		.access = READ,
		.core = 1,
	};
	bool others;
	int res;

	rig->bytes = 0;
	res = run_between(rig, va, bytes, &others);
	judge(rig, name, res, others, &want);
}

/* Map one page, which is both a valid kernel and valid packets, with the rights of each place. */
static void map_places(struct rig *rig)
{
	static const struct {
		uint64_t va;
		uint32_t flags;
	} places[] = {
		{ READ_ONLY, DRM_PINION_VM_BIND_READ },
		{ WRITE_ONLY, DRM_PINION_VM_BIND_WRITE },
		{ NO_EXEC, DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE },
		{ LAST_PAGE, RIG_RWX },
	};
	struct pinion_pkt nop = { .op = PINION_PKT_NOP, .bytes = sizeof(nop) };
	uint32_t code = RET, bo = rig_bo(rig->fd, 4096, DRM_PINION_BO_HOST);
	uint8_t *mem = rig_mmap(rig->fd, bo, 4096);
	unsigned int i;

	for (i = 0; i < 4096; i += 8)
		memcpy(mem + i, &nop, sizeof(nop));
	memcpy(mem, &code, sizeof(code));
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (try_map(rig->fd, bo, 0, places[i].va, 4096, places[i].flags))
			ksft_exit_fail_msg("VM_BIND failed\n");
	munmap(mem, 4096);
	rig_bo_close(rig->fd, bo);
}

static void attack(void)
{
	struct rig rig;
	unsigned int i;

	rig_open(&rig, 4);
	neighbour = rig_queue(rig.fd, 4);
	scratchpad_bytes = rig_info(rig.fd).scratchpad_bytes;
	map_places(&rig);
	ask(0, 0);
	ksft_print_header();
	ksft_set_plan(3 * (BREACHES + 3) + 1);
	for (i = 0; i < BREACHES; i++)
		commit(&rig, &breaches[i]);
	fetch(&rig, NOWHERE, 64, NOWHERE, 0, "a command buffer nowhere");
	fetch(&rig, WRITE_ONLY, 64, WRITE_ONLY, 0, "a command buffer in write-only memory");
	fetch(&rig, LAST_PAGE + 4096 - 24, 64, LAST_PAGE + 4096, 3, "a command buffer off the end");
	ksft_test_result(!witness->wrong,
			 "the other process completed %llu jobs, none of them wrong\n",
			 (unsigned long long)witness->jobs);
	rig_close(&rig);
}

int main(void)
{
	witness = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (witness == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return two_tenants(testify, attack);
}
