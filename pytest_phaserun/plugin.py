"""The hooks of the plugin: declare, register, delegate.

Merely installed, it declares its options and markers and does nothing else.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from . import hookspecs
from .markers.registered import add_borrowed_options, find_markers
from .settings import add_options, is_active


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser
) -> Generator[None]:
    # Only now all plugins have been loaded that may have options of their own.
    yield
    add_borrowed_options(early_config, parser)


def pytest_configure(config: pytest.Config) -> None:
    for marker in find_markers(config):
        config.addinivalue_line("markers", marker)
    if not is_active(config):
        return
    # The engines are imported only where they run.
    from .isolation.own_imports import import_as_written

    import_as_written(config)
    from .distributed import make_session
    from .isolation.probe import PhaserunWarning, find_missing

    missing = find_missing()
    session = make_session(config, missing=missing)
    if missing:
        config.issue_config_time_warning(PhaserunWarning(missing), stacklevel=2)
    else:
        _register_fixtures(config)
    if session is None:
        return
    settings = session.settings
    if settings.resume is not None:
        from .collection.resume import Resume

        resume = Resume(config, settings, settings.resume, session.resumed)
        config.pluginmanager.register(resume, "phaserun-resume")
    config.pluginmanager.register(session, "phaserun-session")
    if settings.leaves_files and not hasattr(config, "workerinput"):
        from .exports import Exports

        exports = Exports(config, settings)
        config.pluginmanager.register(exports, "phaserun-exports")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(
    config: pytest.Config,
) -> Generator[None, int | pytest.ExitCode, int | pytest.ExitCode]:
    if is_active(config):
        from .isolation.own_imports import import_as_written

        import_as_written(config)
        from .distributed import refuse_loop

        # xdist does this before anything is configured.
        refuse_loop(config)
    code = yield
    session = config.pluginmanager.getplugin("phaserun-session")
    if session is not None and code is not None:
        session.leave(int(code))
    return code


def _register_fixtures(config: pytest.Config) -> None:
    from .isolation.capture_fixtures import CaptureFixtures
    from .isolation.logs import LogFixtures

    if config.pluginmanager.hasplugin("capture"):
        config.pluginmanager.register(CaptureFixtures())
    config.pluginmanager.register(LogFixtures())
