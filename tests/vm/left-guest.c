// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a kernel leaves behind in the card, for kexec.sh:
 *   left-guest leave  gives the card work without an end, then exits; a child keeps the work alive
 *   left-guest check  in the next kernel: whether jobs pass, and nothing but they writes to memory
 */
#include <sys/mman.h>
#include <unistd.h>

#include "../isolation/code.h"
#include "../queue/userq.h"

#define WRITTEN	     (512u << 10) /* bytes that the endless kernel writes to again and again */
#define DEVICE_VA    0x80000000ull
#define DEVICE_BYTES (4u << 20)
#define JOBS	     200
#define CHECKED	     0x11 /* each byte of the memory that is checked */

/* Every core writes to the host's memory, over and over: 0: T0 = args, T1 = end; 3: the loop. */
static void write_for_ever(struct rig *rig)
{
	static const uint32_t code[] = {
		ADDI(T0, A0, 0),  LUI(T1, WRITTEN >> 12), ADD(T1, T0, T1), SD(T0, A0, 0),
		ADDI(T0, T0, 64), BNE_BACK(T0, T1, 2),	  JUMP_BACK(6),
	};

	memcpy(rig->data, code, sizeof(code));
	rig->bytes = 0;
	code_launch(rig, RIG_DATA_VA, RIG_DATA_VA + 4096, PINION_MAX_CORES);
	rig_sqe(rig, RIG_VA, rig->bytes);
	rig_submit(rig);
}

/* Copies to the host's memory, a new job whenever one has ended. */
static void copy_for_ever(struct rig *rig)
{
	int i;

	rig_map(rig->fd, rig_bo(rig->fd, DEVICE_BYTES, DRM_PINION_BO_DEVICE), DEVICE_VA,
		DEVICE_BYTES);
	rig->bytes = 0;
	for (i = 0; i < 64; i++)
		rig_copy(rig, RIG_DATA_VA, DEVICE_VA, WRITTEN);
	for (i = 0; i < 6; i++)
		rig_sqe(rig, RIG_VA, rig->bytes);
	rig_submit(rig);
	for (;;) {
		rig_wait(rig);
		rig_sqe(rig, RIG_VA, rig->bytes);
		rig_submit(rig);
	}
}

static void work(int ready)
{
	struct rig writes, copies;
	struct userq uq;
	volatile uint64_t *word;

	rig_open(&writes, 4);
	write_for_ever(&writes);
	word = (uint64_t *)(writes.data + 4096);
	while (!*word)
		usleep(1000);
	rig_open(&copies, 8);
	userq_open(&uq, copies.fd, 4, 0);
	userq_hang(&uq, &copies);
	if (write(ready, "", 1) == 1)
		copy_for_ever(&copies);
	_exit(1);
}

static int leave(void)
{
	int fds[2];
	char c;

	if (pipe(fds))
		return 1;
	if (!fork()) {
		close(fds[0]);
		work(fds[1]);
	}
	close(fds[1]);
	return read(fds[0], &c, 1) != 1;
}

/* KiB that a line of /proc/meminfo has, or -1. */
static long meminfo(const char *format)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &kib) != 1)
			kib = -1;
	if (file)
		fclose(file);
	return kib;
}

/* Fill most of the free memory, let the card do jobs, and look whether the memory has changed. */
static bool memory_stays(void)
{
	size_t bytes = meminfo("MemFree: %ld") / 4 * 3 * 1024ul;
	uint8_t *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	struct rig rig;
	int i;

	if (mem == MAP_FAILED)
		return false;
	memset(mem, CHECKED, bytes);
	rig_open(&rig, 4);
	rig.bytes = 0;
	rig_fill(&rig, RIG_DATA_VA, WRITTEN, CHECKED, 1);
	for (i = 0; i < JOBS; i++)
		if (rig_run(&rig).res)
			return false;
	rig_close(&rig);
	return rig_all(mem, bytes, CHECKED);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "leave"))
		return leave();
	printf("memory that the kernel found altered as it started: %ld KiB\n",
	       meminfo("EarlyMemtestBad: %ld"));
	printf("memory %s\n", memory_stays() ? "stays" : "does not stay");
	return 0;
}
