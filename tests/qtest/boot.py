#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that the boot ROM fetches an image by DMA, starts a good image and refuses all others."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from contextlib import contextmanager

from contract import R
from driver import IMAGE_AT, Driver, good_image
from machine import Machine
from testing import equal, main, test

CORRUPTIONS = 24


@contextmanager
def card(*options):
    with Machine("-device", ",".join(("pinion,addr=4,memory=64M", *options))) as machine:
        driver = Driver(machine)
        driver.place()
        yield driver


def recovers(driver):
    driver.boot()
    status, reply = driver.hello()
    equal(status, R.MBOX_OK, "hello after recovery")
    equal(reply[0] >> 16, R.CONTRACT_MAJOR, "contract of the firmware")


@test("a good image boots and answers hello and ping")
def good():
    with card() as driver:
        recovers(driver)
        equal(driver.reg(R.REG_FW_VERSION) != 0, True, "FW_VERSION is shown")
        data = [0x1000 + i for i in range(14)]
        status, reply = driver.send(R.MSG_PING, *data)
        equal((status, reply), (R.MBOX_OK, data), "ping")


@test("the heartbeat follows the card's time")
def heartbeat():
    with card() as driver:
        driver.boot()
        before = driver.reg(R.REG_FW_HEARTBEAT)
        driver.wait(lambda: driver.reg(R.REG_FW_HEARTBEAT) >= before + 3, "three heartbeats")


@test("an image with one flipped bit is refused, wherever the bit is")
def flipped():
    image = good_image()
    with card() as driver:
        for number in range(CORRUPTIONS):
            bad = bytearray(image)
            at = number * (len(image) - 1) // (CORRUPTIONS - 1)
            bad[at] ^= 1 << number % 8
            state, error = driver.offer(bad)
            equal(state, R.BOOT_FAILED, f"bit {number % 8} of byte {at}")
            equal(error != R.BOOT_ERR_NONE, True, "an error code")
        recovers(driver)


@test("a truncated image is refused")
def truncated():
    image = good_image()
    with card() as driver:
        for size in (0, 1, 64, 191, len(image) // 2, len(image) - 1):
            equal(driver.offer(image[:size]), (R.BOOT_FAILED, R.BOOT_ERR_SIZE), f"{size} bytes")
        recovers(driver)


@test("an image where there is no memory is refused as not readable")
def unreadable():
    with card() as driver:
        equal(driver.offer(good_image(), address=0x7FF000000000),
              (R.BOOT_FAILED, R.BOOT_ERR_DMA), "far away")
        recovers(driver)


@test("without bus mastering the card cannot fetch its image")
def no_mastering():
    with card() as driver:
        driver.set_config(4, 2)
        equal(driver.offer(good_image()), (R.BOOT_FAILED, R.BOOT_ERR_DMA), "no bus master")
        driver.set_config(4, 6)
        recovers(driver)


@test("reset level FIRMWARE returns to the boot ROM")
def firmware_reset():
    with card() as driver:
        driver.boot()
        driver.reset(R.RESET_FIRMWARE)
        equal(driver.boot_state(), R.BOOT_IDLE, "state")
        recovers(driver)


@test("FLR resets registers and keeps device memory")
def function_reset():
    with card() as driver:
        driver.machine.write(driver.window(), b"kept")
        driver.boot()
        driver.set_reg(R.REG_INT_ENABLE, R.INT_ALL)
        driver.reset_function()
        driver.place()
        equal(driver.boot_state(), R.BOOT_IDLE, "state")
        equal(driver.reg(R.REG_INT_ENABLE), 0, "INT_ENABLE")
        equal(driver.reg(R.REG_BOOT_SIZE), 0, "BOOT_SIZE")
        equal(driver.machine.read(driver.window(), 4), b"kept", "memory")
        recovers(driver)


@test("sync=on steps the card from the virtual clock alone")
def synchronous():
    with card("sync=on") as driver:
        driver.machine.write(IMAGE_AT, good_image())
        driver.set_reg64(R.REG_BOOT_ADDR_LO, IMAGE_AT)
        driver.set_reg(R.REG_BOOT_SIZE, len(good_image()))
        driver.set_reg(R.REG_BOOT_CTRL, R.BOOT_CTRL_START)
        for _ in range(3):
            equal(driver.boot_state() in (R.BOOT_IDLE, R.BOOT_FETCH), True, "no time, no progress")
        recovers(driver)


if __name__ == "__main__":
    main()
