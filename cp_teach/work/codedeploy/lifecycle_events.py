"""The lifecycle events of a deployment to instances: their names, their order, and which of them take scripts.

Source: CodeDeploy user guide, reference-appspec-file-structure-hooks.
"""

from __future__ import annotations

BLOCK = ("BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic")
"""An instance leaves the load balancer."""

INSTALL = (
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
)
"""The new revision is put in the place of the old one."""

ALLOW = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")
"""An instance joins the load balancer."""

RESERVED = frozenset({"Start", "DownloadBundle", "Install", "BlockTraffic", "AllowTraffic", "End"})
"""Done by the agent or the service itself: no script can be given for them."""

SCRIPTABLE = tuple(event for event in (*BLOCK, *INSTALL, *ALLOW) if event not in RESERVED)
"""The events that take scripts, in the order in which they happen in place."""

PREVIOUS = frozenset({"ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic"})
"""They run the scripts of the revision that was deployed successfully before: only that one knows how to stop
itself. On an instance that has none, nothing runs."""

EVENT_SECONDS = 3600
"""The most that all scripts of one event may take together, in seconds; the default for a script, too."""


def in_place(load_balancer: bool) -> tuple[str, ...]:
    """The events of one instance that is updated where it stands, in order."""
    return (*BLOCK, *INSTALL, *ALLOW) if load_balancer else INSTALL
