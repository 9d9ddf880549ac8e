# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds and installs groups of tests as a selftest of a kernel's tree, and runs them in a
guest by the kernel's run_kselftest.sh."""

import os
import re
import shutil
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOP = os.path.dirname(TESTS)
sys.path.insert(0, os.path.join(TESTS, "lib"))

import tap  # noqa: E402

CACHE = os.environ.get("CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pinion")
COLLECTION = "drivers/accel/pinion"
BEGIN = re.compile(rf"# selftests: {COLLECTION}: (\S+)")
END = re.compile(rf"(not )?ok \d+ selftests: {COLLECTION}: \S+(?: # (SKIP|TIMEOUT|exit=(\d+)).*)?")


def install(group, work):
    """The run_kselftest.sh that was installed below the folder work, with the programs of
    the group that has this name."""
    tree, target = f"{work}/linux", f"{work}/installed"
    selftests = f"{tree}/tools/testing/selftests"
    shutil.copytree(f"{CACHE}/kselftest/current", tree)
    os.makedirs(f"{selftests}/drivers/accel")
    subprocess.run(["cp", "-rs", f"{TESTS}/kselftest/pinion", f"{selftests}/drivers/accel/"],
                   check=True)
    # The flags of a make that has started tests/run are not for the kernel's makefiles.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    built = subprocess.run(
        ["make", "-C", selftests, f"TARGETS={COLLECTION}", f"PINION_GROUPS={group}",
         f"KSFT_INSTALL_PATH={target}", "install"],
        env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if built.returncode:
        sys.exit(f"Bail out! make install failed:\n{built.stdout}")
    return f"{target}/run_kselftest.sh"


def run(options, *command):
    """{program: Result} of the command, which runs run_kselftest.sh in a guest of pinion-vm
    with these options. run_kselftest.sh marks each line of a program with "# "."""
    vm = subprocess.run([f"{TOP}/tools/vm/pinion-vm", *options, "--", *command], cwd=TOP,
                        stdin=subprocess.DEVNULL, text=True, errors="replace",
                        stdout=subprocess.PIPE)
    results, name, output = {}, None, []
    for line in vm.stdout.splitlines():
        begin, end = BEGIN.fullmatch(line), END.fullmatch(line)
        if begin:
            name, output = begin[1], []
        elif end and name:
            status = {None: 0, "SKIP": 4, "TIMEOUT": 124}.get(end[2], int(end[3] or 0))
            results[name] = tap.judge(name, "\n".join(output), status)
            name = None
        elif name:
            output.append(line.removeprefix("# "))
    if vm.returncode or name or not results:
        print(f"# run_kselftest.sh: status {vm.returncode}, "
              f"{'in ' + name if name else 'no test runs'}")
    return results


def counts(result):
    if not result:
        return "did not run"
    return f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"


def show(way, result):
    """Prints what a program printed, as comments of TAP."""
    for line in result.output.splitlines() + result.problems:
        print(f"# {way}: {line}")
