// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the command and copies data between its standard streams and the virtio ports. The command
 * itself gets pipes: a virtio port can be opened only once, and some programs reopen /dev/stderr.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define PORT_STDOUT "/dev/vport0p1"
#define PORT_STDERR "/dev/vport0p2"
#define PORT_STDIN  "/dev/vport0p3"
#define TERMINAL    "/dev/hvc0"

enum { STREAM_OUT, STREAM_ERR, STREAM_IN, STREAMS };

/* Data is read from @from and written to @to. Both are -1 after the stream has ended. */
struct stream {
	int from;
	int to;
};

static char buffer[65536];

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void stream_close(struct stream *s)
{
	close(s->from);
	close(s->to);
	s->from = -1;
	s->to = -1;
}

/* Copy the data that is available. Return: false if there is none or the stream has ended. */
static bool stream_move(struct stream *s)
{
	ssize_t n = read(s->from, buffer, sizeof(buffer));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		stream_close(s);
		return false;
	}
	write_all(s->to, buffer, (size_t)n);
	return true;
}

/* The kernel creates the ports in a work item, which may run later than this function. */
static int open_late(const char *path, int flags)
{
	int fd, tries;

	for (tries = 0; tries < 10000; tries++) {
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
		if (fd >= 0 || errno != ENOENT)
			break;
		usleep(1000);
	}
	if (fd < 0)
		die(path);
	return fd;
}

static void open_streams(struct stream *streams, int child[3])
{
	static const char *const ports[] = { PORT_STDOUT, PORT_STDERR };
	int i, fds[2];

	for (i = STREAM_OUT; i <= STREAM_ERR; i++) {
		if (pipe2(fds, O_CLOEXEC))
			die("pipe");
		fcntl(fds[0], F_SETFL, O_NONBLOCK);
		fcntl(fds[0], F_SETPIPE_SZ, 1 << 20);
		streams[i].from = fds[0];
		streams[i].to = open_late(ports[i], O_WRONLY);
		child[i + 1] = fds[1];
	}
	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	child[0] = fds[0];
	streams[STREAM_IN].to = fds[1];
	streams[STREAM_IN].from = open_late(PORT_STDIN, O_RDONLY | O_NONBLOCK);
}

static void open_terminal(int child[3])
{
	int i;

	for (i = 0; i < 3; i++)
		child[i] = open_late(TERMINAL, O_RDWR);
}

static void exec_child(const struct vm_conf *conf, const int fds[3])
{
	sigset_t none;
	int i;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	for (i = 0; i < 3; i++)
		dup2(fds[i], i);
	if (conf->tty)
		ioctl(0, TIOCSCTTY, 0);
	if (chdir(conf->cwd)) {
		dprintf(2, "pinion-vm: %s: %s\n", conf->cwd, strerror(errno));
		_exit(125);
	}
	environ = conf->env.items;
	if (conf->second)
		setenv("PINION_VM_KERNEL", "second", 1);
	execvp(conf->argv.items[0], conf->argv.items);
	dprintf(2, "pinion-vm: %s: %s\n", conf->argv.items[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Collect all child processes that have ended. Return: whether the command has ended. */
static bool reap(pid_t command, int *status)
{
	bool ended = false;
	int st;
	pid_t pid;

	while ((pid = waitpid(-1, &st, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		*status = WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
		ended = true;
	}
	return ended;
}

/* Copy data of the streams until the command ends, then the rest that is in the pipes. */
static int relay(struct stream *streams, int sigfd, pid_t command)
{
	struct pollfd fds[STREAMS + 1];
	struct signalfd_siginfo info;
	int i, status = 0;

	for (;;) {
		for (i = 0; i < STREAMS; i++)
			fds[i] = (struct pollfd){ .fd = streams[i].from, .events = POLLIN };
		fds[STREAMS] = (struct pollfd){ .fd = sigfd, .events = POLLIN };
		if (poll(fds, STREAMS + 1, -1) < 0)
			continue;
		for (i = 0; i < STREAMS; i++)
			if (fds[i].revents)
				stream_move(&streams[i]);
		if (fds[STREAMS].revents && read(sigfd, &info, sizeof(info)) > 0 &&
		    reap(command, &status))
			break;
	}
	for (i = STREAM_OUT; i <= STREAM_ERR; i++)
		while (streams[i].from >= 0 && stream_move(&streams[i]))
			;
	return status;
}

/**
 * run_command() - run the command to its end
 * @conf: the command with its environment and working directory
 *
 * Return: the exit status of the command, or 128 + the number of the signal that ended it.
 */
int run_command(const struct vm_conf *conf)
{
	struct stream streams[STREAMS] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int child[3], i, sigfd;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigfd = signalfd(-1, &set, SFD_CLOEXEC);
	if (sigfd < 0)
		die("signalfd");
	if (conf->tty)
		open_terminal(child);
	else
		open_streams(streams, child);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		exec_child(conf, child);
	for (i = 0; i < 3; i++)
		close(child[i]);
	return relay(streams, sigfd, pid);
}
