"""Build model instances from column values, for reading, without `Model.__init__`.

Instantiation is the larger part of a cached look-up: see the table in README.md.
"""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


@lru_cache
def cacheable_columns(model: type[models.Model]) -> tuple[int, tuple[str, ...]]:
    """Return a fingerprint of the columns that may be cached, and their names in the model's order.

    The fingerprint differs between releases whose columns differ.
    """
    excluded: frozenset[str] = getattr(model, "never_cached", frozenset())
    names = tuple(field.attname for field in model._meta.concrete_fields if field.attname not in excluded)
    return zlib.crc32(",".join(names).encode()), names


@lru_cache
def all_columns(model: type[models.Model]) -> tuple[str, ...]:
    """Return the names of all columns, in the model's order."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def instance_from_columns(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """Do what `Model.from_db` does, without signals and checks. Columns not in `names` are deferred."""
    row = model.__new__(model)
    row._state = models.base.ModelState()
    row._state.adding, row._state.db = False, "default"
    row.__dict__.update(zip(names, values, strict=True))
    return row
