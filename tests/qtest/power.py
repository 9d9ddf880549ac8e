#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks the card's power states, what each kind of reset keeps, and what a loss of power loses."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from contextlib import contextmanager

from contract import R
from driver import DATA_AT, DATA_VA, HOST_AT, HOST_VA, Driver, copy_packet, fill_packet
from machine import ECAM, Machine
from pci import BAR0, CAP_EXPRESS, CAP_PM, COMMAND, MASTER, MEMORY, Function, place_bridge
from testing import equal, main, test

PM_CONTROL, D0, D1, D3HOT, NO_SOFT_RESET = 4, 0, 1, 3, 1 << 3
LPC, PM_BASE, ACPI_CONTROL, ACPI_ON, PM_AT = 0x1F, 0x40, 0x44, 0x80, 0x600
SLEEP_TO_RAM = 1 << 13 | 1 << 10
SLOT_CONTROL, INDICATOR_ON, POWER_OFF = 0x18, 0x100, 0x400


@contextmanager
def machine(options=""):
    with Machine("-device", f"pinion,id=card,addr=4,memory=128M,debug=on{options}") as qemu:
        card = Driver(qemu)
        card.place()
        yield card


def power(card, state):
    control = card.capability(CAP_PM) + PM_CONTROL
    card.set_config(control, state)
    return card.config(control) & 0xFFFF


def again(card):
    """A driver for the same card, which was reset."""
    card = Driver(card.machine)
    card.place()
    return card


def expect_works(card):
    card.open_queue()
    card.submit(fill_packet(DATA_VA, 8, 1, 8), cookie=1)
    equal(card.complete(), (1, R.STATUS_OK), "a job")


@test("in D3hot the card answers only in configuration space")
def silent():
    with machine() as card:
        card.set_reg(R.REG_BOOT_SIZE, 0x1234)
        card.machine.write(card.window(), b"pinioned")
        equal(power(card, D3HOT), NO_SOFT_RESET | D3HOT, "state")
        equal(card.reg(R.REG_ID), 0xFFFFFFFF, "register")
        equal(card.machine.load("l", card.bars[R.BAR_DOORBELLS]), 0xFFFFFFFF, "doorbell")
        equal(card.machine.load("q", card.window()), (1 << 64) - 1, "memory")
        card.set_reg(R.REG_BOOT_SIZE, 0x4321)
        equal(card.config(0), R.PCI_DEVICE << 16 | R.PCI_VENDOR, "configuration space")
        equal(power(card, D0), NO_SOFT_RESET, "state afterwards")
        equal(card.reg(R.REG_BOOT_SIZE), 0x1234, "register afterwards")
        equal(card.machine.read(card.window(), 8), b"pinioned", "memory afterwards")


@test("a card in D3hot makes no DMA, and goes on in D0 where it stopped")
def stopped():
    with machine(",sync=on,step-ns=1000") as card:
        card.open_queue()
        card.submit(*[copy_packet(DATA_VA, HOST_VA, 4096)] * 3, cookie=7)
        power(card, D3HOT)
        card.machine.write(HOST_AT, bytes(4096))
        card.machine.pass_time(10000000)
        equal(card.machine.read(HOST_AT, 4096), bytes(4096), "host memory")
        equal(card.machine.load("l", 0x310000 + 28), 0, "completion record")
        power(card, D0)
        equal(card.complete(), (7, R.STATUS_OK), "the job")


@test("with no-soft-reset=off the way from D3hot to D0 is a reset, which keeps memory")
def soft_reset():
    with machine(",no-soft-reset=off") as card:
        card.boot()
        card.machine.write(card.window(DATA_AT), b"pinioned")
        equal(power(card, D3HOT), D3HOT, "state")
        equal(power(card, D0), D0, "state afterwards")
        equal(card.config(COMMAND) & (MEMORY | MASTER), 0, "command register")
        equal(card.config(BAR0) & ~0xF, 0, "BAR0")
        card = again(card)
        equal(card.boot_state(), R.BOOT_IDLE, "boot state")
        equal(card.machine.read(card.window(DATA_AT), 8), b"pinioned", "memory")
        expect_works(card)


@test("states that the card does not have are not taken")
def other_states():
    with machine() as card:
        equal(power(card, D1), NO_SOFT_RESET | D0, "D1")
        equal(card.reg(R.REG_ID), R.ID, "register")


def reset_function(card):
    card.reset_function()


def reset_machine(card):
    card.machine.qmp("system_reset")
    enable_ecam(card)


def enable_ecam(card):
    card.machine.outl(0xCF8, 0x80000060)
    card.machine.outl(0xCFC, ECAM | 1)


def sleep_to_ram(card):
    lpc = Function(card.machine, LPC)
    lpc.set_config(PM_BASE, PM_AT)
    lpc.set_config(ACPI_CONTROL, ACPI_ON)
    card.machine.command("outw", hex(PM_AT + 4), hex(SLEEP_TO_RAM))
    while card.machine.qmp("query-status")["status"] != "suspended":
        pass


def wake_up(card):
    card.machine.qmp("system_wakeup")
    while card.machine.qmp("query-status")["status"] != "running":
        pass
    enable_ecam(card)


@test("a reset in the middle of a job ends all DMA, keeps memory, and the card works again")
def in_flight():
    for reset in (reset_function, reset_machine):
        with machine() as card:
            card.open_queue()
            card.machine.write(card.window(DATA_AT), b"pinioned")
            for number in range(8):
                card.submit(*[copy_packet(DATA_VA, HOST_VA, 16384)] * 250, cookie=number)
            reset(card)
            card.machine.write(HOST_AT, bytes(16384))
            card.machine.pass_time(10000000)
            equal(card.machine.read(HOST_AT, 16384), bytes(16384), "host memory")
            card = again(card)
            equal(card.machine.read(card.window(DATA_AT), 8), b"pinioned", "memory")
            expect_works(card)


@test("suspend to RAM takes the card's power: power-loss says whether memory is lost")
def suspend():
    for option, kept in (("", bytes(8)), (",power-loss=memory", bytes(8)),
                         (",power-loss=nothing", b"pinioned")):
        with machine(option) as card:
            card.open_queue()
            card.machine.write(card.window(DATA_AT), b"pinioned")
            card.submit(*[copy_packet(DATA_VA, HOST_VA, 16384)] * 250)
            sleep_to_ram(card)
            card.machine.write(HOST_AT, bytes(16384))
            card.machine.pass_time(10000000)
            equal(card.machine.read(HOST_AT, 16384), bytes(16384), "host memory")
            wake_up(card)
            card = again(card)
            equal(card.boot_state(), R.BOOT_IDLE, "boot state")
            equal(card.machine.read(card.window(DATA_AT), 8), kept, f"memory{option}")
            expect_works(card)


@test("a slot that is switched off and on again takes the card's memory")
def slot():
    for option, kept in (("", bytes(8)), (",power-loss=nothing", b"pinioned")):
        with Machine("-device", "pcie-root-port,id=slot1,chassis=1,addr=3",
                     "-device", f"pinion,id=card,bus=slot1,memory=64M{option}") as qemu:
            port = place_bridge(qemu, 3)
            card = Driver(qemu, slot=0, bus=1)
            card.place()
            qemu.write(card.window(DATA_AT), b"pinioned")
            control = port.capability(CAP_EXPRESS) + SLOT_CONTROL
            port.set_config(control, INDICATOR_ON | POWER_OFF)
            equal(card.reg(R.REG_ID), 0xFFFFFFFF, "register without power")
            port.set_config(control, INDICATOR_ON)
            card.place()
            equal(qemu.read(card.window(DATA_AT), 8), kept, f"memory{option}")


@test("a card that was saved in D3hot is in D3hot when it is loaded")
def saved():
    with machine() as card:
        power(card, D3HOT)
        state = os.path.join(card.machine.folder, "state")
        card.machine.qmp("stop")
        card.machine.qmp("migrate", uri=f"exec:cat>{state}")
        while card.machine.qmp("query-migrate").get("status") != "completed":
            pass
        with Machine("-device", "pinion,id=card,addr=4,memory=128M,debug=on",
                     "-incoming", f"exec:cat {state}") as qemu:
            loaded = Driver(qemu)
            loaded.bars = card.bars
            qemu.qmp("cont")
            equal(loaded.reg(R.REG_ID), 0xFFFFFFFF, "register")
            equal(power(loaded, D0), NO_SOFT_RESET, "state afterwards")
            equal(loaded.reg(R.REG_ID), R.ID, "register afterwards")


if __name__ == "__main__":
    main()
