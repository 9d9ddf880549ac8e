// SPDX-License-Identifier: MIT
/* Where io_uring is barred, as by the seccomp profile of a container, a queue says so in words. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "rt.h"

static bool bar(unsigned int call, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(void)
{
	struct pinion_queue *queue;
	struct pinion_device *dev;
	struct pinion_buffer *buf;

	if (prctl(PR_GET_SECCOMP) < 0) {
		printf("1..0 # SKIP this kernel has no seccomp\n");
		return 4;
	}
	tap_plan(4);
	dev = rt_device();
	tap_ok(bar(SYS_io_uring_setup, EPERM), "io_uring_setup() is barred from here on");
	tap_ok(pinion_queue_create(dev, NULL, &queue, &rt_err) == -EPERM &&
	       strstr(rt_err.text, "io_uring is not allowed here"), "%s", rt_err.text);
	tap_ok(pinion_queue_create(dev, NULL, &queue, &rt_err) == -EPERM,
	       "again, nothing is left over");
	tap_ok(!pinion_buffer_create(dev, 4096, PINION_BUFFER_HOST, &buf, &rt_err),
	       "all else works on");
	pinion_buffer_free(buf);
	pinion_device_close(dev);
	return tap_result();
}
