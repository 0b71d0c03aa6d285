"""Frozen dataclasses as JSON and back, for what crosses a process or is kept in the cache.

Never pickle: bytes from a cache folder must not be able to do more than be wrong, and what is wrong, whether
a missing field, another type or a span that ends before it begins, raises ValueError here.
"""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

_T = TypeVar("_T")


def dump(value: Any) -> Any:
    """A value of dataclasses, enums, tuples, strings, numbers and None as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return [dump(getattr(value, entry.name)) for entry in fields(value)]
    if isinstance(value, tuple):
        return [dump(item) for item in value]
    return value


def load(kind: type[_T], value: Any) -> _T:
    """The value of this type that was dumped; raises ValueError where it is anything else."""
    loaded: _T = _load(kind, value)
    return loaded


def _load(kind: Any, value: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        types_of_fields = _field_types(kind)
        if not isinstance(value, list) or len(value) != len(types_of_fields):
            raise ValueError(f"not a {kind.__name__}: {value!r:.80}")
        return kind(*map(_load, types_of_fields, value))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if get_origin(kind) is tuple:
        item, ellipsis = get_args(kind)
        if ellipsis is not Ellipsis or not isinstance(value, list):
            raise ValueError(f"not a list: {value!r:.80}")
        return tuple(_load(item, each) for each in value)
    if get_origin(kind) in (Union, types.UnionType):
        return None if value is None else _load(_only_other_than_none(kind), value)
    if type(value) is not kind:
        raise ValueError(f"not {kind.__name__}: {value!r:.80}")
    return value


def _only_other_than_none(kind: Any) -> Any:
    (other,) = (each for each in get_args(kind) if each is not type(None))
    return other


@cache
def _field_types(kind: type) -> tuple[Any, ...]:
    hints = get_type_hints(kind)
    return tuple(hints[entry.name] for entry in fields(kind))
