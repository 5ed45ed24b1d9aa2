"""The DNS page of a domain or an alias domain: what to publish, what is there, why they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from limits import parse
from sqlalchemy.orm import Session

from panel.blueprints.dns.overview import overview
from panel.blueprints.dns.sharing import LASTS, link_of
from panel.blueprints.dns.turns import Turns
from panel.dns.examination import Examination, examine
from panel.dns.records import VERIFY_KEY, ExpectedRecord
from panel.dns.verdicts import VerdictKind
from panel.dns.zone_file import zone_file
from panel.extensions import db, limiter
from panel.orders.dns_log import keep_log, kept_log
from panel.orders.models import MailName, ServiceStatus
from panel.orders.standing import Event
from panel.orders.verification import (
    KeptVerdict,
    activate_by_hand,
    asking_of,
    expected_of,
    keep_verdicts,
    kept_verdicts,
    needs_token,
    take,
)
from panel.web import context
from panel.web.access import operator_only, under_alias, under_domain
from panel.web.formats import clock
from panel.web.htmx import answer, asks_for_part, leave
from panel.web.notices import queue_notice
from panel.web.transaction import let_go, transaction

CHECKS = parse("30 per minute")
"""Re-checks of one login: each may hold a thread for as long as the deadline."""
TURNS = Turns(most=3)
"""Of the eight threads that the README gives a process most are left to everybody else."""
AFTER_CHECK = 30
OVERDUE = 60
"""Seconds after which an open page looks again: after the next check, and while that is late."""

bp = Blueprint("dns", __name__, url_prefix="/mail/<domain>/dns")
of_alias = Blueprint("alias_dns", __name__, url_prefix="/mail/<domain>/aliases/<alias>/dns")
under_domain(bp)
under_domain(of_alias)
under_alias(of_alias)


@bp.get("")
@of_alias.get("")
def show() -> Response:
    """The page with the last verdicts."""
    records = expected_of(db.session(), context.mail_name())
    return _answer(records, proof_open="proof" in request.args)


@bp.get("/log")
@of_alias.get("/log")
def log() -> str:
    """Who was asked what at the last check, and what came back."""
    watched = context.mail_name()
    return render_template("dns/log.html", watched=watched, log=kept_log(db.session(), watched))


@bp.get("/zone.txt")
@of_alias.get("/zone.txt")
def zone() -> Response:
    """The records as a zone file to import."""
    watched = context.mail_name()
    text = zone_file(watched.name, expected_of(db.session(), watched))
    sent = {"Content-Disposition": f'attachment; filename="{watched.name}.zone.txt"'}
    return Response(text, mimetype="text/plain", headers=sent)


@bp.post("/check")
@of_alias.post("/check")
def check() -> Response:
    """Ask the DNS now: all records, or those of one key; in at most the deadline's seconds."""
    watched, actor = context.mail_name(), context.actor()
    records = expected_of(db.session(), watched)
    key = request.form.get("key", "")
    wanted = [record for record in records if key in ("", record.key)]
    if not wanted:
        abort(400)
    if not limiter.limiter.hit(CHECKS, "dns check", str(actor.login_id)):
        return _later(records, _("That was often. Please wait a minute before you re-check."))
    let_go()  # nothing is held open while the DNS is asked
    with TURNS.take(f"login {actor.login_id}", f"{watched.noun} {watched.id}") as is_ours:
        if not is_ours:
            text = _("A check is running just now. Please press Re-check again in a few seconds.")
            return _later(records, text)
        examined = examine(watched.name, wanted, asking_of(context.settings()))
    _keep(watched, examined)
    of_proof = key == VERIFY_KEY  # else its part of the page folds over the outcome
    if asks_for_part():
        return _answer(records, proof_open=of_proof)
    return leave(url_for(".show", proof=1 if of_proof else None))


def _keep(watched: MailName, examined: Examination) -> None:
    """Store what was found, tell the domain's people what has come of it, and the reader."""
    with transaction() as session:
        by, now = context.actor(), context.now()
        _hold(session, watched)
        before = kept_verdicts(session, watched)
        event = keep_verdicts(session, watched, examined.verdicts, by=by, now=now)
        keep_log(session, watched, examined, now)
        _tell(session, watched, event)
    flash(_outcome(before, examined, event), "success")


def _outcome(before: Mapping[str, KeptVerdict], examined: Examination, event: Event | None) -> str:
    """What a check has brought, in a line: without it a second press looks dead."""
    time = clock(context.settings().now())
    if event is Event.ACTIVATED:
        return _("Checked at %(time)s: it is proven to be yours.", time=time)
    if any(verdict.kind is VerdictKind.UNKNOWN for verdict in examined.verdicts):
        return _("Checked at %(time)s: not everything could be asked.", time=time)
    known = {key: kept.verdict.gist for key, kept in before.items() if not kept.failure}
    if all(known.get(verdict.key) == verdict.gist for verdict in examined.verdicts):
        return _("Checked at %(time)s: nothing has changed.", time=time)
    return _("Checked at %(time)s: there is something new, see below.", time=time)


def _later(records: Sequence[ExpectedRecord], text: str) -> Response:
    """Not now: the page as it is, and when to try again."""
    flash(text, "error")
    return _answer(records, status=429) if asks_for_part() else leave(url_for(".show"))


@bp.post("/activate")
@of_alias.post("/activate")
@operator_only
def activate() -> Response:
    """The operator vouches for the name, with a reason."""
    reason = request.form.get("reason", "").strip()[:500]
    watched = context.mail_name()
    if not reason:
        records = expected_of(db.session(), watched)
        return _answer(records, status=422, reason_error=_("Please say why you vouch for it."))
    with transaction() as session:
        _hold(session, watched)
        event = activate_by_hand(session, watched, reason, by=context.actor(), now=context.now())
        _tell(session, watched, event)
    return leave(url_for(".show"))


def _hold(session: Session, watched: MailName) -> None:
    """Let other checks wait; 404 for an alias that somebody has removed meanwhile."""
    if not take(session, type(watched), watched.id):
        abort(404)


def _answer(
    records: Sequence[ExpectedRecord],
    *,
    status: int = 200,
    reason_error: str = "",
    proof_open: bool = False,
) -> Response:
    watched = context.mail_name()
    kept = kept_verdicts(db.session(), watched)
    return answer(
        "dns/show.html",
        part="dns/_records.html",
        status=status,
        watched=watched,
        records=records,
        kept=kept,
        overview=overview(records, kept),
        by_token=needs_token(db.session(), watched),
        log=kept_log(db.session(), watched),
        link=link_of(watched),
        link_lasts=LASTS.total_seconds(),
        reason_error=reason_error,
        proof_open=proof_open,
        look_again=_look_again(watched),
    )


def _look_again(watched: MailName) -> int | None:
    """After how many seconds an open page is out of date: the next check may end the waiting."""
    waits = watched.service_status is ServiceStatus.PENDING or watched.fault_since is not None
    if watched.next_check_at is None or not waits:
        return None
    left = int((watched.next_check_at - context.now()).total_seconds())
    return AFTER_CHECK + left if left > 0 else OVERDUE


def _tell(session: Session, watched: MailName, event: Event | None) -> None:
    """Mail the domain's people what has come of it."""
    if event is not None:
        queue_notice(session, watched, event, context.settings(), context.now())
