"""Words for the field's refusals and states: the field itself speaks no language.

Each package's refusals are registered here, one sentence a class; a house test demands that none
is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Flask
from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from panel.dns.answers import Outcome
from panel.orders.models import DnsState, Encryption, OrderStatus, Protocol, ServiceStatus
from panel.refusals import Refusal
from panel.web.formats import readable
from panel.web.language import html_lang

R = TypeVar("R", bound=Refusal)

SENTENCES: dict[type[Refusal], Callable[[Any], str | LazyString]] = {}
"""Of each refusal: what `worded` has registered."""

STATES: dict[ServiceStatus | OrderStatus, LazyString] = {
    ServiceStatus.PENDING: _l("Pending"),
    ServiceStatus.ACTIVE: _l("Active"),
    ServiceStatus.SUSPENDED: _l("Suspended"),
    ServiceStatus.EXPIRED: _l("Expired"),
}

PROTOCOLS: dict[Protocol, LazyString] = {
    Protocol.IMAP: _l("Incoming server (IMAP)"),
    Protocol.POP: _l("Incoming server (POP)"),
    Protocol.SMTP: _l("Outgoing server (SMTP)"),
    Protocol.WEBMAIL: _l("Webmail"),
}

ENCRYPTIONS: dict[Encryption, str] = {Encryption.TLS: "SSL/TLS", Encryption.STARTTLS: "STARTTLS"}
LANGUAGES: dict[str, LazyString] = {"zh": _l("Chinese"), "en": _l("English")}
DNS_STATES: dict[DnsState, LazyString] = {
    DnsState.UNCHECKED: _l("Not checked yet"),
    DnsState.RIGHT: _l("Right"),
    DnsState.WAITING: _l("Not in effect yet"),
    DnsState.WRONG: _l("Wrong"),
}
SERVICES: dict[str, LazyString] = {
    "smtp": _l("Mail from outside (SMTP)"),
    "submission": _l("Sending mail (STARTTLS)"),
    "submissions": _l("Sending mail (SSL/TLS)"),
    "imap": _l("Reading mail (IMAP)"),
    "imaps": _l("Reading mail (IMAP, SSL/TLS)"),
    "pop3": _l("Fetching mail (POP3)"),
    "pop3s": _l("Fetching mail (POP3, SSL/TLS)"),
    "srs": _l("Forwards to other hosts (SRS)"),
}
OUTCOMES: dict[Outcome, LazyString] = {
    Outcome.FOUND: _l("Found"),
    Outcome.NO_RECORD: _l("No such record"),
    Outcome.NO_DOMAIN: _l("No such name"),
    Outcome.SERVER_FAILED: _l("The server failed"),
    Outcome.NO_ANSWER: _l("No answer"),
    Outcome.REFUSED: _l("Refused"),
    Outcome.LAME: _l("The server does not know the domain"),
    Outcome.ELSEWHERE: _l("Points to other servers"),
    Outcome.BOGUS: _l("The signatures are wrong"),
    Outcome.NOT_ASKED: _l("Not asked"),
}

UNREAD: dict[str, LazyString] = {
    "answer too large": _l("The answer is larger than what is read here"),
    "too many records": _l("The answer has more records than are read here"),
    "too much to read": _l("The answer takes longer to read than is allowed here"),
    "connection closed": _l("The server closed the connection"),
    "answer to another question": _l("The server answered another question"),
    "not readable": _l("What came is no DNS message"),
}
"""What `panel.dns.reading.Unreadable` says."""


def say_unread(said: str) -> str:
    """Why an answer was not read, which is no fault of the domain's; empty where it was."""
    return str(UNREAD.get(said.partition(":")[0], ""))


SYSTEM_SAID: dict[str, LazyString] = {
    "timed out": _l("It takes the connection and says nothing."),
    "_ssl.c": _l("It does not speak TLS as it should."),
    "Connection refused": _l("It is not started, or has stopped."),
}
"""Of what Python and the system say when a service does not answer: what it means."""


def say_detail(said: str) -> str:
    """What the system said of a service, in words; empty where it has said something else."""
    return str(next((told for part, told in SYSTEM_SAID.items() if part in said), ""))


def worded(kind: type[R], sentence: Callable[[R], str | LazyString]) -> None:
    """Register the sentence of a refusal."""
    SENTENCES[kind] = sentence


def say_refusal(refusal: Refusal) -> str:
    """The refusal in the reader's language, the domains in it as people read them."""
    return readable(str(SENTENCES[type(refusal)](refusal)))


def in_language(locale: str, caller: Callable[[], str]) -> Markup:
    """A template's `call` block in another language than the page's."""
    with force_locale(locale):
        return Markup(caller())  # noqa: S704 - a template's own output, escaped already


def in_languages(text: LazyString, locales: Sequence[str]) -> Markup:
    """The text in the first language and, as what is also said, in each other."""
    said = []
    for locale in locales:
        with force_locale(locale):
            said.append((html_lang(locale), str(text)))
    first, *others = said
    also = Markup(' <span class="also" lang="{}">{}</span>')
    return escape(first[1]) + Markup().join(also.format(*other) for other in others)


def register(app: Flask) -> None:
    """Give templates the words for states."""
    app.jinja_env.globals.update(
        say_state=STATES.__getitem__,
        say_protocol=PROTOCOLS.__getitem__,
        say_encryption=ENCRYPTIONS.__getitem__,
        say_dns_state=DNS_STATES.__getitem__,
        say_service=SERVICES.__getitem__,
        say_outcome=OUTCOMES.__getitem__,
        say_detail=say_detail,
        say_unread=say_unread,
        in_language=in_language,
        in_languages=in_languages,
        _l=_l,
    )
