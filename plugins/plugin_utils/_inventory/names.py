# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names that Ansible can use, each of them unique."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

# Names with a meaning in Ansible. Tasks that are delegated to localhost would otherwise run on an instance.
RESERVED = frozenset({"all", "ungrouped", "localhost", "localhost.localdomain", "127.0.0.1"})
LONGEST = 150
"""In bytes, since host names become file names."""
SHORT = 8
LONGEST_ID = 60


class Named(NamedTuple):
    """An instance, its account, and the name that it should get."""

    id: str
    wanted: str
    account: str = ""

    @property
    def owner(self) -> str:
        """Identifies the instance among those of all accounts."""
        return f"{self.account}/{self.id}"


def safe(name: str) -> str:
    """The name with other characters than letters, digits, dots, hyphens and underscores replaced by underscores.

    Letters and digits of all scripts are kept. Empty if no letter or digit is left.
    """
    composed = unicodedata.normalize("NFC", name.strip()[: LONGEST * 2])
    text = "".join(char if char.isalnum() or char in "._-" else "_" for char in composed)
    # Cutting may split a character of several bytes, which is then dropped.
    text = text.encode("utf-8", "ignore")[:LONGEST].decode("utf-8", "ignore")
    if not text.strip("._-"):
        return ""
    # A leading hyphen would start a command-line option, and a dot a hidden file.
    return "_" + text[1:] if text[0] in ".-" else text


def folded(name: str) -> str:
    """Equal for names that people or file systems do not distinguish."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def unique(wanted: Sequence[Named], owners: Mapping[str, str]) -> list[str]:
    """A unique name for each instance, in order.

    ``owners``: the owner of each name that is already used, by ``folded()`` name. If several instances want the same
    name, an ID is appended to each of them, so the result does not depend on their order.
    """
    reserved = {folded(name) for name in RESERVED}

    def is_free(key: str, item: Named) -> bool:
        return key not in reserved and owners.get(key, item.owner) == item.owner

    forms = [0] * len(wanted)
    while True:
        names = [FORMS[form](item) for form, item in zip(forms, wanted)]
        keys = [folded(name) for name in names]
        count = Counter(keys)
        clashes = (i for i, key in enumerate(keys) if count[key] > 1 or not is_free(key, wanted[i]))
        longer = [i for i in clashes if forms[i] + 1 < len(FORMS)]
        if not longer:
            return names
        for i in longer:
            forms[i] += 1


def _plain(item: Named) -> str:
    return safe(item.wanted) or safe(item.id) or _digest(item)


def _short(item: Named) -> str:
    plain = [char for char in item.id if char.isalnum() and char.isascii()]
    return f"{_plain(item)}-{''.join(plain[-SHORT:]).lower()}" if plain else _long(item)


def _long(item: Named) -> str:
    return f"{_plain(item)}-{safe(item.id)[:LONGEST_ID]}"


def _digest(item: Named) -> str:
    return f"instance-{hashlib.sha256(item.owner.encode('utf-8', 'surrogatepass')).hexdigest()}"


FORMS: tuple[Callable[[Named], str], ...] = (_plain, _short, _long, _digest)
"""Each form is tried if the one before it is not free. The last is unique for each instance."""
