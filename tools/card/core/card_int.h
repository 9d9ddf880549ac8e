/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card's state, and the functions that one file of the core offers to the rest of the core.
 *
 * struct card_state is plain data: saving a card copies it. Everything that can be derived from it
 * or from memory (translation cache, sets of queues, harts' caches) is in struct card, is not saved
 * and is rebuilt by card_load().
 */
#ifndef PINION_CARD_INT_H
#define PINION_CARD_INT_H

#include <assert.h>
#include <string.h>

#include "pinion_packet.h"
#include "pinion_ring.h"

#include "card.h"
#include "matrix.h"
#include "rv.h"

#define CARD_TIME_FREQ 1000000000u /* a tick is a nanosecond */
#define CARD_CONTRACT  (PINION_CONTRACT_MAJOR << 16 | PINION_CONTRACT_MINOR)

#define CARD_BATCH	 8u	      /* descriptors fetched at once */
#define CARD_FETCH_BYTES 512u	      /* bytes of a command buffer fetched at once */
#define CARD_CHUNK	 (256u << 10) /* bytes a COPY or FILL moves in a turn of its queue */
#define CARD_BOUNCE	 (64u << 10)
#define CARD_POLL_NS	 50000u /* between reads of a semaphore that the host may raise */
#define CARD_PRIORITIES	 4u
#define CARD_TLB_ENTRIES 1024u /* power of two */
#define CARD_NO_QUEUE	 UINT32_MAX

/* Checked only if CARD_DEBUG is defined, as it is when the core is built for the unit tests. */
#ifdef CARD_DEBUG
#define CARD_ASSERT(what) assert(what)
#else
#define CARD_ASSERT(what) ((void)(0 && (what)))
#endif

/* Marks a parameter that a function of a table must have and does not need. */
#define CARD_UNUSED __attribute__((unused))

struct card_boot {
	uint32_t state; /* PINION_BOOT_* */
	uint32_t error; /* PINION_BOOT_ERR_* */
	uint64_t addr_reg;
	uint32_t size_reg;
	uint32_t size; /* size_reg and addr_reg as they were at START */
	uint64_t addr;
	uint32_t fetched; /* bytes of the image in card.image; 0 after card_load() */
	uint32_t fw_version;
	uint32_t heartbeat;
	uint32_t panic;
	uint32_t panic_pc;
	uint32_t flags;	   /* PINION_FW_F_* of the image */
	uint32_t flash;	   /* the image is that of @slot, not of the host */
	uint32_t slot;	   /* slot of the flash */
	uint32_t fallback; /* @slot is the second choice */
};

/* The flash unit's registers; a command is carried out in the round after it was written. */
struct card_flash {
	uint32_t command; /* PINION_FLASH_ERASE and so on; 0: none */
	uint32_t status;
	uint32_t slot;
	uint32_t offset;
	uint64_t addr;
	uint32_t version;
	uint32_t pad;
};

struct card_mbox {
	uint32_t h2f_tail, h2f_head;
	uint32_t f2h_tail, f2h_head;
	uint32_t log_tail;
	uint8_t sram[PINION_SRAM_SIZE] __attribute__((aligned(8)));
};

struct card_mgmt {
	uint32_t running;
	uint32_t sleeping; /* in WFI */
	uint32_t panicked; /* the firmware wrote PANIC and is about to be stopped */
	uint32_t irq, irq_enable;
	uint32_t time_hi; /* latched by TIME_LO */
	uint64_t timecmp;
	uint8_t ram[PINION_MGMT_RAM_SIZE] __attribute__((aligned(8)));
};

enum card_stage {
	STAGE_FETCH,  /* between jobs */
	STAGE_WAIT,   /* waiting for the descriptor's semaphore */
	STAGE_PACKET, /* between packets */
	STAGE_BUSY,   /* the packet in @pkt is not complete */
	STAGE_SIGNAL, /* packets done; semaphore and completion record are still to be written */
	NR_STAGES,
};

union card_packet {
	struct pinion_pkt head;
	struct pinion_pkt_copy copy;
	struct pinion_pkt_fill fill;
	struct pinion_pkt_launch launch;
	struct pinion_pkt_sem sem;
};

/* What groups share; each has its own turns and its own virtual time. */
enum card_resource {
	CARD_ENGINE, /* the queue engine, with the DMA of COPY and FILL */
	CARD_CORES,
	CARD_RESOURCES,
	CARD_NO_RESOURCE = CARD_RESOURCES,
};

struct card_queue {
	/* Set up by the management processor while DISABLED. */
	uint64_t ring, cq, shadow;
	uint32_t entries, vm, vector, priority, flags;

	uint32_t group;	      /* scheduling group that pays for what the queue does now */
	uint32_t state;	      /* PINION_Q_* */
	uint32_t stage;	      /* enum card_stage */
	uint32_t tail;	      /* last good doorbell */
	uint32_t head;	      /* descriptors begun so far */
	uint32_t cq_index;    /* completion records written so far */
	uint32_t bad_tail;    /* a doorbell announced more descriptors than the ring holds */
	uint32_t batch_first; /* index in the ring of batch[0]'s descriptor */
	uint32_t batch_count;
	struct pinion_desc batch[CARD_BATCH];

	uint32_t moderation; /* PINION_DOORBELL_MODERATION as the host wrote it */
	uint32_t held;	     /* completions whose interrupt is held back */
	uint64_t send_by;    /* time when the interrupt is due, if @held is not 0 */
	uint32_t abort;	     /* PINION_DOORBELL_ABORT as the host wrote it */
	uint32_t aborting;   /* skip descriptors up to the end of the job */

	/* The job. */
	struct pinion_desc desc;
	uint32_t part; /* index in the job of @desc, or of the descriptor to come */
	uint64_t start;
	uint32_t packet;    /* index of the packet in @pkt, or of the packet to come */
	uint32_t pos;	    /* offset of that packet in the command buffer */
	uint32_t fetch_pos; /* offset of fetch[0] in the command buffer */
	uint32_t fetch_bytes;
	uint8_t fetch[CARD_FETCH_BYTES] __attribute__((aligned(8)));

	/* The packet. */
	union card_packet pkt;
	uint64_t row;	       /* COPY: rows done */
	uint64_t done;	       /* COPY: bytes of the current row done; FILL: bytes done */
	uint64_t blocks;       /* LAUNCH: number of blocks in the grid */
	uint64_t next_block;   /* LAUNCH: blocks handed out to cores */
	uint64_t ended_blocks; /* LAUNCH: blocks that have ended */
	uint64_t saved;	       /* LAUNCH: a bit per core in whose save area a block is */
};

/* What a core runs and holds; its registers and scratchpad are saved separately. */
struct card_core_state {
	uint32_t queue;	     /* queue whose block the core runs, or CARD_NO_QUEUE */
	uint32_t last_queue; /* queue that the core served last, or CARD_NO_QUEUE */
	uint32_t vm;	     /* address space whose data the scratchpad holds; 0: none */
	uint32_t stale;	     /* clear the scratchpad before the next block, even one of @vm */
	uint32_t block;	     /* index of the block in its grid */
	uint32_t part;	     /* instructions in the next call of rv_run(), see core_run() */
	uint64_t quantum;    /* cycles run for @last_queue since its slice began */
};

struct card_vm {
	uint64_t root;	  /* as the registers read: bit 0 VALID */
	uint32_t root_hi; /* the upper half, which takes effect when the lower one is written */
	uint32_t save_hi; /* as @root_hi, of @save */
	uint64_t save;	  /* device address of the save area; 0: none */
	uint32_t group;	  /* scheduling group */
	uint32_t pad;
};

/* A scheduling group: address spaces that count as one when cores and queue engine are shared. */
struct card_group {
	uint32_t weight;
	uint32_t cost;			/* virtual time of a unit of work: see sched_set_weight() */
	uint32_t preemptions;		/* as PINION_MGMT_GROUP_PREEMPTIONS reads */
	uint64_t cycles;		/* cycles that cores ran blocks of the group */
	uint64_t vtime[CARD_RESOURCES]; /* used of a resource, divided by @weight */
	uint32_t cursor[CARD_RESOURCES][CARD_PRIORITIES]; /* queue served last */
};

/* Values of the fault knobs, which a reset of the card leaves alone; knobs.c has a row for each. */
struct card_knobs {
	uint32_t dma_stray;  /* accesses of COPY packets to host memory until one goes astray */
	uint32_t deaf;	     /* PINION_DOORBELL_ABORT has no effect */
	uint32_t aer;	     /* always 0: report_error() takes the value at once */
	uint32_t firmware;   /* PINION_DEBUG_FW_* */
	uint32_t wake_wrong; /* wake words to come that ask for no doorbell */
	uint32_t msi_lost;   /* MSI-X messages to come that are not sent */
	uint32_t msi_storm;  /* rounds to come in which each vector is sent without a cause */
	uint32_t reset_busy; /* times that the host finds a reset not finished */
	uint32_t all_ones;   /* the registers answer like those of a card that is gone */
	uint32_t bell_lost;  /* doorbells to come that the card does not see */
	uint32_t record_end; /* wrong bits 63:32 in the end of the next record */
	uint32_t fw_crash;   /* the next access of the management processor to a register fails */
	uint32_t preempt_every; /* cycles of a core after which blocks are preempted anyway */
};

struct card_state {
	uint32_t int_status, int_enable;
	uint32_t inv_vm;
	uint32_t reset; /* PINION_RESET_* to be done; 0: none */
	uint32_t reset_result;
	uint32_t time_hi; /* latched by TIME_LO */
	struct card_boot boot;
	struct card_flash flash;
	struct card_mbox mbox;
	struct card_mgmt mgmt;
	struct card_vm vms[PINION_MAX_VMS];
	struct card_queue queues[PINION_MAX_QUEUES];
	struct pinion_fault_record faults[PINION_MAX_QUEUES];
	struct card_core_state cores[PINION_MAX_CORES];
	uint64_t next_poll;   /* time to check WAITING queues again */
	uint64_t msi_pending; /* a bit per vector, sent at the end of a round */
	struct card_group groups[PINION_MAX_GROUPS];
	uint64_t vtime[CARD_RESOURCES]; /* a group that comes back begins here at least */
	uint32_t slice;			/* cycles */
	uint32_t core_cursor;
	uint32_t signalled; /* a semaphore was raised since the last poll */
	struct card_knobs knobs;
};

#define QSET_WORDS (PINION_MAX_QUEUES / 64)

/* A set of queues, or of scheduling groups. */
struct qset {
	uint64_t w[QSET_WORDS];
};

_Static_assert(PINION_MAX_GROUPS == PINION_MAX_QUEUES, "a set has no place for all groups");

/* Queues of one group that wait for their turn at one resource. */
struct card_line {
	struct qset queues[CARD_PRIORITIES];
	uint32_t count[CARD_PRIORITIES]; /* number of queues in @queues */
	uint32_t prios;			 /* a bit per priority that has a queue in @queues */
};

/* Queues that wait for their turn at one resource. */
struct card_turns {
	uint32_t count;	    /* number of queues that wait */
	uint32_t sum;	    /* sum of their indexes: if one queue waits, its index */
	struct qset groups; /* groups whose line is not empty */
	struct card_line lines[PINION_MAX_GROUPS];
};

struct tlb_entry {
	uint64_t key; /* a valid bit, the address space and the page; 0: no entry */
	uint64_t pte;
	uint64_t leaf_bytes;
};

struct card_core {
	struct card *card;
	struct card_core_state *st;
	struct rv_hart hart;
	struct rv_cache *cache;
	uint8_t *scratch;
	uint32_t index;
	uint64_t extra; /* cycles that are no instructions, not yet charged */
};

struct card {
	struct card_config config;
	struct card_state s;
	uint8_t key_id[8];

	struct rv_hart mgmt_hart;
	struct rv_cache *mgmt_cache;
	struct card_core *cores;

	struct tlb_entry tlb[CARD_TLB_ENTRIES];
	/*
	 * A RUNNING queue waits for a turn of the queue engine, or for cores because it has blocks
	 * to start or to resume, or for neither while cores run the last blocks of its launch.
	 */
	struct card_turns turns[CARD_RESOURCES];
	uint8_t waits[PINION_MAX_QUEUES]; /* enum card_resource for which each queue waits */
	struct qset running;		  /* queues in state RUNNING */
	struct qset waiting, faulted;	  /* queues in state WAITING, FAULTED */
	struct qset holding;		  /* queues with an interrupt held back */
	struct qset saved;		  /* queues with saved blocks */

	/* Sets of cores, a bit per core. */
	uint64_t busy;			      /* with a block */
	uint64_t on_cores[PINION_MAX_QUEUES]; /* with a block of the queue */
	uint64_t vm_saved[PINION_MAX_VMS]; /* in whose save area of the address space a block is */

	uint8_t *image;	      /* the firmware as it is fetched; PINION_FW_MAX_BYTES */
	uint8_t *bounce;      /* buffer for copies from host to host and fills; CARD_BOUNCE */
	struct matrix matrix; /* one for all cores, which run one after the other */
};

static inline void qset_add(struct qset *set, uint32_t q)
{
	set->w[q / 64] |= 1ull << (q % 64);
}

static inline void qset_del(struct qset *set, uint32_t q)
{
	set->w[q / 64] &= ~(1ull << (q % 64));
}

static inline void qset_put(struct qset *set, uint32_t q, bool member)
{
	set->w[q / 64] = (set->w[q / 64] & ~(1ull << (q % 64))) | (uint64_t)member << (q % 64);
}

static inline bool qset_has(const struct qset *set, uint32_t q)
{
	return set->w[q / 64] >> (q % 64) & 1;
}

static inline bool qset_empty(const struct qset *set)
{
	return !(set->w[0] | set->w[1] | set->w[2] | set->w[3]);
}

/* The first member after @q, wrapping around; CARD_NO_QUEUE if the set is empty. */
uint32_t qset_next(const struct qset *set, uint32_t q);

static inline uint64_t card_caps(const struct card *card)
{
	return PINION_CAPS_ALL & ~card->config.without_caps &
	       ~(card->config.flash ? 0 : PINION_CAP_FLASH);
}

static inline uint64_t card_now(const struct card *card)
{
	return card->config.ops->now(card->config.opaque);
}

static inline void card_kick(const struct card *card)
{
	card->config.ops->kick(card->config.opaque);
}

static inline bool mgmt_timer_up(const struct card *card)
{
	return card->mgmt_hart.s.mip & RV_IRQ_TIMER;
}

static inline uint32_t queue_index(const struct card *card, const struct card_queue *q)
{
	return (uint32_t)(q - card->s.queues);
}

/* host.c */
void card_log(const struct card *card, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int card_dma_read(const struct card *card, uint64_t addr, void *buf, uint64_t bytes);
int card_dma_write(const struct card *card, uint64_t addr, const void *buf, uint64_t bytes);
void card_msi(struct card *card, unsigned int vector);
void card_raise(struct card *card, uint32_t causes);
void boot_set_state(struct card *card, uint32_t state);

/* knobs.c */
uint32_t knobs_read(struct card *card, uint32_t offset);
bool knobs_write(struct card *card, uint32_t offset, uint32_t value);
uint64_t knobs_step(struct card *card);

/* ident.c */
uint32_t card_ident(const struct card *card, uint32_t offset);

/* mgmt_irq.c */
void mgmt_irq(struct card *card, uint32_t bits);
void mgmt_update_irq(struct card *card);

/* core_state.c */
void core_enter_vm(struct card_core *core, uint32_t vm);
void cores_rebuild(struct card *card);
void cores_abort(struct card *card, uint32_t queue);
void cores_flush(struct card *card, uint32_t vm);
void cores_forget_vm(struct card *card, uint32_t vm);

/* boot.c. boot_step() returns the work done; 0 if there was nothing to do. */
bool boot_idle(const struct card *card);
uint32_t boot_read(const struct card *card, uint32_t offset);
void boot_write(struct card *card, uint32_t offset, uint32_t value);
uint64_t boot_step(struct card *card);

uint32_t boot_check(const struct card *card, const struct pinion_fw_header *h, uint32_t bytes);
void boot_power_on(struct card *card);

/* flash.c: the registers. flash_step() returns the work done; 0 if there was nothing to do. */
uint32_t flash_reg_read(const struct card *card, uint32_t offset);
void flash_reg_write(struct card *card, uint32_t offset, uint32_t value);
uint64_t flash_step(struct card *card);

/* nor.c: the flash itself, as pages that erase to ones, and whose bits can be cleared */
int nor_read(const struct card *card, uint32_t at, void *buf, uint32_t bytes);
int nor_erase(const struct card *card, uint32_t at);
int nor_program(const struct card *card, uint32_t at, const void *buf, uint32_t bytes);
uint32_t nor_slot(uint32_t slot);

/**
 * struct card_selector - which image of the flash is to be started
 * @seq: number of the record; the next record has one more
 * @slot: slot to start
 * @minimum: least version that boots
 * @failed: starts of the slot in a row after which the firmware did not become ready
 */
struct card_selector {
	uint32_t seq;
	uint32_t slot;
	uint32_t minimum;
	uint32_t failed;
};

/* selector.c */
struct card_selector selector_get(const struct card *card);
uint32_t selector_first(const struct card_selector *sel);
int selector_put(const struct card *card, uint32_t slot, uint32_t minimum);
int selector_count(const struct card *card);
int selector_worked(const struct card *card);

/* mbox.c: the mailbox's registers as host and firmware (PINION_MGMT_*) reach them, and the SRAM */
uint32_t mbox_host_read(const struct card *card, uint32_t offset);
void mbox_host_write(struct card *card, uint32_t offset, uint32_t value);
uint32_t mbox_heard(const struct card *card);
void mbox_mgmt_write(struct card *card, uint32_t reg, uint32_t value);
void mbox_restart(struct card *card);
uint32_t mbox_sram_read(const struct card *card, uint32_t offset);
void mbox_sram_write(struct card *card, uint32_t offset, uint32_t value);

/* mgmt.c: the management processor */
void mgmt_init(struct card *card);
void mgmt_stop(struct card *card);
void mgmt_start(struct card *card, uint32_t entry);
bool mgmt_idle(const struct card *card);
uint64_t mgmt_step(struct card *card, uint64_t now, uint64_t budget);
void mgmt_crash(struct card *card, uint32_t code, uint32_t pc);

/* mgmt_regs.c: accesses of the management processor to registers. Return: 0 or an rv_cause. */
int mgmt_mmio(void *opaque, uint64_t va, void *buf, unsigned int len, enum rv_access access);

/*
 * mmu.c. A function that accesses a job's memory returns PINION_STATUS_OK or the status with which
 * the job stops; in the latter case it has filled in status, va and access of @f.
 */
struct mmu_run {
	uint64_t addr;	/* host DMA address, or offset in device memory */
	uint64_t bytes; /* contiguous bytes from @addr on */
	bool host;	/* @addr is a DMA address, or has MMU_NOWHERE set */
};

/*
 * Set in the address of a sparse page, which no DMA address has set. Sparse pages are treated like
 * host memory, but read as zeroes and ignore writes.
 */
#define MMU_NOWHERE (1ull << 63)

uint32_t mmu_fault(struct pinion_fault_record *f, uint32_t status, uint64_t va, uint32_t access);
bool mmu_translate(struct card *card, uint32_t vm, uint64_t va, uint32_t access,
		   struct mmu_run *run);
bool mmu_span(struct card *card, uint32_t vm, uint64_t va, uint64_t bytes, uint32_t access,
	      struct mmu_run *run);
uint32_t mmu_read(struct card *card, uint32_t vm, uint64_t va, void *buf, uint64_t bytes,
		  struct pinion_fault_record *f);
uint32_t mmu_write(struct card *card, uint32_t vm, uint64_t va, const void *buf, uint64_t bytes,
		   struct pinion_fault_record *f);
int mmu_host_read(const struct card *card, uint64_t addr, void *buf, uint64_t bytes);
int mmu_host_write(const struct card *card, uint64_t addr, const void *buf, uint64_t bytes);
void mmu_invalidate(struct card *card, uint32_t vm);
void mmu_set_root(struct card *card, uint32_t vm, uint64_t root);

/**
 * struct packet_turn - a queue's turn at one packet
 * @card: the card
 * @q: the queue; the packet is q->pkt
 * @f: fault record of the queue, filled in if the packet fails
 * @done: out: the packet is complete
 * @moved: out: bytes moved in this turn
 */
struct packet_turn {
	struct card *card;
	struct card_queue *q;
	struct pinion_fault_record *f;
	bool done;
	uint64_t moved;
};

/* Zero, in a row of a table; it does not compile unless the condition holds. */
#define ROW_HOLDS(condition, text)                \
	(0 * sizeof(struct {                      \
		 _Static_assert(condition, text); \
		 int row;                         \
	 }))

/**
 * struct packet_op - what the command processor knows of a packet's opcode
 * @bytes: length of the packet; 0 means any multiple of 8
 * @flags: PINION_PKT_F_* that the packet may have
 * @valid: whether the fields behind the head are as the contract says
 * @run: go on with the packet; returns PINION_STATUS_OK or the status with which the queue stops
 * @loads: whether @run can go on from the progress in a saved queue, which nobody has checked
 */
struct packet_op {
	uint16_t bytes;
	uint8_t flags;
	bool (*valid)(const struct card *card, const union card_packet *pkt);
	uint32_t (*run)(struct packet_turn *t);
	bool (*loads)(const struct card_queue *q);
};

/* dma.c: move CARD_CHUNK bytes at most in a turn */
uint32_t dma_copy(struct packet_turn *t);
uint32_t dma_fill(struct packet_turn *t);

/* packet.c: packet_ops is indexed by opcode */
extern const struct packet_op packet_ops[];
extern const uint32_t nr_packet_ops;
bool packet_valid(const struct card *card, const union card_packet *pkt);
uint32_t packet_next(struct card *card, struct card_queue *q, struct pinion_fault_record *f);
uint32_t packet_run(struct card *card, struct card_queue *q, bool *done, uint64_t *work,
		    struct pinion_fault_record *f);
uint32_t sem_reached(struct card *card, uint32_t vm, uint64_t va, uint64_t value, bool *reached,
		     struct pinion_fault_record *f);
uint32_t sem_raise(struct card *card, uint32_t vm, uint64_t va, uint64_t value,
		   struct pinion_fault_record *f);

/* shadow.c */
int shadow_look(struct card *card, struct card_queue *q);

/* queue_state.c */
void queue_line_up(struct card *card, const struct card_queue *q);
void queue_place(struct card *card, const struct card_queue *q);
void queue_doorbell(struct card *card, uint32_t index, uint32_t tail);
void queue_take_tail(const struct card *card, struct card_queue *q, uint32_t tail);
bool queue_config_valid(const struct card *card, const struct card_queue *q);
void queue_enable(struct card *card, struct card_queue *q);
void queue_stop(struct card *card, struct card_queue *q);
void queue_set_state(struct card *card, struct card_queue *q, uint32_t state);
int queue_complete(struct card *card, struct card_queue *q, uint32_t status);
uint32_t queue_end_job(struct card *card, struct card_queue *q, uint32_t status,
		       struct pinion_fault_record *f);
void queue_pay(struct card *card, struct card_queue *q, uint32_t group);
void queue_between_jobs(struct card *card, struct card_queue *q);
void queue_packet_done(struct card *card, struct card_queue *q);
bool queue_in_launch(const struct card_queue *q);
void queues_rebuild(struct card *card);

/* queue.c */
extern const uint32_t nr_desc_ops; /* opcodes of descriptors */
bool desc_valid(const struct card *card, const struct card_queue *q);
bool queues_idle(const struct card *card);
bool queues_runnable(const struct card *card);
uint64_t queues_step(struct card *card, uint64_t now);

/* moderation.c */
void moderation_add(struct card *card, struct card_queue *q, uint64_t now, bool urgent);
void moderation_write(struct card *card, uint32_t index, uint32_t value);
void moderation_step(struct card *card);
uint64_t moderation_wakeup(const struct card *card);

/* abort.c */
bool abort_begins(const struct card_queue *q);
uint32_t abort_job(struct card *card, struct card_queue *q, struct pinion_fault_record *f);
void abort_write(struct card *card, uint32_t index, uint32_t value);

/* fault.c */
void fault_queue(struct card *card, struct card_queue *q, const struct pinion_fault_record *f);
uint32_t fault_record_read(const struct card *card, uint32_t offset);
uint32_t fault_word(const struct card *card, uint32_t word);

/* core.c */
int cores_init(struct card *card);
void cores_free(struct card *card);
void cores_reset(struct card *card);
bool cores_have_work(const struct card *card);
uint64_t cores_step(struct card *card, uint64_t budget);

#endif /* PINION_CARD_INT_H */
