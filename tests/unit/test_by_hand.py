"""What a function changes with its own hands: classes, modules, files beside it."""

from __future__ import annotations

import logging
import os
import unittest
from os.path import join
from pathlib import Path

import pytest

from pytest_phaserun.isolation.by_hand import (
    find_configured,
    find_patched,
    find_written,
)

HERE = Path(__file__).parent
DATA = HERE / "resources"
ELSEWHERE = "/nowhere/at/all"


class Plain:
    """Has an attribute, and an object that has one."""

    value = 0
    other = logging.getLogger("plain")


def sets_class():
    Plain.value = 1


def sets_class_of_module():
    unittest.TestCase.maxDiff = None


def sets_module():
    unittest.other = 1


def sets_object():
    Plain.other.disabled = True


def sets_own(self):
    made = Plain()
    made.value = 1
    self.value = 1


def reads():
    assert Plain.value == unittest.TestCase.maxDiff


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (sets_class, "Plain.value"),
        (sets_class_of_module, "unittest.TestCase.maxDiff"),
        (sets_module, "unittest.other"),
        (sets_object, None),
        (sets_own, None),
        (reads, None),
    ],
)
def test_attributes_of_classes_and_modules_are_found(function, found):
    assert find_patched(function) == found


def sets_protocols(tls):
    tls.set_alpn_protocols([])


def adds_flag(name, tls):
    tls.verify_flags |= name


def sets_mode_of_keyword(*, tls):
    def inner():
        return tls

    tls.verify_mode = inner()


def sets_local(tls):
    local = tls
    local.verify_mode = tls


def sets_attribute_of(tls):
    tls.owner.verify_mode = 1


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (sets_protocols, {"tls"}),
        (adds_flag, {"tls"}),
        (sets_mode_of_keyword, {"tls"}),
        (sets_local, set()),
        (sets_attribute_of, set()),
        (reads, set()),
    ],
)
def test_parameters_that_are_configured_are_found(function, found):
    assert find_configured(function) == found


def opens_to_write():
    with open(join(__file__, "x"), "wb") as file:
        file.write(b"")


def names_mode():
    with open(DATA, mode="ab") as file:
        file.write(b"")


def makes_directory():
    os.mkdir(DATA)


def writes_text():
    (HERE / "x").write_text("x")


def opens_to_read():
    with open(DATA) as file:
        assert file.read().replace("x", "")


def copies(tmp_path):
    (tmp_path / "x").write_bytes(DATA.read_bytes())


def writes_elsewhere():
    with open(ELSEWHERE, "w") as file:
        file.write("x")


BESIDE = "files beside its source"


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (opens_to_write, BESIDE),
        (names_mode, BESIDE),
        (makes_directory, BESIDE),
        (writes_text, BESIDE),
        (opens_to_read, None),
        (copies, None),
        (writes_elsewhere, None),
    ],
)
def test_files_that_are_written_beside_the_source_are_found(function, found):
    assert find_written(function, function.__code__.co_names) == found
