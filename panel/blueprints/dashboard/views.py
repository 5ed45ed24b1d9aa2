"""The home of a domain's mail."""

from __future__ import annotations

from flask import Blueprint, render_template

from panel.extensions import db
from panel.orders.verification import kept_verdicts
from panel.web import context
from panel.web.access import under_domain

bp = Blueprint("dashboard", __name__, url_prefix="/mail/<domain>")
under_domain(bp)


@bp.get("/")
def show() -> str:
    """Where the domain stands and what to do next."""
    kept = kept_verdicts(db.session(), context.domain()).values()
    open_items = sum(not item.verdict.is_good for item in kept if item.verdict.key != "verify")
    return render_template("dashboard/show.html", checked=bool(kept), open_items=open_items)
