# SPDX-License-Identifier: GPL-2.0-or-later
"""A copy of the tree in which tests/unit/recipes.py tries the recipes of CONTRIBUTING.md, and the
checks that find out whether an addition is complete. They compile the few files that an addition
touches, with the flags of the build, and run the named tests."""

import glob
import hashlib
import os
import re
import shutil
import subprocess

SOURCES = ("Documentation", "driver", "firmware", "libruntime", "tests", "tools", "uapi",
           "Makefile")
BUILT = ("card", "firmware", "kernels", "lib", "libruntime", "rig", "tests/obj")


class Broken(Exception):
    """What a check found; the text says what."""


class Tree:
    def __init__(self, top, folder):
        self.top, self.folder = top, os.path.join(folder, "tree")
        self.objects = os.path.join(folder, "objects")
        os.mkdir(self.objects)
        for name in SOURCES:
            self.bring(name)
        for name in BUILT:
            self.bring(f"build/{name}")
        for path in glob.glob(f"{top}/build/tests/*"):
            if not path.endswith("/obj"):
                os.symlink(path, self.path(f"build/tests/{os.path.basename(path)}"))
        self.flags = self.variables_of_make()

    def bring(self, name):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        subprocess.run(["cp", "-a", os.path.join(self.top, name), self.path(name)], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def variables_of_make(self):
        """{name: words}, as make has read them."""
        text = self.run(["make", "-pn", "show-kernel-tools"])
        return {name: value.split() for name, value in
                re.findall(r"^(\w+) :?= ([^$\n]*)$", text, re.MULTILINE)}

    def run(self, command, folder=None):
        """What the command prints. Raises Broken with that if it fails."""
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        done = subprocess.run(command, cwd=folder or self.folder, env=environment, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode:
            raise Broken(done.stdout or f"{command[0]} ended with {done.returncode}")
        return done.stdout

    def compile(self, source, *flags, output=("-fsyntax-only",)):
        return [*self.flags["CC"], *self.flags["CFLAGS"], "-O0", *flags, *output, source]

    # ---- The checks, by the word that a recipe calls them.

    def check_card(self, source):
        self.run(self.compile(source, *self.flags["CARD_CFLAGS"], "-c"))

    def check_rig(self, source):
        self.run(self.compile(source, *self.flags["RIG_CFLAGS"],
                              "-Werror=implicit-function-declaration"))

    def check_runtime(self, source):
        self.run(self.compile(source, "-D_GNU_SOURCE", "-Ilibruntime/include", "-Ilibruntime/src",
                              "-Itests", "-I/usr/include/libdrm"))

    def check_driver(self, source):
        """Compiles it as Kbuild did, on the kernel that the driver was built for."""
        built = os.path.join(self.top, "build/driver")
        name = os.path.basename(source)[:-2]
        with open(f"{built}/.{name}.o.cmd", encoding="utf-8") as file:
            command = file.readline().strip().split(":=", 1)[1]
        command = re.sub(r"-Wp,-MMD,\S+|-c -o \S+", "", command).split("; ./tools/objtool")[0]
        command = command.replace(f"{built}/{name}.c", self.path(source))
        command = command.replace(f"-I{built}/uapi", f"-I{self.path('uapi')}")
        kernel = os.path.join(self.top, "build/driver/kernel")
        with open(kernel, encoding="utf-8") as file:
            self.run(["sh", "-c", f"{command} -fsyntax-only"], file.read().strip())

    def check_test(self, script):
        self.run([self.path(script)])

    def check_unit(self, name):
        """Builds a unit test of the model, and runs it. Objects are kept for the next time."""
        sources = [f"tests/unit/{name}.c", "tests/unit/card_fixture.c", "build/card/test_key.c"]
        sources += sorted(glob.glob("tools/card/core/*.c", root_dir=self.folder))
        headers = glob.glob("uapi/*.h", root_dir=self.folder)
        headers += glob.glob("tools/card/core/*.h", root_dir=self.folder)
        flags = [*self.flags["CARD_CFLAGS"], "-DCARD_DEBUG", "-I.", "-Itests/unit"]
        jobs, objects = [], []
        for source in sources:
            objects.append(f"{self.objects}/{self.checksum([source, *sorted(headers)])}.o")
            if not os.path.exists(objects[-1]):
                jobs.append(self.compile(source, *flags, output=("-c", "-o", objects[-1])))
        self.run_all(jobs)
        program = f"{self.objects}/{name}"
        self.run([*self.flags["CC"], *objects, *self.flags["CARD_LIBS"], "-o", program])
        self.run([program])

    def run_all(self, commands):
        """Runs compilers side by side."""
        lines = "\0".join(" ".join(f"'{word}'" for word in command) for command in commands)
        xargs = ["xargs", "-0", "-r", "-n", "1", "-P", str(os.cpu_count()), "sh", "-c"]
        done = subprocess.run(xargs, cwd=self.folder, input=lines, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace")
        if done.returncode:
            raise Broken(done.stdout)

    def checksum(self, names):
        total = hashlib.sha256()
        for name in names:
            with open(self.path(name), "rb") as file:
                total.update(name.encode() + file.read())
        return total.hexdigest()

    def check_library(self, source):
        """Makes the manual and links libpinion with one file compiled again, and compares what
        it exports with header, map and manual."""
        shutil.rmtree(self.path("build/man"), ignore_errors=True)
        os.makedirs(self.path("build/man"))
        self.run(["tools/docs/manual", "libruntime/include/pinion.h", "build/man",
                  *sorted(glob.glob("libruntime/man/*.3.in", root_dir=self.folder))])
        new = f"build/libruntime/{source[:-2]}.o"
        flags = ["-D_GNU_SOURCE", "-fPIC", "-fvisibility=hidden", "-Ilibruntime/include",
                 "-I/usr/include/libdrm"]
        self.run(self.compile(f"libruntime/src/{source}", *flags, output=("-c", "-o", new)))
        library = os.path.realpath(self.path("build/lib/libpinion.so.1"))
        self.run([*self.flags["CC"], "-shared", "-Wl,--version-script=libruntime/pinion.map",
                  *self.flags["RT_OBJS"], *self.flags["RT_LIBS"], "-o", library])
        self.check_test("tests/unit/runtime-names.sh")

    def check_group(self, name):
        """Builds the tests of a group, if the build knows how, and compares with the table."""
        shutil.rmtree(self.path(f"build/tests/{name}"), ignore_errors=True)
        for source in glob.glob(f"tests/{name}/*.c", root_dir=self.folder):
            try:
                self.run(["make", "-s", f"build/{source[:-2]}"])
            except Broken as error:
                if "No rule to make target" not in str(error):
                    raise
        self.check_test("tests/runner/groups.py")

    def check_kernel(self, name):
        """Builds a kernel and its test on the model, and runs the test."""
        for path in glob.glob(f"build/**/*{name}*", root_dir=self.folder, recursive=True):
            os.remove(self.path(path))
        program = f"build/tests/unit/kernel-{name}"
        self.run(["make", "-s", f"build/kernels/{name}.elf", program])
        self.run([program])
