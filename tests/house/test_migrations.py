"""The migrations make what the models say, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from panel.migrations import commands

VIEWS = {
    "dv_user",
    "pf_alias",
    "pf_domain",
    "pf_mailbox",
    "pf_rcpt_access",
    "pf_sasl_access",
    "pf_sender",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    given: str = request.getfixturevalue("postgres_url")
    return given


def names(url: str) -> tuple[set[str], set[str]]:
    """Tables and views of the database."""
    engine = create_engine(url)
    found = inspect(engine)
    kept = set(found.get_table_names()), set(found.get_view_names())
    engine.dispose()
    return kept


def test_up_down_and_up_again(url: str) -> None:
    commands.upgrade(url)
    tables, views = names(url)
    assert {"login", "order", "domain", "mailbox"} <= tables
    assert views >= VIEWS
    commands.downgrade(url, "base")
    assert names(url) == ({"alembic_version"}, set())
    commands.upgrade(url)
    assert names(url) == (tables, views)


def test_the_migrated_tables_are_those_of_the_models(url: str) -> None:
    commands.upgrade(url)
    commands.check(url)
