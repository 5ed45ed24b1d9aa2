"""Where the database is, as Postfix and Dovecot are told it."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from panel.engine.layout import Layout, private
from panel.engine.rendering import database_uri, render
from tests.fixtures.postgres import PASSWORD


def layout_on(url: str) -> Layout:
    return private(Path("/nowhere"), 8000, url, outside_mail=False)


def test_any_password_stays_one_word_and_is_read_back_by_libpq() -> None:
    url = URL.create("postgresql+psycopg", "youju", PASSWORD, "db.example", 5433, "mail")
    uri = database_uri(layout_on(url.render_as_string(hide_password=False)))
    assert set(uri).isdisjoint(" #,'\"\\")
    assert conninfo_to_dict(uri) == {
        "host": "db.example",
        "port": "5433",
        "user": "youju",
        "password": PASSWORD,
        "dbname": "mail",
    }


@pytest.mark.parametrize(
    ("url", "means"),
    [
        ("postgresql://db.example/mail", {"host": "db.example", "dbname": "mail"}),
        ("postgresql:///mail?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "mail"}),
    ],
    ids=["no user", "a socket"],
)
def test_what_a_url_leaves_out_is_left_to_libpq(
    url: str, means: dict[str, str], tmp_path: Path
) -> None:
    layout = layout_on(url)
    assert conninfo_to_dict(database_uri(layout)) == means
    for path in render(layout, tmp_path / "postfix", tmp_path / "dovecot"):
        assert "None" not in path.read_text(), path
