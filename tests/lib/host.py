# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test programs on this machine."""

import subprocess
import tempfile
import time

import processes
import progress
import tap


def wait(process, limit):
    """The exit status, or TIMEOUT_STATUS if there is none within the limit."""
    clock = progress.OwnTime(process.pid)
    while clock.seconds() <= limit:
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
            status = wait(process, limit)
        finally:
            processes.end(process)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    result = tap.judge(name, text, status)
    result.seconds = time.monotonic() - start
    return result
