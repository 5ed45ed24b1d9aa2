"""Every refusal of the field can be said in the reader's language."""

from __future__ import annotations

import dataclasses
import importlib
import inspect

import pytest
from flask import Flask

from panel.refusals import Refusal
from panel.web.words import SENTENCES
from tests.support.tree import PANEL, name_of, python_files


def refusals() -> list[type[Refusal]]:
    """Every kind of refusal: they stand in the files named errors.py, and nowhere else."""
    for path in python_files("panel"):
        if path.name == "errors.py" and path.parent != PANEL / "web":
            importlib.import_module(name_of(path).removesuffix(".py").replace("/", "."))
    found, waiting = [], [Refusal]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            found.append(kind)
            waiting.append(kind)
    return sorted(found, key=lambda kind: kind.__qualname__)


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_a_refusal_has_a_sentence(app: Flask, kind: type[Refusal]) -> None:
    assert kind in SENTENCES


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_a_refusal_passes_through_context_managers(kind: type[Refusal]) -> None:
    if dataclasses.is_dataclass(kind):
        assert not kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert kind.__module__.endswith(".errors")
    assert inspect.getdoc(kind)
