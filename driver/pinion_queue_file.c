// SPDX-License-Identifier: GPL-2.0
/* The queue file: its ioctls, which also submit jobs without io_uring, poll() and mmap(). */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "pinion_accel.h"
#include "pinion_cancel.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_exec_args.h"
#include "pinion_exec_syncs.h"
#include "pinion_inlet.h"
#include "pinion_queue.h"
#include "pinion_queue_file.h"
#include "pinion_queue_show.h"
#include "pinion_regs.h"
#include "pinion_timeline_map.h"
#include "pinion_uring.h"
#include "pinion_uring_poll.h"
#include "pinion_user.h"
#include "pinion_user_mmap.h"
#include "pinion_vm.h"

static long queue_ioctl_fault(struct pinion_hw_queue *q, void __user *arg)
{
	struct pinion_queue_fault fault;

	spin_lock_irq(&q->lock);
	fault = q->fault;
	spin_unlock_irq(&q->lock);
	return copy_to_user(arg, &fault, sizeof(fault)) ? -EFAULT : 0;
}

static __always_inline int queue_parse_waits(struct pinion_gpuvm *vm,
					     const struct pinion_queue_exec *args,
					     struct pinion_exec *exec)
{
	int ret, i;

	ret = pinion_exec_set_deadline(exec, vm, args->deadline_ns);
	if (ret)
		return ret;
	ret = pinion_timeline_use_point(vm, args->signal.timeline, args->signal.value,
					&exec->signal);
	for (i = 0; !ret && i < PINION_MAX_WAITS; i++)
		ret = args->waits[i].pad ? -EINVAL
					 : pinion_exec_add_wait(exec, vm, args->waits[i].timeline,
								args->waits[i].value);
	return ret;
}

/* Write a job into the ring. On error nothing is released. @seq: out: number of the job. */
static __always_inline int queue_begin(struct pinion_hw_queue *q, const struct pinion_exec *exec,
				       u64 *seq)
{
	struct pinion_job_slot *job;

	spin_lock_irq(&q->lock);
	job = pinion_exec_submit_locked(q, exec);
	*seq = q->submitted;
	pinion_exec_ring(q);
	spin_unlock_irq(&q->lock);
	return PTR_ERR_OR_ZERO(job);
}

/* Submit a job whose command buffers are in @exec already, and give its number to the caller. */
static long queue_exec(struct pinion_hw_queue *q, const struct pinion_queue_exec *args,
		       struct pinion_exec *exec, u64 __user *seq)
{
	u64 number;
	int ret;

	ret = queue_parse_waits(q->vm, args, exec);
	if (!ret)
		ret = queue_begin(q, exec, &number);
	if (ret) {
		pinion_exec_unuse(exec);
		return ret;
	}
	return put_user(number, seq) ? -EFAULT : 0;
}

static noinline long queue_exec_syncs(struct pinion_hw_queue *q,
				      const struct pinion_queue_exec *args, u64 __user *seq)
{
	struct pinion_exec_synced job __uninitialized;
	u64 number = 0;
	int ret;

	ret = pinion_exec_syncs_init(&job, args->flags, args->addr, args->len);
	if (ret)
		return ret;
	ret = queue_parse_waits(q->vm, args, &job.exec);
	if (!ret)
		ret = pinion_exec_syncs_prepare(&job, q);
	if (!ret)
		ret = queue_begin(q, &job.exec, &number);
	pinion_exec_syncs_end(&job, ret);
	if (ret)
		return ret;
	return put_user(number, seq) ? -EFAULT : 0;
}

/* A function of its own, so that only jobs with a vector take 1 KiB of stack for the array. */
static noinline long queue_exec_vector(struct pinion_hw_queue *q,
				       const struct pinion_queue_exec *args, u64 __user *seq)
{
	struct pinion_exec_buffer buffers[PINION_EXEC_BUFFERS] __uninitialized;
	struct pinion_exec exec __uninitialized;
	int ret = pinion_exec_init_vector(&exec, buffers, args->addr, args->len);

	return ret ?: queue_exec(q, args, &exec, seq);
}

/* A job whose command buffers are in an array. */
static noinline long queue_exec_long(struct pinion_hw_queue *q,
				     const struct pinion_queue_exec *args, u64 __user *seq)
{
	switch (args->flags) {
	case PINION_EXEC_VECTOR:
		return queue_exec_vector(q, args, seq);
	case PINION_EXEC_SYNCS:
		return queue_exec_syncs(q, args, seq);
	default:
		return -EINVAL;
	}
}

/* An EXEC that pinion_hw_queue.short_path keeps off the short path. */
static noinline long queue_exec_off_path(struct pinion_hw_queue *q,
					 struct pinion_queue_exec __user *arg)
{
	struct pinion_queue_exec args;

	if (q->mode != PINION_QUEUE_INTERRUPT)
		return -EOPNOTSUPP;
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return args.signal.pad ? -EINVAL : queue_exec_syncs(q, &args, &arg->seq);
}

static long queue_ioctl_exec(struct pinion_hw_queue *q, struct pinion_queue_exec __user *arg)
{
	struct pinion_queue_exec args __uninitialized;
	struct pinion_exec exec __uninitialized;
	int ret;

	if (READ_ONCE(q->short_path) != PINION_SHORT_PATH(PINION_QUEUE_INTERRUPT))
		return queue_exec_off_path(q, arg);
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.signal.pad)
		return -EINVAL;
	if (args.flags)
		return queue_exec_long(q, &args, &arg->seq);
	ret = pinion_exec_init(&exec, args.addr, args.len);
	return ret ?: queue_exec(q, &args, &exec, &arg->seq);
}

static bool queue_is_done(struct pinion_hw_queue *q, struct pinion_queue_wait *args, int *ret)
{
	*ret = pinion_exec_get_result(q, args);
	return *ret != -ETIME;
}

/* until_ns is an absolute time, so that a restart after a signal does not wait longer. */
static long queue_ioctl_wait(struct pinion_hw_queue *q, void __user *arg)
{
	struct pinion_queue_wait args;
	ktime_t left = KTIME_MAX;
	int ret, over;

	if (q->mode != PINION_QUEUE_INTERRUPT)
		return -EOPNOTSUPP;
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.pad)
		return -EINVAL;
	if (args.until_ns < KTIME_MAX)
		left = max_t(ktime_t, ktime_sub(args.until_ns, ktime_get()), 0);
	ret = pinion_exec_get_result(q, &args);
	if (ret == -ETIME && left) {
		over = wait_event_interruptible_hrtimeout(q->wait, queue_is_done(q, &args, &ret),
							  left);
		if (ret == -ETIME)
			ret = over;
	}
	if (ret)
		return ret;
	return copy_to_user(arg, &args, sizeof(args)) ? -EFAULT : 0;
}

static long queue_ioctl_cancel(struct pinion_hw_queue *q, const u64 __user *arg)
{
	u64 seq;

	if (get_user(seq, arg))
		return -EFAULT;
	if (!(q->pdev->info.caps & PINION_CAP_ABORT) || q->mode == PINION_QUEUE_USER)
		return -EOPNOTSUPP;
	return pinion_cancel(q, seq ?: 1, seq ?: U64_MAX, NULL, NULL);
}

static long queue_ioctl_arm(struct pinion_hw_queue *q, const u64 __user *arg)
{
	u64 records;

	if (q->mode != PINION_QUEUE_USER)
		return -EOPNOTSUPP;
	if (get_user(records, arg))
		return -EFAULT;
	pinion_user_arm(q, records);
	return 0;
}

static long queue_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case PINION_QUEUE_IOC_FAULT:
		return queue_ioctl_fault(file->private_data, user);
	case PINION_QUEUE_IOC_RESET:
		return pinion_queue_reset(file->private_data);
	case PINION_QUEUE_IOC_EXEC:
		return queue_ioctl_exec(file->private_data, user);
	case PINION_QUEUE_IOC_WAIT:
		return queue_ioctl_wait(file->private_data, user);
	case PINION_QUEUE_IOC_CANCEL:
		return queue_ioctl_cancel(file->private_data, user);
	case PINION_QUEUE_IOC_ARM:
		return queue_ioctl_arm(file->private_data, user);
	default:
		return -ENOTTY;
	}
}

static __poll_t queue_poll(struct file *file, struct poll_table_struct *table)
{
	struct pinion_hw_queue *q = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &q->wait, table);
	if (q->mode == PINION_QUEUE_POLLED)
		pinion_exec_drain(q);
	if (q->mode == PINION_QUEUE_USER)
		pinion_user_look(q);
	spin_lock_irq(&q->lock);
	if (q->state == PINION_QUEUE_STOPPED || q->state >= PINION_QUEUE_ENDED)
		events |= EPOLLERR;
	else if (q->mode == PINION_QUEUE_USER)
		events |= pinion_user_get_events(q);
	else if (q->state == PINION_QUEUE_RUNNING && q->tail - q->freed < q->entries)
		events |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock_irq(&q->lock);
	return events;
}

static int queue_release(struct inode *inode, struct file *file)
{
	struct pinion_hw_queue *q = file->private_data;
	struct pinion_inlet *inlet = q->inlet;

	pinion_queue_free(q);
	/* No job of the queue is left that waits for the inlet. */
	pinion_inlet_free(inlet);
	return 0;
}

static const struct file_operations queue_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.poll = queue_poll,
	.mmap = pinion_user_mmap,
	.unlocked_ioctl = queue_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.uring_cmd = pinion_uring_cmd,
	.uring_cmd_iopoll = pinion_uring_iopoll,
	.release = queue_release,
	.show_fdinfo = pinion_queue_show_fdinfo,
};

/**
 * pinion_queue_file() - create the file of a queue
 * @q: queue; the file owns it unless there is an error
 * Return: the file or ERR_PTR.
 */
struct file *pinion_queue_file(struct pinion_hw_queue *q)
{
	struct file *file = anon_inode_getfile("[pinion-queue]", &queue_fops, q, O_RDWR);

	/* pinion_user_revoke() finds doorbell mappings by this address_space. */
	if (!IS_ERR(file) && q->mode == PINION_QUEUE_USER)
		file->f_mapping = q->pdev->drm.anon_inode->i_mapping;
	return file;
}
