"""Views read the request and call one function of the field: no query, no commit of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.tree import name_of, python_files

VIEWS = [
    path
    for path in python_files("panel/blueprints")
    if "blueprints/health/" not in path.as_posix()  # asks the database whether it is there
]
QUERY = re.compile(r"\bselect\(|\.scalars?\(|\.execute\(|\.commit\(|\.flush\(|\bquery\(")
FIELD = ("accounts", "orders", "directory", "dns", "engine", "sheets", "outbox")


@pytest.mark.parametrize("path", VIEWS, ids=name_of)
def test_views_hold_no_query(path: Path) -> None:
    text = path.read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in text if QUERY.search(line)] == []


def test_the_field_never_commits() -> None:
    found = [
        f"{name_of(path)}: {line.strip()}"
        for path in python_files(*(f"panel/{room}" for room in FIELD))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"session\.(commit|rollback)\(", line)
    ]
    assert found == []
