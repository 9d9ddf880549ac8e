// SPDX-License-Identifier: GPL-2.0
/* The file of a timeline, by which the host reads it, raises it, waits for it and shares it. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/io_uring/cmd.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pinion_accel.h"
#include "pinion_fence.h"
#include "pinion_import.h"
#include "pinion_import_raise.h"
#include "pinion_timeline.h"
#include "pinion_timeline_file.h"
#include "pinion_uring_wait.h"

/**
 * struct timeline_file - private data of an open timeline file
 * @tl: timeline, of which the file holds a reference
 * @armed: value from which on poll() reports POLLIN; U64_MAX: not set
 * @imports: imported fences that will raise the timeline
 */
struct timeline_file {
	struct pinion_timeline_page *tl;
	u64 armed;
	struct pinion_imports imports;
};

static bool timeline_reached(struct pinion_timeline_page *tl, u64 value)
{
	return pinion_timeline_raise(tl, 0) >= value;
}

static __poll_t timeline_poll(struct file *file, struct poll_table_struct *table)
{
	struct timeline_file *tf = file->private_data;

	poll_wait(file, &tf->tl->readers, table);
	return timeline_reached(tf->tl, READ_ONCE(tf->armed)) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long timeline_ioctl_query(struct timeline_file *tf, u64 __user *arg)
{
	return put_user(pinion_timeline_raise(tf->tl, 0), arg) ? -EFAULT : 0;
}

static long timeline_ioctl_signal(struct timeline_file *tf, u64 __user *arg)
{
	u64 value;

	if (get_user(value, arg))
		return -EFAULT;
	pinion_timeline_raise(tf->tl, value);
	return 0;
}

static long timeline_ioctl_arm(struct timeline_file *tf, u64 __user *arg)
{
	u64 value;

	if (get_user(value, arg))
		return -EFAULT;
	WRITE_ONCE(tf->armed, value);
	/* Tasks that poll already have to look again with the new value. */
	wake_up_poll(&tf->tl->readers, EPOLLIN | EPOLLRDNORM);
	return 0;
}

/* until_ns is an absolute time, so that a restart after a signal does not wait longer. */
static long timeline_ioctl_wait(struct timeline_file *tf, void __user *arg)
{
	struct pinion_timeline_wait args;
	ktime_t left = KTIME_MAX;
	int ret;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.until_ns < KTIME_MAX)
		left = max_t(ktime_t, ktime_sub(args.until_ns, ktime_get()), 0);
	ret = timeline_reached(tf->tl, args.value) ? 0 : -ETIME;
	if (ret && left)
		ret = wait_event_interruptible_hrtimeout(tf->tl->readers,
							 timeline_reached(tf->tl, args.value),
							 left);
	return ret;
}

static long timeline_ioctl_export(struct file *file,
				  struct pinion_timeline_fence_export __user *arg)
{
	struct timeline_file *tf = file->private_data;
	struct pinion_timeline_fence_export args;
	struct file *sync;
	int fd;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.timeout_ms || args.timeout_ms > PINION_TIMELINE_TIMEOUT_MS || args.fd)
		return -EINVAL;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	sync = pinion_fence_export(file, tf->tl, args.value, args.timeout_ms);
	if (IS_ERR(sync)) {
		put_unused_fd(fd);
		return PTR_ERR(sync);
	}
	/* Write the number before fd_install(), which cannot be undone. */
	if (put_user(fd, &arg->fd)) {
		put_unused_fd(fd);
		fput(sync);
		return -EFAULT;
	}
	fd_install(fd, sync);
	return 0;
}

static long timeline_ioctl_import(struct timeline_file *tf, void __user *arg)
{
	struct pinion_timeline_fence_import args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.pad)
		return -EINVAL;
	return pinion_import_raise(&tf->imports, tf->tl, args.fd, args.value);
}

static long timeline_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *to = (void __user *)arg;

	switch (cmd) {
	case PINION_TIMELINE_IOC_QUERY:
		return timeline_ioctl_query(file->private_data, to);
	case PINION_TIMELINE_IOC_SIGNAL:
		return timeline_ioctl_signal(file->private_data, to);
	case PINION_TIMELINE_IOC_ARM:
		return timeline_ioctl_arm(file->private_data, to);
	case PINION_TIMELINE_IOC_WAIT:
		return timeline_ioctl_wait(file->private_data, to);
	case PINION_TIMELINE_IOC_EXPORT_FENCE:
		return timeline_ioctl_export(file, to);
	case PINION_TIMELINE_IOC_IMPORT_FENCE:
		return timeline_ioctl_import(file->private_data, to);
	default:
		return -ENOTTY;
	}
}

static int timeline_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct timeline_file *tf = cmd->file->private_data;

	if (issue_flags & IO_URING_F_CANCEL) {
		pinion_uring_wait_cancel(cmd, issue_flags);
		return 0;
	}
	if (cmd->cmd_op != PINION_URING_WAIT)
		return -EINVAL;
	return pinion_uring_wait(cmd, tf->tl, NULL, issue_flags);
}

static int timeline_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct timeline_file *tf = file->private_data;

	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	vm_flags_mod(vma, VM_DONTEXPAND, VM_MAYWRITE | VM_MAYEXEC);
	return vm_insert_page(vma, vma->vm_start, virt_to_page(tf->tl->word));
}

static int timeline_release(struct inode *inode, struct file *file)
{
	struct timeline_file *tf = file->private_data;

	pinion_imports_end(&tf->imports);
	pinion_timeline_put(tf->tl);
	kfree(tf);
	return 0;
}

static const struct file_operations timeline_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.poll = timeline_poll,
	.unlocked_ioctl = timeline_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.uring_cmd = timeline_uring_cmd,
	.mmap = timeline_mmap,
	.release = timeline_release,
};

/**
 * pinion_timeline_file() - create a file for a timeline
 * @tl: timeline; the file takes a reference
 * Return: the file or ERR_PTR.
 */
struct file *pinion_timeline_file(struct pinion_timeline_page *tl)
{
	struct timeline_file *tf = kzalloc(sizeof(*tf), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!tf)
		return ERR_PTR(-ENOMEM);
	tf->tl = pinion_timeline_get(tl);
	tf->armed = U64_MAX;
	pinion_imports_init(&tf->imports);
	file = anon_inode_getfile("[pinion-timeline]", &timeline_fops, tf, O_RDWR);
	if (IS_ERR(file)) {
		pinion_timeline_put(tl);
		kfree(tf);
	}
	return file;
}

/**
 * pinion_timeline_of_file() - find the timeline behind a file
 * @file: file of any kind
 * Return: the timeline, which the file keeps alive; NULL: not a timeline file.
 */
struct pinion_timeline_page *pinion_timeline_of_file(struct file *file)
{
	struct timeline_file *tf = file->private_data;

	return file->f_op == &timeline_fops ? tf->tl : NULL;
}
