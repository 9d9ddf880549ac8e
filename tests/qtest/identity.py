#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks configuration space, BARs and reset values of a card that nobody has used yet."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from contract import R, TOP
from machine import Machine
from pci import CAP_EXPRESS, CAP_MSIX, CAP_PM, EXT_AER, EXT_SERIAL, Card
from testing import equal, main, test

MEMORY = 64 << 20
DEVICE = (f"pinion,addr=4,memory={MEMORY},window={MEMORY // 2},"
          "cores=3,serial=0x123456789a,dma-bits=40")


def placed(machine):
    card = Card(machine, 4)
    card.place()
    return card


@test("vendor, device, class and revision are the contract's")
def pci_identity():
    with Machine("-device", DEVICE) as machine:
        card = Card(machine, 4)
        equal(card.config(0), R.PCI_DEVICE << 16 | R.PCI_VENDOR, "identity")
        equal(card.config(8), R.PCI_CLASS << 8 | R.PCI_REVISION, "class")


@test("the BARs have the contract's sizes and types")
def bars():
    with Machine("-device", DEVICE) as machine:
        card = Card(machine, 4)
        for number, size, kind in ((R.BAR_REGS, R.BAR_REGS_SIZE, 0x4),
                                   (R.BAR_DOORBELLS, R.MAX_QUEUES * R.DOORBELL_STRIDE, 0x4),
                                   (R.BAR_MEMORY, MEMORY // 2, 0xC)):
            equal(card.bar_size(number), size, f"size of BAR{number}")
            equal(card.config(0x10 + 4 * number) & 0xF, kind, f"type of BAR{number}")


@test("power management, PCI Express with FLR, MSI-X, AER and serial number are there")
def capabilities():
    with Machine("-device", DEVICE) as machine:
        card = Card(machine, 4)
        equal(bool(card.capability(CAP_PM)), True, "PM")
        express = card.capability(CAP_EXPRESS)
        equal(card.config(express + 4) >> 28 & 1, 1, "FLR capability")
        msix = card.capability(CAP_MSIX)
        equal((card.config(msix) >> 16 & 0x7FF) + 1, R.MSIX_VECTORS, "vectors")
        equal(card.config(msix + 4), R.MSIX_TABLE_OFFSET | R.BAR_REGS, "MSI-X table")
        equal(card.config(msix + 8), R.MSIX_PBA_OFFSET | R.BAR_REGS, "MSI-X PBA")
        equal(bool(card.extended(EXT_AER)), True, "AER")
        serial = card.extended(EXT_SERIAL)
        equal(card.config(serial + 4) | card.config(serial + 8) << 32, 0x123456789A, "serial")


@test("identity registers say what the card was built with")
def identity_registers():
    with Machine("-device", DEVICE) as machine:
        card = placed(machine)
        equal(card.reg(R.REG_ID), R.ID, "ID")
        equal(card.reg(R.REG_CONTRACT), R.CONTRACT_MAJOR << 16 | R.CONTRACT_MINOR, "CONTRACT")
        equal(card.reg(R.REG_CORES), 3, "CORES")
        equal(card.reg(R.REG_QUEUES), R.MAX_QUEUES, "QUEUES")
        equal(card.reg64(R.REG_MEMORY_LO), MEMORY, "MEMORY")
        equal(card.reg64(R.REG_WINDOW_LO), MEMORY // 2, "WINDOW")
        equal(card.reg(R.REG_VECTORS), R.MSIX_VECTORS, "VECTORS")
        equal(card.reg64(R.REG_SERIAL_LO), 0x123456789A, "SERIAL")
        equal(card.reg(R.REG_DMA_BITS), 40, "DMA_BITS")
        reserved = (R.CAP_MATRIX_BF16 | R.CAP_MATRIX_INT8 | R.CAP_SRIOV | R.CAP_ATS_PASID |
                    R.CAP_RESIZABLE_BAR)
        equal(card.reg64(R.REG_CAPS_LO) & reserved, 0, "reserved capabilities")


@test("registers with a reset value of zero read zero")
def reset_values():
    with Machine("-device", DEVICE) as machine:
        card = placed(machine)
        for name in ("BOOT_CTRL", "BOOT_STATUS", "BOOT_ADDR_LO", "BOOT_ADDR_HI", "BOOT_SIZE",
                     "RESET", "INT_STATUS", "INT_ENABLE", "MMU_INV_VM", "MMU_INV_CTRL",
                     "H2F_TAIL", "H2F_HEAD", "F2H_TAIL", "F2H_HEAD", "LOG_TAIL"):
            equal(card.reg(getattr(R, "REG_" + name)), 0, name)


@test("read-only registers and reserved offsets ignore writes, reserved bits stay zero")
def reserved():
    with Machine("-device", DEVICE) as machine:
        card = placed(machine)
        for offset in (R.REG_ID, R.REG_CORES, R.REG_BOOT_STATUS, R.REG_FW_VERSION,
                       R.REG_RESET_RESULT, R.REG_FAULT_QUEUES(0), R.FAULT_OFFSET, 0x48, 0x7FC):
            before = card.reg(offset)
            card.set_reg(offset, 0xFFFFFFFF)
            equal(card.reg(offset), before, f"register {offset:#x}")
        card.set_reg(R.REG_INT_ENABLE, 0xFFFFFFFF)
        equal(card.reg(R.REG_INT_ENABLE), R.INT_ALL, "INT_ENABLE")


@test("accesses of another width or alignment read zero and write nothing")
def widths():
    with Machine("-device", DEVICE) as machine:
        card = placed(machine)
        base = card.bars[R.BAR_REGS]
        for width, offset in (("b", 0), ("w", 0), ("w", 2), ("q", 0), ("b", 3)):
            equal(machine.load(width, base + R.REG_ID + offset), 0, f"read{width} at {offset}")
        machine.store("w", base + R.REG_BOOT_SIZE, 0x1234)
        machine.store("q", base + R.REG_BOOT_ADDR_LO, 0x123456789)
        equal(card.reg(R.REG_BOOT_SIZE), 0, "BOOT_SIZE")
        equal(card.reg(R.REG_BOOT_ADDR_LO), 0, "BOOT_ADDR_LO")
        card.set_reg(R.REG_BOOT_SIZE, 0x1234)
        equal(card.reg(R.REG_BOOT_SIZE), 0x1234, "BOOT_SIZE")


@test("the window shows device memory")
def window():
    with Machine("-device", DEVICE) as machine:
        card = placed(machine)
        equal(machine.read(card.window(), 16), bytes(16), "at power-on")
        machine.write(card.window(MEMORY // 2 - 8), b"pinioned")
        equal(machine.read(card.window(MEMORY // 2 - 8), 8), b"pinioned", "last bytes")


@test("options out of range are refused with a sentence")
def options():
    for option, words in (("memory=17M", "multiple of 2M"), ("memory=8M", "multiple of 2M"),
                          ("window=3M", "power of two"), ("window=512M", "power of two"),
                          ("cores=0", "cores must be 1 to 64"), ("cores=65", "cores must be"),
                          ("scratchpad=1", "scratchpad must be"),
                          ("dma-bits=31", "dma-bits must be 32 to 57"),
                          ("dma-bits=58", "dma-bits must be"), ("dma-stray=-1", "dma-stray"),
                          ("step-ns=0", "step-ns must be 1 or more"),
                          (f"without-caps={1 << 63}", "without-caps must have no other bits"),
                          ("power-loss=all", "power-loss must be memory or nothing")):
        try:
            with Machine("-device", f"pinion,{option}"):
                raise AssertionError(f"{option} was taken")
        except RuntimeError as error:
            if words not in str(error):
                raise AssertionError(f"{option}: {error}") from None


def help_of(device):
    """{property: what QEMU says of it} of a device."""
    command = ["qemu-system-x86_64", "-device", f"{device},help"]
    preload = os.path.join(TOP, "build/card/pinion-card.so")
    lines = subprocess.run(command, env={**os.environ, "LD_PRELOAD": preload}, check=True,
                           stdout=subprocess.PIPE, text=True).stdout.splitlines()[1:]
    return {line.split("=")[0].strip(): line.partition(" - ")[2] for line in lines}


@test("each property has a description, which is its own")
def descriptions():
    texts = help_of("pinion")
    for name in help_of("pci-testdev"):
        texts.pop(name, None)
    bare = [name for name, text in texts.items() if not text.partition("(default")[0].strip()]
    equal(bare, [], "properties without a description")
    equal(len(set(texts.values())), len(texts), "texts")
    equal(texts.keys() >= {"memory", "flash", "preempt-every"}, True, "properties")


@test("a card can lack capabilities")
def without_caps():
    lacking = R.CAPS_REQUIRED | R.CAPS_OPTIONAL
    with Machine("-device", f"{DEVICE},without-caps={lacking:#x}") as machine:
        equal(placed(machine).reg(R.REG_CAPS_LO), R.CAPS_BASIC, "CAPS_LO")


@test("a fault knob is both a property and a register, and the register needs debug=on")
def knobs():
    for debug, before in (("on", 7), ("off", 0)):
        device = f"pinion,id=card,addr=4,memory=64M,debug={debug},dma-stray=7"
        with Machine("-device", device) as machine:
            card = placed(machine)
            path = {"path": "/machine/peripheral/card", "property": "dma-stray"}
            equal(machine.qmp("qom-get", **path), 7, "property at first")
            equal(card.reg(R.REG_DEBUG_DMA_STRAY), before, "register at first")
            machine.qmp("qom-set", **path, value=9)
            equal(machine.qmp("qom-get", **path), 9, "property set at run time")
            card.set_reg(R.REG_DEBUG_DMA_STRAY, 11)
            equal(machine.qmp("qom-get", **path), 11 if before else 9, "set by the register")
            equal(card.reg(R.REG_DEBUG_ID), R.DEBUG_ID if before else 0, "identity of the block")


if __name__ == "__main__":
    main()
