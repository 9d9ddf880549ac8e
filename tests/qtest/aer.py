#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that errors of the bus, injected at the card, are reported to the root port above it."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from contextlib import contextmanager

from contract import R
from driver import DATA_VA, Driver, fill_packet
from machine import Machine
from pci import CAP_EXPRESS, COMMAND, EXT_AER, MASTER, MEMORY, place_bridge
from testing import equal, main, test

SERR, BRIDGE_CONTROL, BRIDGE_SERR, BUS_RESET = 1 << 8, 0x3C, 1 << 17, 1 << 22
DEVICE_CONTROL, REPORT_ALL = 8, 0xF
DEVICE_STATUS = DEVICE_CONTROL  # the upper half of the same word
UNCORRECTABLE, CORRECTABLE = 0x04, 0x10  # status registers of the AER capability
ROOT_COMMAND, ROOT_STATUS, ROOT_SOURCE = 0x2C, 0x30, 0x34
BAD_TLP, COMPLETION_TIMEOUT, MALFORMED_TLP = 1 << 6, 1 << 14, 1 << 18
ROOT_CORRECTABLE, ROOT_NONFATAL, ROOT_FATAL = 1, 1 << 5, 1 << 6
CARD_ID = 0x0100  # bus 1, device 0, function 0

# Error: its name in QEMU's monitor, the card's register and bit, the root port's bit.
ERRORS = (
    ("BAD_TLP", CORRECTABLE, BAD_TLP, ROOT_CORRECTABLE),
    ("COMP_TIME", UNCORRECTABLE, COMPLETION_TIMEOUT, ROOT_NONFATAL),
    ("MALF_TLP", UNCORRECTABLE, MALFORMED_TLP, ROOT_FATAL),
)


def enable(function):
    """Lets a function report all kinds of errors."""
    function.set_config(COMMAND, MEMORY | MASTER | SERR)
    control = function.capability(CAP_EXPRESS) + DEVICE_CONTROL
    function.set_config(control, function.config(control) & 0xFFFF | REPORT_ALL)


@contextmanager
def reporting():
    with Machine("-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=on",
                 "-device", "pcie-root-port,id=slot1,chassis=1,addr=3",
                 "-device", "pinion,id=card,bus=slot1,memory=64M,debug=on") as machine:
        port = place_bridge(machine, 3)
        port.set_config(BRIDGE_CONTROL, port.config(BRIDGE_CONTROL) | BRIDGE_SERR)
        card = Driver(machine, slot=0, bus=1)
        card.place()
        enable(port)
        enable(card)
        port.set_config(port.extended(EXT_AER) + ROOT_COMMAND, 7)
        yield port, card


def inject(card, name):
    answer = card.machine.qmp("human-monitor-command",
                              **{"command-line": f"pcie_aer_inject_error card {name}"})
    if not answer.startswith("OK"):
        raise AssertionError(f"QEMU says: {answer}")


def expect_reported(port, card, register, bit, root_bit):
    aer, root = card.extended(EXT_AER), port.extended(EXT_AER)
    equal(card.config(aer + register), bit, "the card's status")
    equal(port.config(root + ROOT_STATUS) & root_bit, root_bit, "the root port's status")
    source = port.config(root + ROOT_SOURCE)
    equal(source & 0xFFFF if register == CORRECTABLE else source >> 16, CARD_ID, "source")
    card.set_config(aer + register, bit)
    equal(card.config(aer + register), 0, "the card's status after it was cleared")
    port.set_config(root + ROOT_STATUS, 0x7F)
    equal(port.config(root + ROOT_STATUS) & 0x7F, 0, "the root port's status after that")


@test("QEMU's pcie_aer_inject_error reaches the root port")
def monitor():
    with reporting() as (port, card):
        for name, *registers in ERRORS[1:]:  # QEMU 7.2 sends no correctable errors on
            inject(card, name)
            expect_reported(port, card, *registers)


@test("the property aer and the register PINION_REG_DEBUG_AER report each severity")
def knob():
    with reporting() as (port, card):
        for severity, (_, *registers) in enumerate(ERRORS, 1):
            card.machine.qmp("qom-set", path="/machine/peripheral/card", property="aer",
                             value=severity)
            expect_reported(port, card, *registers)
            card.set_reg(R.REG_DEBUG_AER, severity)
            expect_reported(port, card, *registers)


@test("the card's device status tells what kind of error it was")
def device_status():
    with reporting() as (_, card):
        status = card.capability(CAP_EXPRESS) + DEVICE_STATUS
        for (name, *_), bit in zip(ERRORS, (1, 2, 4)):
            inject(card, name)
            equal(card.config(status) >> 16 & 7, bit, name)
            card.set_config(status, card.config(status))
            equal(card.config(status) >> 16 & 7, 0, f"{name}, cleared")


@test("an error that the card may not report stays in its status register")
def not_reported():
    with reporting() as (port, card):
        control = card.capability(CAP_EXPRESS) + DEVICE_CONTROL
        card.set_config(control, card.config(control) & 0xFFFF & ~REPORT_ALL)
        card.set_config(COMMAND, MEMORY | MASTER)
        inject(card, "MALF_TLP")
        equal(card.config(card.extended(EXT_AER) + UNCORRECTABLE), MALFORMED_TLP, "the card")
        equal(port.config(port.extended(EXT_AER) + ROOT_STATUS) & 0x7F, 0, "the root port")


@test("a reset keeps the status of errors and ends their reporting")
def sticky():
    with reporting() as (_, card):
        inject(card, "MALF_TLP")
        card.reset_function()
        control = card.capability(CAP_EXPRESS) + DEVICE_CONTROL
        equal(card.config(card.extended(EXT_AER) + UNCORRECTABLE), MALFORMED_TLP, "status")
        equal(card.config(control) & REPORT_ALL, 0, "what is reported")


@test("a reset of the function that takes long: configuration space reads all ones meanwhile")
def slow_reset():
    with reporting() as (_, card):
        card.set_reg(R.REG_DEBUG_RESET_BUSY, 3)
        card.reset_function()
        card.set_config(COMMAND, MEMORY | MASTER)
        equal([card.config(0) for _ in range(3)], [0xFFFFFFFF] * 3, "identity, during the reset")
        equal(card.config(0), R.PCI_DEVICE << 16 | R.PCI_VENDOR, "identity, after it")
        equal(card.config(COMMAND) & (MEMORY | MASTER), 0, "what was written meanwhile")


@test("after a fatal error and a reset of the bus the link is up and the card works")
def bus_reset():
    with reporting() as (port, card):
        card.open_queue()
        inject(card, "MALF_TLP")
        link = port.capability(CAP_EXPRESS) + 0x10
        control = port.config(BRIDGE_CONTROL)
        port.set_config(BRIDGE_CONTROL, control | BUS_RESET)
        port.set_config(BRIDGE_CONTROL, control & ~BUS_RESET)
        equal(port.config(link) >> 29 & 1, 1, "data link layer active")
        equal(card.config(COMMAND) & (MEMORY | MASTER), 0, "the card's command register")
        card.place()
        equal(card.boot_state(), R.BOOT_IDLE, "the card's boot state")
        fresh = Driver(card.machine, slot=0, bus=1)
        fresh.place()
        fresh.open_queue()
        fresh.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=1)
        equal(fresh.complete(), (1, R.STATUS_OK), "a job")


if __name__ == "__main__":
    main()
