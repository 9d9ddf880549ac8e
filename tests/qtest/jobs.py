#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs jobs without a guest, through page tables of the test: copies, fills, faults, interrupts."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from contextlib import contextmanager

from contract import R
from driver import (DATA_AT, DATA_VA, ENTRIES, HOST_AT, HOST_VA, HUGE, MSI_AT, Driver, copy_packet,
                    fill_packet, launch_packet, wait_packet)
from machine import Machine
from testing import equal, main, test

TEXT = bytes(range(256)) * 16
VECTOR = 7
RETURN = 0x00008067  # instruction ret


@contextmanager
def queue(*options):
    with Machine("-device", ",".join(("pinion,addr=4,memory=64M", *options))) as machine:
        driver = Driver(machine)
        driver.place()
        driver.open_queue(vector=VECTOR)
        yield driver


@test("COPY brings host memory to device memory and back")
def copy():
    with queue() as driver:
        driver.machine.write(HOST_AT, TEXT)
        driver.submit(copy_packet(HOST_VA, DATA_VA + 12345, len(TEXT)), cookie=77)
        equal(driver.complete(), (77, R.STATUS_OK), "completion")
        equal(driver.machine.read(driver.window(DATA_AT + 12345), len(TEXT)), TEXT, "device memory")
        driver.submit(copy_packet(DATA_VA + 12345, HOST_VA + 0x2000, len(TEXT)), cookie=78)
        equal(driver.complete(), (78, R.STATUS_OK), "completion")
        equal(driver.machine.read(HOST_AT + 0x2000, len(TEXT)), TEXT, "host memory")


@test("FILL writes the pattern and nothing beside it")
def fill():
    with queue() as driver:
        driver.submit(fill_packet(DATA_VA + 8, 64, 0x11223344))
        equal(driver.complete()[1], R.STATUS_OK, "completion")
        expected = bytes(8) + bytes.fromhex("44332211") * 16 + bytes(8)
        equal(driver.machine.read(driver.window(DATA_AT), 80), expected, "device memory")


@test("the rings wrap around, and the phase bit changes with each round")
def many():
    with queue() as driver:
        for number in range(50):
            driver.submit(fill_packet(DATA_VA, 8, number, 8), cookie=number)
            equal(driver.complete(), (number, R.STATUS_OK), f"job {number}")


@test("a completion sends its MSI-X vector once the record is there")
def interrupt():
    with queue() as driver:
        driver.enable_msix(VECTOR, MSI_AT, 0xCAFE)
        driver.submit(fill_packet(DATA_VA, 8, 1, 8))
        driver.wait(lambda: driver.machine.load("l", MSI_AT) == 0xCAFE, "the interrupt")
        equal(driver.complete()[1], R.STATUS_OK, "completion")


@test("a masked vector stays pending and is sent when unmasked")
def masked():
    with queue() as driver:
        driver.enable_msix(VECTOR, MSI_AT, 0xBEEF)
        control = R.MSIX_TABLE_OFFSET + 16 * VECTOR + 12
        driver.set_reg(control, 1)
        driver.submit(fill_packet(DATA_VA, 8, 1, 8))
        driver.wait(lambda: driver.reg(R.MSIX_PBA_OFFSET) >> VECTOR & 1, "the pending bit")
        equal(driver.machine.load("l", MSI_AT), 0, "nothing sent yet")
        driver.set_reg(control, 0)
        equal(driver.machine.load("l", MSI_AT), 0xBEEF, "sent")


@test("a page fault stops the queue, leaves a record, and the queue can be reset")
def page_fault():
    with queue() as driver:
        driver.submit(fill_packet(DATA_VA, 8, 1, 8), fill_packet(0x10000000, 8, 1, 8), cookie=9)
        equal(driver.complete(), (9, R.STATUS_PAGE_FAULT), "completion")
        record = R.FAULT_OFFSET + 64 * driver.queue
        equal(driver.reg(record), R.STATUS_PAGE_FAULT, "status")
        equal(driver.reg(record + 4), 1, "packet")
        equal(driver.reg64(record + 8), 9, "cookie")
        equal(driver.reg64(record + 16), 0x10000000, "address")
        equal(driver.reg(record + 32), R.ACCESS_WRITE, "access")
        equal(driver.reg(R.REG_FAULT_QUEUES(0)), 1 << driver.queue, "FAULT_QUEUES")
        driver.receive(R.MSG_EV_QUEUE_FAULT)
        driver.expect_ok(R.MSG_QUEUE_RESET, driver.queue)
        equal(driver.reg(R.REG_FAULT_QUEUES(0)), 0, "FAULT_QUEUES after the reset")
        driver.machine.write(0x310000, bytes(512))
        driver.jobs = driver.records = 0
        driver.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=10)
        equal(driver.complete(), (10, R.STATUS_OK), "a fresh job")


@test("a job that reaches a host address without memory ends with HOST_DMA")
def host_refuses():
    with queue() as driver:
        driver.map(HOST_VA + 0x100000, 0x10000000000, R.PTE_READ | R.PTE_WRITE | R.PTE_HOST, 0)
        driver.submit(copy_packet(HOST_VA + 0x100000, DATA_VA, 64), cookie=3)
        equal(driver.complete(), (3, R.STATUS_HOST_DMA), "completion")


@test("a bad packet and a doorbell beyond the ring are refused")
def bad_packet():
    with queue() as driver:
        driver.submit(bytes([200, 0, 8, 0, 0, 0, 0, 0]), cookie=4)
        equal(driver.complete(), (4, R.STATUS_BAD_PACKET), "completion")
    with queue() as driver:
        driver.ring_doorbell(driver.queue, 1000)
        record = R.FAULT_OFFSET + 64 * driver.queue
        driver.wait(lambda: driver.reg(record) == R.STATUS_BAD_RING, "the fault record")


@test("a job waits for a semaphore in host memory")
def semaphore():
    with queue() as driver:
        driver.submit(wait_packet(HOST_VA, 5), fill_packet(DATA_VA, 8, 0x55, 8), cookie=6)
        driver.machine.pass_time(10000000)
        equal(driver.machine.load("q", driver.window(DATA_AT)), 0, "not yet")
        driver.machine.store("q", HOST_AT, 5)
        equal(driver.complete(), (6, R.STATUS_OK), "completion")
        equal(driver.machine.load("q", driver.window(DATA_AT)), 0x55, "device memory")


@test("the queue works with sync=on as well")
def synchronous():
    with queue("sync=on") as driver:
        driver.machine.write(HOST_AT, TEXT)
        driver.submit(copy_packet(HOST_VA, DATA_VA, len(TEXT)), cookie=1)
        equal(driver.complete(), (1, R.STATUS_OK), "completion")
        equal(driver.machine.read(driver.window(DATA_AT), len(TEXT)), TEXT, "device memory")


@test("short launches keep the card awake to the last one")
def launches():
    """Measures by the machine's clock. A step of the card takes 20 us; a card that fell asleep
    would only wake up at the firmware's next heartbeat, after 100 ms."""
    code_va = DATA_VA + HUGE
    with queue("sync=on") as driver:
        driver.map(code_va, DATA_AT + HUGE, R.PTE_READ | R.PTE_EXEC, 1)
        driver.machine.store("l", driver.window(DATA_AT + HUGE), RETURN)
        for launches in range(80, 101):
            before = driver.machine.now
            for job in range(ENTRIES):
                driver.submit(*[launch_packet(code_va)] * launches, cookie=job,
                              ring=job == ENTRIES - 1)
            for job in range(ENTRIES):
                equal(driver.complete(), (job, R.STATUS_OK), f"job {job}")
            taken = driver.machine.now - before
            if taken > 1000000:
                raise AssertionError(f"{ENTRIES} jobs of {launches} launches took {taken} ns")


if __name__ == "__main__":
    main()
