// SPDX-License-Identifier: GPL-2.0-or-later
/* Raw ioctls and io_uring on one card: see rig.h. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

/* PCI address of the card under test, once a test has asked for it. */
static char pci_address[32];

/* Where a link in the folder of a node points to. Return: the last part of it, or "". */
static const char *link_name(int card, const char *link)
{
	static char target[PATH_MAX];
	char path[64], *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/class/accel/accel%d/%s", card, link);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	slash = strrchr(target, '/');
	return slash ? slash + 1 : target;
}

/*
 * Nodes of other drivers must not get this driver's ioctls, and a test that unbinds and binds a
 * card must not go on with another card meanwhile.
 */
static bool is_ours(int card)
{
	return !strcmp(link_name(card, "device/driver"), "pinion") &&
	       (!pci_address[0] || !strcmp(link_name(card, "device"), pci_address));
}

int rig_find_card(void)
{
	DIR *dir = opendir("/sys/class/accel");
	struct dirent *entry;
	int card = -1;

	while (dir && card < 0 && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "accel%d", &card) != 1 || !is_ours(card))
			card = -1;
	if (dir)
		closedir(dir);
	return card;
}

int rig_card(void)
{
	static bool found;
	int card = rig_find_card();

	if (card < 0 && found)
		ksft_exit_fail_msg("the card is gone\n");
	if (card < 0)
		ksft_exit_skip("no card\n");
	found = true;
	return card;
}

int rig_open_node(void)
{
	int card = rig_card(), fd = rig_open_other(card);

	if (fd < 0)
		ksft_exit_fail_msg("open card %d: %s\n", card, strerror(errno));
	return fd;
}

int rig_open_other(int card)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/accel/accel%d", card);
	return open(path, O_RDWR | O_CLOEXEC);
}

int try_export(int fd, uint32_t handle)
{
	struct drm_prime_handle args = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = try_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

int try_import(int fd, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle args = { .fd = dmabuf };
	int ret = try_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);

	*handle = args.handle;
	return ret;
}

int try_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

struct drm_pinion_dev_info rig_info(int fd)
{
	struct drm_pinion_dev_info info = {};
	struct drm_pinion_dev_query args = { .size = sizeof(info), .pointer = (uintptr_t)&info };
	int ret = try_ioctl(fd, DRM_IOCTL_PINION_DEV_QUERY, &args);

	if (ret)
		ksft_exit_fail_msg("DEV_QUERY: %s\n", strerror(-ret));
	return info;
}

int try_bo(int fd, uint64_t size, uint32_t flags, uint32_t *handle)
{
	struct drm_pinion_bo_create args = { .size = size, .flags = flags };
	int ret = try_ioctl(fd, DRM_IOCTL_PINION_BO_CREATE, &args);

	*handle = args.handle;
	return ret;
}

uint32_t rig_bo(int fd, uint64_t size, uint32_t flags)
{
	uint32_t handle;
	int ret = try_bo(fd, size, flags, &handle);

	if (ret)
		ksft_exit_fail_msg("BO_CREATE of %llu bytes: %s\n", (unsigned long long)size,
				   strerror(-ret));
	return handle;
}

int try_mmap(int fd, uint32_t handle, size_t bytes, void **out)
{
	struct drm_pinion_bo_mmap_offset args = { .handle = handle };
	int ret = try_ioctl(fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &args);

	if (ret)
		return ret;
	*out = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, args.offset);
	return *out == MAP_FAILED ? -errno : 0;
}

void *rig_mmap(int fd, uint32_t handle, size_t bytes)
{
	void *mem;
	int ret = try_mmap(fd, handle, bytes, &mem);

	if (ret)
		ksft_exit_fail_msg("mmap: %s\n", strerror(-ret));
	return mem;
}

void rig_bo_close(int fd, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };
	int ret = try_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &args);

	if (ret)
		ksft_exit_fail_msg("GEM_CLOSE: %s\n", strerror(-ret));
}

int try_bind(int fd, const struct drm_pinion_vm_bind_op *op)
{
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(*op),
		.count = 1,
		.ops = (uintptr_t)op,
	};

	return try_ioctl(fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

int try_map(int fd, uint32_t handle, uint64_t offset, uint64_t va, uint64_t size, uint32_t flags)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_MAP,
		.flags = flags,
		.handle = handle,
		.offset = offset,
		.va = va,
		.size = size,
	};

	return try_bind(fd, &op);
}

int try_unmap(int fd, uint64_t va, uint64_t size)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = va,
		.size = size,
	};

	return try_bind(fd, &op);
}

void rig_map(int fd, uint32_t handle, uint64_t va, uint64_t size)
{
	int ret = try_map(fd, handle, 0, va, size, RIG_RWX);

	if (ret)
		ksft_exit_fail_msg("VM_BIND: %s\n", strerror(-ret));
}

int try_queue(int fd, struct drm_pinion_queue_create *args)
{
	return try_ioctl(fd, DRM_IOCTL_PINION_QUEUE_CREATE, args);
}

int rig_queue(int fd, uint32_t entries)
{
	struct drm_pinion_queue_create args = { .entries = entries, .priority = 1 };
	int ret = try_queue(fd, &args);

	if (ret)
		ksft_exit_fail_msg("QUEUE_CREATE: %s\n", strerror(-ret));
	return args.fd;
}

int try_timeline(int fd, uint32_t vm, uint64_t value, uint32_t *id)
{
	struct drm_pinion_timeline_create args = { .vm = vm, .value = value };
	int ret = try_ioctl(fd, DRM_IOCTL_PINION_TIMELINE_CREATE, &args);

	*id = args.timeline;
	return ret ? ret : args.fd;
}

int try_timeline_destroy(int fd, uint32_t id)
{
	struct drm_pinion_timeline_destroy args = { .timeline = id };

	return try_ioctl(fd, DRM_IOCTL_PINION_TIMELINE_DESTROY, &args);
}

int rig_timeline(int fd, uint64_t value, uint32_t *id)
{
	int ret = try_timeline(fd, 0, value, id);

	if (ret < 0)
		ksft_exit_fail_msg("TIMELINE_CREATE: %s\n", strerror(-ret));
	return ret;
}

uint64_t rig_timeline_value(int timeline)
{
	uint64_t value;
	int ret = try_ioctl(timeline, PINION_TIMELINE_IOC_QUERY, &value);

	if (ret)
		ksft_exit_fail_msg("PINION_TIMELINE_IOC_QUERY: %s\n", strerror(-ret));
	return value;
}

void rig_timeline_raise(int timeline, uint64_t value)
{
	int ret = try_ioctl(timeline, PINION_TIMELINE_IOC_SIGNAL, &value);

	if (ret)
		ksft_exit_fail_msg("PINION_TIMELINE_IOC_SIGNAL: %s\n", strerror(-ret));
}

void rig_open(struct rig *rig, uint32_t entries)
{
	rig_open_on(rig, rig_open_node(), entries);
}

void rig_open_on(struct rig *rig, int fd, uint32_t entries)
{
	uint32_t handle;
	int ret;

	*rig = (struct rig){ .fd = fd };
	handle = rig_bo(rig->fd, RIG_BYTES, DRM_PINION_BO_HOST);
	rig_map(rig->fd, handle, RIG_VA, RIG_BYTES);
	rig->cmd = rig_mmap(rig->fd, handle, RIG_BYTES);
	rig->data = rig->cmd + RIG_DATA;
	rig_bo_close(rig->fd, handle);
	rig->queue = rig_queue(rig->fd, entries);
	ret = io_uring_queue_init(256, &rig->ring, IORING_SETUP_CQE32);
	if (ret)
		ksft_exit_fail_msg("io_uring_queue_init: %s\n", strerror(-ret));
}

void rig_close(struct rig *rig)
{
	io_uring_queue_exit(&rig->ring);
	close(rig->queue);
	munmap(rig->cmd, RIG_BYTES);
	close(rig->fd);
}

void *rig_packet(struct rig *rig, int op, size_t bytes)
{
	struct pinion_pkt *pkt = (void *)(rig->cmd + rig->bytes);

	if (rig->bytes + bytes > RIG_DATA)
		ksft_exit_fail_msg("command buffer too long\n");
	memset(pkt, 0, bytes);
	pkt->op = op;
	pkt->bytes = bytes;
	rig->bytes += bytes;
	return pkt;
}

void rig_copy(struct rig *rig, uint64_t dst, uint64_t src, uint64_t bytes)
{
	struct pinion_pkt_copy *copy = rig_packet(rig, PINION_PKT_COPY, sizeof(*copy));

	copy->dst = dst;
	copy->src = src;
	copy->row_bytes = bytes;
	copy->rows = 1;
}

void rig_fill(struct rig *rig, uint64_t dst, uint64_t bytes, uint64_t pattern, uint32_t width)
{
	struct pinion_pkt_fill *fill = rig_packet(rig, PINION_PKT_FILL, sizeof(*fill));

	fill->dst = dst;
	fill->bytes = bytes;
	fill->pattern = pattern;
	fill->width = width;
}

void rig_sem(struct rig *rig, int op, uint64_t va, uint64_t value)
{
	struct pinion_pkt_sem *sem = rig_packet(rig, op, sizeof(*sem));

	sem->va = va;
	sem->value = value;
}

struct io_uring_sqe *rig_sqe(struct rig *rig, uint64_t va, uint32_t bytes)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&rig->ring);

	if (!sqe)
		ksft_exit_fail_msg("submission ring full\n");
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = rig->queue;
	sqe->off = PINION_URING_EXEC;
	sqe->addr = va;
	sqe->len = bytes;
	sqe->user_data = ++rig->mark;
	return sqe;
}

struct pinion_uring_exec *rig_sqe_wait(struct rig *rig, uint32_t bytes, uint32_t timeline,
				       uint64_t value)
{
	struct io_uring_sqe *sqe = rig_sqe(rig, bytes ? RIG_VA : 0, bytes);
	struct pinion_uring_exec *exec = (void *)sqe->cmd;

	exec->wait_timeline = timeline;
	exec->wait_value = value;
	return exec;
}

struct pinion_uring_exec128 *rig_sqe_long(struct rig *rig, uint64_t va, uint32_t bytes)
{
	struct pinion_uring_exec128 *exec = (void *)rig_sqe(rig, va, bytes)->cmd;

	memset(exec, 0, sizeof(*exec));
	exec->exec.flags = PINION_EXEC_SQE128;
	return exec;
}

void rig_long_ring(struct rig *rig, uint32_t entries)
{
	int ret;

	io_uring_queue_exit(&rig->ring);
	ret = io_uring_queue_init(entries, &rig->ring, IORING_SETUP_CQE32 | IORING_SETUP_SQE128);
	if (ret)
		ksft_exit_fail_msg("io_uring_queue_init: %s\n", strerror(-ret));
}

void rig_submit(struct rig *rig)
{
	int ret = io_uring_submit(&rig->ring);

	if (ret < 0)
		ksft_exit_fail_msg("io_uring_submit: %s\n", strerror(-ret));
}

struct done rig_wait(struct rig *rig)
{
	struct __kernel_timespec limit = { .tv_sec = 60 };
	struct io_uring_cqe *cqe;
	struct done done;
	int ret;

	do
		ret = io_uring_wait_cqe_timeout(&rig->ring, &cqe, &limit);
	while (ret == -EINTR);
	if (ret)
		ksft_exit_fail_msg("waiting for a completion: %s\n", strerror(-ret));
	done = (struct done){
		.mark = cqe->user_data,
		.res = cqe->res,
		.end = cqe->big_cqe[0],
	};
	io_uring_cqe_seen(&rig->ring, cqe);
	return done;
}

struct done rig_run(struct rig *rig)
{
	rig_sqe(rig, rig->bytes ? RIG_VA : 0, rig->bytes);
	rig_submit(rig);
	return rig_wait(rig);
}

/* The WAIT packet and its word are at the end of the memory, which no test uses. */
void rig_hang(struct rig *rig)
{
	struct pinion_pkt_sem *sem = (void *)(rig->cmd + RIG_BYTES - 64);

	memset(sem, 0, 64);
	sem->pkt.op = PINION_PKT_WAIT;
	sem->pkt.bytes = sizeof(*sem);
	sem->va = RIG_VA + RIG_BYTES - 8;
	sem->value = 1;
	rig_sqe(rig, RIG_VA + RIG_BYTES - 64, sizeof(*sem));
	rig_submit(rig);
}

void rig_unhang(struct rig *rig)
{
	__atomic_store_n((uint64_t *)(rig->cmd + RIG_BYTES - 8), 1, __ATOMIC_RELEASE);
}

struct pinion_queue_fault rig_fault(struct rig *rig)
{
	struct pinion_queue_fault fault;
	int ret = try_ioctl(rig->queue, PINION_QUEUE_IOC_FAULT, &fault);

	if (ret)
		ksft_exit_fail_msg("PINION_QUEUE_IOC_FAULT: %s\n", strerror(-ret));
	return fault;
}

bool rig_all(const void *mem, size_t bytes, uint8_t value)
{
	const volatile uint64_t *words = mem;
	uint64_t want = 0x0101010101010101ull * value;
	size_t i;

	for (i = 0; i < bytes / 8; i++)
		if (words[i] != want)
			return false;
	return true;
}

/* The driver frees the memory of a process a little after the process was reaped. */
uint64_t rig_free_settled(uint64_t want)
{
	uint64_t bytes = 0;
	int tries, fd;

	for (tries = 0; tries < 600; tries++) {
		fd = rig_open_node();
		bytes = rig_info(fd).memory_free;
		close(fd);
		if (bytes == want)
			break;
		usleep(50000);
	}
	return bytes;
}

unsigned int rig_times(unsigned int usual, unsigned int soak)
{
	const char *env = getenv("PINION_SOAK");

	return env && strcmp(env, "0") ? soak : usual;
}

void rig_progress(unsigned int done, unsigned int total)
{
	if (total >= 100 && done % (total / 10) == 0)
		ksft_print_msg("%u of %u\n", done, total);
}

int try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = -errno;
	close(fd);
	return ret;
}

const char *rig_pci_address(void)
{
	const char *name;

	if (pci_address[0])
		return pci_address;
	name = link_name(rig_card(), "device");
	if (!name[0])
		ksft_exit_fail_msg("the card has no address\n");
	snprintf(pci_address, sizeof(pci_address), "%.31s", name);
	return pci_address;
}

int try_driver(const char *bind_or_unbind)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/pinion/%s", bind_or_unbind);
	return try_write(path, rig_pci_address());
}
