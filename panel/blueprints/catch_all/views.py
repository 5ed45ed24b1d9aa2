"""What becomes of mail to addresses of a domain that nobody has: bounced, or delivered to one."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _

import panel.web.wording.directory
import panel.web.wording.orders  # noqa: F401 - say what is refused
from panel.blueprints.catch_all.forms import CatchAllForm, local_part_in, typed_of
from panel.directory.catch_all import catch_all_of, set_catch_all
from panel.directory.places import Known
from panel.directory.queries import names_beginning
from panel.directory.routing import Answer, Route, route_of
from panel.extensions import db
from panel.web import context
from panel.web.access import under_domain
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

bp = Blueprint("catch_all", __name__, url_prefix="/mail/<domain>/catch-all")
under_domain(bp)


@bp.get("")
def show() -> str:
    """What is set, and the way that such mail takes."""
    current = catch_all_of(db.session(), context.domain())
    form = CatchAllForm(data=typed_of(current))
    return render_template("catch_all/show.html", form=form, **_looked(current or ""))


@bp.post("")
def save() -> Response:
    """Save it; with the other button, show the way that the mail would take."""
    form = CatchAllForm()
    if "preview" not in request.form and form.validate():
        wanted, shown = form.wanted(), form.shown.data or None
        with form.refusals():
            with transaction() as session:
                by, now = context.actor(), context.now()
                set_catch_all(session, context.domain(), wanted, shown=shown, by=by, now=now)
            if wanted is None:
                flash(_("Mail to addresses that nobody has is returned to the sender."), "good")
            else:
                address = f"{wanted}@{context.domain().unicode_name}"
                told = _("Mail to addresses that nobody has goes to %(address)s.", address=address)
                flash(told, "good")
            return leave(url_for("catch_all.show"))
    form.now_at(catch_all_of(db.session(), context.domain()))
    looked = _looked(form.local_part.data or "")
    status = form.status if form.errors else 200
    return answer(
        "catch_all/show.html", part="catch_all/_edit.html", status=status, form=form, **looked
    )


@bp.get("/preview")
def look() -> str:
    """While the address is being typed: those that begin like it, and the way to it."""
    looked = _looked(request.args.get("local_part", "")[:320])
    return render_template("catch_all/_preview.html", **looked)


def _looked(typed: str) -> dict[str, list[str] | Route | None]:
    """Addresses that begin with what is typed, and the way of mail to it."""
    session, domain = db.session(), context.domain()
    local_part = local_part_in(domain, typed).lower()
    found = None
    if local_part and "@" not in local_part:
        address, customer = f"{local_part}@{domain.name}", domain.order.customer_id
        found = route_of(session, address, reach=customer, known=Known.of(domain))
        if found.answer is Answer.SUSPENDED:  # who wrote to nobody learns nothing of somebody else
            found = replace(found, answer=Answer.UNKNOWN)
    return {"names": names_beginning(session, domain.id, local_part), "found": found}
