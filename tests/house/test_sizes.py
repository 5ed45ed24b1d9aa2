"""Nothing grows into a monster."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.support.tree import ROOT, Function, functions, name_of, python_files, template_files

PYTHON, TEST, FIXTURE, TEMPLATE = 300, 400, 150, 120
FUNCTION, PARAMETERS = 40, 6
ALLOWED: dict[str, str] = {}
"""Path, or path:function, with the reason why it may be larger. Expected to be empty."""
BANNED = {"utils", "helpers", "common", "misc", "manager", "managers", "handler", "handlers"}

CODE = [*python_files("panel"), *python_files("bench"), *python_files("tests")]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def limit(path: Path) -> int:
    if path.is_relative_to(ROOT / "tests" / "fixtures"):
        return FIXTURE
    return TEST if path.is_relative_to(ROOT / "tests") else PYTHON


def length(function: Function) -> int:
    """Lines from the name to the end, its docstring not counted."""
    count = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        count -= (first.end_lineno or 0) - first.lineno + 1
    return count


def parameters(function: Function) -> int:
    """How many must be thought of: session, now and by are the same everywhere, as is self."""
    usual = {"self", "cls", "session", "now", "by"}
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([argument for argument in given if argument.arg not in usual])


def test_no_file_is_too_long() -> None:
    long = {name_of(path): lines(path) for path in CODE if lines(path) > limit(path)}
    long |= {name_of(path): lines(path) for path in template_files() if lines(path) > TEMPLATE}
    assert {name: n for name, n in long.items() if name not in ALLOWED} == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{name_of(path)}:{function.name}": length(function)
        for path in CODE
        for function in functions(path)
        if length(function) > FUNCTION
    }
    assert {name: n for name, n in long.items() if name not in ALLOWED} == {}


def test_no_function_wants_too_much() -> None:
    greedy = {
        f"{name_of(path)}:{function.name}": parameters(function)
        for path in python_files("panel")
        for function in functions(path)
        if parameters(function) > PARAMETERS
    }
    assert {name: n for name, n in greedy.items() if name not in ALLOWED} == {}


def test_half_of_the_files_are_short() -> None:
    sizes = sorted(lines(path) for path in python_files("panel") if lines(path))
    assert sizes[len(sizes) // 2] <= 80


def test_every_module_is_named_after_its_subject() -> None:
    assert [name_of(path) for path in CODE if path.stem in BANNED] == []


def test_exceptions_are_still_needed() -> None:
    for entry in ALLOWED:
        path, _, name = entry.partition(":")
        found = ROOT / path
        if name:
            assert any(f.name == name and length(f) > FUNCTION for f in functions(found))
        else:
            assert lines(found) > limit(found)
