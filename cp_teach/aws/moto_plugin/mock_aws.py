"""``mock_aws``: moto's mock with a complete CodePipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar, overload

from moto.core.config import DefaultConfig
from moto.core.models import MockAWS

from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.service import Service
from cp_teach.aws.backend.store import Store
from cp_teach.aws.config.service_clock import Clock, make_clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.moto_plugin.install import install, uninstall
from cp_teach.pipeline import SUGGESTED, Readings
from cp_teach.security.network import botocore_guard

P = ParamSpec("P")
T = TypeVar("T")


_running: list[Service] = []
"""The services of the nested mocks of this process; moto's own mocks are process-wide, too."""


class Mock(MockAWS):
    """A context manager and a decorator, like moto's own mock."""

    def __init__(
        self, settings: Settings, config: DefaultConfig | None = None, *, store: Store | None = None
    ) -> None:
        super().__init__(config)
        # moto counts nested mocks on the class, so a separate MockAWS does the work: both kinds then count together.
        self._moto = MockAWS(config)
        self.settings, self._store = settings, store
        self._services: list[Service] = []
        """The service of each ``start`` that has no ``stop`` yet."""

    def start(self, reset: bool = True) -> None:
        """Start the mock; the backend is installed first, so that moto creates ours.

        Until the mock stops, botocore refuses every request to another machine that the mock does not answer.
        """
        botocore_guard.activate()
        service = Service(self.settings, self._store, outer=_running[-1] if _running else None)
        self._services.append(service)
        _running.append(service)
        service_registry.register(service)
        install()
        self._moto.start(reset)

    def stop(self, remove_data: bool = True) -> None:
        """End the mock. moto's own backend is restored unless another mock or a server still needs ours."""
        self._moto.stop(remove_data)
        botocore_guard.deactivate()
        service = self._services.pop()
        _running.remove(service)
        service_registry.unregister(service)
        if not service_registry.registered():
            uninstall()

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.settings.clock

    def tick(self, seconds: float) -> None:
        """Advance the clock, and process everything that falls due. Raises ``ValueError`` for a negative number."""
        self._services[-1].pass_time(seconds)


@overload
def mock_aws(func: Callable[P, T]) -> Callable[P, T]: ...


@overload
def mock_aws(
    func: None = None,
    config: DefaultConfig | None = None,
    *,
    clock: str | float | Clock = "virtual",
    edition: str = "today",
    workers: Mapping[str, str] | None = None,
    seconds: Mapping[str, float] | None = None,
    readings: Readings = SUGGESTED,
    strict: bool = False,
    enforce: bool = False,
    seed: int = 0,
) -> Mock: ...


def mock_aws(
    func: Callable[P, T] | None = None,
    config: DefaultConfig | None = None,
    *,
    clock: str | float | Clock = "virtual",
    edition: str = "today",
    workers: Mapping[str, str] | None = None,
    seconds: Mapping[str, float] | None = None,
    readings: Readings = SUGGESTED,
    strict: bool = False,
    enforce: bool = False,
    seed: int = 0,
) -> Mock | Callable[P, T]:
    """moto's ``mock_aws`` with a complete CodePipeline.

    Use it like moto's: ``@mock_aws``, ``with mock_aws():``, or in a pytest fixture. Additional arguments:

    - ``clock``: "virtual" (everything happens at once), "manual" (time passes with ``mock.tick``), or the factor by
      which real time is multiplied.
    - ``edition``: "today", or "course" for the limits and regions of the course.
    - ``workers``: what runs each action type ("simulated", "job", "hand"), by ``Category/Owner/Provider``, provider,
      owner, or category. ``seconds``: the duration of a simulated one.
    - ``strict``: an action fails if its bucket does not exist, instead of simulating the bucket.
    - ``enforce``: permissions count. A request with the keys of a user or of an assumed role gets
      AccessDeniedException unless their policies allow it, an action whose role lacks a permission fails with
      PermissionError, and a rule of EventBridge whose target's role may not start the pipeline starts nothing.

    Raises ``ValueError`` for an invalid argument.
    """
    mock = Mock(
        Settings(
            clock=make_clock(clock),
            edition=edition,
            workers=dict(workers or {}),
            seconds=dict(seconds or {}),
            readings=readings,
            strict=strict,
            enforce=enforce,
            seed=seed,
        ),
        config,
    )
    return mock(func) if func is not None else mock
