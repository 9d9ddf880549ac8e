# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs QEMU without a guest: the test takes the part of the processor, by the qtest protocol."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from contract import TOP

sys.path.insert(0, os.path.join(TOP, "tests/lib"))

from qmp import Ended, Monitor

BUILD = os.path.join(TOP, "build")
SECONDS = 240  # time limit in real seconds, a last resort: a little less than that of tests/run
ECAM = 0xB0000000


def listen(path):
    server = socket.socket(socket.AF_UNIX)
    server.settimeout(SECONDS)
    server.bind(path)
    server.listen(1)
    return server


class Machine:
    """A q35 machine with the devices in args. Use it as a context manager."""

    def __init__(self, *args, paused=False, ram="64M"):
        self.now = 0
        self.incoming = "-incoming" in args
        self.folder = tempfile.mkdtemp(prefix="pinion-qtest-")
        servers = {name: listen(os.path.join(self.folder, name)) for name in ("qtest", "qmp")}
        preload = [os.path.join(BUILD, "card", so) for so in ("qtest-accel.so", "pinion-card.so")]
        command = [
            "qemu-system-x86_64", "-machine", "q35", "-accel", "qtest", "-m", ram,
            "-nodefaults", "-no-user-config", "-display", "none", "-qtest-log", "/dev/null",
            "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
            "-qtest", f"unix:{self.folder}/qtest",
            "-chardev", f"socket,id=qmp,path={self.folder}/qmp", "-mon", "chardev=qmp,mode=control",
            *(["-S"] if paused else []), *args,
        ]
        self.errors = open(os.path.join(self.folder, "errors"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command, env={**os.environ, "LD_PRELOAD": ":".join(preload)},
            stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
        )
        try:
            self.connect(servers)
        except (OSError, ValueError, RuntimeError):
            self.process.wait(SECONDS)
            messages = self.messages()
            self.__exit__()
            raise RuntimeError("QEMU did not start: " + messages) from None

    def connect(self, servers):
        self.qtest, monitor = (self.accept(servers[name]) for name in ("qtest", "qmp"))
        self.monitor = Monitor(monitor)
        if self.incoming:
            self.wait_for_state()
            return
        self.outl(0xCF8, 0x80000060)  # PCIEXBAR of the host bridge: address of configuration space
        self.outl(0xCFC, ECAM | 1)

    def wait_for_state(self):
        """Waits until a saved state is loaded, as the machine must not be used before."""
        deadline = time.monotonic() + SECONDS
        while self.qmp("query-status")["status"] == "inmigrate":
            if time.monotonic() > deadline:
                raise RuntimeError("the saved state was not loaded")
            time.sleep(0.01)

    def accept(self, server):
        """Waits for QEMU to connect; raises OSError if QEMU ends before."""
        server.settimeout(0.1)
        for _ in range(SECONDS * 10):
            try:
                connection = server.accept()[0]
                connection.settimeout(SECONDS)
                return connection.makefile("rw", newline="\n")
            except socket.timeout:
                if self.process.poll() is not None:
                    break
        raise OSError

    def messages(self):
        self.errors.seek(0)
        return self.errors.read().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.errors.close()
        shutil.rmtree(self.folder)

    def virtual_size(self):
        """The size of QEMU's address space in bytes, which grows if the device leaks mappings."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")

    def command(self, *words):
        self.qtest.write(" ".join(str(word) for word in words) + "\n")
        self.qtest.flush()
        while True:
            try:
                reply = self.qtest.readline()
            except OSError:
                reply = ""
            if not reply:
                raise RuntimeError("QEMU ended: " + self.messages())
            if not reply.startswith("IRQ "):
                break
        if not reply.startswith("OK"):
            raise RuntimeError(f"{words[0]}: {reply.strip()}")
        return reply.split()[1:]

    def qmp(self, name, **arguments):
        """Runs a QMP command and returns its result; raises RuntimeError if QEMU refuses it."""
        try:
            return self.monitor.run(name, **arguments)
        except Ended:
            raise RuntimeError("QEMU ended: " + self.messages()) from None

    def load(self, width, address):
        return int(self.command(f"read{width}", hex(address))[0], 16)

    def store(self, width, address, value):
        self.command(f"write{width}", hex(address), hex(value))

    def read(self, address, size):
        return bytes.fromhex(self.command("read", hex(address), hex(size))[0][2:])

    def write(self, address, data):
        if data:
            self.command("write", hex(address), hex(len(data)), "0x" + bytes(data).hex())

    def outl(self, port, value):
        self.command("outl", hex(port), hex(value))

    def inl(self, port):
        return int(self.command("inl", hex(port))[0], 16)

    def pass_time(self, nanoseconds):
        """Advances the machine's clock and runs the timers that expire."""
        self.now = int(self.command("clock_step", nanoseconds)[0])
