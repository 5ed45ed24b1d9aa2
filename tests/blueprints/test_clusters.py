"""The operator's clusters."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.orders.clusters import find_cluster
from panel.orders.models import Cluster
from tests.factories.accounts import make_login
from tests.factories.orders import make_cluster
from tests.support.page import Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
NEW = {
    "name": "eu1",
    "mx": "10 mx1.eu.example\n20 mx2.eu.example",
    "imap_canonical": "i.eu.example",
}


@pytest.fixture
def operator(page: Page, session: Session) -> Page:
    """The operator, reading English."""
    login = make_login(session)
    form = page.get("/login").form(action="language.choose")
    page.language = "en"
    form.submit(language="en")
    page.sign_in(login)
    return page


@HTMX
def test_a_cluster_is_added_with_the_services_that_it_offers(
    operator: Page, session: Session, htmx: bool
) -> None:
    operator.get("clusters.new").form("clusters-edit").submit(htmx=htmx, **NEW)
    cluster = find_cluster(session, session.scalars(select(Cluster.id)).one())
    assert cluster is not None
    assert [(mx.priority, mx.host) for mx in cluster.mx_hosts] == [
        (10, "mx1.eu.example"),
        (20, "mx2.eu.example"),
    ]
    assert [(s.protocol.value, s.host, s.port) for s in cluster.services] == [
        ("imap", "i.eu.example", 993)
    ]


@HTMX
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "us2"),
        ("mx", ""),
        ("mx", "mx1.eu.example"),
        ("mx", "70000 mx1.eu.example"),
        ("mx", "10 192.0.2.1"),
        ("mx", "10 mx1.eu.example\n20 MX1.eu.example"),
        ("imap_canonical", "no host"),
        ("imap_port", "0"),
    ],
)
def test_a_wrong_cluster_is_told_beside_the_field(
    operator: Page, session: Session, field: str, typed: str, htmx: bool
) -> None:
    make_cluster(session)
    form = operator.get("clusters.new").form("clusters-edit")
    assert form.submit(422, htmx=htmx, **(NEW | {field: typed})).error(field)
    assert session.scalars(select(Cluster.name)).all() == ["us2"]


@HTMX
def test_a_cluster_is_edited_and_keeps_what_stays(
    operator: Page, session: Session, htmx: bool
) -> None:
    cluster_id = make_cluster(session).id
    form = operator.get("clusters.show", cluster_id=cluster_id).form("clusters-edit")
    mx = "5 us2.mx2.mailhost.example\n10 new.mailhost.example"
    form.submit(htmx=htmx, mx=mx, pop_canonical="")
    cluster = find_cluster(session, cluster_id)
    assert cluster is not None
    assert [mx.host for mx in cluster.mx_hosts] == [
        "us2.mx2.mailhost.example",
        "new.mailhost.example",
    ]
    assert {s.protocol.value for s in cluster.services} == {"webmail", "imap", "smtp"}


@HTMX
def test_two_operators_at_once(operator: Page, session: Session, htmx: bool) -> None:
    cluster = make_cluster(session)
    where = operator.url("clusters.show", cluster_id=cluster.id)
    first, second = (operator.get(where).form("clusters-edit") for _ in range(2))
    first.submit(ttl="600")
    refused = second.submit(409, htmx=htmx, name="us9")
    assert "Now it is: 600" in refused.said
    refused.form("clusters-edit").submit(htmx=htmx)
    assert session.scalars(select(Cluster.name)).one() == "us9"
