"""A picture of each verdict, as the customer reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, delete, select
from sqlalchemy.orm import Session

from panel.demo import data
from panel.dns.verdicts import Reason, Row, Verdict, VerdictKind
from panel.orders.models import Domain, RecordCheck
from tests.browser.test_main_line import SHOTS
from tests.fixtures.browser import Surfer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DOMAIN = "xinghai.example"
"""Its order is suspended: the watch leaves it alone."""
KINDS = {
    Reason.NO_RECORD: VerdictKind.MISSING,
    Reason.HOST_DOUBLED: VerdictKind.MISSING,
    Reason.PRIORITY_DIFFERS: VerdictKind.VALID,
    Reason.FLATTENED: VerdictKind.VALID,
    Reason.CHAINED: VerdictKind.VALID,
    Reason.HOST_LACKS: VerdictKind.MISSING,
    Reason.FOREIGN_OUTRANKS: VerdictKind.DANGEROUS,
    Reason.FOREIGN_ALONE: VerdictKind.DANGEROUS,
    Reason.OURS_RENAMED: VerdictKind.VALID_WITH_EXTRAS,
    Reason.FOREIGN_EQUAL: VerdictKind.VALID_WITH_EXTRAS,
    Reason.FOREIGN_BESIDE: VerdictKind.VALID_WITH_EXTRAS,
    Reason.STILL_CACHED: VerdictKind.NOT_IN_EFFECT,
    Reason.ABSENCE_CACHED: VerdictKind.NOT_IN_EFFECT,
    Reason.SERVERS_DIFFER: VerdictKind.NOT_IN_EFFECT,
    Reason.SERVERS_SILENT: VerdictKind.UNKNOWN,
    Reason.RESOLVERS_FAIL: VerdictKind.VALID,
    Reason.SERVER_FAILED: VerdictKind.UNKNOWN,
    Reason.NO_ANSWER: VerdictKind.UNKNOWN,
    Reason.RESOLVER_FAILED: VerdictKind.UNKNOWN,
}
"""Of the others WRONG."""
OF_OTHERS = frozenset(
    {Reason.FOREIGN_OUTRANKS, Reason.FOREIGN_EQUAL, Reason.FOREIGN_BESIDE, Reason.NULL_MX}
    | {Reason.FOREIGN_ALONE, Reason.OURS_RENAMED}
    | {Reason.MX_IS_ADDRESS, Reason.MX_IS_CNAME, Reason.MX_UNRESOLVABLE}
)
FOUND = {
    Reason.FOREIGN_EQUAL: "25%",
    Reason.MX_IS_ADDRESS: "192.0.2.7",
    Reason.FLATTENED: "192.0.2.7",
    Reason.ADDRESS_INSTEAD: "192.0.2.7",
    Reason.DOMAIN_DOUBLED: f"us2.pop.mailhost.example.{DOMAIN}",
}


def check_of(reason: Reason) -> RecordCheck:
    """The stored check of a domain that has this fault."""
    kind, found = KINDS.get(reason, VerdictKind.WRONG), FOUND.get(reason, "pop.old-host.example")
    servers = ("ns1.dns-host.example",)
    if reason in OF_OTHERS:
        own = tuple(
            Row(f"us2.mx{n}.mailhost.example", VerdictKind.VALID, Reason.NONE) for n in (1, 2, 3)
        )
        other = Row("5 mx.old-host.example", kind, reason, (found,))
        verdict = Verdict("mx", kind, reason, own, (other.value,), (other,))
    else:
        at = f"pop.{DOMAIN}.{DOMAIN}"
        row = Row("us2.pop.mailhost.example", kind, reason, (found,), at, servers, 480)
        verdict = Verdict("pop", kind, reason, (row,))
    return RecordCheck(
        key=verdict.key,
        kind=kind.value,
        verdict=verdict.to_json(),
        checked_at=datetime.now(UTC),
    )


@pytest.fixture
def stored(surfer: Surfer) -> Iterator[Session]:
    """The running product's own database."""
    engine = create_engine(f"sqlite:///{surfer.product.instance / 'db/youju.sqlite3'}")
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.mark.parametrize("surfer", [{"locale": "zh-CN"}], indirect=True)
def test_each_verdict_is_read_on_the_page(surfer: Surfer, stored: Session) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    surfer.sign_in("wang@mingyuan.example", data.CUSTOMER_PASSWORD)
    domain_id = stored.scalars(select(Domain.id).where(Domain.name == DOMAIN)).one()
    for reason in set(Reason) - {Reason.NONE}:
        check = check_of(reason)
        check.watched_id = domain_id
        stored.execute(delete(RecordCheck).where(RecordCheck.watched_id == domain_id))
        stored.add(check)
        stored.commit()
        surfer.go(f"/mail/{DOMAIN}/dns")
        row = surfer.page.locator("tr, #dns-first", has=surfer.page.locator(".why"))
        assert row.count() == 1, reason
        row.screenshot(path=SHOTS / f"zh-verdict-{reason.value}.png")


@pytest.mark.parametrize("surfer", [{"locale": "zh-CN"}], indirect=True)
def test_a_re_check_keeps_the_focus_and_says_what_it_has_brought(surfer: Surfer) -> None:
    surfer.sign_in("wang@mingyuan.example", data.CUSTOMER_PASSWORD)
    surfer.go(f"/mail/{DOMAIN}/dns")
    for button in ("again-all", "again-mx2", "again-pop"):
        surfer.page.focus(f"#{button}")
        surfer.page.keyboard.press("Enter")
        surfer.page.locator("#notices .notice", has_text="已检测").wait_for()
        assert surfer.page.evaluate("document.activeElement.id") == button
        surfer.page.evaluate("document.querySelector('#notices').replaceChildren()")
