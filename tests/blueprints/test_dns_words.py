"""Each reason of a verdict has words in both languages, which name what is to be typed where."""

from __future__ import annotations

import re
from dataclasses import replace

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
        Reason.FOREIGN_ALONE,
        Reason.OURS_RENAMED,
        Reason.NULL_MX,
        Reason.MX_IS_ADDRESS,
        Reason.MX_IS_CNAME,
        Reason.MX_UNRESOLVABLE,
    }
)
NAMES = {
    Reason.NO_RECORD: ("pop", "CNAME", RECORD.value),
    Reason.DIFFERS: ("found.example", "pop", RECORD.value),
    Reason.SEVERAL_VALUES: ("found.example", "pop", RECORD.value),
    Reason.DOMAIN_DOUBLED: ("found.example", "pop", RECORD.value),
    Reason.HOST_DOUBLED: ("at.example", "pop"),
    Reason.WILDCARD: ("found.example", "pop", RECORD.value),
    Reason.PRIORITY_DIFFERS: ("found.example",),
    Reason.MX_IS_ADDRESS: ("found.example",),
    Reason.MX_IS_CNAME: ("found.example",),
    Reason.MX_UNRESOLVABLE: ("found.example",),
    Reason.FLATTENED: ("found.example",),
    Reason.CHAINED: ("found.example",),
    Reason.ADDRESS_INSTEAD: ("found.example", "pop", RECORD.value),
    Reason.CNAME_LOOP: ("found.example", "pop", RECORD.value),
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


TO_TYPE = frozenset(
    {
        Reason.NO_RECORD,
        Reason.HOST_DOUBLED,
        Reason.DIFFERS,
        Reason.SEVERAL_VALUES,
        Reason.DOMAIN_DOUBLED,
        Reason.WILDCARD,
        Reason.HOST_LACKS,
        Reason.ADDRESS_INSTEAD,
        Reason.CNAME_LOOP,
    }
)
WHY = '{% from "dns/_why.html" import why with context %}{{ why(record, row) }}'
FOREIGN = "5 mx.old.example"


def words(app: Flask, locale: str, row: Row, record: ExpectedRecord | None) -> str:
    """What the page says of the row."""
    with app.test_request_context(), force_locale(locale):
        html = render_template_string(
            WHY,
            record=record,
            row=row,
        )
    return " ".join(BeautifulSoup(html, "html.parser").get_text().split())


def row_of(reason: Reason, kind: VerdictKind = VerdictKind.WRONG, seconds: int = 480) -> Row:
    value = FOREIGN if reason in OF_OTHERS else RECORD.value
    return Row(value, kind, reason, ("found.example",), "at.example", ("ns1.example",), seconds)


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.NONE])
def test_every_reason_is_said_and_names_what_it_is_about(
    app: Flask, reason: Reason, locale: str
) -> None:
    said = words(app, locale, row_of(reason), None if reason in OF_OTHERS else RECORD)
    if reason in TO_TYPE:
        assert f" {RECORD.value}." in said
        assert "CNAME" in said
    elif reason in OF_OTHERS:
        assert re.search(r" @ .* MX .* mx\.old\.example\. .* 5$", said)
    else:
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
def test_a_lazy_server_beside_a_good_one_says_nothing_of_mail(app: Flask, reason: Reason) -> None:
    said = words(app, "en", row_of(reason, VerdictKind.VALID), RECORD)
    assert said.startswith("Some name servers")
    assert "Mail" not in said


def test_what_is_to_be_typed_is_copied_with_its_final_dot(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        html = render_template_string(WHY, record=RECORD, row=row_of(Reason.DOMAIN_DOUBLED))
    (button,) = BeautifulSoup(html, "html.parser").select("[data-copy]")
    assert button["data-copy"] == "us2.pop.b.example."


def test_another_text_is_not_to_be_changed(app: Flask) -> None:
    proof = replace(RECORD, type=RecordType.TXT, value="youju-verify=abc")
    said = words(app, "en", row_of(Reason.DIFFERS), proof)
    assert "they may stay. Please add:" in said
    assert "Value youju-verify=abcCopy" in said


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
