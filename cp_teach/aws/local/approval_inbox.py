"""An inbox for approval requests: the messages that a reviewer would get by email, in a notebook."""

from __future__ import annotations

import html
import time
from typing import Any, NamedTuple

from cp_teach.aws.server.loopback_server import ACCOUNT
from cp_teach.aws.server.serve_run import ServedRun
from cp_teach.security.input.json_input import InvalidJson, parse_json

ATTEMPTS = 10
"""Maximum number of ReceiveMessage calls for one read; each returns up to ten messages (SQS)."""
POLL_SECONDS = 0.05
"""Seconds between two reads of the queue."""


class ApprovalRequest(NamedTuple):
    """A message that asks for an approval. ``message`` is its JSON, as the user guide shows it."""

    subject: str
    message: dict[str, Any]

    @property
    def approval(self) -> dict[str, Any]:
        """pipelineName, stageName, actionName, token, expires, externalEntityLink, approvalReviewLink, customData."""
        approval: dict[str, Any] = self.message["approval"]
        return approval

    @property
    def token(self) -> str:
        """The token that PutApprovalResult requires."""
        return str(self.approval["token"])

    def _repr_html_(self) -> str:
        rows = [("region", self.message["region"]), ("consoleLink", self.message["consoleLink"])]
        rows += self.approval.items()
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(key)}</th>"
            f"<td style='text-align:left'>{html.escape('' if value is None else str(value))}</td></tr>"
            for key, value in rows
        )
        return f"<b>{html.escape(self.subject)}</b><table>{cells}</table>"


class ApprovalInbox:
    """A queue that subscribes to the notification topics of a pipeline's approvals (SNS to SQS, on moto).

    Open it before the release, because a topic keeps no messages for later subscribers. Topics that do not exist are
    created. Raises ``ValueError`` if no approval has a NotificationArn, or if its topic is in another account.
    """

    def __init__(self, served: ServedRun) -> None:
        self.served, self.messages = served, list[ApprovalRequest]()
        pipeline = served.run.pipeline
        topics = [
            action.settings["NotificationArn"]
            for stage in pipeline.stages
            for action in stage.actions
            if action.is_approval and action.settings.get("NotificationArn")
        ]
        if not topics:
            raise ValueError(
                f"No approval of {pipeline.name} sends a notification. Give one a NotificationArn, such as "
                f"arn:aws:sns:{served.region_name}:{ACCOUNT}:approvals."
            )
        self.topics = list(dict.fromkeys(topics))
        self._queues: list[tuple[Any, str]] = []
        for topic in self.topics:
            self._subscribe(topic)

    def _subscribe(self, topic: str) -> None:
        region, account, name = topic.split(":")[3:6]
        if account != ACCOUNT:
            raise ValueError(
                f"The topic {topic} is in the account {account}. Name a topic in the account {ACCOUNT}, "
                "the only one of this server."
            )
        sns, sqs = (self.served.client(service, region_name=region) for service in ("sns", "sqs"))
        arn = sns.create_topic(Name=name)["TopicArn"]
        assert arn == topic, "a topic is named by its region, account and name"
        # Each inbox has its own queue, because readers of one queue take messages from each other.
        number = len(sqs.list_queues(QueueNamePrefix=f"inbox-{name}").get("QueueUrls", ())) + 1
        queue = sqs.create_queue(QueueName=f"inbox-{name}"[:74] + f"-{number}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
        self._queues.append((sqs, queue))

    def read(self, seconds: float = 0.0) -> list[ApprovalRequest]:
        """The messages since the last read; ``messages`` has all of them, the oldest first.

        A message takes a moment to arrive: ``seconds`` is how long to wait for the first.
        """
        deadline = time.monotonic() + seconds
        while not (new := self._receive()) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        self.messages += new
        return new

    def _receive(self) -> list[ApprovalRequest]:
        requests = []
        for sqs, queue in self._queues:
            for _ in range(ATTEMPTS):
                messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
                if not messages:
                    break
                for message in messages:
                    if (request := _parse(message["Body"])) is not None:
                        requests.append(request)
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return requests

    def _repr_html_(self) -> str:
        self.read()
        return "".join(request._repr_html_() for request in self.messages) or html.escape(repr(self))

    def __repr__(self) -> str:
        self.read()
        count = len(self.messages)
        return f"Inbox({count} message{'' if count == 1 else 's'} on {', '.join(self.topics)})"


def _parse(body: str) -> ApprovalRequest | None:
    """The approval request in a queue message; None for a message from another publisher."""
    try:
        notification = parse_json(body)
        message = parse_json(notification["Message"])
    except (InvalidJson, KeyError, TypeError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("approval"), dict):
        return None
    return ApprovalRequest(str(notification.get("Subject", "")), message)
