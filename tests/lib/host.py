# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test programs on this machine."""

import os
import subprocess
import tempfile
import time

import processes
import progress
import tap


class Progress:
    """What a test that runs says of its progress, in the file of its output."""

    def __init__(self, name, output):
        self.name, self.fd, self.read = name, output.fileno(), 0

    def told(self):
        """Whether the test has told of its progress since the last call."""
        lines = os.pread(self.fd, 1 << 20, self.read).splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        self.read += sum(map(len, whole))
        told = [tap.tell_progress(self.name, line.decode("utf-8", "replace")) for line in whole]
        return any(told)


def wait(process, limit, told):
    """The exit status, or TIMEOUT_STATUS if neither the test ends nor told() is true within the
    limit."""
    clock = progress.OwnTime(process.pid)
    while clock.seconds() <= limit:
        if told():
            clock.restart()
        try:
            return process.wait(progress.PERIOD)
        except subprocess.TimeoutExpired:
            pass
    return tap.TIMEOUT_STATUS


def run_test(top, name, path, limit):
    """Returns the Result. Output goes to a file, not a pipe: a process that the
    test forgot could hold a pipe open for ever."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = processes.start([path], cwd=top, stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=output)
        try:
            status = wait(process, limit, Progress(name, output).told)
        finally:
            processes.end(process)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    result = tap.judge(name, text, status)
    result.seconds = time.monotonic() - start
    return result
