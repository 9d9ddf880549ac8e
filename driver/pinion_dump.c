// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps of what was at hand when a queue or the card failed: registers, the queue to blame, and the
 * log of the firmware. Documentation/health.rst describes the format. A dump has the descriptors
 * and addresses of the queue to blame, and nothing of other processes.
 */
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include <drm/drm_drv.h>

#include "pinion_device.h"
#include "pinion_dump.h"
#include "pinion_errors.h"
#include "pinion_io.h"
#include "pinion_queue.h"
#include "pinion_ring.h"
#include "pinion_version.h"
#include "pinion_vm.h"

#define DUMP_FORMAT 1
#define DUMP_BYTES  SZ_32K

/**
 * struct dump_reg - a register in a dump
 * @name: name of the register in the dump
 * @reg: offset of the register in BAR0
 */
struct dump_reg {
	const char *name;
	u32 reg;
};

static const struct dump_reg dump_boot[] = {
	{ "boot_status", PINION_REG_BOOT_STATUS },
	{ "boot_size", PINION_REG_BOOT_SIZE },
	{ "fw_version", PINION_REG_FW_VERSION },
	{ "fw_heartbeat", PINION_REG_FW_HEARTBEAT },
	{ "fw_panic", PINION_REG_FW_PANIC },
	{ "fw_panic_pc", PINION_REG_FW_PANIC_PC },
	{ "reset", PINION_REG_RESET },
	{ "reset_result", PINION_REG_RESET_RESULT },
};

static const struct dump_reg dump_mailbox[] = {
	{ "h2f_tail", PINION_REG_H2F_TAIL },	 { "h2f_head", PINION_REG_H2F_HEAD },
	{ "f2h_tail", PINION_REG_F2H_TAIL },	 { "f2h_head", PINION_REG_F2H_HEAD },
	{ "int_status", PINION_REG_INT_STATUS }, { "int_enable", PINION_REG_INT_ENABLE },
	{ "inv_vm", PINION_REG_MMU_INV_VM },	 { "inv_ctrl", PINION_REG_MMU_INV_CTRL },
};

/**
 * pinion_dump_is_mistake() - check whether a dump is only about a mistake of a program
 * @code: PINION_ERROR_*
 * Return: true if programs can cause the error as often as they like.
 */
bool pinion_dump_is_mistake(unsigned int code)
{
	return pinion_error_find(code)->blame == PINION_BLAME_PROGRAM;
}

/*
 * Begin a dump, unless another one is being made or was made a short time ago. A program's mistake
 * must not keep a failure of the card from being dumped.
 */
static bool dump_begin(struct pinion_dump *dump, unsigned int code)
{
	unsigned long flags;
	bool mine;

	spin_lock_irqsave(&dump->lock, flags);
	mine = !dump->busy && (!dump->next || time_after(jiffies, dump->next) ||
			       (dump->mistake && !pinion_dump_is_mistake(code)));
	if (mine)
		dump->busy = true;
	spin_unlock_irqrestore(&dump->lock, flags);
	if (mine)
		dump->scene = (struct pinion_scene){
			.code = code,
			.boottime_ns = ktime_get_boottime_ns(),
		};
	return mine;
}

/* The descriptor that failed, or the one behind it on a queue whose process fills the ring. */
static u32 dump_center(struct pinion_hw_queue *q)
{
	if (!q->user)
		return q->freed;
	return q->cq_head ? READ_ONCE(q->cq[pinion_ring_slot(q->cq_head - 1, q->entries)].sq_head)
			  : 0;
}

static void dump_copy_descs(struct pinion_hw_queue *q, struct pinion_scene *scene)
{
	u32 i, first;

	scene->descs = min_t(u32, q->entries, PINION_DUMP_DESCS);
	first = dump_center(q) - scene->descs / 2;
	scene->first = pinion_ring_slot(first, q->entries);
	for (i = 0; i < scene->descs; i++)
		scene->desc[i] = q->ring[pinion_ring_slot(first + i, q->entries)];
}

/**
 * pinion_dump_queue() - make a dump about a queue that is about to be stopped
 * @q: running queue; the caller holds pinion_hw_queue.lock
 * @code: why: PINION_ERROR_*
 * @job: number of the job that failed
 *
 * Everything of the queue is copied here, in any context. The work item reads the card's registers.
 */
void pinion_dump_queue(struct pinion_hw_queue *q, unsigned int code, u64 job)
{
	struct pinion_dump *dump = &q->pdev->dump;
	struct pinion_scene *scene = &dump->scene;

	lockdep_assert_held(&q->lock);
	if (!dump_begin(dump, code))
		return;
	scene->queue = q->id;
	scene->job = job;
	scene->state = q->state;
	scene->hw_state = readl(q->doorbell + PINION_DOORBELL_STATE);
	scene->mode = q->mode;
	scene->submitted = q->submitted;
	scene->completed = q->completed;
	scene->tail = q->tail;
	scene->freed = q->freed;
	scene->cq_head = q->cq_head;
	dump_copy_descs(q, scene);
	pinion_read_words(q->pdev, PINION_FAULT_OFFSET + q->id * sizeof(scene->record),
			  &scene->record, sizeof(scene->record));
	scene->vm = q->vm;
	if (scene->vm)
		kref_get(&scene->vm->refs);
	queue_work(system_dfl_wq, &dump->work);
}

static void dump_error(struct pinion_card *pdev, struct seq_buf *text)
{
	const struct pinion_scene *scene = &pdev->dump.scene;
	const struct pinion_error_row *row = pinion_error_find(scene->code);

	seq_buf_printf(text, "pinion-dump=%u\n\n[error]\ncode=%#05x\nsymbol=%s\nsentence=%s\n",
		       DUMP_FORMAT, scene->code, row->symbol, row->sentence);
	seq_buf_printf(text, "at_fault=%s\nboottime_ns=%llu\ndriver_version=%s\n",
		       pinion_blame_word(row->blame), scene->boottime_ns, PINION_VERSION_TEXT);
}

/* The identity registers as they were in probe: a card that failed may not say who it is. */
static void dump_identity(struct pinion_card *pdev, struct seq_buf *text)
{
	const struct pinion_info *info = &pdev->info;

	seq_buf_printf(text, "\n[identity]\ncontract=%#x\ncaps=%#llx\nserial=%#llx\nmemory=%#llx\n",
		       info->contract, info->caps, info->serial, info->memory);
	seq_buf_printf(text, "window=%#llx\ncores=%u\nscratchpad=%u\nqueues=%u\nvms=%u\n",
		       info->window, info->cores, info->scratchpad, info->queues, info->vms);
	seq_buf_printf(text, "vectors=%u\ntime_freq=%u\ndma_bits=%u\nfw_version=%#x\n",
		       info->vectors, info->time_freq, info->dma_bits, pdev->fw_version);
}

static void dump_queue(const struct pinion_scene *scene, struct seq_buf *text)
{
	seq_buf_printf(text, "\n[queue]\nqueue=%u\njob=%llu\nstate=%u\nhw_state=%u\nmode=%u\n",
		       scene->queue, scene->job, scene->state, scene->hw_state, scene->mode);
	seq_buf_printf(text, "submitted=%llu\ncompleted=%llu\ntail=%u\nfreed=%u\ncq_head=%u\n",
		       scene->submitted, scene->completed, scene->tail, scene->freed,
		       scene->cq_head);
}

static void dump_descs(const struct pinion_scene *scene, struct seq_buf *text)
{
	const struct pinion_desc *desc;
	u32 i;

	seq_buf_printf(text, "\n[descriptors]\nfirst_slot=%u\n", scene->first);
	for (i = 0; i < scene->descs; i++) {
		desc = &scene->desc[i];
		seq_buf_printf(text, "desc=opcode %u flags %#x bytes %u cmd_va %#llx", desc->opcode,
			       desc->flags, desc->bytes, desc->cmd_va);
		seq_buf_printf(text, " wait %#llx %llu signal %#llx %llu cookie %llu\n",
			       desc->wait_va, desc->wait_value, desc->signal_va, desc->signal_value,
			       desc->cookie);
	}
}

static void dump_fault(const struct pinion_fault_record *rec, struct seq_buf *text)
{
	seq_buf_printf(text, "\n[fault]\nstatus=%u\npacket=%u\ncookie=%llu\nva=%#llx\npc=%#llx\n",
		       rec->status, rec->packet, rec->cookie, rec->va, rec->pc);
	seq_buf_printf(text, "access=%#x\ncore=%#x\ninsn=%#x\nblock=%u\ntimestamp=%llu\npart=%u\n",
		       rec->access, rec->core, rec->insn, rec->block, rec->timestamp, rec->part);
}

static void dump_walk(const struct pinion_scene *scene, struct seq_buf *text)
{
	u32 i;

	seq_buf_printf(text, "\n[walk]\nva=%#llx\n", scene->record.va);
	for (i = 0; i < scene->levels; i++)
		seq_buf_printf(text, "level%u=%#llx\n", PINION_PT_LEVELS - 1 - i, scene->pte[i]);
}

static void dump_regs(struct pinion_card *pdev, struct seq_buf *text, const char *section,
		      const struct dump_reg *regs, unsigned int count)
{
	seq_buf_printf(text, "\n[%s]\n", section);
	for (unsigned int i = 0; i < count; i++)
		seq_buf_printf(text, "%s=%#x\n", regs[i].name, pinion_read(pdev, regs[i].reg));
}

/* The card wrote the log, so it may hold any byte: replace what is not printable. */
static void dump_log(struct pinion_card *pdev, struct seq_buf *text)
{
	u32 tail = pinion_read(pdev, PINION_REG_LOG_TAIL);
	u32 begin = tail > PINION_LOG_SIZE ? tail - PINION_LOG_SIZE : 0;
	u32 at, word = 0;
	char c = '\n';

	seq_buf_printf(text, "\n[log]\ntail=%u\n", tail);
	for (at = begin; at != tail; at++) {
		if (at == begin || !(at % 4))
			word = pinion_read(pdev, PINION_SRAM_OFFSET + PINION_SRAM_LOG +
							 (at % PINION_LOG_SIZE & ~3u));
		if (c == '\n')
			seq_buf_printf(text, "log=");
		c = word >> 8 * (at % 4);
		seq_buf_printf(text, "%c", c == '\n' || (c >= ' ' && c <= '~') ? c : '?');
	}
	if (c != '\n')
		seq_buf_printf(text, "\n");
}

static void dump_card(struct pinion_card *pdev, struct seq_buf *text)
{
	u32 id = pinion_read(pdev, PINION_REG_ID);

	seq_buf_printf(text, "\n[card]\nid=%#x\n", id);
	if (id != PINION_ID)
		return;
	dump_regs(pdev, text, "boot", dump_boot, ARRAY_SIZE(dump_boot));
	dump_regs(pdev, text, "mailbox", dump_mailbox, ARRAY_SIZE(dump_mailbox));
	dump_log(pdev, text);
}

/**
 * pinion_dump_write() - write the text of a dump
 * @pdev: device; the caller is in drm_dev_enter(), or in probe, and owns pinion_dump.scene
 */
void pinion_dump_write(struct pinion_card *pdev)
{
	const struct pinion_scene *scene = &pdev->dump.scene;
	struct seq_buf *text = &pdev->dump.text;

	if (!pdev->dump.memory)
		return;
	dump_error(pdev, text);
	dump_identity(pdev, text);
	if (scene->descs) {
		dump_queue(scene, text);
		dump_descs(scene, text);
		dump_fault(&scene->record, text);
	}
	if (scene->levels)
		dump_walk(scene, text);
	dump_card(pdev, text);
}

/**
 * pinion_dump_card() - make a dump about a card that is about to be reset
 * @pdev: device; the caller is in drm_dev_enter(), or in probe, and its registers may be read
 * @code: why: PINION_ERROR_*
 *
 * The registers are read here, before the reset changes them. No memory is allocated.
 */
void pinion_dump_card(struct pinion_card *pdev, unsigned int code)
{
	if (!dump_begin(&pdev->dump, code))
		return;
	pinion_dump_write(pdev);
	queue_work(system_dfl_wq, &pdev->dump.work);
}

/**
 * pinion_dump_renew() - allocate memory for the next dump
 * @dump: dump whose memory was handed over
 *
 * Without memory the next dump stays empty, and is dropped.
 */
void pinion_dump_renew(struct pinion_dump *dump)
{
	dump->memory = vmalloc(DUMP_BYTES);
	seq_buf_init(&dump->text, dump->memory, dump->memory ? DUMP_BYTES : 0);
}

/**
 * pinion_dump_prepare() - prepare the dumps of a card
 * @pdev: device, in probe
 * @work: function of the work item that hands dumps over
 */
void pinion_dump_prepare(struct pinion_card *pdev, work_func_t work)
{
	spin_lock_init(&pdev->dump.lock);
	INIT_WORK(&pdev->dump.work, work);
	pinion_dump_renew(&pdev->dump);
}
