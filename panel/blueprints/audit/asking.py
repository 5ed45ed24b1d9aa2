"""What the log's page is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from panel.accounts.log import LogSearch, people
from panel.accounts.models import ActorKind, AuditKind
from panel.extensions import db
from panel.orders.models import Domain
from panel.web import asked, context
from panel.web.forms import fold
from panel.web.language import time_zone
from panel.web.wording.log import ACTORS, KINDS

YEARS = range(2000, 2100)
_DAY = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D?")


@dataclass(frozen=True)
class Question:
    """The search of the URL, what the filters offer, and which days are wrong and why."""

    search: LogSearch
    typed: dict[str, str]
    kinds: dict[str, str]
    actors: dict[str, str]
    faulty: tuple[str, ...] = ()
    wrong: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether anything is asked for beyond the whole log."""
        return any(self.typed.values())


def question(domain: Domain | None) -> Question:
    """What is asked of the log of a domain, or of all that the actor may see."""
    actors, kinds = _actors(domain), _kinds(domain)
    typed = {name: asked.words(name, most) for name, most in FILTERS.items()}
    typed["who"] = typed["who"] if typed["who"] in actors else ""
    typed["kind"] = typed["kind"] if typed["kind"] in kinds else ""
    days, faulty, wrong = {}, [], ""
    for name in DAYS:
        try:
            days[name] = _day(typed[name])
        except ValueError:
            faulty.append(name)
            wrong = _("Please enter a day as in 2026-11-30, from 2000 to 2099.")
    since, until = days.get("from"), days.get("to")
    if since and until and until < since:
        faulty, wrong = list(DAYS), _("The first day must not be later than the last.")
    search = LogSearch(
        domain_id=domain.id if domain else None,
        text=fold(typed["q"]) or "",
        kind=AuditKind(typed["kind"]) if typed["kind"] else None,
        who=_who(typed["who"]),
        since=since,
        until=until + timedelta(days=1) if until else None,
        after=asked.row("after"),
        before=asked.row("before"),
    )
    return Question(search, typed, kinds, actors, tuple(faulty), wrong)


FILTERS = {"q": 320, "kind": 20, "who": 20, "from": 20, "to": 20}
"""The names of the fields, and how much of each is read."""
DAYS = ("from", "to")


def _day(typed: str) -> datetime | None:
    """The beginning of a day in the page's time zone; a ValueError for what is no day."""
    if not typed:
        return None
    found = _DAY.fullmatch(fold(typed) or "")
    if found is None or int(found[1]) not in YEARS:
        raise ValueError(typed)
    year, month, day = (int(part) for part in found.groups())
    return datetime(year, month, day, tzinfo=time_zone())


def _who(typed: str) -> ActorKind | int | None:
    return int(typed) if typed.isdecimal() else ActorKind(typed) if typed else None


def _actors(domain: Domain | None) -> dict[str, str]:
    """Who may be chosen: kinds of actors, then logins by id."""
    actor = context.actor()
    kinds = [ActorKind.STAFF, ActorKind.SYSTEM]
    kinds += [ActorKind.CUSTOMER] if actor.is_operator and domain is None else []
    logins = people(db.session(), actor, domain.order.customer_id if domain else None)
    return {kind.value: str(ACTORS[kind]) for kind in kinds} | {
        str(login.id): f"{login.name} ({login.email})" for login in logins
    }


def _kinds(domain: Domain | None) -> dict[str, str]:
    """What entries can be about, where the log is read."""
    left_out = {AuditKind.OFFER} if not context.actor().is_operator else set()
    left_out |= {AuditKind.SIGN_IN, AuditKind.OFFER} if domain else set()
    return {kind.value: str(words) for kind, words in KINDS.items() if kind not in left_out}
