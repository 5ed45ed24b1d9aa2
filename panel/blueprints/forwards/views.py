"""Addresses that only forward: the list, adding one, its page, removing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

import panel.web.wording.directory
import panel.web.wording.orders  # noqa: F401 - say what is refused
from panel.blueprints.forwards.forms import ForwardForm, NewForwardForm, wanted
from panel.blueprints.forwards.preview import Preview, preview
from panel.directory.forward_lists import (
    ForwardOnlyRow,
    find_forward_only,
    list_forward_only,
    row_of,
    targets_before,
    was_added_with,
)
from panel.directory.forwarding import (
    Targets,
    add_forward_only,
    change_forward_only,
)
from panel.directory.models import ForwardOnly
from panel.directory.places import Known
from panel.directory.targets import impact_of
from panel.extensions import db
from panel.web import context
from panel.web.access import under_domain
from panel.web.formats import readable
from panel.web.htmx import answer, leave
from panel.web.targets import MOST_TEXT, addresses_in
from panel.web.transaction import transaction

bp = Blueprint("forwards", __name__, url_prefix="/mail/<domain>/forwards")
under_domain(bp)


@bp.get("/")
def index() -> Response:
    """Search and page through the addresses."""
    given = request.args
    text = given.get("q", "")[:100].strip()
    after, before = given.get("after", "")[:64], given.get("before", "")[:64]
    page = list_forward_only(db.session(), context.domain(), text, after, before)
    return answer("forwards/index.html", part="forwards/_rows.html", page=page, text=text)


@bp.get("/new")
def new() -> str:
    """The empty form, or one filled in by the link that undoes a removal."""
    given = request.args
    local_part = given.get("undo", "")[:64]
    form = NewForwardForm(local_part=local_part, targets=_lines(_before(local_part)))
    shown = _preview(form.local_part.data or "", form.targets.addresses, _known(), is_new=True)
    return render_template("forwards/new.html", form=form, preview=shown)


@bp.post("/new")
def create() -> Response:
    """Add the address; with the other button, show what would become of its mail."""
    form, status = NewForwardForm(), 200
    if "preview" not in request.form and form.validate():
        typed, targets = form.local_part.data or "", wanted(form.targets)
        with form.refusals():
            with transaction() as session:
                by, now = context.actor(), context.now()
                made = add_forward_only(session, context.domain(), typed, targets, by=by, now=now)
                address = address_of(made.local_part)
            flash(_("%(address)s was added; it forwards at once.", address=address), "good")
            return leave(url_for("forwards.index"))
        if was_added_with(db.session(), context.domain(), typed, targets):
            flash(_("%(address)s was added already.", address=address_of(typed.lower())), "good")
            return leave(url_for("forwards.index"))
    if form.errors:
        status = form.status
    shown = _preview(form.local_part.data or "", form.targets.addresses, _known(), is_new=True)
    page = {"template": "forwards/new.html", "part": "forwards/_new.html"}
    return answer(**page, status=status, form=form, preview=shown)


@bp.post("/preview")
def look() -> str:
    """While it is being typed: the way that mail would take."""
    given = request.form
    typed, address = given.get("local_part", "")[:200], request.args.get("of", "")[:64]
    targets = addresses_in(given.get("targets", "")[:MOST_TEXT])
    shown = _preview(address or typed, targets, _known(), is_new=not address)
    return render_template("forwards/_preview.html", preview=shown)


@bp.get("/<forward_only>/")
def show(forward_only: str) -> str:
    """An address, its targets to change, and the way that its mail takes."""
    account, known = account_at(forward_only), _known()
    row = row_of(db.session(), context.domain(), account, known)
    before = _before(account.local_part) if "undo" in request.args else ()
    targets = before or [target.address for target in row.targets]
    form = ForwardForm(version=account.version, targets=_lines(targets))
    return render_template("forwards/show.html", form=form, **_around(row, form, known))


@bp.post("/<forward_only>/")
def change(forward_only: str) -> Response:
    """Save the targets; without any of them ask whether the address should go."""
    account, form = account_at(forward_only), ForwardForm()
    if "preview" not in request.form and form.validate():
        if not form.targets.addresses:
            return leave(url_for("forwards.ask", forward_only=account.local_part))
        with form.refusals():
            with transaction() as session:
                by, now, version = context.actor(), context.now(), form.shown_version
                domain, targets = context.domain(), wanted(form.targets)
                change_forward_only(
                    session, domain, account, targets, version=version, by=by, now=now
                )
            flash_with_undo(
                _("%(address)s forwards as you see.", address=address_of(account.local_part)),
                url_for("forwards.show", forward_only=forward_only, undo=1),
            )
            return leave(url_for("forwards.show", forward_only=forward_only))
    account, known = account_at(forward_only), _known()
    row = row_of(db.session(), context.domain(), account, known)
    current = "\n".join(readable(target.address) for target in row.targets)
    form.now_at(account.version, targets=current)
    status = form.status if form.errors else 200
    page = {"template": "forwards/show.html", "part": "forwards/_edit.html"}
    return answer(**page, status=status, form=form, **_around(row, form, known))


def account_at(local_part: str) -> ForwardOnly:
    """The address of the URL, or 404."""
    account = find_forward_only(db.session(), context.domain(), local_part)
    if account is None:
        abort(404)
    return account


def address_of(local_part: str) -> str:
    """The whole address, as people read it."""
    return f"{local_part}@{context.domain().unicode_name}"


def flash_with_undo(text: str, url: str) -> None:
    """Say what was done, with the link to the form that would take it back."""
    undo = Markup(' <a href="{}">{}</a>').format(url, _("Undo"))
    flash(escape(text) + undo, "good")


def _lines(targets: Sequence[str]) -> str:
    """Addresses as the form shows them, one a line."""
    return "\n".join(readable(address) for address in targets)


def _before(local_part: str) -> Sequence[str]:
    return targets_before(db.session(), context.domain(), local_part)


def _known() -> Known:
    return Known.of(context.domain())


def _preview(typed: str, addresses: list[str], known: Known, *, is_new: bool) -> Preview:
    targets = Targets(addresses, context.settings().most_forwards)
    return preview(db.session(), context.domain(), typed, targets, known, is_new=is_new)


def _around(row: ForwardOnlyRow, form: ForwardForm, known: Known) -> dict[str, Any]:
    """What the page of an address shows beside its form."""
    local_part = row.account.local_part
    return {
        "row": row,
        "preview": _preview(local_part, form.targets.addresses, known, is_new=False),
        "impact": impact_of(db.session(), context.domain(), local_part, known),
    }
