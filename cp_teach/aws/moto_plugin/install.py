"""Replaces moto's CodePipeline and EventBridge backends in memory, and restores them."""

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

    import cp_teach.aws.moto_plugin.cloudformation_resources  # noqa: F401 - CloudFormation finds its resources among the loaded classes
    from cp_teach.aws.moto_plugin import safe_template_loader
    from cp_teach.aws.moto_plugin.eventbridge import Events
    from cp_teach.aws.moto_plugin.models import Backend

    botocore_guard.install()
    _put(codepipeline_backends, Backend)
    _put(events_backends, Events)
    safe_template_loader.install()
    _forget_templates()


def uninstall() -> None:
    """Restore moto's own backends."""
    from moto.codepipeline.models import CodePipelineBackend, codepipeline_backends
    from moto.events.models import EventsBackend, events_backends

    from cp_teach.aws.moto_plugin import safe_template_loader

    _put(codepipeline_backends, CodePipelineBackend)
    _put(events_backends, EventsBackend)
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
