"""A domain with very many users: each page and action over the empty page, and its queries.

The empty page is the frame of the same domain with nothing in it: that of an address that nobody
has (a 404), which signs in, loads the domain and draws the whole layout as every page here does.
Times are those of the server: of a form only the post is timed, with its commit to the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from bench.instance import Result, loaded, signed_in
from bench.pages import counted
from bench.people import Place, middle, people, reply_version_of, version_of
from panel.directory import states
from panel.directory.listing import UserFilter, UserSort
from panel.directory.passwords import hash_mailbox_password
from panel.extensions import db
from tests.fixtures.postgres import new_database, running_postgres

FEW = 10
ROUNDS = 20
MANY = 25
"""Users that are suspended at once: their time is told for each of them."""
EACH = "many, each: {}"
EMPTY = "users/nosuchuser/"


@dataclass(frozen=True)
class Desk:
    """An operator at a domain."""

    app: Flask
    client: FlaskClient
    place: Place
    token: str

    def url(self, path: str) -> str:
        """A page below the domain's."""
        return f"/mail/{self.place.name}/{path}"

    def get(self, path: str, status: int = 200) -> None:
        """Fetch a page."""
        answer = self.client.get(self.url(path))
        assert answer.status_code == status, (path, answer.status_code)

    def post(self, path: str, status: int = 303, **fields: Any) -> float:
        """Send a form; milliseconds. One that is refused ends the measurement."""
        begin = perf_counter()
        answer = self.client.post(self.url(path), data={"csrf_token": self.token, **fields})
        spent = (perf_counter() - begin) * 1000
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return spent

    def change(self, path: str, of: str, status: int = 303, **fields: Any) -> float:
        """Send a form of an address as its page would show it now."""
        with self.app.app_context():
            version = version_of(db.session(), self.place, of)
        return self.post(path, status, version=version, **fields)

    def reply(self, user: str, **fields: Any) -> float:
        """Send the form of a user's auto reply."""
        with self.app.app_context():
            version = reply_version_of(db.session(), self.place, user)
        return self.post(f"users/{user}/auto-reply", version=version, **fields)


def measure(users: int) -> list[Result]:
    """The same on SQLite and on PostgreSQL."""
    results = _on("SQLite", users, "", "")
    with running_postgres() as port, new_database(port) as few, new_database(port) as many:
        results += _on("PostgreSQL", users, few, many)
    return results


def _on(name: str, users: int, few_url: str, many_url: str) -> list[Result]:
    with _desk(FEW, few_url) as desk:
        few = _queries(desk)
    with _desk(users, many_url) as desk:
        many = _queries(desk)
        results = [*_times(desk), _resetting(desk)]
    more = {what: many[what] - few[what] for what in few}
    worst = max(more, key=lambda what: more[what])
    detail = f"{len(few)} pages and actions; {worst}: {many[worst]}"
    result = Result(
        f"queries with {users:,} users", more[worst], 0, f" more than with {FEW}", detail
    )
    return [
        Result(f"{name}: {r.name}", r.value, r.limit, r.unit, r.detail) for r in [*results, result]
    ]


@contextmanager
def _desk(users: int, url: str) -> Iterator[Desk]:
    with loaded(1, users, url=url) as app:
        with app.app_context():
            place = people(db.session())
            if url:  # PostgreSQL does so by itself, a minute after so many rows have come
                db.session.execute(text("ANALYZE"))
            db.session.commit()
        client = signed_in(app)
        page = client.get(f"/mail/{place.name}/users/new").text
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        yield Desk(app, client, place, token)


def _looks(desk: Desk) -> dict[str, str]:
    """The pages by what they are called."""
    place = desk.place
    with desk.app.app_context():
        deep = middle(db.session(), place)
    found = {f"list, {which}": f"users/?which={which}" for which in UserFilter}
    found |= {f"list by {sort}, deep": f"users/?sort={sort}&after={deep}" for sort in UserSort}
    user = place.plain(1)[0]
    return found | {
        "search by address": f"users/?q={user[:6]}",
        "search by name": "users/?q=wang",
        "search for nobody": "users/?q=nobody",
        "a user": f"users/{user}/",
        "a user who forwards": "users/user3/",
        "a user's forwards": "users/user3/forwards",
        "before a suspension": f"users/{user}/suspend",
        "before a deletion": "users/user0/delete",
        "route look-up": "route?to=user3",
        "route of nobody": "route?to=nobody",
        "forward-only list": "forwards/",
        "forward-only list, deep": f"forwards/?after=only{place.forwards // 2}",
        "forward-only search": "forwards/?q=only1",
        "a forward-only address": "forwards/only1/",
        "catch-all": "catch-all",
        EACH.format("sheets"): f"users/bulk?action=print&picks={'+'.join(place.plain(MANY))}",
    }


def _deeds(desk: Desk, users: list[str]) -> dict[str, Callable[[], float]]:
    """Each action on the first of the users, the last two on all; together they change nothing."""
    one, picks = users[0], "\n".join(users)
    here = f"users/{one}/"
    facts: dict[str, Any] = {"name": "Bench", "quota_mb": 1000}
    targets: dict[str, Any] = {
        "user": f"one@elsewhere.example\nuser0@{desk.place.name}",
        "keep_copy": "y",
    }
    reply = {"enabled": "y", "subject": "Away", "text": "Back on Monday", "interval_days": 7}
    to_two = f"two@elsewhere.example\nuser0@{desk.place.name}"
    catch: dict[str, Any] = {"mode": "deliver", "local_part": one}
    return {
        "suspend": lambda: desk.change(f"{here}suspend", one, reason="Away"),
        "resume": lambda: desk.change(f"{here}resume", one),
        "edit": lambda: desk.change(f"{here}edit", one, **facts),
        "delete": lambda: desk.change(f"{here}delete", one),
        "restore": lambda: desk.change(f"{here}restore", one),
        "change of forwards": lambda: desk.change(f"{here}forwards", one, **targets),
        "end of forwards": lambda: desk.change(f"{here}forwards", one, keep_copy="y"),
        "change of an auto reply": lambda: desk.reply(one, **reply),
        "new forward-only address": lambda: desk.post(
            "forwards/new", local_part=f"new{one}", targets="two@elsewhere.example"
        ),
        "change of a forward-only address": lambda: desk.change(
            f"forwards/new{one}/", f"new{one}", targets=to_two
        ),
        "removal of a forward-only address": lambda: desk.change(
            f"forwards/new{one}/remove", f"new{one}"
        ),
        "change of the catch-all": lambda: desk.post("catch-all", **catch, shown="user0"),
        "change of the catch-all back": lambda: desk.post(
            "catch-all", mode="deliver", local_part="user0", shown=one
        ),
        EACH.format("suspend"): lambda: desk.post("users/bulk/suspend", picks=picks, reason="Away"),
        EACH.format("resume"): lambda: desk.post("users/bulk/resume", picks=picks),
    }


def _queries(desk: Desk) -> dict[str, int]:
    """How many queries each page and each action asks."""
    counts = {}
    for name, path in _looks(desk).items():
        with counted(desk.app) as statements:
            desk.get(path)
        counts[name] = len(statements)
    for name, act in _deeds(desk, desk.place.plain(FEW // 5)).items():
        with counted(desk.app) as statements:
            act()
        counts[name] = len(statements)
    return counts


def _timed(act: Callable[[], object]) -> float:
    begin = perf_counter()
    act()
    return (perf_counter() - begin) * 1000


def _times(desk: Desk) -> list[Result]:
    """Round by round, the empty page before each, so that what else the machine does hits both.

    An action finds what the one before it has left.
    """
    times: dict[str, list[float]] = {}
    empty: dict[str, list[float]] = {}
    frame = partial(desk.get, EMPTY, 404)
    acts: dict[str, Callable[[], float]] = {
        name: partial(_timed, partial(desk.get, path)) for name, path in _looks(desk).items()
    }
    for number in range(1, ROUNDS + 1):
        users = desk.place.plain(MANY * number)[-MANY:]
        for name, act in (acts | _deeds(desk, users)).items():
            empty.setdefault(name, []).append(_timed(frame))
            times.setdefault(name, []).append(act())
    return [
        Result(name, _ratio(spent, empty[name]) / _share(name), 3, " x empty page")
        for name, spent in times.items()
    ]


def _ratio(spent: Sequence[float], beside: Sequence[float]) -> float:
    """The median of what each took of what was measured just before it."""
    return median(one / other for one, other in zip(spent, beside, strict=True))


def _share(name: str) -> int:
    return MANY if name.startswith(EACH.format("")) else 1


def _resetting(desk: Desk) -> Result:
    """A reset as every other action, over the empty page, with a hash that was made before.

    An Argon2id hash is slow on purpose, and alone takes more than an empty page: how slow is a
    choice of how safe passwords are, not of how quick the panel is.
    """
    hashed = hash_mailbox_password("a-long-password-2")
    frame = partial(desk.get, EMPTY, 404)
    one = desk.place.plain(1)[0]
    reset = partial(desk.change, f"users/{one}/password", one, 200, password="a-long-password-2")
    empty, spent = [], []
    with patch.object(states, "hash_mailbox_password", return_value=hashed):
        for _ in range(ROUNDS):
            empty.append(_timed(frame))
            spent.append(reset())
    return Result("reset, without its hash", _ratio(spent, empty), 3, " x empty page")
