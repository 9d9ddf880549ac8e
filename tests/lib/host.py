# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test programs on this machine, each in a session of its own."""

import os
import signal
import subprocess
import tempfile
import time

import tap

PATIENCE = 5  # seconds between asking a process group to end and killing it


def kill_group(process):
    """Ends the process and all that it left in its process group."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + PATIENCE
        while number == signal.SIGTERM and time.monotonic() < deadline:
            process.poll()
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.02)
    process.wait()


def run_test(top, name, path, timeout):
    """Returns the Result. Output goes to a file, not a pipe: a process that the
    test forgot could hold a pipe open for ever."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [path], cwd=top, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = tap.TIMEOUT_STATUS
        finally:
            kill_group(process)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    result = tap.judge(name, text, status)
    result.seconds = time.monotonic() - start
    return result
