# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests of pinion-vm --detached, whose QEMU has a monitor for the test."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))

from qmp import Monitor

BUILD = os.path.join(TOP, "build")
VM = os.path.join(TOP, "tools/vm/pinion-vm")
SLEEPER = os.path.join(BUILD, "vm/sleep-guest")
# Options of pinion-vm for another kernel, as on the debug kernel.
KERNEL = os.environ.get("PINION_VM_OPTIONS", "").split()
PATIENCE = 240  # of the clock, a last resort: a little less than the limit of tests/run


class Detached:
    """A run of pinion-vm whose command can put the guest to sleep."""

    def __init__(self, work, options, *command):
        path = os.path.join(work, "qmp")
        self.process = subprocess.Popen(
            [VM, *KERNEL, "--verbose", "--detached", "--append", "no_console_suspend loglevel=8",
             "--qemu=-chardev", f"--qemu=socket,id=qmp,path={path},server=on,wait=off",
             "--qemu=-mon", "--qemu=chardev=qmp,mode=control", *options, "--", *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.run = os.path.join(BUILD, f"vm/run-{self.process.pid}")
        self.wait(lambda: self.connects(path), "QEMU starts")
        self.qmp = Monitor(self.socket.makefile("rw")).run
        os.unlink(path)

    def connects(self, path):
        """Whether QEMU listens at the path. The path exists a moment before."""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            self.socket.close()
            return False
        return True

    def wait(self, done, what):
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"{what}: did not happen")
            time.sleep(0.02)

    def log(self):
        """What the guest's kernel has logged so far."""
        try:
            with open(os.path.join(self.run, "console"), encoding="utf-8",
                      errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def status(self):
        return self.qmp("query-status")["status"]

    def card(self, name):
        """A property of the card in QEMU."""
        return self.qmp("qom-get", path="/machine/peripheral/card0", property=name)

    def line(self):
        """The next line that the command prints; empty at its end."""
        return self.process.stdout.readline()

    def go_on(self):
        """Gives the command a line of input."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        """The exit status, what the command has printed, and the kernel's log."""
        try:
            out, err = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            print("# the command does not end", flush=True)
            self.process.terminate()
            out, err = self.process.communicate()
        return self.process.returncode, out, err


def is_clean(log):
    """Whether the kernel has found nothing wrong, and its IOMMU, if there is one, no DMA."""
    return not re.search(r"WARNING:|BUG:|Oops|DMAR: .*(fault|DMA (Read|Write))", log)


def main(prefix, tests, run):
    """Does the tests, each a name and the arguments of run(), which come after a folder for the
    test. It returns whether all went well, and how each of its guests ended."""
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, *arguments) in enumerate(tests, 1):
        work = tempfile.mkdtemp(prefix=prefix, dir=f"{BUILD}/vm")
        try:
            good, ends = run(work, *arguments)
        finally:
            shutil.rmtree(work)
        for status, out, log in () if good else ends:
            print(f"# status {status}, output {out!r}")
            print("# " + "\n# ".join(log.splitlines()[-40:]))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)
