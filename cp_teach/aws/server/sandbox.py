"""``cp_teach.sandbox()``: after this line of a notebook, ``!aws`` and ``boto3`` reach a service in its own process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cp_teach.aws.account import managed_policies
from cp_teach.aws.aws_cli.cell_magic import register_magic
from cp_teach.aws.aws_cli.client_environment import restrict_process
from cp_teach.aws.aws_cli.fork_server import ForkServer
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.service import Service
from cp_teach.aws.config.service_clock import Clock, make_clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.operations.jobs import lambda_event
from cp_teach.aws.server.loopback_server import ACCOUNT, Server
from cp_teach.aws.server.process_server import PROCESS


class Sandbox:
    """A service in this process, on loopback: CodePipeline, and every other service of moto.

    ``url`` is its endpoint, ``client("s3")`` a boto3 client for it, ``tick`` lets time pass on its clock. All of its
    data is lost when the kernel ends.
    """

    def __init__(self, server: Server, region: str) -> None:
        self._server, self.region_name = server, region
        self.url = server.url

    @property
    def settings(self) -> Settings:
        """Clock, edition, workers, and durations of simulated actions."""
        return self._server.settings

    @property
    def clock(self) -> Clock:
        """The service's clock."""
        return self.settings.clock

    @property
    def region(self) -> RegionBackend:
        """CodePipeline in the Region of this sandbox."""
        return self._server.region(name=self.region_name)

    def client(self, service: str = "codepipeline", **options: Any) -> Any:
        """A boto3 client for one of its services."""
        return self._server.client(service, self.region_name, **options)

    def event_of(self, pipeline: str) -> dict[str, Any]:
        """The event for the Lambda function of an Invoke action in progress. Raises ``LookupError`` for none."""
        with self._server.lock:
            region = self.region
            region.advance_all()
            for job in region.jobs:
                if job.pipeline == pipeline and job.type[0] == "Invoke" and not job.ended:
                    return lambda_event(region, job)
        raise LookupError(f"The pipeline {pipeline} has no Lambda action in progress.")

    def tick(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Let time pass at once; everything that is due by then happens."""
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
    nothing else, independent of the home folder. ``fresh`` deletes its data, so that a notebook can be run again
    from the top; the other arguments are those of ``mock_aws``. In a notebook, this also registers ``%%aws``.

    Raises ``ValueError`` for an unknown clock, edition, or worker.
    """
    settings = Settings(
        clock=make_clock(clock),
        edition=edition,
        workers=dict(workers or {}),
        seconds=dict(seconds or {}),
        enforce=enforce,
    )
    server = PROCESS.get()
    if fresh:
        with server.lock, server.service.entered():
            _reset(server.service)
            vars(server.settings).update(vars(settings) | {"address": server.url})
            managed_policies.add_managed_policies(ACCOUNT, edition)
    restrict_process(server.url, region)
    register_magic(server.owned(ForkServer))
    return Sandbox(server, region)


def _reset(service: Service) -> None:
    """Delete the data of every service in this process. Runs that are served remain with their owners."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data
    from moto.moto_api._internal import mock_random

    for region in service.regions:
        for hosted in list(region.pipelines.values()):
            if hosted.is_served_run:
                region.remove(hosted.name)
                hosted.release()
    BackendDict.reset()
    reset_model_data()
    mock_random.seed(0)  # the same IDs each time, so that a notebook that is run again shows the same output
