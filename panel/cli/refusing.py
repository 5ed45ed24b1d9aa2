"""How the command fails: one line, and the exit code that scripts rely on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError

from panel.config import SettingsError
from panel.refusals import Refusal


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what can be expected to go wrong into one line on standard error."""
    try:
        yield
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _fail(error.format_message())
    except click.exceptions.Abort:
        _fail("stopped")
    except SettingsError as error:
        _fail(str(error))
    except Refusal as refusal:
        facts = ", ".join(f"{name}={value}" for name, value in vars(refusal).items())
        _fail(f"refused: {type(refusal).__name__} {facts}".rstrip())
    except OperationalError as error:
        _fail(f"database: {error.orig}".splitlines()[0])


def _fail(sentence: str) -> None:
    click.echo(f"youju: {sentence}", err=True)
    sys.exit(1)
