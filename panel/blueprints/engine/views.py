"""The operator's page on what of the mail engine runs."""

from __future__ import annotations

from flask import Blueprint, render_template

from panel.engine.health import engine_status
from panel.engine.layout import layout_of
from panel.web import context
from panel.web.access import operator_only

bp = Blueprint("engine", __name__)


@bp.get("/engine/")
@operator_only
def show() -> str:
    """Each service, asked now."""
    return render_template(
        "engine/show.html", services=engine_status(layout_of(context.settings()))
    )
