"""The DNS page for whoever runs the customer's DNS: a signed link without a sign-in, read-only."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, g, render_template, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import Gone

from panel.blueprints.dns.overview import overview
from panel.extensions import db
from panel.orders.dns_log import kept_log
from panel.orders.models import MailName
from panel.orders.queries import watched_named
from panel.orders.verification import expected_of, kept_verdicts, needs_token
from panel.web import context

LASTS = timedelta(days=14)

bp = Blueprint("sharing", __name__)


def link_of(watched: MailName) -> str:
    """The whole URL; it ends after LASTS, and shows nothing but this page's state."""
    path = url_for("sharing.show", token=_signer().dumps(watched.name))
    return context.settings().url + path


@bp.get("/dns/<token>")
def show(token: str) -> str:
    """The page as it stands; 410 for a link that is over, or was never given."""
    try:
        name = _signer().loads(token, max_age=int(LASTS.total_seconds()))
    except BadSignature as error:
        raise Gone from error
    session = db.session()
    watched = watched_named(session, name)
    if watched is None:
        raise Gone
    g.time_zone = watched.main.order.customer.time_zone
    records, kept = expected_of(session, watched), kept_verdicts(session, watched)
    return render_template(
        "dns/shared.html",
        watched=watched,
        records=records,
        kept=kept,
        overview=overview(records, kept),
        by_token=needs_token(session, watched),
        log=kept_log(session, watched),
        shared=True,
    )


def _signer() -> URLSafeTimedSerializer:
    assert current_app.secret_key  # noqa: S101 - the factory sets it
    return URLSafeTimedSerializer(current_app.secret_key, salt="dns page")
