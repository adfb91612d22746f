"""Modules that are imported when they are first used: libraries of many megabytes, which few deployments need."""

from functools import partial
from importlib import import_module
from typing import Any

from django.utils.functional import SimpleLazyObject


def lazy_module(name: str) -> Any:
    """Return a module that is not imported before one of its attributes is looked at."""
    return SimpleLazyObject(partial(import_module, name))
