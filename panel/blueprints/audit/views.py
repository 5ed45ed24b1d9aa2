"""The audit log's pages and files: of a domain, and of all that the actor may see."""

from __future__ import annotations

from flask import Blueprint, Response, abort, stream_with_context
from flask_babel import gettext as _

from panel.accounts.log import search_log
from panel.blueprints.audit.asking import question
from panel.blueprints.audit.exporting import log_csv
from panel.extensions import db
from panel.orders.models import Domain
from panel.web import context
from panel.web.access import under_domain
from panel.web.formats import local
from panel.web.htmx import answer, uncached
from panel.web.log_rows import log_rows

bp = Blueprint("audit", __name__, url_prefix="/mail/<domain>/log")
under_domain(bp)

overall = Blueprint("log", __name__, url_prefix="/log")


@bp.get("")
def index() -> Response:
    """What was done in a domain."""
    return _page(context.domain())


@bp.get("/export.csv")
def export() -> Response:
    """The same as a file."""
    return _file(context.domain())


@overall.get("")
def show() -> Response:
    """What was done in all that the actor may see; for an operator everything."""
    return _page(None)


@overall.get("/export.csv")
def download() -> Response:
    """The same as a file."""
    return _file(None)


def _page(domain: Domain | None) -> Response:
    """A page of the log, or what is wrong with the days that are asked for."""
    asks, session, actor = question(domain), db.session(), context.actor()
    page = None if asks.wrong else search_log(session, actor, asks.search)
    shown = {
        "here": "audit.index" if domain else "log.show",
        "file": "audit.export" if domain else "log.download",
        "asks": asks,
        "page": page,
        "rows": log_rows(session, actor, page.rows) if page else [],
    }
    status = 422 if asks.wrong else 200
    return answer("audit/index.html", part="audit/_rows.html", status=status, **shown)


def _file(domain: Domain | None) -> Response:
    """Everything that the page's filters find, sent as it is read."""
    asks, day = question(domain), local(context.now()).date()
    if asks.wrong:
        abort(400)
    head = [_("Time"), _("Who"), _("From where"), _("About"), _("What was done"), _("Address")]
    lines = log_csv(asks.search, head)
    response = Response(stream_with_context(lines), mimetype="text/csv")
    name = f"{domain.name}-log" if domain else "log"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{day}.csv"'
    return uncached(response)
