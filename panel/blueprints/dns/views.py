"""The DNS page of a domain: what to publish, what is there, why they differ."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from panel.blueprints.dns.sharing import LASTS, link_of
from panel.dns.examination import examine
from panel.dns.records import ExpectedRecord
from panel.dns.zone_file import zone_file
from panel.extensions import db
from panel.orders.dns_log import keep_log, kept_log
from panel.orders.models import Domain
from panel.orders.standing import Event
from panel.orders.verification import (
    activate_by_hand,
    asking_of,
    expected_of,
    keep_verdicts,
    kept_verdicts,
)
from panel.web import context
from panel.web.access import operator_only, under_domain
from panel.web.htmx import answer, asks_for_part, leave
from panel.web.notices import queue_notice
from panel.web.transaction import transaction

bp = Blueprint("dns", __name__, url_prefix="/mail/<domain>/dns")
under_domain(bp)


@bp.get("")
def show() -> Response:
    """The page with the last verdicts."""
    return _answer(expected_of(db.session(), context.domain()))


@bp.get("/log")
def log() -> str:
    """Who was asked what at the last check, and what came back."""
    return render_template("dns/log.html", log=kept_log(db.session(), context.domain()))


@bp.get("/zone.txt")
def zone() -> Response:
    """The records as a zone file to import."""
    domain = context.domain()
    text = zone_file(domain.name, expected_of(db.session(), domain))
    sent = {"Content-Disposition": f'attachment; filename="{domain.name}.zone.txt"'}
    return Response(text, mimetype="text/plain", headers=sent)


@bp.post("/check")
def check() -> Response:
    """Ask the DNS now: all records, or those of one key; in at most the deadline's seconds."""
    domain, settings = context.domain(), context.settings()
    records = expected_of(db.session(), domain)
    key = request.form.get("key", "")
    wanted = [record for record in records if key in ("", record.key)]
    if not wanted:
        abort(400)
    examined = examine(domain.name, wanted, asking_of(settings))
    with transaction() as session:
        by, now = context.actor(), context.now()
        event = keep_verdicts(session, domain, examined.verdicts, by=by, now=now)
        keep_log(session, domain, examined, now)
        _tell(session, domain, event)
    if asks_for_part():
        return _answer(records)
    return leave(url_for("dns.show"))


@bp.post("/activate")
@operator_only
def activate() -> Response:
    """The operator vouches for the domain, with a reason."""
    reason = request.form.get("reason", "").strip()[:500]
    domain = context.domain()
    if not reason:
        records = expected_of(db.session(), domain)
        return _answer(records, status=422, reason_error=_("Please say why you vouch for it."))
    with transaction() as session:
        event = activate_by_hand(session, domain, reason, by=context.actor(), now=context.now())
        _tell(session, domain, event)
    return leave(url_for("dns.show"))


def _answer(
    records: Sequence[ExpectedRecord], *, status: int = 200, reason_error: str = ""
) -> Response:
    return answer(
        "dns/show.html",
        part="dns/_records.html",
        status=status,
        records=records,
        kept=kept_verdicts(db.session(), context.domain()),
        log=kept_log(db.session(), context.domain()),
        link=link_of(context.domain()),
        link_lasts=LASTS.total_seconds(),
        reason_error=reason_error,
    )


def _tell(session: Session, domain: Domain, event: Event | None) -> None:
    """Mail the domain's people what has come of it."""
    if event is not None:
        queue_notice(session, domain, event, context.settings(), context.now())
