"""Summaries of source revisions: a connection reports its provider and the commit message as JSON."""

from __future__ import annotations

import json

CONNECTION = "CodeStarSourceConnection"


def revision_summary(provider: str, message: str) -> str:
    """Return the summary of a revision that a source of this provider shows (recorded on AWS, 2026).

    >>> revision_summary("CodeStarSourceConnection", "Fix it")
    '{"ProviderType":"GitHub","CommitMessage":"Fix it"}'
    """
    if provider != CONNECTION:
        return message
    summary = {"ProviderType": "GitHub", "CommitMessage": message}
    return json.dumps(summary, ensure_ascii=False, separators=(",", ":"))


def commit_message(summary: str) -> str:
    """Return the commit message in such a summary; any other summary is returned as it is.

    >>> commit_message('{"ProviderType":"GitHub","CommitMessage":"Fix it"}')
    'Fix it'
    """
    if not summary.startswith('{"ProviderType":'):
        return summary
    try:
        message = json.loads(summary).get("CommitMessage")
    except (ValueError, RecursionError):
        return summary
    return message if isinstance(message, str) else summary
