# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest without a shared file system, which QEMU can therefore save, and which
depends on nothing of the host. It runs migrate-guest from its initramfs."""

import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))

from qmp import Monitor

BUILD = os.path.join(TOP, "build")
PATIENCE = 240  # of the clock, a last resort: a little less than the limit of tests/run


def image():
    """The kernel and initramfs that pinion-vm made for the driver."""
    subprocess.run([os.path.join(TOP, "tools/vm/pinion-vm"), "--", "true"], check=True)
    for folder in sorted(glob.glob(f"{BUILD}/vm/image-*"), key=os.path.getmtime, reverse=True):
        with open(f"{folder}/initramfs", "rb") as file:
            if b"drm_gpuvm.ko" in file.read():
                return folder
    raise RuntimeError("pinion-vm left no image")


def libraries(program):
    output = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return re.findall(r"(/\S+)", output)


def make_initramfs(folder, work):
    """pinion-vm's, and behind it what replaces its init."""
    guest = f"{BUILD}/vm/migrate-guest"
    tree = os.path.join(work, "tree")
    files = {guest: "/init", f"{BUILD}/driver/pinion.ko": "/pinion.ko",
             f"{BUILD}/firmware/pinion/mgmt.bin": "/lib/firmware/pinion/mgmt.bin"}
    files.update({library: library for library in libraries(guest)})
    for source, target in files.items():
        os.makedirs(os.path.dirname(tree + target), exist_ok=True)
        shutil.copy(source, tree + target)
    names = subprocess.run(["find", "."], cwd=tree, check=True, capture_output=True).stdout
    added = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree, input=names,
                           check=True, capture_output=True).stdout
    with open(f"{folder}/initramfs", "rb") as base, open(f"{work}/initramfs", "wb") as out:
        out.write(base.read() + added)


ACCELERATOR = ("-accel", "tcg,thread=multi")
# Time is counted in instructions: with a card with sync=on, the same on every host.
COUNTED = ("-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off",
           "-rtc", "clock=vm,base=2024-01-01", "-seed", "1")


def tsc_khz(accelerator):
    """What the guest's TSC runs at, which its kernel cannot measure on a busy host."""
    if accelerator is COUNTED:
        return 1000000
    return int(subprocess.run([f"{BUILD}/vm/tsc-khz"], check=True, capture_output=True).stdout)


class Guest:
    """One QEMU, its console in a file of the work folder."""

    def __init__(self, folder, work, name, *args, accelerator=ACCELERATOR, log="quiet", card=""):
        self.console = os.path.join(work, name)
        self.here, there = socket.socketpair()
        command = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
            "-machine", "q35,usb=off,smbus=off,sata=off,hpet=off", *accelerator,
            "-cpu", "max", "-m", "512M", "-kernel", f"{folder}/kernel",
            "-initrd", f"{work}/initramfs",
            "-append", f"console=ttyS0 {log} panic=-1 nokaslr no_timer_check "
                       f"tsc=reliable tsc_early_khz={tsc_khz(accelerator)}",
            "-no-reboot", "-serial", f"file:{self.console}",
            "-device", "pcie-root-port,id=port0,chassis=1",
            "-device", f"pinion,id=card0,bus=port0,memory=64M{card}",
            "-chardev", f"socket,id=qmp,fd={there.fileno()}", "-mon", "chardev=qmp,mode=control",
            *args,
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, pass_fds=[there.fileno()],
            env={**os.environ, "LD_PRELOAD": f"{BUILD}/card/pinion-card.so"})
        there.close()
        self.here.settimeout(PATIENCE)
        self.qmp = Monitor(self.here.makefile("rw")).run

    def text(self, start=0):
        """The console's text from an offset on: a character is a byte of the file."""
        with open(self.console, encoding="latin-1", newline="") as file:
            file.seek(start)
            return file.read()

    def size(self):
        return os.path.getsize(self.console)

    def rounds(self):
        return [int(number) for number in re.findall(r"^round (\d+)\r?\n", self.text(), re.M)]

    def wait(self, done, what):
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"{what}: did not happen; the console says:\n"
                                   f"{self.text()[-3000:]}")
            time.sleep(0.02)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.here.close()
