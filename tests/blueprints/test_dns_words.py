"""Each reason of a verdict has words in both languages, which name what is to be typed where."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template_string
from flask_babel import force_locale

from panel.dns.records import ExpectedRecord, RecordType
from panel.dns.verdicts import Reason, Row, VerdictKind

RECORD = ExpectedRecord("pop", RecordType.CNAME, "pop", "pop.a.example", "us2.pop.b.example", 600)
OF_OTHERS = frozenset(
    {
        Reason.FOREIGN_OUTRANKS,
        Reason.FOREIGN_EQUAL,
        Reason.FOREIGN_BESIDE,
        Reason.NULL_MX,
        Reason.MX_IS_ADDRESS,
        Reason.MX_IS_CNAME,
        Reason.MX_UNRESOLVABLE,
    }
)
NAMES = {
    Reason.NO_RECORD: ("pop", "CNAME", RECORD.value),
    Reason.DIFFERS: ("found.example", RECORD.value),
    Reason.SEVERAL_VALUES: ("found.example", RECORD.value),
    Reason.DOMAIN_DOUBLED: ("found.example", RECORD.value),
    Reason.HOST_DOUBLED: ("at.example", "pop"),
    Reason.WILDCARD: ("found.example", "pop"),
    Reason.PRIORITY_DIFFERS: ("found.example",),
    Reason.MX_IS_ADDRESS: ("found.example",),
    Reason.MX_IS_CNAME: ("found.example",),
    Reason.MX_UNRESOLVABLE: ("found.example",),
    Reason.FLATTENED: ("found.example",),
    Reason.CHAINED: ("found.example",),
    Reason.ADDRESS_INSTEAD: ("found.example", "pop", RECORD.value),
    Reason.CNAME_LOOP: ("found.example", RECORD.value),
    Reason.CNAME_BESIDE_OTHERS: ("found.example", "pop"),
    Reason.CNAME_AT_APEX: ("found.example", "@"),
    Reason.EXPIRED: ("ns1.example",),
    Reason.NO_SERVER_ADDRESS: ("ns1.example",),
    Reason.SERVERS_SILENT: ("ns1.example",),
    Reason.SERVERS_REFUSE: ("ns1.example",),
    Reason.FOREIGN_EQUAL: ("found.example",),
    Reason.SERVERS_FAIL: ("ns1.example",),
    Reason.SERVERS_LAME: ("ns1.example",),
    Reason.SERVERS_DIFFER: ("ns1.example", "found.example"),
    Reason.RESOLVERS_FAIL: ("ns1.example",),
    Reason.STILL_CACHED: ("found.example", "8"),
    Reason.ABSENCE_CACHED: ("8",),
}


def words(app: Flask, locale: str, row: Row, record: ExpectedRecord | None) -> str:
    """What the page says of the row."""
    with app.test_request_context(), force_locale(locale):
        html = render_template_string(
            '{% from "dns/_why.html" import why with context %}{{ why(record, row) }}',
            record=record,
            row=row,
        )
    return BeautifulSoup(html, "html.parser").get_text().strip()


def row_of(reason: Reason, kind: VerdictKind = VerdictKind.WRONG, seconds: int = 480) -> Row:
    return Row(
        RECORD.value, kind, reason, ("found.example",), "at.example", ("ns1.example",), seconds
    )


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.NONE])
def test_every_reason_is_said_and_names_what_it_is_about(
    app: Flask, reason: Reason, locale: str
) -> None:
    said = words(app, locale, row_of(reason), None if reason in OF_OTHERS else RECORD)
    assert said.endswith((".", "?", "。"))
    assert "%(" not in said
    for name in NAMES.get(reason, ()):
        assert name in said


def test_a_right_record_needs_no_words(app: Flask) -> None:
    assert words(app, "en", row_of(Reason.NONE), RECORD) == ""


@pytest.mark.parametrize(
    "reason",
    [Reason.SERVERS_SILENT, Reason.SERVERS_REFUSE, Reason.SERVERS_LAME, Reason.SERVERS_FAIL],
)
def test_a_lazy_server_beside_a_good_one_is_no_alarm(app: Flask, reason: Reason) -> None:
    assert words(app, "en", row_of(reason, VerdictKind.VALID), RECORD).startswith("Mail works")


@pytest.mark.parametrize(
    ("seconds", "time"),
    [
        (1, "1 minute that"),
        (61, "2 minutes that"),
        (5400, "90 minutes that"),
        (5401, "2 hours that"),
    ],
)
def test_waiting_is_told_in_minutes_or_hours(app: Flask, seconds: int, time: str) -> None:
    assert time in words(app, "en", row_of(Reason.ABSENCE_CACHED, seconds=seconds), RECORD)


@pytest.mark.parametrize("reason", [Reason.STILL_CACHED, Reason.ABSENCE_CACHED])
def test_waiting_without_a_known_end_is_told_too(app: Flask, reason: Reason) -> None:
    assert "for some time" in words(app, "en", row_of(reason, seconds=0), RECORD)


def test_a_stranger_s_text_is_no_markup(app: Flask) -> None:
    row = Row(RECORD.value, VerdictKind.WRONG, Reason.DIFFERS, ("<b>x</b>",))
    assert "<b>x</b>" in words(app, "en", row, RECORD)  # as text, after the page was read
