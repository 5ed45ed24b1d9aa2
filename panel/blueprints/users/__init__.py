"""The users of a domain: the list, adding, one user, what is done to one or to many."""

from __future__ import annotations

from panel.blueprints.users import bulk as bulk  # each adds its views to the blueprint
from panel.blueprints.users import changing as changing
from panel.blueprints.users import forwarding as forwarding
from panel.blueprints.users import proving as proving
from panel.blueprints.users import replying as replying
