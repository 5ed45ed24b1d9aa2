"""Auto replies in Sieve (RFC 5228, RFC 5230): the text of the action, nothing else."""

from __future__ import annotations

import base64
import re
from email.header import Header
from hashlib import sha256

from panel.directory.models import AutoReply, Mailbox

_PLAIN = re.compile(r"[A-Za-z0-9 -]+")


def vacation(mailbox: Mailbox, reply: AutoReply) -> str:
    """The action that answers.

    The frame sets `${host}` to the name that was written to, and `${dollar}`. Another text is
    another `:handle`: who has had the old one gets the new one too. The text goes as base64, so
    that no server on the way breaks its lines, and nothing of it is read as Sieve.
    """
    handle = sha256(f"{reply.subject}\n{reply.text}".encode()).hexdigest()[:16]
    words = ["vacation", f":days {reply.interval_days}", f':handle "{handle}"']
    words.append(f":subject {_quoted(reply.subject)}" if reply.subject else ':subject "${subject}"')
    words.append(f':from "{_phrase(mailbox.name)} <{mailbox.local_part}@${{host}}>"')
    action = " ".join([*words, f':mime "{_entity(reply.text)}";'])
    return action if reply.subject else _subject_behind(reply.mark) + action


def _subject_behind(mark: str) -> str:
    """Commands that set `${subject}`: the mark and what came in, or what the mark says alone.

    RFC 3834 section 3.1.5 lets the mark be in any language. The subject that came in is decoded
    when it is matched, and encoded anew when it is sent.
    """
    alone = mark.rstrip(" :\N{FULLWIDTH COLON}")
    both = _quoted(mark).removesuffix('"') + '${0}"'
    return f"""if header :matches "Subject" "?*" {{ set "subject" {both}; }}
else {{ set "subject" {_quoted(alone)}; }}
"""


def _phrase(name: str) -> str:
    """A name as it stands before an address, on one line: encoded unless plain (RFC 2047)."""
    return name if _PLAIN.fullmatch(name) else Header(name, "utf-8", 75).encode(linesep="")


def _quoted(text: str) -> str:
    """A quoted string; a dollar sign goes as a variable, for `${…}` would be one itself."""
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "${dollar}")
    return f'"{safe}"'


def _entity(text: str) -> str:
    """The text as a MIME entity (RFC 2045)."""
    wire = (text.rstrip("\n") + "\n").replace("\n", "\r\n").encode()
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    return head + base64.encodebytes(wire).decode("ascii")
