# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's monitor, by its protocol QMP."""

import json


class Ended(RuntimeError):
    """QEMU has ended, or does not answer."""


class Monitor:
    """A monitor of QEMU at the other end of a connection, which is a file."""

    def __init__(self, file):
        self.file = file
        self.read()  # the greeting
        self.run("qmp_capabilities")

    def read(self):
        try:
            return json.loads(self.file.readline())
        except (OSError, ValueError):
            raise Ended("QEMU has ended") from None

    def run(self, name, **arguments):
        """Runs a command and returns its result; raises RuntimeError if QEMU refuses it."""
        try:
            self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
            self.file.flush()
        except OSError:
            raise Ended("QEMU has ended") from None
        while True:
            reply = self.read()
            if "error" in reply:
                raise RuntimeError(reply["error"]["desc"])
            if "return" in reply:
                return reply["return"]
