# SPDX-License-Identifier: GPL-2.0-or-later
"""Which groups there are and which tests they hold."""

import os
from dataclasses import dataclass

NOT_GROUPS = {"bench", "lib", "fuzz"}
NOT_TESTS = (".o", ".d", ".a", ".so", ".ko", ".elf", ".bin")


class GroupError(Exception):
    """Something about the groups that the caller must put right."""


@dataclass
class Group:
    name: str
    in_guest: bool
    vm_options: tuple
    tests: list


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


def read_table(top):
    groups = []
    with open(os.path.join(top, "tests/groups.table"), encoding="utf-8") as table:
        for line in table:
            words = line.split("#")[0].split()
            if not words:
                continue
            if len(words) < 2 or words[1] not in ("host", "guest"):
                raise GroupError(f"tests/groups.table: what is '{line.strip()}'?")
            name, where, *options = words
            groups.append(Group(name, where == "guest", tuple(options), find_tests(top, name)))
    return groups


def check_unlisted(top, groups):
    """A folder of tests that no group names would silently never run."""
    folder = os.path.join(top, "build/tests")
    listed = {group.name for group in groups} | NOT_GROUPS
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if name not in listed and executables(os.path.join(folder, name)):
            raise GroupError(f"build/tests/{name} holds tests, but tests/groups.table has no group {name}")


def choose(groups, names):
    """The groups called names, or all."""
    known = {group.name: group for group in groups}
    for name in names:
        if name not in known:
            raise GroupError(f"no group '{name}'; the groups are: {' '.join(known)}")
    return [group for group in groups if not names or group.name in names]
