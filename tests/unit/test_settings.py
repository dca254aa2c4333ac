"""Options from texts, their sources, and when the plugin is asked for at all."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_phaserun import serial, settings
from pytest_phaserun.model import Schedule
from pytest_phaserun.options import (
    DIALECTS,
    EXCLUSIVE,
    EXPLAIN,
    FIXTURE_RESOURCES,
    INTERACTIVE,
    LISTS,
    OFF,
    OPTIONS,
    STRICT,
    SWITCHES,
)
from pytest_phaserun.settings import Settings


class FakeConfig:
    """Knows a command line, an ini file and which plugins were named."""

    def __init__(
        self,
        *,
        ini: dict[str, Any] | None = None,
        plugins: tuple[str, ...] = (),
        path: str | None = None,
        **options: Any,
    ) -> None:
        self._ini = ini or {}
        self._options = options
        self.option = SimpleNamespace(plugins=list(plugins))
        self.inipath = Path(path) if path else None

    def getoption(self, name: str, default: Any = None) -> Any:
        return self._options.get(name, default)

    def getini(self, name: str) -> Any:
        return self._ini.get(name)


class FakeParser:
    """Remembers the options and ini keys it was told."""

    def __init__(self) -> None:
        self.options: list[str] = []
        self.keys: list[str] = []

    def getgroup(self, *args: str) -> FakeParser:
        return self

    def addoption(self, flag: str, **attributes: Any) -> None:
        assert attributes["help"][0].isupper()
        self.options.append(flag)

    def addini(self, name: str, *args: Any, **attributes: Any) -> None:
        self.keys.append(name)


def read(**options: Any) -> Settings:
    """Read the settings of a command line."""
    return settings.read_settings(FakeConfig(**options))


@pytest.fixture(autouse=True)
def _no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.ENVIRONMENT_SWITCH, raising=False)


# Values


def test_nothing_given_means_the_defaults():
    assert read() == Settings(
        concurrency=4, timeout=300.0, grace=2.0, schedule=Schedule.PHASE
    )


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_help_names_the_default(option):
    default = getattr(Settings(), option.name)
    shown = f"{default:g}" if isinstance(default, float) else default
    shown = getattr(default, "value", shown)
    if isinstance(default, bool):
        shown = "on" if default else "off"
    if default is None:
        shown = "a third of the test's timeout" if option.name == "slow" else "none"

    assert f"(default: {shown}" in option.help


def test_values_are_read_from_the_command_line():
    found = read(
        phase_concurrency="8",
        phase_timeout="1.5",
        phase_grace="0.5",
        phase_schedule="graph",
    )

    assert found == Settings(
        concurrency=8, timeout=1.5, grace=0.5, schedule=Schedule.GRAPH
    )


def test_shuffle_takes_a_seed():
    assert read(phase_shuffle="0").shuffle == 0
    assert read(phase_shuffle="-7").shuffle == -7


def test_shuffle_makes_a_seed_of_its_own():
    seeds = {read(phase_shuffle="random").shuffle for _ in range(3)}

    assert len(seeds) > 1
    assert None not in seeds


def test_shuffle_takes_nothing_else():
    with pytest.raises(pytest.UsageError) as caught:
        read(phase_shuffle="on")

    assert str(caught.value) == (
        "--phase-shuffle: 'on' is not valid; allowed: a whole number, or random"
    )


def test_values_are_read_from_the_ini_file():
    config = FakeConfig(ini={"phase_concurrency": "8", "phase_schedule": "batch"})

    found = settings.read_settings(config)

    assert found == Settings(concurrency=8, schedule=Schedule.BATCH)


def test_command_line_wins_over_the_ini_file():
    config = FakeConfig(ini={"phase_concurrency": "8"}, phase_concurrency="2")

    assert settings.read_settings(config).concurrency == 2


@pytest.mark.parametrize("text", [" 8", "8 ", "\n8\n"])
def test_space_around_a_value_does_not_matter(text):
    assert read(phase_concurrency=text).concurrency == 8


def test_empty_ini_value_means_the_default():
    config = FakeConfig(ini={"phase_concurrency": ""})

    assert settings.read_settings(config).concurrency == 4


def test_auto_is_the_number_of_usable_cores(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 5}, raising=False)

    assert read(phase_concurrency="auto").concurrency == 2


def test_auto_counts_cores_where_usable_ones_are_unknown(monkeypatch):
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 6)

    assert read(phase_concurrency="auto").concurrency == 6


def test_auto_is_one_where_nothing_is_known(monkeypatch):
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: None)

    assert read(phase_concurrency="auto").concurrency == 1


# The grace


def test_grace_is_no_longer_than_a_short_timeout():
    assert read(phase_timeout="0.5").grace == 0.5


def test_grace_keeps_its_default_with_a_long_timeout():
    assert read(phase_timeout="10").grace == 2.0


def test_grace_keeps_its_default_without_a_timeout():
    assert read(phase_timeout="0").grace == 2.0


def test_grace_that_was_asked_for_may_be_longer_than_the_timeout():
    assert read(phase_timeout="0.5", phase_grace="3").grace == 3.0


# Errors


def test_each_wrong_value_is_one_line():
    with pytest.raises(pytest.UsageError) as caught:
        read(phase_concurrency="none", phase_grace="-1")

    assert caught.value.args == (
        "--phase-concurrency: 'none' is not valid; "
        "allowed: a whole number from 1 on, or auto",
        "--phase-grace: '-1' is not valid; allowed: a number of seconds, 0 or more",
    )


def test_wrong_value_of_a_file_names_file_and_key():
    config = FakeConfig(ini={"phase_timeout": "x"}, path="/somewhere/pytest.ini")

    with pytest.raises(pytest.UsageError) as caught:
        settings.read_settings(config)

    assert caught.value.args == (
        "pytest.ini: phase_timeout: 'x' is not valid; "
        "allowed: a number of seconds, 0 or more",
    )


def test_wrong_value_of_an_override_names_the_option():
    config = FakeConfig(
        ini={"phase_timeout": "x"},
        path="/somewhere/pytest.ini",
        override_ini=["phase_timeout=x"],
    )

    with pytest.raises(pytest.UsageError, match=r"^-o phase_timeout: 'x' is not valid"):
        settings.read_settings(config)


# Activation


def test_plugin_is_not_active_unless_asked_for():
    assert not settings.is_active(FakeConfig())


@pytest.mark.parametrize("name", sorted(settings.PLUGIN_NAMES))
def test_naming_the_plugin_activates_it(name):
    assert settings.is_active(FakeConfig(plugins=("other", name)))


def test_blocking_the_plugin_does_not():
    assert not settings.is_active(FakeConfig(plugins=("no:phaserun",)))


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_each_option_and_each_key_activates_it(option):
    assert settings.is_active(FakeConfig(**{option.key: "1"}))
    assert settings.is_active(FakeConfig(ini={option.key: "1"}))


@pytest.mark.parametrize(
    "switch", [each for each in SWITCHES if each is not OFF], ids=lambda s: s.flag
)
def test_each_other_switch_activates_it(switch):
    assert settings.is_active(FakeConfig(**{switch.key: True}))
    assert settings.is_active(FakeConfig(ini={switch.key: True}))


def test_a_question_activates_it():
    assert settings.is_active(FakeConfig(**{EXPLAIN.key: "test_a"}))


def test_a_list_of_tests_that_run_alone_activates_it():
    assert settings.is_active(FakeConfig(ini={EXCLUSIVE.key: ["tests/db"]}))


def test_a_list_of_fixtures_for_resources_activates_it():
    assert settings.is_active(
        FakeConfig(ini={FIXTURE_RESOURCES.key: ["db = database"]})
    )


@pytest.mark.parametrize("names", [["none"], []])
def test_a_choice_of_dialects_activates_it(names):
    assert settings.is_active(FakeConfig(ini={DIALECTS.key: names}))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({DIALECTS.key: []}, ()),
        ({DIALECTS.key: ["pytest-dependency"]}, ("pytest-dependency",)),
    ],
)
def test_no_dialects_are_something_else_than_all(given, expected):
    assert settings.read_settings(FakeConfig(ini=given)).dialects == expected


def test_what_is_switched_on_and_off_is_read():
    config = FakeConfig(
        ini={"phase_confirm": "off", EXCLUSIVE.key: ["tests/db", "server"]},
        phase_detect="off",
        **{STRICT.key: True, INTERACTIVE.key: True},
    )

    assert settings.read_settings(config) == Settings(
        confirm=False,
        detect=False,
        strict=True,
        interactive=True,
        exclusive=("tests/db", "server"),
    )


def test_what_is_switched_takes_on_and_off():
    with pytest.raises(pytest.UsageError) as raised:
        read(phase_confirm="yes")

    assert raised.value.args == (
        "--phase-confirm: 'yes' is not valid; allowed: on, off",
    )


@pytest.mark.parametrize(
    "off", [{OFF.key: True}, {"ini": {OFF.key: True}}], ids=["option", "key"]
)
def test_off_wins_over_everything(off):
    assert not settings.is_active(
        FakeConfig(plugins=("phaserun",), phase_concurrency="2", **off)
    )


def test_environment_wins_over_everything(monkeypatch):
    monkeypatch.setenv("PHASERUN", "0")

    assert not settings.is_active(FakeConfig(plugins=("phaserun",)))


# The table


def test_every_option_has_an_ini_key():
    parser = FakeParser()

    settings.add_options(parser)

    keys = [flag.removeprefix("--").replace("-", "_") for flag in parser.options]
    only_asked = {EXPLAIN.key}
    only_configured = {each.key for each in LISTS}
    assert set(keys) - set(parser.keys) == only_asked
    assert set(parser.keys) - set(keys) == only_configured


def test_options_stand_in_the_order_of_the_help():
    parser = FakeParser()

    settings.add_options(parser)

    assert parser.options == [
        "--phase-concurrency",
        "--phase-executor",
        "--phase-affinity",
        "--phase-lost-state",
        "--phase-timeout",
        "--phase-grace",
        "--phase-slow",
        "--phase-deadline",
        "--phase-schedule",
        "--phase-blocked",
        "--phase-deselected",
        "--phase-missing",
        "--phase-shuffle",
        "--phase-shard",
        "--phase-confirm",
        "--phase-detect",
        "--phase-report",
        "--phase-events",
        "--phase-trace",
        "--phase-graph",
        "--phase-plan-json",
        "--phase-history",
        "--phase-resume",
        "--phase-live",
        "--phase-strict",
        "--phase-interactive",
        "--phase-plan",
        "--phase-off",
        "--phase-explain",
    ]


# Serial runs


def test_no_option_means_no_reason_to_run_one_at_a_time():
    assert serial.find_serial_reasons(FakeConfig()) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"usepdb": True}, "--pdb"),
        ({"trace": True}, "--trace"),
        ({"stepwise": True}, "--stepwise"),
        ({"setupshow": True}, "--setup-show"),
        ({"setuponly": True, "setupshow": True}, "--setup-only"),
        ({"setupplan": True, "setuponly": True, "setupshow": True}, "--setup-plan"),
        ({"capture": "no", "log_cli_level": "INFO"}, "-s with a live log"),
        ({"capture": "no", "ini": {"log_cli": True}}, "-s with a live log"),
        ({"capture": None, "log_cli_level": "INFO"}, "-p no:capture with a live log"),
    ],
)
def test_option_that_needs_one_test_at_a_time_is_named(options, reason):
    assert serial.find_serial_reasons(FakeConfig(**options)) == [reason]


@pytest.mark.parametrize(
    "options",
    [{"capture": "no"}, {"capture": "fd", "log_cli_level": "INFO"}, {"capture": "sys"}],
)
def test_neither_live_log_nor_no_capture_alone_need_it(options):
    assert serial.find_serial_reasons(FakeConfig(**options)) == []
