# SPDX-License-Identifier: GPL-2.0-or-later
"""A minimal driver: boots the card, talks to its firmware and runs jobs."""

import os
import struct
import time

from contract import R
from machine import BUILD
from pci import Card

IMAGE = os.path.join(BUILD, "firmware", "pinion", "mgmt.bin")
PATIENCE = 240  # seconds on a busy machine; a healthy card needs milliseconds

# Addresses in the machine's memory.
MSI_AT, IMAGE_AT, RING_AT, CQ_AT, HOST_AT = 0x8000, 0x100000, 0x300000, 0x310000, 0x400000
# Addresses in device memory.
TABLES_AT, COMMANDS_AT, DATA_AT = 0x10000, 0x200000, 0x400000
# Virtual addresses of jobs: the page tables map them to COMMANDS_AT, DATA_AT and HOST_AT.
COMMANDS_VA, DATA_VA, HOST_VA = 0x200000, 0x400000, 0x7F0000000000

PAGE, HUGE = 1 << 12, 1 << 21
ENTRIES = 16


def good_image():
    with open(IMAGE, "rb") as file:
        return file.read()


class Driver(Card):
    """Drives a card, which is in slot 4 of the root bus unless the test says otherwise."""

    def __init__(self, machine, slot=4, bus=0):
        super().__init__(machine, slot, bus)
        self.sequence = self.jobs = self.records = 0

    def wait(self, done, what):
        """Lets the machine's time pass until done() is true."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: did not happen")
            self.machine.pass_time(100000)

    # Booting the card.

    def offer(self, image, size=None, address=IMAGE_AT):
        """Writes an image into memory and starts the boot ROM; returns its state and error."""
        self.machine.write(IMAGE_AT, image)
        self.set_reg64(R.REG_BOOT_ADDR_LO, address)
        self.set_reg(R.REG_BOOT_SIZE, len(image) if size is None else size)
        self.set_reg(R.REG_BOOT_CTRL, R.BOOT_CTRL_START)
        self.wait(lambda: self.boot_state() in (R.BOOT_READY, R.BOOT_FAILED, R.BOOT_CRASHED),
                  "boot")
        status = self.reg(R.REG_BOOT_STATUS)
        return status & 0xFF, status >> 8 & 0xFF

    def boot_state(self):
        return self.reg(R.REG_BOOT_STATUS) & R.BOOT_STATUS_STATE

    def boot(self):
        state, error = self.offer(good_image())
        if state != R.BOOT_READY:
            raise AssertionError(f"boot: state {state}, error {error}")

    def reset(self, level):
        self.set_reg(R.REG_RESET, level)
        self.wait(lambda: self.reg(R.REG_RESET) == 0, f"reset level {level}")

    # Messages to and from the firmware.

    def sram(self, offset):
        return self.bars[R.BAR_REGS] + R.SRAM_OFFSET + offset

    def send(self, kind, *data):
        """Sends a request and returns the status and the data of the reply."""
        self.sequence += 1
        tail = self.reg(R.REG_H2F_TAIL)
        slot = self.sram(R.SRAM_H2F + tail % R.MBOX_SLOTS * 64)
        words = [kind, self.sequence, *data, *[0] * (14 - len(data))]
        for index, word in enumerate(words):
            self.machine.store("l", slot + 4 * index, word)
        self.set_reg(R.REG_H2F_TAIL, (tail + 1) & 0xFFFFFFFF)
        return self.receive(kind | R.MSG_REPLY)

    def receive(self, kind):
        head = self.reg(R.REG_F2H_HEAD)
        self.wait(lambda: self.reg(R.REG_F2H_TAIL) != head, "a message from the firmware")
        slot = self.sram(R.SRAM_F2H + head % R.MBOX_SLOTS * 64)
        words = [self.machine.load("l", slot + 4 * index) for index in range(16)]
        self.set_reg(R.REG_F2H_HEAD, (head + 1) & 0xFFFFFFFF)
        if words[0] & 0xFFFF != kind or kind & R.MSG_REPLY and words[1] != self.sequence:
            raise AssertionError(f"message {words[0]:#x} sequence {words[1]}, expected {kind:#x}")
        return words[0] >> 16, words[2:]

    def hello(self):
        contract = R.CONTRACT_MAJOR << 16 | R.CONTRACT_MINOR
        return self.send(R.MSG_HELLO, contract, 0, R.CAP_COMPUTE, 0)

    def expect_ok(self, kind, *data):
        status, reply = self.send(kind, *data)
        if status != R.MBOX_OK:
            raise AssertionError(f"message {kind:#x} was answered with {status}")
        return reply

    # Queues and jobs.

    def build_tables(self):
        """Makes page tables that map the command area, the data area and 4 pages of host memory."""
        self.tables = {(): TABLES_AT}
        self.machine.write(self.window(TABLES_AT), bytes(PAGE))
        self.map(COMMANDS_VA, COMMANDS_AT, R.PTE_READ, 1)
        self.map(DATA_VA, DATA_AT, R.PTE_READ | R.PTE_WRITE, 1)
        for page in range(4):
            self.map(HOST_VA + page * PAGE, HOST_AT + page * PAGE,
                     R.PTE_READ | R.PTE_WRITE | R.PTE_HOST, 0)

    def map(self, address, target, access, level):
        path = ()
        for upper in range(R.PT_LEVELS - 1, level, -1):
            index = address >> R.PT_SHIFT(upper) & 511
            above, path = self.tables[path], path + (index,)
            if path not in self.tables:
                table = TABLES_AT + len(self.tables) * PAGE
                self.tables[path] = table
                self.machine.write(self.window(table), bytes(PAGE))
                self.store_entry(above, index, table | R.PTE_VALID)
        index = address >> R.PT_SHIFT(level) & 511
        self.store_entry(self.tables[path], index, target | access | R.PTE_VALID)

    def store_entry(self, table, index, entry):
        self.machine.store("q", self.window(table + 8 * index), entry)

    def open_queue(self, queue=5, vector=7):
        """Boots the card and creates address space 1 with one queue in it."""
        self.boot()
        self.hello()
        self.build_tables()
        self.expect_ok(R.MSG_VM_SET, 1, TABLES_AT, 0)
        self.machine.write(RING_AT, bytes(ENTRIES * 64))
        self.machine.write(CQ_AT, bytes(ENTRIES * 32))
        self.expect_ok(R.MSG_QUEUE_CREATE, queue, 1, RING_AT, 0, CQ_AT, 0, ENTRIES, vector, 1)
        self.queue = queue

    def submit(self, *packets, cookie=0, ring=True):
        """Submits packets as a job. Without ring, the doorbell is left to a later job."""
        commands = b"".join(packets)
        offset = self.jobs % ENTRIES * PAGE
        self.machine.write(self.window(COMMANDS_AT + offset), commands)
        desc = struct.pack("<BBHIQQQQQQQ", R.DESC_EXEC, 0, 0, len(commands), COMMANDS_VA + offset,
                           0, 0, 0, 0, cookie, 0)
        self.machine.write(RING_AT + self.jobs % ENTRIES * 64, desc)
        self.jobs += 1
        if ring:
            self.ring_doorbell(self.queue, self.jobs)

    def complete(self):
        """Waits for the next completion record; returns its cookie and status."""
        at = CQ_AT + self.records % ENTRIES * 32
        phase = 1 - self.records // ENTRIES % 2
        self.wait(lambda: self.machine.load("l", at + 28) >> 31 == phase, "a completion record")
        cookie, _, _, _, status = struct.unpack("<QQQII", self.machine.read(at, 32))
        self.records += 1
        return cookie, status & R.CQE_STATUS


def copy_packet(source, target, size):
    return struct.pack("<BBHIQQQQQQQ", R.PKT_COPY, 0, 64, 0, source, target, size, 1, 0, 0, 0)


def fill_packet(target, size, pattern, width=4):
    return struct.pack("<BBHIQQQII", R.PKT_FILL, 0, 40, 0, target, size, pattern, width, 0)


def launch_packet(entry):
    """A packet that launches a single block."""
    return struct.pack("<BBHIQQIIII", R.PKT_LAUNCH, 0, 40, 0, entry, 0, 1, 1, 1, 0)


def wait_packet(address, value):
    return struct.pack("<BBHIQQ", R.PKT_WAIT, 0, 24, 0, address, value)
