"""What the accounts refuse."""

from __future__ import annotations

from dataclasses import dataclass

from panel.refusals import Refusal


@dataclass(eq=False)
class LoginTaken(Refusal):
    """A login with that e-mail address exists already."""

    field = "email"

    email: str
