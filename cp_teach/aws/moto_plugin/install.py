"""Replaces moto's backends of CodePipeline, EventBridge, its Scheduler, and the tagging API in memory, and restores
them."""

from __future__ import annotations

import sys
from typing import Any

from cp_teach.security.network import botocore_guard


def install() -> None:
    """Make moto use our backend for CodePipeline, also inside a running mock. A second call has no effect.

    Afterwards, moto's mocks also answer clients that were created before moto was imported.
    """
    from moto.codepipeline.models import codepipeline_backends
    from moto.events.models import events_backends
    from moto.resourcegroupstaggingapi.models import resourcegroupstaggingapi_backends
    from moto.scheduler.models import scheduler_backends

    import cp_teach.aws.moto_plugin.cloudformation_resources  # noqa: F401 - CloudFormation finds its resources among the loaded classes
    from cp_teach.aws.moto_plugin import safe_template_loader
    from cp_teach.aws.moto_plugin.eventbridge.rules import Events
    from cp_teach.aws.moto_plugin.eventbridge.scheduler import Scheduler
    from cp_teach.aws.moto_plugin.models import Backend
    from cp_teach.aws.moto_plugin.tagging_api import Tagging

    botocore_guard.install()
    _put(codepipeline_backends, Backend)
    _put(events_backends, Events)
    _put(scheduler_backends, Scheduler)
    _put(resourcegroupstaggingapi_backends, Tagging)
    safe_template_loader.install()
    _forget_templates()


def uninstall() -> None:
    """Restore moto's own backends."""
    from moto.codepipeline.models import CodePipelineBackend, codepipeline_backends
    from moto.events.models import EventsBackend, events_backends
    from moto.resourcegroupstaggingapi.models import (
        ResourceGroupsTaggingAPIBackend,
        resourcegroupstaggingapi_backends,
    )
    from moto.scheduler.models import EventBridgeSchedulerBackend, scheduler_backends

    from cp_teach.aws.moto_plugin import safe_template_loader

    _put(codepipeline_backends, CodePipelineBackend)
    _put(events_backends, EventsBackend)
    _put(scheduler_backends, EventBridgeSchedulerBackend)
    _put(resourcegroupstaggingapi_backends, ResourceGroupsTaggingAPIBackend)
    safe_template_loader.uninstall()
    _forget_templates()


def _put(backends: Any, kind: type) -> None:
    from moto.core.base_backend import backend_lock

    with backend_lock:
        if backends.backend is not kind:
            for account in backends.values():
                account.reset()
            backends.backend = kind
            backends.clear()  # each account stores the class of its backends


def _forget_templates() -> None:
    """Clear moto's caches of the resources of CloudFormation, if it is loaded."""
    parsing = sys.modules.get("moto.cloudformation.parsing")
    if parsing is None:
        return
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()
