# SPDX-License-Identifier: GPL-2.0-or-later
"""Which groups there are and which tests they hold."""

import itertools
import os
import re
import sys
from dataclasses import dataclass, replace

HERE = os.path.dirname(os.path.abspath(__file__))
NOT_GROUPS = {"bench", "lib", "fuzz"}
NOT_TESTS = (".o", ".d", ".a", ".so", ".ko", ".elf", ".bin")
LENGTH = re.compile(r"([0-9]+)s")
CONTRACT_NAME = re.compile(r"\{(\w+)\}")


class GroupError(Exception):
    """Something about the groups that the caller must put right."""


@dataclass
class Test:
    name: str  # GROUP/PROGRAM
    path: str
    alone: bool  # runs with nothing beside it
    length: float  # seconds that it takes, as far as the table knows; 0: it does not


@dataclass
class Group:
    name: str
    in_guest: bool
    own_boot: bool  # shares its boot with no other group
    vm_options: tuple
    tests: list


def contract_number(match):
    sys.path.append(os.path.join(os.path.dirname(HERE), "qtest", "lib"))
    from contract import R

    try:
        return hex(getattr(R, match[1]))
    except AttributeError:
        raise GroupError(f"tests/groups.table: uapi/ has no PINION_{match[1]}") from None


def executables(folder):
    if not os.path.isdir(folder):
        return []
    paths = (os.path.join(folder, name) for name in sorted(os.listdir(folder)))
    return [
        path
        for path in paths
        if os.path.isfile(path) and os.access(path, os.X_OK) and not path.endswith(NOT_TESTS)
    ]


def is_script(path):
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def find_tests(top, name):
    built = executables(os.path.join(top, "build/tests", name))
    return built + [p for p in executables(os.path.join(top, "tests", name)) if is_script(p)]


class Line:
    """NAME host|guest [alone] [own-boot] [SECONDSs] [--OPTION...] of the table."""

    def __init__(self, line):
        words = line.split("#")[0].split()
        self.name, self.where = words[0], "".join(words[1:2])
        flags = list(itertools.takewhile(lambda word: not word.startswith("-"), words[2:]))
        self.vm_options = tuple(CONTRACT_NAME.sub(contract_number, word)
                                for word in words[2 + len(flags):])
        self.alone, self.own_boot = "alone" in flags, "own-boot" in flags
        lengths = [word for word in flags if LENGTH.fullmatch(word)]
        self.length = sum(float(word[:-1]) for word in lengths)
        if self.where not in ("host", "guest") or set(flags) - {"alone", "own-boot", *lengths}:
            raise GroupError(f"tests/groups.table: what is '{line.strip()}'?")

    def group(self, top):
        paths = find_tests(top, self.name)
        tests = [Test(f"{self.name}/{os.path.basename(path)}", path, self.alone,
                      self.length / len(paths)) for path in paths]
        return Group(self.name, self.where == "guest", self.own_boot, self.vm_options, tests)

    def change(self, groups):
        """What a line of a single test, GROUP/PROGRAM, says of it."""
        tests = next((group.tests for group in groups if group.name == self.name.split("/")[0]), [])
        for test in tests:
            if test.name == self.name:
                test.alone = self.alone
                test.length = self.length or test.length
                return
        if tests:
            raise GroupError(f"tests/groups.table: there is no test {self.name}")


def read_table(top):
    groups = []
    with open(os.path.join(top, "tests/groups.table"), encoding="utf-8") as table:
        for text in table:
            if not text.split("#")[0].split():
                continue
            line = Line(text)
            if "/" in line.name:
                line.change(groups)
            else:
                groups.append(line.group(top))
    return groups


def check_unlisted(top, groups):
    """A folder of tests that no group names would silently never run."""
    folder = os.path.join(top, "build/tests")
    listed = {group.name for group in groups} | NOT_GROUPS
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if name not in listed and executables(os.path.join(folder, name)):
            raise GroupError(f"build/tests/{name} holds tests, but tests/groups.table has no "
                             f"group {name}")


def check_names(groups, names):
    tests = {test.name for group in groups for test in group.tests}
    known = [group.name for group in groups]
    for name in names:
        if "/" in name and name not in tests:
            raise GroupError(f"no test '{name}'; tests/run --list names all")
        if "/" not in name and name not in known:
            raise GroupError(f"no group '{name}'; the groups are: {' '.join(known)}")


def choose(groups, names):
    """The groups with the tests that names, each GROUP or GROUP/TEST, ask for; all if there are no
    names."""
    check_names(groups, names)
    some = (replace(group, tests=[test for test in group.tests if test.name in names])
            for group in groups)
    return [group if not names or group.name in names else part
            for group, part in zip(groups, some)
            if not names or group.name in names or part.tests]
