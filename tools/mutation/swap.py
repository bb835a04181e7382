# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting the code of a mutant into functions that are loaded already."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import CodeType, FunctionType


def put(path: str, original: str, mutated: str) -> bool:
    """Give each function of the file whose code differs the code of the mutant; False where that cannot be done."""
    was = dict(functions(compile(original, path, "exec", dont_inherit=True)))
    becomes = dict(functions(compile(mutated, path, "exec", dont_inherit=True)))
    changed = {name for name in was if was[name] != becomes.get(name)}
    loaded: dict[str, list[FunctionType]] = {name: [] for name in changed}
    for item in gc.get_objects():
        if isinstance(item, FunctionType) and item.__code__.co_filename == path and item.__qualname__ in changed:
            loaded[item.__qualname__].append(item)
    if any(not found or any(item.__code__ != was[name] for item in found) for name, found in loaded.items()):
        return False
    try:
        for name, found in loaded.items():
            for item in found:
                item.__code__ = becomes[name]
    except ValueError:  # other free variables
        return False
    return True


def functions(code: CodeType, prefix: str = "") -> Iterator[tuple[str, CodeType]]:
    """The functions of a module and of its classes; what is made inside a function comes with it."""
    for item in code.co_consts:
        if isinstance(item, CodeType):
            name = f"{prefix}{item.co_name}"
            if item.co_flags & 0x02:  # CO_NEWLOCALS: a function, and not the body of a class
                yield name, item
            else:
                yield from functions(item, f"{name}.")
