"""The operator's plans: the list, adding one, editing one."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, render_template, url_for
from flask_babel import gettext as _

import panel.web.wording.orders  # noqa: F401 - says what the orders refuse
from panel.blueprints.plans.forms import PlanForm, typed_of
from panel.extensions import db
from panel.orders.models import Plan
from panel.orders.plans import add_plan, edit_plan, list_plans
from panel.web import context
from panel.web.access import operator_only
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

bp = Blueprint("plans", __name__, url_prefix="/plans")


@bp.get("/")
@operator_only
def index() -> str:
    """All plans."""
    return render_template("plans/index.html", plans=list_plans(db.session()))


@bp.get("/new")
@operator_only
def new() -> str:
    """The empty form."""
    return render_template("plans/edit.html", form=PlanForm(), plan=None)


@bp.post("/new")
@operator_only
def create() -> Response:
    """Add the plan."""
    form = PlanForm()
    if form.validate():
        with form.refusals():
            with transaction() as session:
                add_plan(session, form.facts(), by=context.actor(), now=context.now())
            return _saved()
    return _again(form, None)


@bp.get("/<int(max=9223372036854775807):plan_id>")
@operator_only
def show(plan_id: int) -> str:
    """A plan, to be edited."""
    plan = _plan(plan_id)
    return render_template("plans/edit.html", form=PlanForm(data=typed_of(plan)), plan=plan)


@bp.post("/<int(max=9223372036854775807):plan_id>")
@operator_only
def edit(plan_id: int) -> Response:
    """Save what was typed."""
    plan, form = _plan(plan_id), PlanForm()
    if form.validate():
        by, now, version = context.actor(), context.now(), form.shown_version
        with form.refusals():
            with transaction() as session:
                edit_plan(session, plan, form.facts(), version=version, by=by, now=now)
            return _saved()
    plan = _plan(plan_id)
    form.now_at(**typed_of(plan))
    return _again(form, plan)


def _saved() -> Response:
    flash(_("The plan was saved."), "good")
    return leave(url_for("plans.index"))


def _again(form: PlanForm, plan: Plan | None) -> Response:
    shown = {"form": form, "plan": plan}
    return answer("plans/edit.html", part="plans/_edit.html", status=form.status, **shown)


def _plan(plan_id: int) -> Plan:
    plan = db.session().get(Plan, plan_id)
    if plan is None:
        abort(404)
    return plan
