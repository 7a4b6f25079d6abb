"""``cp_teach.sandbox()``: in a notebook, one line after which ``!aws`` and ``boto3`` reach a service of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.aws.account import managed_policies
from cp_teach.aws.aws_cli import client_environment
from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.backend.service import Service
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.service_clock import clock as make_clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.operations.jobs.jobs import event
from cp_teach.aws.server import serve_run


class Sandbox:
    """A service in this process, on loopback: CodePipeline and whatever else moto has.

    ``url`` is its endpoint, ``client("s3")`` a boto3 client for it, ``tick`` lets time pass on its clock. Everything
    in it is gone when the kernel ends.
    """

    def __init__(self, server: Any, region: str) -> None:
        self._server, self.region_name = server, region
        self.url: str = server.url

    @property
    def settings(self) -> Settings:
        """How it behaves: clock, edition, workers, durations."""
        found: Settings = self._server.settings
        return found

    @property
    def clock(self) -> Clock:
        """Its clock."""
        return self.settings.clock

    @property
    def region(self) -> Region:
        """CodePipeline in the region of this sandbox."""
        found: Region = self._server.region(name=self.region_name)
        return found

    def client(self, service: str = "codepipeline", **kwargs: Any) -> Any:
        """A boto3 client for one of its services."""
        return serve_run.client(self.url, service, self.region_name, **kwargs)

    def event_of(self, pipeline: str) -> dict[str, Any]:
        """What the Lambda function of an Invoke action in progress is called with. Raises ``LookupError`` for none."""
        region = self.region
        with region.lock:
            region.everybody()
            for job in region.jobs:
                if job.pipeline == pipeline and job.type[0] == "Invoke" and not job.ended:
                    return event(region, job)
        raise LookupError(f"no function is called by {pipeline} now")

    def tick(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Let time pass at once; whatever falls due in it happens."""
        self._server.service.pass_time(seconds + 60 * minutes + 3600 * hours + 86400 * days)

    def __repr__(self) -> str:
        return f"<A service of your own at {self.url}, region {self.region_name}; the clock is {self.clock.mode}>"


def sandbox(
    region: str = "us-east-1",
    *,
    clock: str | float | Clock = 1.0,
    edition: str = "today",
    workers: Mapping[str, str] | None = None,
    seconds: Mapping[str, float] | None = None,
    enforce: bool = False,
    fresh: bool = True,
) -> Sandbox:
    """Start a service on loopback and point this process at it, with no configuration.

    Afterwards ``!aws codepipeline list-pipelines`` and ``boto3.client("codepipeline")`` in this kernel reach it and
    nothing else, whatever the home folder says. ``fresh`` empties it, so that a notebook can be run again from the
    top; the other arguments are those of ``mock_aws``. In a notebook it also brings ``%%aws``.

    Raises ``ValueError`` for a choice that is none.
    """
    wanted = Settings(
        clock=make_clock(clock),
        edition=edition,
        workers=dict(workers or {}),
        seconds=dict(seconds or {}),
        enforce=enforce,
    )
    server = serve_run.server()
    with server.service.lock, server.service.entered():
        if fresh:
            _empty(server.service)
            vars(server.settings).update(vars(wanted) | {"address": server.url})
            managed_policies.provide("123456789012", edition)
    client_environment.enter(server.url, region)
    _magic()
    return Sandbox(server, region)


def _empty(service: Service) -> None:
    """Forget everything in every service of this process; runs that are served stay with their owners."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data
    from moto.moto_api._internal import mock_random

    for region in service.regions:
        for hosted in list(region.hosted.values()):
            if hosted.own_time:
                region.remove(hosted.name)
                hosted.release()
    BackendDict.reset()
    reset_model_data()
    mock_random.seed(0)  # the same ids each time, so that a notebook shows the same when it is run again


def _magic() -> None:
    """In a notebook, ``%%aws`` runs each line of its cell with the real AWS CLI."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None:
        from cp_teach.aws.aws_cli.cell_magic import run_lines

        shell.register_magic_function(run_lines, "cell", "aws")
