"""Adding a user: what is typed wrong is said beside its field, what is right gives the sheet."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry
from panel.directory.models import Mailbox
from panel.orders.models import Domain, OrderStatus
from panel.outbox.models import OutboxMail
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.orders import make_domain
from tests.support.page import FilledForm, Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
RIGHT = {"name": "李明", "local_part": "li.ming"}


@pytest.fixture
def domain(session: Session) -> Domain:
    return make_domain(session, seats=2)


@pytest.fixture
def form(page: Page, session: Session, domain: Domain) -> FilledForm:
    """The empty form, before the domain's own customer."""
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return page.get("users.new", domain=domain.name).form("users-form")


def users(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Mailbox)) or 0


@HTMX
def test_the_confirmation_shows_sheet_and_password(
    form: FilledForm, session: Session, htmx: bool
) -> None:
    answer = form.submit(htmx=htmx, **RIGHT, password="violet-kettle-41")
    assert "li.ming@mingyuan.example" in answer.said
    assert "violet-kettle-41" in answer.said
    user = session.scalars(select(Mailbox)).one()
    assert user.password_hash.startswith("{ARGON2ID}")
    assert user.domain_id == session.scalars(select(Domain.id)).one()
    actions = session.scalars(select(AuditEntry.action)).all()
    assert "user.add" in actions


def test_an_empty_password_is_generated_and_shown_nowhere_else(
    form: FilledForm, page: Page, domain: Domain
) -> None:
    said = form.submit(**RIGHT).said
    assert "密码" in said
    later = page.get("users.show", domain=domain.name, local_part="li.ming").text
    sheet = page.get("users.sheet", domain=domain.name, local_part="li.ming").text
    assert "ARGON2" not in later + sheet


@HTMX
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "李" * 101),
        ("local_part", ""),
        ("local_part", "Li.Ning"),
        ("local_part", "li ming"),
        ("local_part", "a" * 65),
        ("local_part", "a" * 300),
        ("local_part", "李明"),
        ("local_part", "mailer-daemon"),
        ("local_part", ".li"),
        ("local_part", "li..ming"),
        ("local_part", "li@mingyuan.example"),
        ("local_part", "li+news"),
        ("password", "short"),
        ("password", "a" * 129),
        ("password", "a" * 501),
        ("password", "password123"),
        ("password", "aaaaaaaaaaaa"),
        ("alternate_email", "nowhere"),
        ("alternate_email", "li@" + "a" * 300),
        ("quota_mb", ""),
        ("quota_mb", "0"),
        ("quota_mb", "many"),
        ("quota_mb", "99999999999999999999"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    form: FilledForm, session: Session, domain: Domain, htmx: bool, field: str, typed: str
) -> None:
    make_mailbox(session, domain, "li.ning")
    answer = form.submit(422, htmx=htmx, **(RIGHT | {field: typed}))
    assert answer.error(field)
    assert users(session) == 1
    if field != "name":
        assert answer.find("[name=name]")["value"] == "李明"
    if field != "password":
        assert not answer.find("[name=password]").get("value")


@HTMX
def test_the_last_seat_is_the_last(
    form: FilledForm, session: Session, domain: Domain, htmx: bool
) -> None:
    make_mailbox(session, domain, "wang")
    make_mailbox(session, domain, "zhao")
    answer = form.submit(422, htmx=htmx, **RIGHT)
    assert answer.find("[role=alert]").get_text(strip=True)
    assert users(session) == 2


@HTMX
@pytest.mark.parametrize("status", [OrderStatus.SUSPENDED, OrderStatus.EXPIRED])
def test_nobody_is_added_while_the_order_rests(
    form: FilledForm, session: Session, domain: Domain, htmx: bool, status: OrderStatus
) -> None:
    domain.order.status = status
    answer = form.submit(422, htmx=htmx, **RIGHT)
    assert answer.find("[role=alert]").get_text(strip=True)
    assert users(session) == 0


@HTMX
def test_a_form_sent_twice_adds_one_user(form: FilledForm, session: Session, htmx: bool) -> None:
    form.submit(htmx=htmx, **RIGHT)
    assert "li.ming" in form.submit(htmx=htmx, **RIGHT).said
    assert users(session) == 1


def test_full_width_letters_are_taken_as_plain_ones(form: FilledForm, session: Session) -> None:
    form.submit(name="李明", local_part="ＬＩ．ＭＩＮＧ")
    assert session.scalars(select(Mailbox.local_part)).one() == "li.ming"


def test_what_is_typed_is_text_and_never_markup(form: FilledForm) -> None:
    answer = form.submit(**(RIGHT | {"name": "<b>李</b>明"}))
    assert "<b>李" not in answer.text


@pytest.mark.parametrize("wanted", [True, False])
def test_the_sheet_waits_sealed_in_the_outbox_when_it_is_asked_for(
    form: FilledForm, session: Session, wanted: bool
) -> None:
    form.submit(
        **RIGHT,
        alternate_email="li@home.example",
        password="violet-kettle-41",
        send_sheet="y" if wanted else None,
    )
    mails = session.scalars(select(OutboxMail)).all()
    assert [mail.recipient for mail in mails] == (["li@home.example"] if wanted else [])
    assert all(b"violet" not in (mail.sealed or b"") for mail in mails)


def test_while_typing_the_address_is_checked(form: FilledForm, page: Page, domain: Domain) -> None:
    url = page.url("users.check", domain=domain.name)
    assert page.get(f"{url}?local_part=li..ming", htmx=True).said
    assert not page.get(f"{url}?local_part=li.ming", htmx=True).said
