"""The other names of a domain: the list, adding one, removing one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, url_for
from flask_babel import gettext as _

import panel.web.wording.directory
import panel.web.wording.orders  # noqa: F401 - say what is refused
from panel.blueprints.aliases.forms import NewAliasForm
from panel.directory.aliases import (
    add_alias,
    alias_as_typed,
    forwards_to,
    list_aliases,
    remove_alias,
)
from panel.engine.layout import layout_of
from panel.extensions import db
from panel.orders.models import DomainAlias
from panel.orders.queries import find_alias
from panel.web import asked, context
from panel.web.access import under_domain
from panel.web.forms import Form
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

bp = Blueprint("aliases", __name__, url_prefix="/mail/<domain>/aliases")
under_domain(bp)


@bp.get("/")
def index() -> Response:
    """Page through the aliases."""
    after, before = asked.row("after"), asked.row("before")
    page = list_aliases(db.session(), context.domain(), after=after, before=before)
    return answer("aliases/index.html", part="aliases/_rows.html", page=page)


@bp.get("/new")
def new() -> str:
    """The empty form."""
    return render_template("aliases/new.html", form=NewAliasForm())


@bp.post("/new")
def create() -> Response:
    """Add an alias and lead to its DNS page; to that of one which is there already, too."""
    form, most = NewAliasForm(), context.settings().most_aliases
    typed = form.domain.data or ""
    if form.validate():
        if there := alias_as_typed(db.session(), context.domain(), typed):
            return _to_dns(there, _("%(name)s was added already.", name=there.unicode_name))
        with form.refusals():
            with transaction() as session:
                alias = add_alias(
                    session,
                    context.domain(),
                    typed,
                    most=most,
                    own_names=layout_of(context.settings()).own_names,
                    by=context.actor(),
                    now=context.now(),
                )
            told = _(
                "%(name)s was added. Please add the records below; then its mail is taken.",
                name=alias.unicode_name,
            )
            return _to_dns(alias, told)
    return answer("aliases/new.html", part="aliases/_new.html", status=form.status, form=form)


@bp.get("/<alias>/remove")
def ask(alias: str) -> str:
    """Ask before it goes, with what hangs on it."""
    return render_template("aliases/remove.html", form=Form(), **_impact(_alias_at(alias)))


@bp.post("/<alias>/remove")
def remove(alias: str) -> Response:
    """Remove the alias."""
    found, form = _alias_at(alias), Form()
    if form.validate():
        name = found.unicode_name
        with form.refusals():
            with transaction() as session:
                gone = remove_alias(session, found, by=context.actor(), now=context.now())
            told = _("%(name)s was removed.", name=name)
            flash(told if gone else _("%(name)s was removed already.", name=name), "good")
            return leave(url_for("aliases.index"))
        found = _alias_at(alias)
    page = {"template": "aliases/remove.html", "part": "aliases/_remove.html"}
    return answer(**page, status=form.status, form=form, **_impact(found))


def _alias_at(name: str) -> DomainAlias:
    """The alias of the URL, or 404."""
    found = find_alias(db.session(), context.domain(), name)
    if found is None:
        abort(404)
    return found


def _impact(alias: DomainAlias) -> dict[str, Any]:
    """What would go, and what leads to it."""
    return {"alias": alias, "forwards": forwards_to(db.session(), alias)}


def _to_dns(alias: DomainAlias, told: str) -> Response:
    flash(told, "good")
    return leave(url_for("alias_dns.show", alias=alias.name))
