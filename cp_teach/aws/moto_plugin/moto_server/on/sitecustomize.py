"""Installs our backend in moto. Python imports this when it starts, if this folder is on PYTHONPATH."""

import contextlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path

FOLDER = str(Path(__file__).parent)

# Run another sitecustomize, which this one hides.
_others = [folder for folder in sys.path if folder != FOLDER]
_hidden = importlib.machinery.PathFinder.find_spec("sitecustomize", _others)
if _hidden is not None and _hidden.loader is not None:
    _hidden.loader.exec_module(importlib.util.module_from_spec(_hidden))

with contextlib.suppress(ImportError):  # a Python without moto or cp_teach
    from cp_teach.aws import Clock, install
    from cp_teach.aws.backend.service import Service
    from cp_teach.aws.backend.service_registry import register
    from cp_teach.aws.config.settings import Settings
    from cp_teach.aws.moto_plugin.wsgi_application import guard_motos_own_server

    install()
    guard_motos_own_server()
    register(Service(Settings(clock=Clock("real"))))
