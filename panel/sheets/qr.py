"""The QR code of a sheet (ISO/IEC 18004)."""

from __future__ import annotations

from io import BytesIO

import segno


def qr_svg(text: str) -> bytes:
    """An SVG picture of the text, black on white."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", scale=4, border=2, light="white")
    return out.getvalue()
