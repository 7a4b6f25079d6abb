"""``cp_teach.serve(run)``: a local Run behind AWS's API, at an address on loopback."""

from __future__ import annotations

import time
from typing import Any

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.server.loopback_server import Server
from cp_teach.aws.server.process_server import PROCESS
from cp_teach.engine import Run
from cp_teach.security.network.endpoints import REGION
from cp_teach.security.network.server_keys import credentials_for
from cp_teach.work.runtime.provider_worker import ProviderWorker


class ServedRun:
    """A run that is served: ``url`` is its endpoint, ``client()`` a boto3 client for it, ``stop()`` takes it away."""

    def __init__(self, server: Server, run: Run, region: str) -> None:
        self.server, self.run, self.region_name = server, run, region
        self.url = server.url
        self.name = run.pipeline.name

    def client(self, service: str = "codepipeline", **options: Any) -> Any:
        """A boto3 client that can reach only this server; ``region_name`` for another Region."""
        return self.server.client(service, options.pop("region_name", self.region_name), **options)

    @property
    def exports(self) -> str:
        """Shell commands that point the AWS CLI at this server. They contain its keys, so keep them secret."""
        keys = credentials_for(self.url)
        return (
            f"  export AWS_ENDPOINT_URL={self.url} AWS_DEFAULT_REGION={self.region_name}\n"
            f"  export AWS_ACCESS_KEY_ID={keys.access_key} AWS_SECRET_ACCESS_KEY={keys.secret_key}"
        )

    def stop(self) -> None:
        """Remove the run from the API; it can step back again."""
        self.server.keys.release(self.run)
        with self.server.lock:
            region = self.server.region(name=self.region_name)
            if self.name in region.pipelines and region.pipelines[self.name].run is self.run:
                hosted = region.remove(self.name)
                assert hosted is not None
                hosted.release()

    def __enter__(self) -> ServedRun:
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{self.name} is served at {self.url} in {self.region_name}>"


def serve(run: Run, *, region: str = REGION, server: Server | None = None) -> ServedRun:
    """Put a run behind AWS's API, so that boto3 and the AWS CLI control what a console shows.

    Time still passes only on the run's own clock. While the run is served, it cannot step back. Serving it again has
    no further effect. ``server`` is the server that the process shares, if none is given. Raises ``ValueError`` if the
    account has another pipeline of that name.
    """
    server = server or PROCESS.get()
    if isinstance(run.worker, ProviderWorker):
        # A start, an approval, or an edited command runs a program on this machine.
        server.keys.require_for(run, server.url)
    with server.lock:
        backend = server.region(name=region)
        present = backend.pipelines.get(run.pipeline.name)
        if present is not None and present.run is not run:
            if not present.is_served_run:
                raise ValueError(
                    f"there is a pipeline {run.pipeline.name} already; delete it, or give yours another name"
                )
            # A cell that runs again serves its new run.
            ServedRun(server, present.run, region).stop()
            present = None
        if present is None:
            hosted = HostedPipeline(
                backend.arn(run.pipeline.name), run, time.time() - run.now, is_served_run=True
            )
            hosted.token_secret = server.keys.token_secret
            backend.host(hosted)
    return ServedRun(server, run, region)
