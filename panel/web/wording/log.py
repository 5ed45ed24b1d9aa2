"""What the audit log's entries say: one sentence for each action that is recorded anywhere.

A sentence is about its `subject`, which a page puts in as a link. Who did it stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from panel.accounts.models import ActorKind, AuditKind
from panel.orders.models import DnsState
from panel.web.formats import day, number, readable, size
from panel.web.words import DNS_STATES, LANGUAGES
from panel.web.zones import zone_label

Data = Mapping[str, Any]
Told = tuple[LazyString, dict[str, str]]
"""A sentence, and what stands in it beside the subject."""

KINDS: dict[AuditKind, LazyString] = {
    AuditKind.USERS: _l("Users"),
    AuditKind.FORWARDS: _l("Forwards"),
    AuditKind.ALIASES: _l("Domain aliases"),
    AuditKind.CATCH_ALL: _l("Catch-all"),
    AuditKind.DNS: _l("DNS"),
    AuditKind.SETTINGS: _l("Settings"),
    AuditKind.ORDERS: _l("Orders"),
    AuditKind.SIGN_IN: _l("Signing in"),
    AuditKind.OFFER: _l("Plans and clusters"),
}
ACTORS: dict[ActorKind, LazyString] = {
    ActorKind.SYSTEM: _l("System"),
    ActorKind.STAFF: _l("Provider's staff"),
    ActorKind.CUSTOMER: _l("Customers"),
    ActorKind.STRANGER: _l("Not signed in"),
}


def say_actor(kind: ActorKind, name: str, *, inside: bool) -> str:
    """Who did something; the operator's staff have no names for customers."""
    named = kind is ActorKind.CUSTOMER or (kind is ActorKind.STAFF and inside)
    return name if named else str(ACTORS[kind])


def say_entry(action: str, data: Data, *, inside: bool) -> Told:
    """What was done; `inside`: to the operator's staff, who read what is only for them.

    What is no longer recorded, and what is not yet, has a sentence that says little.
    """
    if action.endswith(".activate") and inside and data.get("reason"):
        told = _l("Activated %(subject)s by hand: %(reason)s")
        return told, {"reason": str(data["reason"])}
    sentence = SENTENCES.get(action, _l("Changed %(subject)s"))
    return sentence(data) if callable(sentence) else (sentence, {})


def _text(data: Data, name: str) -> str:
    """A value as people read it."""
    value = data.get(name)
    return readable(str(value)) if value not in (None, "") else str(_("none"))


def _list(values: Iterable[str]) -> str:
    """The values one after the other."""
    return _(", ").join(readable(value) for value in values) or str(_("none"))


def _zone(data: Data, name: str) -> str:
    return zone_label(_text(data, name))


def _language(data: Data, name: str) -> str:
    return str(LANGUAGES.get(data[name], data[name]))


def _size(value: Any) -> str:
    return size(int(value)) if value else str(_("without limit"))


def _day(value: Any) -> str:
    return day(date.fromisoformat(value)) if value else str(_("none"))


VALUES: dict[str, Callable[[Data, str], str]] = {
    "language": _language,
    "quota_bytes": lambda data, name: _size(data[name]),
    "time_zone": _zone,
}
"""How values are said that are not as people read them."""


def _changes(data: Data, labels: Mapping[str, LazyString]) -> str:
    """What is other than before, with its label."""
    before: Data = data.get("before") or {}
    said = []
    for name, label in labels.items():
        if name in before and name in data and before[name] != data[name]:
            old, new = (VALUES.get(name, _text)(of, name) for of in (before, data))
            said.append(f"{label} {old} → {new}")
    return _("; ").join(said) or str(_("none"))


def _with(text: LazyString, *names: str) -> Callable[[Data], Told]:
    """A sentence with values of the entry as they are."""
    return lambda data: (text, {name: _text(data, name) for name in names})


def _edited(text: LazyString, **labels: LazyString) -> Callable[[Data], Told]:
    return lambda data: (text, {"changes": _changes(data, labels)})


def _targets(
    changed: LazyString, begun: LazyString | None = None, ended: LazyString | None = None
) -> Callable[[Data], Told]:
    """Targets changed, `begun` where there were none before, `ended` where there are none now."""

    def told(data: Data) -> Told:
        before, after = data.get("before") or [], data.get("targets") or []
        text = (begun if not before else ended if not after else None) or changed
        return text, {"before": _list(before), "after": _list(after)}

    return told


def _keep_copy(data: Data) -> Told:
    if data.get("keep"):
        return _l("Mail that %(subject)s forwards now also stays in the mailbox"), {}
    return _l("Mail that %(subject)s forwards no longer stays in the mailbox"), {}


def _auto_reply(data: Data) -> Told:
    before, after = (bool((data.get(when) or {}).get("enabled")) for when in ("before", "after"))
    if before == after:
        return _l("Changed the auto reply of %(subject)s"), {}
    if after:
        return _l("Switched on the auto reply of %(subject)s"), {}
    return _l("Switched off the auto reply of %(subject)s"), {}


def _catch_all(data: Data) -> Told:
    before, after = data.get("before"), data.get("target")
    text = _l("Changed the catch-all of %(subject)s: from %(before)s@ to %(after)s@")
    if not before:
        text = _l("Let the catch-all of %(subject)s deliver to %(after)s@ instead of bouncing")
    elif not after:
        text = _l("Let the catch-all of %(subject)s bounce instead of delivering to %(before)s@")
    return text, {"before": str(before), "after": str(after)}


def _activated(data: Data) -> Told:
    if data.get("proof") == "operator":
        return _l("Activated %(subject)s by hand"), {}
    return _l("%(subject)s is active: the DNS has proven whose it is"), {}


def _dns(data: Data) -> Told:
    before, after = (str(DNS_STATES[DnsState(data[name])]) for name in ("before", "state"))
    text = _l("Looked at the MX records of %(subject)s: %(before)s → %(after)s")
    return text, {"before": before, "after": after}


def _order(data: Data) -> Told:
    text = _l("Took the order %(subject)s for %(domain)s: seats %(seats)s, until %(day)s")
    seats = number(int(data.get("seats") or 0))
    return text, {
        "domain": _text(data, "domain"),
        "seats": seats,
        "day": _day(data.get("expires_on")),
    }


def _renewed(data: Data) -> Told:
    text = _l("Renewed the order %(subject)s: the last day was %(before)s, now %(after)s")
    return text, {"before": _day(data.get("before")), "after": _day(data.get("expires_on"))}


def _plan(text: LazyString) -> Callable[[Data], Told]:
    def told(data: Data) -> Told:
        return text, {"seats": _text(data, "seats"), "quota": _size(data.get("quota_bytes"))}

    return told


def _cluster(data: Data) -> Told:
    return _l("Changed the cluster %(subject)s, MX: %(hosts)s"), {"hosts": _list(data["mx"])}


SENTENCES: dict[str, LazyString | Callable[[Data], Told]] = {
    "user.add": _with(_l("Added the user %(subject)s (%(name)s)"), "name"),
    "user.edit": _edited(
        _l("Edited the user %(subject)s: %(changes)s"),
        name=_l("Name"),
        alternate_email=_l("Alternate address"),
        quota_bytes=_l("Quota"),
    ),
    "user.suspend": _with(_l("Suspended the user %(subject)s. Reason: %(reason)s"), "reason"),
    "user.resume": _l("Resumed the user %(subject)s"),
    "user.password": _l("Reset the password of %(subject)s"),
    "user.delete": _l("Moved the user %(subject)s to the recycle bin"),
    "user.restore": _l("Restored the user %(subject)s from the recycle bin"),
    "user.purge": _l("Deleted the user %(subject)s and all its mail for good"),
    "user.user_forwards": _targets(
        _l("Changed the user forwards of %(subject)s from %(before)s to %(after)s"),
        _l("Set user forwards of %(subject)s to %(after)s"),
        _l("Removed the user forwards of %(subject)s, which were to %(before)s"),
    ),
    "user.admin_forwards": _targets(
        _l("Changed the administrator forwards of %(subject)s from %(before)s to %(after)s"),
        _l("Set administrator forwards of %(subject)s to %(after)s"),
        _l("Removed the administrator forwards of %(subject)s, which were to %(before)s"),
    ),
    "user.keep_copy": _keep_copy,
    "user.auto_reply": _auto_reply,
    "forward_only.add": _targets(
        _l("Added the forward-only account %(subject)s, which forwards to %(after)s")
    ),
    "forward_only.change": _targets(
        _l("The forward-only account %(subject)s now forwards to %(after)s"),
        ended=_l(
            "The forward-only account %(subject)s, which forwarded to %(before)s, leads nowhere"
        ),
    ),
    "forward_only.remove": _targets(
        _l("Removed the forward-only account %(subject)s"),
        ended=_l("Removed the forward-only account %(subject)s, which forwarded to %(before)s"),
    ),
    "alias.add": _l("Added the domain alias %(subject)s"),
    "alias.activate": _activated,
    "alias.give_way": _l(
        "Removed the domain alias %(subject)s, which nobody had proven: the name was ordered"
    ),
    "alias.remove": _l("Removed the domain alias %(subject)s"),
    "domain.catch_all": _catch_all,
    "domain.activate": _activated,
    "domain.settings": _with(
        _l(
            "Saved the settings of %(subject)s: notification address %(notification_email)s, "
            "company %(sheet_company)s, help line %(sheet_help)s"
        ),
        *("notification_email", "sheet_company", "sheet_help"),
    ),
    "dns.state": _dns,
    "order.create": _order,
    "order.suspend": _with(_l("Suspended the order %(subject)s. Reason: %(reason)s"), "reason"),
    "order.resume": _l("Ended the suspension of the order %(subject)s"),
    "order.renew": _renewed,
    "order.seats": _with(
        _l("Changed the seats of the order %(subject)s from %(before)s to %(seats)s"),
        *("before", "seats"),
    ),
    "order.expire": _l("The order %(subject)s has expired"),
    "customer.add": _l("Added the customer %(subject)s"),
    "customer.edit": _edited(
        _l("Edited the customer %(subject)s: %(changes)s"),
        email=_l("E-mail address"),
        language=_l("Language of mails"),
        time_zone=_l("Time zone"),
    ),
    "login.added": _l("Added the login %(subject)s"),
    "login.signed_in": _l("%(subject)s signed in"),
    "login.failed": _l("Sign-in failed: %(subject)s"),
    "login.password_changed": _l("Changed the password of the login %(subject)s"),
    "plan.add": _plan(_l("Added the plan %(subject)s: seats %(seats)s, quota %(quota)s")),
    "plan.edit": _plan(_l("Changed the plan %(subject)s: seats %(seats)s, quota %(quota)s")),
    "cluster.add": _l("Added the cluster %(subject)s"),
    "cluster.edit": _cluster,
}
"""By action."""
