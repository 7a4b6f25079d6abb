"""Python imports this when it starts, if this folder is on PYTHONPATH: moto then has our backend."""

import contextlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path

HERE = str(Path(__file__).parent)

# Somebody else's sitecustomize, which this one hides, still runs.
_others = [place for place in sys.path if place != HERE]
_hidden = importlib.machinery.PathFinder.find_spec("sitecustomize", _others)
if _hidden is not None and _hidden.loader is not None:
    _hidden.loader.exec_module(importlib.util.module_from_spec(_hidden))

with contextlib.suppress(ImportError):  # another Python, without moto or without us
    from cp_teach.aws import Clock, install
    from cp_teach.aws.backend.service import Service
    from cp_teach.aws.backend.service_registry import register
    from cp_teach.aws.config.settings import Settings
    from cp_teach.aws.moto_plugin.wsgi_application import guard_motos_own_server

    install()
    guard_motos_own_server()
    register(Service(Settings(clock=Clock("real"))))
