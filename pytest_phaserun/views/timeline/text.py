"""Text of tests on its way into a page: nothing in it is markup, whatever it says."""

from __future__ import annotations

import html
import json
import re
from typing import Any

#: What terminals take for colours and the like.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")

#: What may not stand in a page, as XML has it and HTML nearly does.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Return a text without the colours of terminals and control characters."""
    return _FORBIDDEN.sub("\ufffd", _ANSI.sub("", text).replace("\r\n", "\n"))


def escape(text: object) -> str:
    """Return a text as a page shows it, between tags and in attributes alike."""
    return html.escape(clean(str(text)))


def dump_json(value: Any) -> str:
    """Return a value as JSON that a ``script`` element can hold.

    All but ASCII is escaped, the separators U+2028 and U+2029 included, and so is what
    could end the element.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
