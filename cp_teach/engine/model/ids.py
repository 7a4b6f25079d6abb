"""Ids that look random but are derived, so that the same run always has the same ones."""

from __future__ import annotations

import hashlib


def derived(run: str, fork: int, position: int, what: str, length: int) -> str:
    """``length`` letters and digits that look random but are the same for the same arguments."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    digest = hashlib.blake2b(f"{run}/{fork}/{position}/{what}".encode(), digest_size=length).digest()
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


def uuid(*what: object) -> str:
    """A UUID in the form of AWS's ids, the same for the same arguments."""
    digits = hashlib.blake2b("/".join(map(str, what)).encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def execution_id(run: str, number: int) -> str:
    """The id of an execution (pipelineExecutionId)."""
    return uuid(run, "execution", number)


def action_id(run: str, execution: int, fork: int, position: int, stage: str, action: str) -> str:
    """The id of one run of an action (actionExecutionId); a pending approval's token is the same (as recorded)."""
    return uuid(run, "action", execution, fork, position, stage, action)


def rule_id(run: str, execution: int, fork: int, position: int, stage: str, rule: str) -> str:
    """The id of one run of a rule (ruleExecutionId)."""
    return uuid(run, "rule", execution, fork, position, stage, rule)
