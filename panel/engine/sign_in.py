"""Trying a password at the running Dovecot, as a mail program on this machine would."""

from __future__ import annotations

import imaplib
import socket
import ssl
from secrets import randbelow

from panel.engine.layout import Layout

HOST = "127.0.0.1"
TIMEOUT = 4.0


class _Imap(imaplib.IMAP4_SSL):
    """IMAP over TLS, each time from another loopback address.

    Dovecot answers those the slower that come with wrong passwords: that must not hit the webmail.
    """

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        own = f"127.{randbelow(254) + 1}.{randbelow(254) + 1}.{randbelow(254) + 1}"
        plain = socket.create_connection((self.host, self.port), timeout, source_address=(own, 0))
        wrapped: ssl.SSLSocket = self.ssl_context.wrap_socket(plain)
        return wrapped


def accepts(layout: Layout, address: str, password: str) -> bool | None:
    """Whether a password opens a mailbox now; None when that could not be tried.

    Takes two seconds when it does not (Dovecot's auth_failure_delay), never more than a few.
    """
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it never leaves loopback
    try:
        client = _Imap(HOST, layout.ports.imaps, ssl_context=context, timeout=TIMEOUT)
    except (OSError, imaplib.IMAP4.error):
        return None
    with client:
        try:
            client.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
        except imaplib.IMAP4.abort:
            return None
        except imaplib.IMAP4.error as error:
            return False if "AUTHENTICATIONFAILED" in str(error) else None
        except OSError:
            return None
    return True
