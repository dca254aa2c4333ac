"""Take the pictures of the documentation: ``python docs/screens``.

Runs the shop and the outcomes of ``docs/examples``, and pictures the terminal and the
reports with Chromium of the system; PNGs go to ``docs/images``. It takes a system with
pseudo-terminals and the ``screens`` extra: ``python -m pip install -e ".[screens]"``.
"""

from __future__ import annotations

import sys

from runs import ROOT

try:
    import terminal
    import timeline
    from browser import open_browser
except ModuleNotFoundError as error:
    sys.exit(f'{error}; python -m pip install -e ".[screens]"')

IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Take all pictures, and say how large they are."""
    IMAGES.mkdir(exist_ok=True)
    with open_browser() as browser:
        for take_pictures in (terminal.take_pictures, timeline.take_pictures):
            for path in take_pictures(browser, IMAGES):
                size = path.stat().st_size / 1000
                print(f"{path.relative_to(ROOT)}: {size:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
