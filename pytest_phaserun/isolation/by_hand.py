"""What a function changes with its own hands, without a name that says so.

Attributes of modules and classes that it assigns, files beside its source, and the
configuration of what it is given. A static reading; what cannot be known counts as
safe.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Collection, Iterator
from os.path import dirname
from pathlib import PurePath
from types import CodeType, FunctionType, ModuleType

_STORE_ATTR = dis.opmap["STORE_ATTR"]

#: Methods and functions that write files; those that other things have too, as
#: ``replace``, are left out.
_WRITES = frozenset(
    {
        *("hardlink_to", "link", "makedirs", "mkdir", "removedirs", "rename"),
        *("renames", "rmdir", "rmtree", "symlink", "symlink_to", "touch", "truncate"),
        *("unlink", "write_bytes", "write_text"),
    }
)

#: Modes of ``open``; those that are letters of many texts, as ``a``, are left out.
_MODES = frozenset(
    {
        *("w", "wb", "wt", "w+", "wb+", "w+b", "wt+", "w+t"),
        *("ab", "at", "a+", "ab+", "a+b", "xb", "xt", "x+", "xb+", "x+b"),
    }
)

#: Who has such a place writes there, and reads beside its source.
_TEMPORARY = frozenset({"tempfile", "tmp_path", "tmp_path_factory", "tmpdir"})

#: What configures an ``ssl.SSLContext``.
_TLS = frozenset(
    {
        *("check_hostname", "keylog_filename", "load_cert_chain", "load_default_certs"),
        *("load_dh_params", "load_verify_locations", "maximum_version"),
        *("minimum_version", "num_tickets", "post_handshake_auth"),
        *("set_alpn_protocols", "set_ciphers", "set_default_verify_paths"),
        *("set_ecdh_curve", "set_npn_protocols", "set_psk_client_callback"),
        *("set_psk_server_callback", "set_servername_callback", "sni_callback"),
        *("verify_flags", "verify_mode"),
    }
)


def find_patched(function: FunctionType) -> str | None:
    """Return the attribute of a module or class that a function assigns."""
    if _STORE_ATTR not in function.__code__.co_code[::2]:
        return None
    # The names of `module.Class`, for as long as one follows another.
    chain: list[str] = []
    for step in dis.get_instructions(function.__code__):
        if step.opname == "LOAD_GLOBAL":
            chain = [step.argval]
        elif step.opname == "LOAD_ATTR" and chain:
            chain.append(step.argval)
        else:
            if step.opname == "STORE_ATTR" and chain and _is_shared(function, chain):
                return ".".join([*chain, step.argval])
            chain = []
    return None


def _is_shared(function: FunctionType, chain: list[str]) -> bool:
    value = function.__globals__.get(chain[0])
    for name in chain[1:]:
        if not isinstance(value, (ModuleType, type)):
            return False
        value = inspect.getattr_static(value, name, None)
    return isinstance(value, (ModuleType, type))


def find_configured(function: FunctionType) -> frozenset[str]:
    """Return the parameters of a function whose TLS configuration it changes.

    Or reads: the difference is not worth the trouble.
    """
    code = function.__code__
    if _TLS.isdisjoint(code.co_names):
        return frozenset()
    found, loaded = set(), None
    for step in dis.get_instructions(code):
        if step.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):
            # Python 3.13 loads two at once.
            pair = isinstance(step.argval, tuple)
            loaded = step.argval[-1] if pair else step.argval
        elif step.opname not in ("COPY", "DUP_TOP"):
            if loaded is not None and step.argval in _TLS:
                found.add(loaded)
            loaded = None
    arguments = code.co_argcount + code.co_kwonlyargcount
    return frozenset(found.intersection(code.co_varnames[:arguments]))


def find_written(function: FunctionType, names: Collection[str]) -> str | None:
    """Return what a function writes beside its source: other tests may use it too.

    :param names: what it and the functions inside it refer to.
    """
    arguments = function.__code__.co_varnames
    if not _TEMPORARY.isdisjoint(names) or not _TEMPORARY.isdisjoint(arguments):
        return None
    if not any(_lies_beside(function, name) for name in dict.fromkeys(names)):
        return None
    if not _WRITES.isdisjoint(names) or _opens_to_write(function.__code__, names):
        return "files beside its source"
    return None


def _lies_beside(function: FunctionType, name: str) -> bool:
    """Tell whether a global variable is a path in the directory of its module."""
    if name == "__file__":
        return True
    value = function.__globals__.get(name)
    # Nothing else is compared: comparisons of somebody else's may do anything.
    if type(value) is not str and not isinstance(value, PurePath):
        return False
    here, path = dirname(function.__globals__.get("__file__") or ""), PurePath(value)
    return bool(here) and PurePath(here) in (path, *path.parents)


def _opens_to_write(code: CodeType, names: Collection[str]) -> bool:
    is_opened = any(name.endswith("open") for name in names)
    return is_opened and not _MODES.isdisjoint(_texts(code))


def _texts(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _texts(constant)
        elif isinstance(constant, str):
            yield constant
