"""The whole product, and nobody at a page: published records are found by the worker."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.fixtures.product import Product, running
from tests.support.wait import wait_until

pytestmark = pytest.mark.xdist_group("running")

NAMES = {"domain": "chunfeng.example", "domain_alias": "mingyuan-trade.example"}


def ask(product: Product, statement: str, *values: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(product.instance / "db/youju.sqlite3", timeout=10)) as base, base:
        return base.execute(statement, values).fetchall()


def test_a_pending_name_becomes_active_by_itself_and_its_people_are_told() -> None:
    with running() as product:
        for table, name in NAMES.items():
            product.youju("demo", "dns", name)
            # due now: nobody waits for the pause
            ask(product, f"UPDATE {table} SET next_check_at = watched_from WHERE name = ?", name)

        def proven() -> bool:
            found = (
                ask(product, f"SELECT activated_by FROM {table} WHERE name = ?", name)
                for table, name in NAMES.items()
            )
            return all(rows == [("mx",)] for rows in found)

        wait_until(proven, deadline=90, every=0.5)  # the worker begins a round each minute
        told = ask(product, "SELECT purpose FROM outbox_mail WHERE purpose = 'notice.activated'")
        assert len(told) == len(NAMES)
