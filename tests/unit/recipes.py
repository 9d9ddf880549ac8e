#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of CONTRIBUTING.md, each followed in a copy of the tree: complete, it builds and
passes its tests; without any one of its steps, the build or a named test fails for that reason.

tests/recipes/NAME.recipe has an example of each recipe:

  name WORD       what the example adds; the recipe's text has NAME in its place
  step FILE       a step of the recipe: the sed script that follows, indented by a tab, changes FILE
  new FILE        a step, too: FILE, with this content
  caught CHECK    of the step before: the check that fails without it
  says PATTERN    and what that check then says
  check CHECK     a check that passes with all steps, besides those of "caught"

A CHECK is a word and an argument: tests/lib/recipe_tree.py has a function for each.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
sys.dont_write_bytecode = True

from recipe_tree import Broken, Tree  # noqa: E402


@dataclass
class Step:
    path: str
    is_new: bool
    body: str = ""
    caught: str = ""
    says: str = ""

    def apply(self, tree):
        path = tree.path(self.path)
        if self.is_new:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.body.rstrip("\n") + "\n")
            return
        with open(path, encoding="utf-8") as file:
            before = file.read()
        after = subprocess.run(["sed", self.body], input=before, check=True, text=True,
                               stdout=subprocess.PIPE).stdout
        if after == before:
            raise Broken(f"{self.path}: the step finds no place in the file")
        with open(path, "w", encoding="utf-8") as file:
            file.write(after)


@dataclass
class Recipe:
    title: str
    name: str = ""
    steps: list = field(default_factory=list)
    checks: list = field(default_factory=list)

    def all_checks(self):
        return list(dict.fromkeys([step.caught for step in self.steps] + self.checks))

    def paths(self):
        """The files of its steps, as the text calls them."""
        return [re.sub(rf"\b{self.name}(?=[./])|(?<=_){self.name}(?=\.)", "NAME", step.path)
                for step in self.steps]


def read_recipe(path):
    recipe = Recipe(os.path.basename(path).removesuffix(".recipe"))
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            word, _, rest = line.partition(" ")
            if line.startswith("\t") or not line:
                if recipe.steps:
                    recipe.steps[-1].body += line[1:] + "\n"
            elif word == "name":
                recipe.name = rest
            elif word in ("step", "new"):
                recipe.steps.append(Step(rest, word == "new"))
            elif word in ("caught", "says"):
                setattr(recipe.steps[-1], word, rest)
            elif word == "check":
                recipe.checks.append(rest)
            elif word != "#":
                raise Broken(f"{path}: what is '{line}'?")
    return recipe


def texts():
    """{title: files of the steps}, of the recipes in CONTRIBUTING.md."""
    with open(os.path.join(TOP, "CONTRIBUTING.md"), encoding="utf-8") as file:
        recipes = file.read().partition("\n## Recipes\n")[2].partition("\n## ")[0]
    return {title: re.findall(r"^\d+\. `([^`]+)`", text, re.MULTILINE) for title, text in
            re.findall(r"^### [^\n]* \(`(\S+)\.recipe`\)\n(.*?)(?=^### |\Z)", recipes,
                       re.MULTILINE | re.DOTALL)}


def restore(tree, recipe):
    """The files of the recipe as they are in the tree."""
    for step in recipe.steps:
        if not step.is_new:
            shutil.copy2(os.path.join(TOP, step.path), tree.path(step.path))
        elif os.path.exists(tree.path(step.path)):
            os.remove(tree.path(step.path))


def follow(tree, recipe, without=None):
    restore(tree, recipe)
    for step in recipe.steps:
        if step is not without:
            step.apply(tree)


def check(tree, what):
    word, _, argument = what.partition(" ")
    getattr(tree, f"check_{word}")(argument)


def try_complete(tree, recipe):
    """Why the recipe does not work; '' if it does."""
    try:
        follow(tree, recipe)
        for what in recipe.all_checks():
            check(tree, what)
    except Broken as error:
        return str(error)
    return ""


def try_without(tree, recipe, step):
    """Why leaving out the step would not be noticed; '' if it is."""
    try:
        follow(tree, recipe, step)
        check(tree, step.caught)
    except Broken as error:
        if re.search(step.says, str(error)):
            return ""
        return f"'{step.caught}' fails, but does not say '{step.says}':\n{error}"
    return f"'{step.caught}' passes"


class Report:
    def __init__(self, planned):
        self.number, self.good = 0, True
        print(f"TAP version 13\n1..{planned}", flush=True)

    def add(self, what, wrong):
        self.number += 1
        self.good &= not wrong
        print("".join(f"# {line}\n" for line in wrong.splitlines()[-20:]), end="")
        print(f"{'not ok' if wrong else 'ok'} {self.number} - {what}", flush=True)


def try_recipe(tree, recipe, report):
    report.add(f"{recipe.title}: all steps", try_complete(tree, recipe))
    for number, step in enumerate(recipe.steps, 1):
        report.add(f"{recipe.title}: without step {number}, {step.path}",
                   try_without(tree, recipe, step))
    restore(tree, recipe)


def main():
    wanted = sys.argv[1:]
    recipes = [read_recipe(path) for path in sorted(glob.glob(f"{TOP}/tests/recipes/*.recipe"))]
    recipes = [recipe for recipe in recipes if not wanted or recipe.title in wanted]
    report = Report(1 + sum(1 + len(recipe.steps) for recipe in recipes))
    described = texts()
    wrong = [f"{recipe.title}: the text has {described.get(recipe.title)}, not {recipe.paths()}"
             for recipe in recipes if described.get(recipe.title) != recipe.paths()]
    wrong += [f"{title}: no such recipe" for title in described
              if not os.path.exists(f"{TOP}/tests/recipes/{title}.recipe")]
    report.add("the recipes of CONTRIBUTING.md have these steps", "\n".join(wrong))
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(TOP, folder)
        for recipe in recipes:
            try_recipe(tree, recipe, report)
    sys.exit(0 if report.good and recipes else 1)


if __name__ == "__main__":
    main()
