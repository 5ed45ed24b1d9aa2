"""`python -m panel` is `youju`."""

from __future__ import annotations

from panel.cli import main

if __name__ == "__main__":
    main()
