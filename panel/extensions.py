"""Flask's extensions, as objects without an application."""

from __future__ import annotations

from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from panel.database import Base

db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False}
)
babel = Babel()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)
security = Security()
compress = Compress()
