# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets up PCI functions as the firmware of a PC would: configuration space, capabilities, BARs."""

from contract import R
from machine import ECAM

BRIDGE_WINDOW = 0xC0000000
COMMAND, BAR0, CAPABILITIES = 0x04, 0x10, 0x34
CAP_PM, CAP_EXPRESS, CAP_MSIX = 0x01, 0x10, 0x11
EXT_AER, EXT_SERIAL = 0x0001, 0x0003
MEMORY, MASTER = 2, 4


class Function:
    """A PCI function, configured through the ports 0xcf8 and 0xcfc."""

    def __init__(self, machine, slot, bus=0):
        self.machine, self.slot, self.bus = machine, slot, bus
        self.bars = {}

    def ecam(self, offset):
        return ECAM + (self.bus << 20 | self.slot << 15 | offset)

    def select(self, offset):
        self.machine.outl(0xCF8, 1 << 31 | self.bus << 16 | self.slot << 11 | (offset & 0xFC))

    def config(self, offset):
        if offset >= 0x100:
            return self.machine.load("l", self.ecam(offset))
        self.select(offset)
        return self.machine.inl(0xCFC)

    def set_config(self, offset, value):
        if offset >= 0x100:
            return self.machine.store("l", self.ecam(offset), value)
        self.select(offset)
        return self.machine.outl(0xCFC, value)

    def bar_size(self, number):
        low, high = BAR0 + 4 * number, BAR0 + 4 * number + 4
        before = self.config(low), self.config(high)
        self.set_config(low, 0xFFFFFFFF)
        self.set_config(high, 0xFFFFFFFF)
        mask = self.config(high) << 32 | (self.config(low) & ~0xF)
        self.set_config(low, before[0])
        self.set_config(high, before[1])
        return (~mask & (1 << 64) - 1) + 1

    def capability(self, wanted):
        """The offset of a capability in the first 256 bytes; 0 if there is none."""
        offset = self.config(CAPABILITIES) & 0xFC
        while offset and self.config(offset) & 0xFF != wanted:
            following = self.config(offset) >> 8 & 0xFC
            offset = following if following != offset else 0
        return offset

    def extended(self, wanted):
        offset = 0x100
        while offset and self.config(offset) & 0xFFFF != wanted:
            following = self.config(offset) >> 20
            offset = following if following > offset else 0
        return offset


class Card(Function):
    """A card, whose BARs are placed one after the other."""

    def place(self, base=BRIDGE_WINDOW):
        for number in (R.BAR_MEMORY, R.BAR_DOORBELLS, R.BAR_REGS):
            size = self.bar_size(number)
            base = (base + size - 1) & -size
            self.set_config(BAR0 + 4 * number, base & 0xFFFFFFFF)
            self.set_config(BAR0 + 4 * number + 4, base >> 32)
            self.bars[number] = base
            base += size
        self.set_config(COMMAND, MEMORY | MASTER)

    def reg(self, offset):
        return self.machine.load("l", self.bars[R.BAR_REGS] + offset)

    def set_reg(self, offset, value):
        self.machine.store("l", self.bars[R.BAR_REGS] + offset, value)

    def reg64(self, offset):
        return self.reg(offset) | self.reg(offset + 4) << 32

    def set_reg64(self, offset, value):
        self.set_reg(offset, value & 0xFFFFFFFF)
        self.set_reg(offset + 4, value >> 32)

    def ring_doorbell(self, queue, tail):
        self.machine.store("l", self.bars[R.BAR_DOORBELLS] + queue * R.DOORBELL_STRIDE, tail)

    def moderate(self, queue, count, microseconds):
        """Makes completions of the queue share interrupts, by its moderation register."""
        self.machine.store("l", self.bars[R.BAR_DOORBELLS] + queue * R.DOORBELL_STRIDE +
                           R.DOORBELL_MODERATION, microseconds << 16 | count)

    def window(self, offset=0):
        return self.bars[R.BAR_MEMORY] + offset

    def enable_msix(self, vector, address, data):
        """Enables a vector, which will write data to an address in the machine's memory."""
        entry = R.MSIX_TABLE_OFFSET + 16 * vector
        for word, value in enumerate((address, 0, data, 0)):
            self.set_reg(entry + 4 * word, value)
        control = self.capability(CAP_MSIX)
        self.set_config(control, self.config(control) | 1 << 31)

    def reset_function(self):
        """Resets the function by FLR."""
        control = self.capability(CAP_EXPRESS) + 8
        self.set_config(control, self.config(control) | 1 << 15)


def place_bridge(machine, slot, secondary=1):
    """Sets up a root port so that a card behind it can be reached."""
    port = Function(machine, slot)
    port.set_config(0x18, secondary << 16 | secondary << 8)
    port.set_config(0x20, 0xDFF0 << 16 | 0xC000)  # memory window from 0xc0000000 to 0xdfffffff
    port.set_config(0x24, 0x0000FFF0)  # no prefetchable window
    port.set_config(COMMAND, MEMORY | MASTER)
    return port
