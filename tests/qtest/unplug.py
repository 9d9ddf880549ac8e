#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that a card behind a root port can be pulled out, after which all reads give all ones."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from contextlib import contextmanager

from contract import R
from driver import DATA_VA, Driver, fill_packet
from machine import SECONDS, Machine
from pci import CAP_EXPRESS, place_bridge
from testing import equal, main, test

SLOT_CONTROL = 0x18
POWER_OFF = 0x0700  # power controller off, power indicator off
PRESENCE_CHANGED = 0x08
PRESENT = 0x40


@contextmanager
def card_in_port():
    with Machine("-device", "pcie-root-port,id=slot1,chassis=1,addr=3",
                 "-device", "pinion,id=card,bus=slot1,memory=64M",
                 "-device", "pinion,id=other,addr=4,memory=64M") as machine:
        port = place_bridge(machine, 3)
        driver = Driver(machine, slot=0, bus=1)
        driver.place()
        yield port, driver


def take_out(port):
    """Takes the card out as the slot does after the operator has pressed its button."""
    port.machine.qmp("device_del", id="card")
    control = port.capability(CAP_EXPRESS) + SLOT_CONTROL
    port.set_config(control, port.config(control) & 0xFFFF | POWER_OFF)
    wait_gone(port)


def pull_out(port):
    """Pulls the card out without asking."""
    port.machine.qmp("qom-set", path="/machine/peripheral/card", property="pulled", value=True)
    wait_gone(port)


def wait_gone(port):
    present = lambda: [d for d in port.machine.qmp("qom-list", path="/machine/peripheral")
                       if d["name"] == "card"]
    for _ in range(1000):
        if not present():
            return
        port.machine.pass_time(1000000)
    raise AssertionError("the card is still there")


@test("the card works behind a root port")
def behind_port():
    with card_in_port() as (_, driver):
        driver.open_queue()
        driver.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=1)
        equal(driver.complete(), (1, R.STATUS_OK), "a job")


@test("after a card was pulled out, registers, memory and configuration read all ones")
def all_ones():
    for remove in take_out, pull_out:
        read_all_ones(remove)


def read_all_ones(remove):
    with card_in_port() as (port, driver):
        driver.boot()
        equal(driver.reg(R.REG_ID), R.ID, "before")
        remove(port)
        equal(driver.reg(R.REG_ID), 0xFFFFFFFF, "register")
        equal(driver.machine.load("q", driver.window()), (1 << 64) - 1, "memory")
        equal(driver.machine.load("b", driver.window()), 0xFF, "one byte of memory")
        equal(driver.config(0), 0xFFFFFFFF, "configuration space")
        driver.set_reg(R.REG_INT_ENABLE, 1)
        driver.ring_doorbell(0, 1)


@test("a slot whose card was pulled out is empty, and says that this has changed")
def slot_changes():
    with card_in_port() as (port, driver):
        status = port.capability(CAP_EXPRESS) + SLOT_CONTROL
        port.set_config(status, PRESENCE_CHANGED << 16)
        equal(port.config(status) >> 16 & (PRESENT | PRESENCE_CHANGED), PRESENT, "before")
        pull_out(port)
        equal(port.config(status) >> 16 & (PRESENT | PRESENCE_CHANGED), PRESENCE_CHANGED, "after")
        equal(port.config(status) & POWER_OFF, 0, "the power controller")


@test("a card may be pulled out with jobs in flight, and another card works on")
def in_flight():
    for remove in take_out, pull_out:
        remove_in_flight(remove)


def remove_in_flight(remove):
    with card_in_port() as (port, driver):
        driver.open_queue()
        for number in range(8):
            driver.submit(fill_packet(DATA_VA, 1 << 20, number, 8), cookie=number)
        remove(port)
        other = Driver(driver.machine, slot=4)
        other.place(0xE0000000)
        other.open_queue()
        other.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=5)
        equal(other.complete(), (5, R.STATUS_OK), "a job of the other card")


@test("a card may come and go many times")
def replug():
    with card_in_port() as (port, driver):
        sizes = []
        for _ in range(20):
            take_out(port)
            sizes.append(port.machine.virtual_size())
            control = port.capability(CAP_EXPRESS) + SLOT_CONTROL
            port.machine.qmp("device_add", driver="pinion", id="card", bus="slot1", memory=64 << 20)
            port.set_config(control, port.config(control) & 0xFFFF & ~POWER_OFF | 0x100)
            driver.place()
            equal(driver.reg(R.REG_ID), R.ID, "ID")
        # QEMU frees memory in a thread of its own, which may be late on a busy machine.
        deadline = time.monotonic() + SECONDS
        while port.machine.virtual_size() - sizes[4] > 256 << 20:
            if time.monotonic() > deadline:
                raise AssertionError(f"QEMU grew by {sizes[-1] - sizes[4] >> 20} MiB in 15 rounds")
            time.sleep(0.05)


if __name__ == "__main__":
    main()
