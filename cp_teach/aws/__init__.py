"""The same pipeline through AWS's own API, on moto: in process and over HTTP (docs/api.md).

>>> from cp_teach.aws import mock_aws
>>> with mock_aws() as mock:
...     import boto3
...     boto3.client("codepipeline", region_name="us-east-1").list_pipelines()["pipelines"]
[]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cp_teach.aws.aws_cli.guarded_cli import program
    from cp_teach.aws.client.connect import connect
    from cp_teach.aws.client.connection_errors import Unreachable
    from cp_teach.aws.client.remote_run import RemoteRun
    from cp_teach.aws.config.service_clock import Clock
    from cp_teach.aws.console_wizard.console_defaults import PERMISSIONS, TRUST, make_bucket, make_role
    from cp_teach.aws.console_wizard.widget import wizard_for
    from cp_teach.aws.console_wizard.wizard import InvalidAnswer
    from cp_teach.aws.local.approval_inbox import ApprovalInbox
    from cp_teach.aws.local.cloudformation.provider import CloudFormation
    from cp_teach.aws.local.job_workers import PipelineWorkers, hire
    from cp_teach.aws.local.lambda_provider import Lambda
    from cp_teach.aws.local.open_workplace import workplace
    from cp_teach.aws.local.publish_work import PublishedWork, show_work
    from cp_teach.aws.local.s3_artifact_store import BucketStore
    from cp_teach.aws.moto_plugin.install import install, uninstall
    from cp_teach.aws.moto_plugin.mock_aws import mock_aws
    from cp_teach.aws.server.isolated_account import spare_account
    from cp_teach.aws.server.sandbox import sandbox
    from cp_teach.aws.server.serve_run import ServedRun, serve

_HOMES = {
    "workplace": "cp_teach.aws.local.open_workplace",
    "PERMISSIONS": "cp_teach.aws.console_wizard.console_defaults",
    "TRUST": "cp_teach.aws.console_wizard.console_defaults",
    "make_bucket": "cp_teach.aws.console_wizard.console_defaults",
    "make_role": "cp_teach.aws.console_wizard.console_defaults",
    "InvalidAnswer": "cp_teach.aws.console_wizard.wizard",
    "program": "cp_teach.aws.aws_cli.guarded_cli",
    "BucketStore": "cp_teach.aws.local.s3_artifact_store",
    "Clock": "cp_teach.aws.config.service_clock",
    "CloudFormation": "cp_teach.aws.local.cloudformation.provider",
    "RemoteRun": "cp_teach.aws.client.remote_run",
    "PipelineWorkers": "cp_teach.aws.local.job_workers",
    "ApprovalInbox": "cp_teach.aws.local.approval_inbox",
    "Lambda": "cp_teach.aws.local.lambda_provider",
    "ServedRun": "cp_teach.aws.server.serve_run",
    "PublishedWork": "cp_teach.aws.local.publish_work",
    "Unreachable": "cp_teach.aws.client.connection_errors",
    "connect": "cp_teach.aws.client.connect",
    "hire": "cp_teach.aws.local.job_workers",
    "install": "cp_teach.aws.moto_plugin.install",
    "mock_aws": "cp_teach.aws.moto_plugin.mock_aws",
    "sandbox": "cp_teach.aws.server.sandbox",
    "serve": "cp_teach.aws.server.serve_run",
    "show_work": "cp_teach.aws.local.publish_work",
    "spare_account": "cp_teach.aws.server.isolated_account",
    "uninstall": "cp_teach.aws.moto_plugin.install",
    "wizard_for": "cp_teach.aws.console_wizard.widget",
}

# Former names, for programs that import them.
_FORMER = {
    "Connected": "RemoteRun",
    "Hired": "PipelineWorkers",
    "Inbox": "ApprovalInbox",
    "Served": "ServedRun",
    "Shown": "PublishedWork",
    "Unfinished": "InvalidAnswer",
}

__all__ = [
    "PERMISSIONS",
    "TRUST",
    "ApprovalInbox",
    "BucketStore",
    "Clock",
    "CloudFormation",
    "InvalidAnswer",
    "Lambda",
    "PipelineWorkers",
    "PublishedWork",
    "RemoteRun",
    "ServedRun",
    "Unreachable",
    "connect",
    "hire",
    "install",
    "make_bucket",
    "make_role",
    "mock_aws",
    "program",
    "sandbox",
    "serve",
    "show_work",
    "spare_account",
    "uninstall",
    "wizard_for",
    "workplace",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, because moto and boto3 take long to load."""
    name = _FORMER.get(name, name)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
