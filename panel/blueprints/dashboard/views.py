"""The home of a domain's mail."""

from __future__ import annotations

from flask import Blueprint, render_template

from panel.directory.actions import SERVED
from panel.directory.dead_ends import dead_ends
from panel.directory.figures import figures_of
from panel.dns.records import VERIFY_KEY
from panel.dns.verdicts import FAULTY, GOOD
from panel.extensions import db
from panel.orders.search import SOON
from panel.orders.verification import expected_of, kept_verdicts
from panel.web import context
from panel.web.access import under_domain

bp = Blueprint("dashboard", __name__, url_prefix="/mail/<domain>")
under_domain(bp)


@bp.get("/")
def show() -> str:
    """Where the domain stands and what to do next."""
    session, domain = db.session(), context.domain()
    kept = kept_verdicts(session, domain)
    wanted = {record.key for record in expected_of(session, domain)} - {VERIFY_KEY}
    kinds = {key: kept[key].verdict.kind for key in wanted & kept.keys()}
    figures = figures_of(session, domain)
    return render_template(
        "dashboard/show.html",
        checked=bool(kept),
        open_items=sum(kind in FAULTY for kind in kinds.values()),
        in_order=bool(kinds) and all(kind in GOOD for kind in kinds.values()),
        ends_soon=domain.service_status in SERVED
        and domain.order.expires_on <= context.now().date() + SOON,
        figures=figures,
        dead=dead_ends(session, domain, figures.catch_all),
    )
