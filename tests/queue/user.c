// SPDX-License-Identifier: GPL-2.0-or-later
/* DRM_PINION_QUEUE_USER: who may create such a queue, its mappings, jobs, and notifications. */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <linux/capability.h>

#include "userq.h"

#define ENTRIES 8

static int try_user(int node, uint32_t flags, uint32_t job_ms)
{
	struct drm_pinion_queue_create args = { .entries = ENTRIES,
						.priority = 1,
						.job_ms = job_ms,
						.flags = DRM_PINION_QUEUE_USER | flags };
	int ret = try_queue(node, &args);

	if (!ret)
		close(args.fd);
	return ret;
}

/* Create and close a queue in a process of root that has no CAP_SYS_ADMIN: 0 or -errno. */
static int try_without_admin(int node)
{
	int status, pid = fork();

	if (pid)
		return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? -WEXITSTATUS(status)
									    : -EPROTO;
	/* The change of user drops the capability; without it in the bounding set it cannot return.
	 */
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN) || setuid(65534))
		_exit(EPROTO);
	_exit(-try_user(node, 0, 0));
}

static void policy(struct rig *rig)
{
	ksft_test_result(!userq_policy("off") && try_user(rig->fd, 0, 0) == -EPERM, "off: EPERM\n");
	ksft_test_result(!userq_policy("admin") && !try_user(rig->fd, 0, 0) &&
				 try_without_admin(rig->fd) == -EPERM,
			 "admin: for CAP_SYS_ADMIN\n");
	ksft_test_result(!userq_policy("on\n") && !try_without_admin(rig->fd),
			 "on: for everybody\n");
	ksft_test_result(userq_policy("yes") == -EINVAL && !try_user(rig->fd, 0, 0),
			 "another word: EINVAL\n");
}

static void arguments(struct rig *rig)
{
	struct drm_pinion_queue_create args = { .entries = 4, .priority = 1, .job_ms = 1 };

	ksft_test_result(try_user(rig->fd, DRM_PINION_QUEUE_POLLED, 0) == -EINVAL &&
				 try_user(rig->fd, 1u << 2, 0) == -EINVAL,
			 "flags\n");
	ksft_test_result(try_user(rig->fd, 0, 3600001) == -EINVAL &&
				 !try_user(rig->fd, 0, 3600000) &&
				 try_queue(rig->fd, &args) == -EINVAL,
			 "job_ms\n");
}

static void mappings(struct rig *rig)
{
	struct userq uq;
	void *mem;

	ksft_test_result(try_userq_map(rig->queue, 4096, PROT_READ, PINION_QUEUE_MAP_RING, &mem) ==
				 -ENODEV,
			 "another queue has nothing to map\n");
	userq_open(&uq, rig->fd, ENTRIES, 0);
	ksft_test_result(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, uq.fd, 0) ==
					 MAP_FAILED &&
				 errno == EINVAL,
			 "private: EINVAL\n");
	ksft_test_result(try_userq_map(uq.fd, 4096, PROT_READ | PROT_WRITE, PINION_QUEUE_MAP_CQ,
				       &mem) == -EACCES &&
				 mprotect((void *)uq.cq, 4096, PROT_READ | PROT_WRITE) &&
				 errno == EACCES,
			 "records are not to be written\n");
	ksft_test_result(try_userq_map(uq.fd, 8192, PROT_READ, PINION_QUEUE_MAP_RING, &mem) ==
					 -EINVAL &&
				 try_userq_map(uq.fd, 8192, PROT_READ, PINION_QUEUE_MAP_CQ, &mem) ==
					 -EINVAL &&
				 try_userq_map(uq.fd, 8192, PROT_READ, PINION_QUEUE_MAP_DOORBELL,
					       &mem) == -EINVAL &&
				 try_userq_map(uq.fd, 8192, PROT_READ, PINION_QUEUE_MAP_STATUS,
					       &mem) == -EINVAL &&
				 try_userq_map(uq.fd, 4096, PROT_READ, 0x400000, &mem) == -EINVAL,
			 "no more is mapped than there is\n");
	ksft_test_result(rig_all(uq.ring, 4096, 0) && rig_all(uq.cq, 4096, 0),
			 "the mapping is zero to the end of the page\n");
	userq_close(&uq);
}

static void jobs(struct rig *rig)
{
	unsigned int i, bad = 0;
	struct pinion_cqe rec;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 4096, 0x77, 1);
	userq_put(&uq, RIG_VA, rig->bytes);
	userq_ring(&uq);
	rec = userq_wait(&uq);
	ksft_test_result(!rec.status && rec.cookie == 1 && rec.sq_head == 1 && rec.end &&
				 rig_all(rig->data, 4096, 0x77),
			 "a job, without a system call\n");
	for (i = 0; i < 1000; i++) {
		userq_put(&uq, 0, 0);
		userq_ring(&uq);
		rec = userq_wait(&uq);
		bad += rec.status || rec.cookie != uq.tail;
	}
	ksft_test_result(!bad, "1000 more jobs, round and round the ring\n");
	for (i = 0; i < ENTRIES - 1; i++)
		userq_put(&uq, RIG_VA, rig->bytes)->flags = PINION_DESC_F_MORE;
	userq_put(&uq, 0, 0);
	userq_ring(&uq);
	rec = userq_wait(&uq);
	ksft_test_result(!rec.status && rec.cookie == uq.tail && rec.sq_head == uq.tail,
			 "a job of as many descriptors as the ring has\n");
	userq_close(&uq);
}

/* The doorbell in memory: a busy card reads it, and needs no write to the page. */
static void shadow(struct rig *rig)
{
	unsigned int i, k, bad = 0;
	struct pinion_cqe rec;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	userq_use_shadow(&uq);
	for (i = 0; i < 2000; i++) {
		for (k = 0; k <= i % ENTRIES; k++) {
			userq_put(&uq, 0, 0);
			userq_ring(&uq);
		}
		while (k--)
			bad += userq_wait(&uq).status;
	}
	ksft_test_result(!bad, "with the doorbell in memory no job is forgotten\n");
	userq_hang(&uq, rig);
	usleep(20000);
	userq_put(&uq, 0, 0);
	uq.shadow->tail = uq.tail;
	userq_unhang(rig);
	userq_wait(&uq);
	ksft_test_result(!userq_wait(&uq).status,
			 "a card that is busy finds the next job without the page\n");
	uq.shadow->tail = uq.tail - 1;
	userq_put(&uq, 0, 0);
	uq.doorbell[0] = uq.tail;
	ksft_test_result(!userq_wait(&uq).status, "a doorbell by the page alone starts a job\n");
	uq.shadow->tail = uq.tail + 100;
	userq_put(&uq, 0, 0);
	uq.doorbell[0] = uq.tail;
	userq_wait(&uq);
	ksft_test_result(userq_poll(&uq, 60000) == POLLERR && !userq_look(&uq, &rec) &&
				 userq_fault(&uq).status == PINION_STATUS_BAD_RING,
			 "a tail beyond the ring\n");
	ksft_test_result(!userq_reset(&uq) && !uq.shadow->tail && !uq.shadow->wake,
			 "a reset begins anew\n");
	userq_close(&uq);
}

static void refused(struct rig *rig)
{
	struct pinion_queue_wait wait = { .seq = 1 };
	struct pinion_queue_exec exec = {};
	uint64_t none = 0;
	int queue = rig->queue;
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	ksft_test_result(try_ioctl(uq.fd, PINION_QUEUE_IOC_EXEC, &exec) == -EOPNOTSUPP &&
				 try_ioctl(uq.fd, PINION_QUEUE_IOC_WAIT, &wait) == -EOPNOTSUPP &&
				 try_ioctl(uq.fd, PINION_QUEUE_IOC_CANCEL, &none) == -EOPNOTSUPP &&
				 try_ioctl(queue, PINION_QUEUE_IOC_ARM, &none) == -EOPNOTSUPP,
			 "ioctls of the other kind\n");
	rig->queue = uq.fd;
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -EOPNOTSUPP, "EXEC by io_uring, too\n");
	rig->queue = queue;
	userq_close(&uq);
}

static void multishot(struct rig *rig, struct userq *uq)
{
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned int i, more = 0;

	userq_arm(uq, 1);
	sqe = io_uring_get_sqe(&rig->ring);
	io_uring_prep_poll_multishot(sqe, uq->fd, POLLIN);
	io_uring_submit(&rig->ring);
	io_uring_wait_cqe(&rig->ring, &cqe);
	io_uring_cqe_seen(&rig->ring, cqe);
	for (i = 0; i < 10; i++) {
		userq_put(uq, 0, 0);
		userq_ring(uq);
		if (io_uring_wait_cqe(&rig->ring, &cqe))
			break;
		more += cqe->res == POLLIN && cqe->flags & IORING_CQE_F_MORE;
		io_uring_cqe_seen(&rig->ring, cqe);
		userq_wait(uq);
	}
	ksft_test_result(more == 10,
			 "a multishot poll has a completion for each interrupt: %u of 10\n", more);
}

/* Cancel the multishot poll of the ring, and wait for its last completion. */
static void cancel_all(struct rig *rig)
{
	struct io_uring_cqe *cqe;
	bool more;

	io_uring_prep_cancel64(io_uring_get_sqe(&rig->ring), 0, 0);
	io_uring_submit(&rig->ring);
	while (!io_uring_wait_cqe(&rig->ring, &cqe)) {
		more = cqe->res != -ECANCELED;
		io_uring_cqe_seen(&rig->ring, cqe);
		if (!more)
			break;
	}
	io_uring_peek_cqe(&rig->ring, &cqe);
	if (cqe)
		io_uring_cqe_seen(&rig->ring, cqe);
}

static void events(struct rig *rig)
{
	struct userq uq;

	userq_open(&uq, rig->fd, ENTRIES, 0);
	userq_put(&uq, 0, 0);
	userq_ring(&uq);
	userq_wait(&uq);
	ksft_test_result(!userq_poll(&uq, 0), "poll() says nothing that it was not asked for\n");
	ksft_test_result(!userq_arm(&uq, 2) && !userq_poll(&uq, 0),
			 "poll() says nothing before the armed record\n");
	userq_hang(&uq, rig);
	ksft_test_result(!userq_poll(&uq, 50), "poll() says nothing before the job is done\n");
	userq_unhang(rig);
	ksft_test_result(userq_poll(&uq, 60000) == POLLIN,
			 "poll() says POLLIN when the job is done\n");
	userq_put(&uq, 0, 0)->flags = PINION_DESC_F_NO_IRQ;
	userq_ring(&uq);
	userq_arm(&uq, 3);
	userq_wait(&uq);
	userq_wait(&uq);
	ksft_test_result(userq_poll(&uq, 0) == POLLIN,
			 "poll() tells of jobs that do not interrupt, when armed\n");
	multishot(rig, &uq);
	userq_close(&uq);
	cancel_all(rig);
}

static void timelines(struct rig *rig)
{
	struct pinion_timeline_wait wait = { .value = 5, .until_ns = INT64_MAX };
	uint64_t va = rig_info(rig->fd).va_end;
	struct pinion_uring_wait *args;
	struct io_uring_sqe *sqe;
	struct userq uq;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id);

	va += 4096ull * id;
	userq_open(&uq, rig->fd, ENTRIES, 0);
	sqe = rig_sqe(rig, 0, 0);
	args = (void *)sqe->cmd;
	sqe->fd = uq.fd;
	sqe->off = PINION_URING_WAIT;
	*args = (struct pinion_uring_wait){ .value = 5, .timeline = id };
	rig_submit(rig);
	userq_hang(&uq, rig);
	*userq_put(&uq, 0, 0) = (struct pinion_desc){ .signal_va = va, .signal_value = 5 };
	userq_ring(&uq);
	ksft_test_result(!rig_timeline_value(tl), "a timeline that a job raises\n");
	userq_unhang(rig);
	ksft_test_result(!rig_wait(rig).res && rig_timeline_value(tl) == 5,
			 "a job of the queue wakes io_uring's WAIT\n");
	ksft_test_result(!try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, &wait),
			 "a job of the queue wakes the ioctl WAIT\n");
	*userq_put(&uq, 0, 0) = (struct pinion_desc){ .wait_va = va, .wait_value = 6 };
	userq_ring(&uq);
	rig_timeline_raise(tl, 6);
	userq_wait(&uq);
	userq_wait(&uq);
	ksft_test_result(!userq_wait(&uq).status, "a job waits for the host\n");
	userq_close(&uq);
	close(tl);
	try_timeline_destroy(rig->fd, id);
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(31);
	policy(&rig);
	arguments(&rig);
	mappings(&rig);
	jobs(&rig);
	shadow(&rig);
	refused(&rig);
	events(&rig);
	timelines(&rig);
	rig_close(&rig);
	userq_policy("off");
	ksft_finished();
}
