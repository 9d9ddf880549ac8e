# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts processes, each in a session of its own, and ends all that is left of them.

The slots of tests/run do that from several threads. stop() ends what runs and keeps
the slots from starting more.
"""

import os
import signal
import subprocess
import threading
import time

import progress

PATIENCE = 5  # seconds of its own between asking a session to end and killing it


class Stopped(Exception):
    """The run is being ended: nothing is started any more."""


class Running:
    """The processes that were started and not ended yet."""

    def __init__(self):
        self.lock = threading.Lock()  # protects processes and stopping
        self.processes = set()
        self.stopping = False


running = Running()


def start(command, **options):
    with running.lock:
        if running.stopping:
            raise Stopped
        process = subprocess.Popen(command, start_new_session=True, **options)
        running.processes.add(process)
    return process


def send(session, number):
    """Sends the signal to the session's processes; whether there were any."""
    found = progress.members(session)
    for pid in found:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
    return bool(found)


def end(process):
    """Ends the process and all that it left in its session."""
    clock = progress.OwnTime(process.pid)
    if send(process.pid, signal.SIGTERM):
        while progress.members(process.pid) and clock.seconds() < PATIENCE:
            process.poll()
            time.sleep(0.02)
        while send(process.pid, signal.SIGKILL):
            process.poll()
            time.sleep(0.02)
    process.wait()
    with running.lock:
        running.processes.discard(process)


def stop():
    """Asks everything that runs to end; whoever started it waits for that."""
    with running.lock:
        running.stopping = True
        for process in running.processes:
            send(process.pid, signal.SIGTERM)
