# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from .barrack import Barrack
from .base import Provider, ProviderSpec
from .hostup import HostUp
from .onetsolutions import OnetSolutions

# Static imports: AnsiballZ ships only the files a module imports by name.
PROVIDERS: dict[str, type[Provider]] = {cls.spec.name: cls for cls in (Barrack, HostUp, OnetSolutions)}
SPECS: dict[str, ProviderSpec] = {name: cls.spec for name, cls in PROVIDERS.items()}
SCOPE_OPTIONS = tuple(dict.fromkeys(option for spec in SPECS.values() for option in spec.scope))
"""The options that are part of every path with at least one provider."""


def specs_with_scope(option: str) -> list[ProviderSpec]:
    return [spec for spec in SPECS.values() if option in spec.scope]
