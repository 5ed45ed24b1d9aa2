"""After a reset: that other passwords are refused and open sessions have ended, with the times."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Response

from panel.blueprints.users.trial import tried
from panel.blueprints.users.views import bp, user_at
from panel.engine.sessions import last_end
from panel.extensions import db
from panel.web import context
from panel.web.htmx import answer

PATIENCE = timedelta(minutes=1)
"""So long the page asks again by itself whether the sessions have ended."""


@bp.get("/<local_part>/password/proof")
def proof(local_part: str) -> Response:
    """What is seen now; once the sessions are gone, a password that nobody has is tried too.

    Nothing is said, or tried, where nothing has ended lately.
    """
    user = user_at(local_part)
    end = last_end(db.session(), context.domain().name, user.local_part)
    done = end is not None and end.ended_at is not None
    waits = end is not None and not done and context.now() - end.asked_at < PATIENCE
    other = tried(user, secrets.token_urlsafe(18)) if done else None
    shown: dict[str, Any] = {"user": user, "end": end, "done": done, "waits": waits, "other": other}
    return answer("users/proof.html", part="users/_proof.html", **shown)
