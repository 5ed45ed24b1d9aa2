"""Server time of pages over that of the empty layout page, and how many queries they ask."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import event, select

from bench.instance import Result, loaded, signed_in
from panel.directory.passwords import hash_mailbox_password
from panel.extensions import db
from panel.orders.models import Domain

ROUNDS = 30


def median_ms(act: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median time of `act` in milliseconds, after three rounds to warm up."""
    times = []
    for _ in range(rounds + 3):
        begin = time.perf_counter()
        act()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times[3:])


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The SQL statements that are sent in the block."""
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def measure(orders: int, users: int) -> list[Result]:
    """Page times with much data, query counts with little and with much, and adding a user."""
    with loaded() as app:
        few = _queries(app, "mingyuan.example")
    with loaded(orders, users) as app:
        with app.app_context():
            domain = db.session.scalar(select(Domain.name).order_by(Domain.id.desc()).limit(1))
        many = _queries(app, str(domain))
        return [*_times(app, str(domain)), *_compare(few, many), _adding(app)]


def _urls(domain: str) -> dict[str, str]:
    return {
        "orders list": "/orders/",
        "orders search": f"/orders/?q={domain[:6]}",
        "a domain's home": f"/mail/{domain}/",
        "users list": f"/mail/{domain}/users/",
    }


def _times(app: Flask, domain: str) -> list[Result]:
    client = signed_in(app)
    empty = median_ms(lambda: client.get("/no-such-page"))
    return [
        Result(name, median_ms(partial(client.get, url)) / empty, 3, " x empty page")
        for name, url in _urls(domain).items()
    ]


def _queries(app: Flask, domain: str) -> dict[str, int]:
    client = signed_in(app)
    counts = {}
    for name, url in _urls(domain).items():
        with counted(app) as statements:
            assert client.get(url).status_code == 200, url
        counts[name] = len(statements)
    return counts


def _compare(few: dict[str, int], many: dict[str, int]) -> list[Result]:
    return [
        Result(f"queries of {name}", many[name], max(few[name], 1), "", "limit: with 8 orders")
        for name in few
    ]


def _adding(app: Flask) -> Result:
    client = signed_in(app)
    url = "/mail/lvye.example/users/new"
    page = client.get(url).text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    number = iter(range(10_000))
    hashing = median_ms(lambda: hash_mailbox_password("a-long-password-2"), 20)

    def add() -> None:
        n = next(number)
        form = {"csrf_token": token, "once": f"bench-once-{n}", "name": f"Bench {n}"}
        form |= {"local_part": f"bench{n}", "password": "a-long-password-2", "quota_mb": "100"}
        answer = client.post(url, data=form)
        assert answer.status_code == 200, answer.text

    return Result("adding a user", median_ms(add, 20) / hashing, 1.5, " x one Argon2id hash")
