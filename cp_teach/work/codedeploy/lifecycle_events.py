"""The lifecycle events of a deployment to instances: their names, their order, and which of them run scripts.

Source: CodeDeploy user guide, reference-appspec-file-structure-hooks.
"""

from __future__ import annotations

BLOCK = ("BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic")
"""The events in which an instance is removed from the load balancer."""

INSTALL = (
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
)
"""The events in which the new revision replaces the old one."""

ALLOW = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")
"""The events in which an instance is added to the load balancer."""

RESERVED = frozenset({"Start", "DownloadBundle", "Install", "BlockTraffic", "AllowTraffic", "End"})
"""Events of the agent or the service itself, which run no scripts."""

SCRIPTABLE = tuple(event for event in (*BLOCK, *INSTALL, *ALLOW) if event not in RESERVED)
"""The events that run scripts, in their order in place."""

PREVIOUS = frozenset({"ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic"})
"""Events that run the scripts of the last successful revision, because only that revision knows how to stop itself. On
an instance without one, nothing runs."""

EVENT_SECONDS = 3600
"""The maximum time of all scripts of one event together in seconds; also the default timeout of a script."""


def in_place(load_balancer: bool) -> tuple[str, ...]:
    """The events of an in-place deployment to one instance, in order."""
    return (*BLOCK, *INSTALL, *ALLOW) if load_balancer else INSTALL
