"""Every action that is recorded anywhere has its sentence in the log, and its kind."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from panel.accounts.audit import kind_of
from panel.accounts.models import ActorKind, AuditKind
from panel.web.wording.log import ACTORS, KINDS, SENTENCES
from tests.support.tree import PANEL, functions, name_of, python_files, tree_of

RECORDERS = {"record", "note", "_note", "_record"}
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def recorded() -> Iterator[str]:
    """The actions of all calls that write the log, which the DNS room has no part in."""
    for path in python_files("panel"):
        if path.is_relative_to(PANEL / "dns"):
            continue
        passed_on = {
            argument.arg for function in functions(path) for argument in function.args.args
        }
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and called(node) in RECORDERS:
                found = list(actions_of(path, node))
                by_name = {arg.id for arg in node.args if isinstance(arg, ast.Name)}
                assert found or "action" in by_name & passed_on, f"{name_of(path)}:{node.lineno}"
                yield from found


def called(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def actions_of(path: Path, call: ast.Call) -> Iterator[str]:
    """What the call's arguments say, be it by a constant of the module."""
    module = importlib.import_module(name_of(path).removesuffix(".py").replace("/", "."))
    for argument in call.args:
        name = getattr(argument, "value", argument)
        value: Any = name
        if isinstance(name, ast.Name):
            value = getattr(module, name.id, None)
        for text in value.values() if isinstance(value, dict) else [value]:
            if isinstance(text, str) and ACTION.fullmatch(text):
                yield text


ACTIONS = sorted(set(recorded()))


def test_the_walk_finds_what_is_recorded() -> None:
    assert {"user.add", "user.keep_copy", "user.admin_forwards", "login.failed"} <= set(ACTIONS)


def test_each_action_has_a_sentence_and_each_sentence_an_action() -> None:
    assert sorted(SENTENCES) == ACTIONS


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_has_a_kind(action: str) -> None:
    assert isinstance(kind_of(action), AuditKind)


def test_kinds_and_actors_have_words(app: Flask) -> None:
    assert set(KINDS) == set(AuditKind)
    assert set(ACTORS) == set(ActorKind)
