#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that a card whose flash is a file boots from it, in this machine and in the next."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from contextlib import contextmanager

from contract import R
from driver import IMAGE_AT, Driver, good_image
from machine import Machine
from testing import equal, main, test


@contextmanager
def card(flash):
    with Machine("-device", f"pinion,addr=4,memory=64M,flash={flash}") as machine:
        driver = Driver(machine)
        driver.place()
        yield driver


@contextmanager
def new_flash():
    with tempfile.TemporaryDirectory(prefix="pinion-flash-") as folder:
        yield os.path.join(folder, "flash")


def command(driver, what, slot, offset=0):
    driver.set_reg(R.REG_FLASH_SLOT, slot)
    driver.set_reg(R.REG_FLASH_OFFSET, offset)
    driver.set_reg64(R.REG_FLASH_ADDR_LO, IMAGE_AT + offset)
    driver.set_reg(R.REG_FLASH_CTRL, what)
    driver.wait(lambda: not driver.reg(R.REG_FLASH_STATUS) & R.FLASH_STATUS_BUSY, "flash")
    return driver.reg(R.REG_FLASH_STATUS)


def install(driver, slot):
    image, page = good_image(), driver.reg(R.REG_FLASH_PAGE)
    driver.machine.write(IMAGE_AT, image + bytes(-len(image) % page))
    for offset in range(0, len(image), page):
        equal(command(driver, R.FLASH_ERASE, slot, offset), R.FLASH_OK, f"erase {offset}")
        equal(command(driver, R.FLASH_PROGRAM, slot, offset), R.FLASH_OK, f"program {offset}")
    equal(command(driver, R.FLASH_SELECT, slot), R.FLASH_OK, "select")


@test("an image in the flash boots by itself when the machine starts again")
def boots():
    with new_flash() as flash:
        with card(flash) as driver:
            equal(driver.boot_state(), R.BOOT_IDLE, "state with an empty flash")
            install(driver, 1)
        with card(flash) as driver:
            driver.wait(lambda: driver.boot_state() == R.BOOT_READY, "boot")
            equal(driver.reg(R.REG_BOOT_SLOT) & R.BOOT_SLOT_RUNNING, 1, "slot")
            status, _ = driver.hello()
            equal(status, R.MBOX_OK, "hello")
            driver.reset_function()
            driver.place()
            driver.wait(lambda: driver.boot_state() == R.BOOT_READY, "boot after FLR")


@test("two cards cannot share a file")
def shared():
    with new_flash() as flash:
        device = f"pinion,memory=64M,flash={flash}"
        try:
            with Machine("-device", device, "-device", device):
                said = ""
        except RuntimeError as error:
            said = str(error)
        equal("is in use" in said, True, f"refused: {said}")


@test("without the property the card has no flash")
def none():
    with Machine("-device", "pinion,addr=4,memory=64M") as machine:
        driver = Driver(machine)
        driver.place()
        equal(driver.reg(R.REG_CAPS_LO) & R.CAP_FLASH, 0, "PINION_CAP_FLASH")
        equal(driver.reg(R.REG_FLASH_PAGE), 0, "FLASH_PAGE")


if __name__ == "__main__":
    main()
