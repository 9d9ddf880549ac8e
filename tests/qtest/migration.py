#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that a card with a job in flight can be saved to a file and go on in another QEMU."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

import tempfile
from contextlib import contextmanager

from contract import R
from driver import (CQ_AT, DATA_AT, DATA_VA, HOST_AT, HOST_VA, HUGE, MSI_AT, Driver,
                    fill_packet, launch_packet, wait_packet)
from machine import Machine
from testing import equal, main, test

CHANGING = (R.REG_TIME_LO, R.REG_TIME_HI, R.REG_FW_HEARTBEAT)
VECTOR = 7


@contextmanager
def source(*options):
    with Machine("-device", ",".join(("pinion,addr=4,memory=64M,cores=4", *options))) as machine:
        driver = Driver(machine)
        driver.place()
        yield driver


def save(driver, path):
    machine = driver.machine
    machine.qmp("migrate", uri=f"exec:cat>{path}")
    driver.wait(lambda: machine.qmp("query-migrate")["status"] in ("completed", "failed"), "save")
    equal(machine.qmp("query-migrate")["status"], "completed", "save")


@contextmanager
def restored(driver, path, device="pinion,addr=4,memory=64M,cores=4"):
    """Loads the saved machine into another QEMU; its driver knows what the first driver did."""
    with Machine("-device", device, "-incoming", f"exec:cat {path}") as machine:
        successor = Driver(machine)
        successor.__dict__.update({**driver.__dict__, "machine": machine})
        equal(machine.qmp("query-status")["status"], "running", "load")
        # The clock of qtest is not part of the saved state.
        machine.pass_time(max(driver.machine.now - machine.now, 0))
        yield successor


def registers(driver):
    base, ranges = driver.bars[R.BAR_REGS], ((0, 0x1000), (R.SRAM_OFFSET, 0x800),
                                             (R.MSIX_TABLE_OFFSET, 0x400), (R.FAULT_OFFSET, 0x4000))
    return {at: driver.machine.load("l", base + at)
            for start, size in ranges for at in range(start, start + size, 4) if at not in CHANGING}


def same_registers(before, after):
    wrong = {hex(at): (hex(before[at]), hex(after[at])) for at in before if before[at] != after[at]}
    equal(wrong, {}, "registers that differ")


@test("registers, device memory and the firmware survive")
def state():
    with tempfile.NamedTemporaryFile() as file, source() as driver:
        driver.boot()
        driver.hello()
        driver.set_reg(R.REG_INT_ENABLE, R.INT_FAULT)
        driver.enable_msix(3, MSI_AT, 0x1234)
        driver.machine.write(driver.window(DATA_AT), b"remembered")
        before = registers(driver)
        save(driver, file.name)
        with restored(driver, file.name) as successor:
            same_registers(before, registers(successor))
            equal(successor.machine.read(successor.window(DATA_AT), 10), b"remembered", "memory")
            data = list(range(14))
            equal(successor.send(R.MSG_PING, *data), (R.MBOX_OK, data), "ping")


@test("a job that waits goes on where it was, and later jobs work")
def job():
    with tempfile.NamedTemporaryFile() as file, source() as driver:
        driver.open_queue(vector=VECTOR)
        driver.enable_msix(VECTOR, MSI_AT, 0xF00D)
        driver.submit(fill_packet(DATA_VA, 64, 0xAA, 1), wait_packet(HOST_VA, 1),
                      fill_packet(DATA_VA + 64, 64, 0xBB, 1), cookie=11)
        driver.wait(lambda: driver.machine.load("b", driver.window(DATA_AT + 63)) == 0xAA, "FILL")
        save(driver, file.name)
        with restored(driver, file.name) as successor:
            equal(successor.machine.read(successor.window(DATA_AT), 128), b"\xaa" * 64 + bytes(64),
                  "device memory before")
            successor.machine.store("q", HOST_AT, 1)
            equal(successor.complete(), (11, R.STATUS_OK), "the job")
            equal(successor.machine.read(successor.window(DATA_AT), 128),
                  b"\xaa" * 64 + b"\xbb" * 64, "device memory after")
            successor.wait(lambda: successor.machine.load("l", MSI_AT) == 0xF00D, "interrupt")
            successor.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=12)
            equal(successor.complete(), (12, R.STATUS_OK), "a later job")


@test("an interrupt that is held back is sent in time")
def held_back():
    loop_va = DATA_VA + HUGE
    with tempfile.NamedTemporaryFile() as file, source() as driver:
        driver.open_queue(vector=VECTOR)
        driver.enable_msix(VECTOR, MSI_AT, 0xD00D)
        driver.map(loop_va, DATA_AT + HUGE, R.PTE_READ | R.PTE_EXEC, 1)
        driver.machine.store("l", driver.window(DATA_AT + HUGE), 0x6F)
        driver.moderate(driver.queue, 64, 50000)
        driver.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=1, ring=False)
        driver.submit(launch_packet(loop_va), cookie=2)
        while not driver.machine.load("l", CQ_AT + 28):
            pass
        driver.machine.pass_time(1000000)
        equal(driver.machine.load("l", MSI_AT), 0, "interrupt before")
        save(driver, file.name)
        with restored(driver, file.name) as successor:
            successor.wait(lambda: successor.machine.load("l", MSI_AT) == 0xD00D, "interrupt")


@test("the source goes on after the save")
def source_continues():
    with tempfile.NamedTemporaryFile() as file, source() as driver:
        driver.open_queue(vector=VECTOR)
        save(driver, file.name)
        driver.machine.qmp("cont")
        driver.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=1)
        equal(driver.complete(), (1, R.STATUS_OK), "a job")


@test("a card saved with sync=on goes on with a worker thread")
def other_shell():
    with tempfile.NamedTemporaryFile() as file, source("sync=on") as driver:
        driver.open_queue(vector=VECTOR)
        save(driver, file.name)
        with restored(driver, file.name) as successor:
            successor.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=2)
            equal(successor.complete(), (2, R.STATUS_OK), "a job")


@test("a card of another size refuses the state")
def mismatch():
    with tempfile.NamedTemporaryFile() as file, source() as driver:
        driver.boot()
        save(driver, file.name)
        for device, words in (("pinion,addr=4,memory=128M,cores=4", "Size mismatch"),
                              ("pinion,addr=4,memory=64M,cores=5", "pinion")):
            try:
                with restored(driver, file.name, device):
                    raise AssertionError(f"{device} took the state")
            except RuntimeError as error:
                if words not in str(error):
                    raise AssertionError(f"{device}: {error}") from None


if __name__ == "__main__":
    main()
