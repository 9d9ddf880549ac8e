#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests of pinion-vm that are suspended with the driver bound: to RAM and to idle."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VM = os.path.join(TOP, "tools/vm/pinion-vm")
PATIENCE = 240  # of the clock, a last resort: a little less than the limit of tests/run

# The argument is the state that the guest goes to.
SCRIPT = """#!/bin/bash
echo 8 >/proc/sys/kernel/printk
echo 1 >/sys/power/pm_debug_messages
echo before
echo $1 >/sys/power/state && echo after
exit 42
"""


class Suspended:
    """A run of pinion-vm whose command suspends the guest."""

    def __init__(self, work, state):
        script, path = os.path.join(work, "suspend"), os.path.join(work, "qmp")
        with open(script, "w", encoding="utf-8") as file:
            file.write(SCRIPT)
        os.chmod(script, 0o755)
        self.process = subprocess.Popen(
            [VM, "--verbose", "--detached", "--append", "no_console_suspend",
             "--qemu=-chardev", f"--qemu=socket,id=qmp,path={path},server=on,wait=off",
             "--qemu=-mon", "--qemu=chardev=qmp,mode=control", "--", script, state],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.console = os.path.join(TOP, f"build/vm/run-{self.process.pid}/console")
        self.path = path

    def wait(self, done, what):
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"{what}: did not happen: {self.end()}")
            time.sleep(0.02)

    def says(self, words):
        try:
            with open(self.console, encoding="utf-8", errors="replace") as file:
                return words in file.read()
        except FileNotFoundError:
            return False

    def connect(self):
        self.wait(lambda: os.path.exists(self.path), "QEMU starts")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(self.path)
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self.qmp("qmp_capabilities")

    def qmp(self, name):
        self.file.write(json.dumps({"execute": name}) + "\n")
        self.file.flush()
        while True:
            reply = json.loads(self.file.readline())
            if "error" in reply:
                raise RuntimeError(reply["error"]["desc"])
            if "return" in reply:
                return reply["return"]

    def end(self):
        try:
            out, err = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            out, err = self.process.communicate()
        return self.process.returncode, out, err


def by_monitor(work):
    run = Suspended(work, "mem")
    run.connect()
    run.wait(lambda: run.qmp("query-status")["status"] == "suspended", "suspended to RAM")
    run.qmp("system_wakeup")
    return run.end()


def by_button(work):
    run = Suspended(work, "freeze")
    run.connect()
    run.wait(lambda: run.says("suspend-to-idle"), "suspended to idle")
    run.qmp("system_powerdown")
    return run.end()


TESTS = (
    ("suspended to RAM, woken by QEMU's monitor", by_monitor),
    ("suspended to idle, woken by the power button", by_button),
)


def main():
    print(f"TAP version 13\n1..{len(TESTS)}", flush=True)
    failed = 0
    for number, (name, test) in enumerate(TESTS, 1):
        work = tempfile.mkdtemp(prefix="suspend-", dir=f"{TOP}/build/vm")
        try:
            status, out, err = test(work)
        finally:
            shutil.rmtree(work)
        good = (status == 42 and out == "before\nafter\n" and
                not re.search("WARNING:|BUG:|Oops", err))
        if not good:
            print(f"# status {status}, output {out!r}")
            print("# " + "\n# ".join(err.splitlines()[-40:]))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
