"""The browser that draws pages, and the pictures of them as files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chromium import find_chromium
from PIL import Image
from playwright.sync_api import sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]


@contextmanager
def open_browser() -> Iterator[Any]:
    """Open Chromium of the system."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def save(picture: bytes, path: Path) -> None:
    """Write a PNG with 256 colours, a third as large as with all of them."""
    image = Image.open(io.BytesIO(picture))
    # The better way to choose them knows no transparency.
    is_opaque = image.mode == "RGB"
    method = Image.Quantize.MEDIANCUT if is_opaque else Image.Quantize.FASTOCTREE
    small = image.quantize(256, method=method, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
