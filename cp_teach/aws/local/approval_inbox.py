"""An inbox for the messages of approvals: what a reviewer would find in their mail, in a notebook."""

from __future__ import annotations

import html
import time
from typing import Any, NamedTuple

from cp_teach.aws.server.serve_run import Served, client
from cp_teach.security.input.json_input import BadJson, parse_json

ACCOUNT = "123456789012"
"""The account that clients with our keys are in."""
ATTEMPTS = 10
"""So many times at most the queue is asked; it hands out ten messages at a time (SQS: ReceiveMessage)."""

LOOK = 0.05
"""Seconds between two looks at the queue."""


class Ask(NamedTuple):
    """A message that asks for an approval. ``message`` is all of it, as the user guide shows its JSON."""

    subject: str
    message: dict[str, Any]

    @property
    def approval(self) -> dict[str, Any]:
        """pipelineName, stageName, actionName, token, expires, externalEntityLink, approvalReviewLink, customData."""
        found: dict[str, Any] = self.message["approval"]
        return found

    @property
    def token(self) -> str:
        """What PutApprovalResult wants to see."""
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


class Inbox:
    """A queue that has subscribed to the topics on which the approvals of a pipeline ask (SNS to SQS, on moto).

    Open it before the release: a topic keeps nothing for those who come later. The topics are made where there are
    none. Raises ``ValueError`` where no approval has a NotificationArn, or its topic is in another account.
    """

    def __init__(self, served: Served) -> None:
        self.served, self.messages = served, list[Ask]()
        pipeline = served.run.pipeline
        topics = [
            action.settings["NotificationArn"]
            for stage in pipeline.stages
            for action in stage.actions
            if action.is_approval and action.settings.get("NotificationArn")
        ]
        if not topics:
            raise ValueError(
                f"No approval of {pipeline.name} tells anybody. Give one a NotificationArn, such as "
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
                f"The topic {topic} is in the account {account}. Here is the account {ACCOUNT} only."
            )
        sns, sqs = (client(self.served.url, service, region) for service in ("sns", "sqs"))
        arn = sns.create_topic(Name=name)["TopicArn"]
        assert arn == topic, "a topic is named by its region, account and name"
        # A queue of its own for each inbox: two who read one queue take each other's messages away.
        number = len(sqs.list_queues(QueueNamePrefix=f"inbox-{name}").get("QueueUrls", ())) + 1
        queue = sqs.create_queue(QueueName=f"inbox-{name}"[:74] + f"-{number}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
        self._queues.append((sqs, queue))

    def read(self, seconds: float = 0.0) -> list[Ask]:
        """The messages that have come since the last look; ``messages`` keeps all, the oldest first. With ``seconds``
        it waits so long for one: a message takes a moment."""
        deadline = time.monotonic() + seconds
        while not (came := self._came()) and time.monotonic() < deadline:
            time.sleep(LOOK)
        self.messages += came
        return came

    def _came(self) -> list[Ask]:
        came = []
        for sqs, queue in self._queues:
            for _ in range(ATTEMPTS):
                got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
                if not got:
                    break
                for each in got:
                    if (ask := _ask(each["Body"])) is not None:
                        came.append(ask)
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return came

    def _repr_html_(self) -> str:
        self.read()
        return "".join(each._repr_html_() for each in self.messages) or html.escape(repr(self))

    def __repr__(self) -> str:
        self.read()
        count = len(self.messages)
        return f"Inbox({count} message{'' if count == 1 else 's'} on {', '.join(self.topics)})"


def _ask(body: str) -> Ask | None:
    """The approval request in a queue message; None for a message from another publisher."""
    try:
        told = parse_json(body)
        message = parse_json(told["Message"])
    except (BadJson, KeyError, TypeError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("approval"), dict):
        return None
    return Ask(str(told.get("Subject", "")), message)
