"""The operator's clusters: the list, adding one, editing one."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, render_template, url_for
from flask_babel import gettext as _

import panel.web.wording.orders  # noqa: F401 - says what the orders refuse
from panel.blueprints.clusters.forms import ClusterForm, typed_of
from panel.extensions import db
from panel.orders.clusters import add_cluster, edit_cluster, find_cluster, list_clusters
from panel.orders.models import Cluster, Protocol
from panel.web import context
from panel.web.access import operator_only
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

bp = Blueprint("clusters", __name__, url_prefix="/clusters")


@bp.get("/")
@operator_only
def index() -> str:
    """All clusters."""
    return render_template("clusters/index.html", clusters=list_clusters(db.session()))


@bp.get("/new")
@operator_only
def new() -> str:
    """The empty form."""
    return render_template("clusters/edit.html", form=ClusterForm(), protocols=Protocol, id=None)


@bp.post("/new")
@operator_only
def create() -> Response:
    """Add the cluster."""
    form = ClusterForm()
    if form.validate():
        with form.refusals():
            with transaction() as session:
                add_cluster(session, form.facts(), by=context.actor(), now=context.now())
            flash(_("The cluster was saved."), "good")
            return leave(url_for("clusters.index"))
    return _again(form, None)


@bp.get("/<int(max=9223372036854775807):cluster_id>")
@operator_only
def show(cluster_id: int) -> str:
    """A cluster, to be edited."""
    form = ClusterForm(data=typed_of(_cluster(cluster_id)))
    return render_template("clusters/edit.html", form=form, protocols=Protocol, id=cluster_id)


@bp.post("/<int(max=9223372036854775807):cluster_id>")
@operator_only
def edit(cluster_id: int) -> Response:
    """Save what was typed."""
    cluster, form = _cluster(cluster_id), ClusterForm()
    if form.validate():
        with form.refusals():
            with transaction() as session:
                edit_cluster(
                    session,
                    cluster,
                    form.facts(),
                    version=form.shown_version,
                    by=context.actor(),
                    now=context.now(),
                )
            flash(_("The cluster was saved."), "good")
            return leave(url_for("clusters.index"))
    current = typed_of(_cluster(cluster_id))
    form.now_at(**current)
    return _again(form, cluster_id)


def _again(form: ClusterForm, cluster_id: int | None) -> Response:
    return answer(
        "clusters/edit.html",
        part="clusters/_edit.html",
        status=form.status,
        form=form,
        protocols=Protocol,
        id=cluster_id,
    )


def _cluster(cluster_id: int) -> Cluster:
    cluster = find_cluster(db.session(), cluster_id)
    if cluster is None:
        abort(404)
    return cluster
