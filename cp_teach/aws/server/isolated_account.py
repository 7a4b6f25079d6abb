"""An isolated account for experiments: its pipelines appear in no other account, and it changes nothing outside."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

from cp_teach.aws.backend.service import Service
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.console_wizard.console_defaults import TRUST
from cp_teach.aws.iam.policy_evaluation import Document, Policy
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations import perform
from cp_teach.aws.operations.executions.executions import event_started
from cp_teach.aws.protocol.errors import AwsError

_numbers = itertools.count(1)


class IsolatedAccount:
    """A new isolated account: ``ask("GetPipelineState", name="shop")`` answers as the service does, or raises
    ``AwsError``. ``settings`` are those of ``mock_aws`` except the clock, which is manual."""

    def __init__(self, **settings: Any) -> None:
        self.account = f"{next(_numbers):012}"
        self.region = Service(Settings(clock=Clock("manual"), **settings)).region(self.account, "us-east-1")
        self._policies: tuple[Policy, ...] | None = None

    def with_policies(self, *documents: Document) -> IsolatedAccount:
        """The same account for a caller with these policies and no other permissions."""
        other = copy.copy(self)
        other._policies = tuple(map(Policy.read, documents))
        return other

    def role(self, service: str = "codepipeline.amazonaws.com") -> str:
        """The ARN of a new role that this service may assume."""
        from moto.iam.models import iam_backends

        trust = json.dumps(TRUST).replace("codepipeline.amazonaws.com", service)
        role = iam_backends[self.account]["aws"].create_role("service", trust, "/", "", "", [], "3600")
        return str(role.arn)

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """One operation. Raises ``AwsError``."""
        arn = f"arn:aws:iam::{self.account}:user/someone"
        return perform(
            self.region, Principal(self.account, "us-east-1", arn, self._policies), operation, request
        )

    def error(self, operation: str, **request: Any) -> str:
        """The name of the error that an operation returns; "" if it succeeds."""
        try:
            self.ask(operation, **request)
        except AwsError as error:
            return error.code
        return ""

    def start_by_polling(self, pipeline: str, source: str) -> None:
        """Start the pipeline as if polling had found a change in this source."""
        self.region.start(self.region.pipelines[pipeline], "PollForSourceChanges", source)

    def start_by_rule(self, pipeline: str, rule: str) -> None:
        """Start the pipeline as the target of an EventBridge rule that has matched."""
        event_started(self.region, pipeline, rule, {})

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self.region.settings.clock.tick(seconds)
        self.region.advance_all()


spare_account = IsolatedAccount
