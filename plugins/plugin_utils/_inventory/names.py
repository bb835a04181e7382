# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts: what Ansible can use, and no two alike."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

# What Ansible means by these is not an instance: tasks that are delegated to localhost would run on it.
RESERVED = frozenset({"all", "ungrouped", "localhost", "localhost.localdomain", "127.0.0.1"})
LONGEST = 150
"""In bytes; names become names of files."""
SHORT = 8
LONGEST_ID = 60


class Named(NamedTuple):
    """An instance, whose it is, and the name that is wanted for it."""

    id: str
    wanted: str
    account: str = ""

    @property
    def owner(self) -> str:
        """The same for no other instance of any account."""
        return f"{self.account}/{self.id}"


def safe(name: str) -> str:
    """The name with underscores for what Ansible, shells or paths read as something else; empty if nothing is left.

    Letters and digits of any script, dots, hyphens and underscores stay.
    """
    composed = unicodedata.normalize("NFC", name.strip()[: LONGEST * 2])
    kept = "".join(char if char.isalnum() or char in "._-" else "_" for char in composed)
    # Combined characters may fall apart once they are cut.
    kept = kept.encode("utf-8", "ignore")[:LONGEST].decode("utf-8", "ignore")
    if not kept.strip("._-"):
        return ""
    # A hyphen would begin an option, a dot a hidden file.
    return "_" + kept[1:] if kept[0] in ".-" else kept


def alike(name: str) -> str:
    """Equal for names that people or file systems take for the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def unique(wanted: Sequence[Named], owners: Mapping[str, str]) -> list[str]:
    """A name for each, in order, no two alike, and none that is reserved or another's.

    ``owners`` tells whose the names are that were given away before, by ``alike()``.

    Of several that want the same name none gets it: each gets its id behind it, so that the order does not matter and a
    name never means another instance than it says.
    """
    reserved = {alike(name) for name in RESERVED}

    def is_free(key: str, item: Named) -> bool:
        return key not in reserved and owners.get(key, item.owner) == item.owner

    steps = [0] * len(wanted)
    while True:
        names = [FORMS[step](item) for step, item in zip(steps, wanted)]
        keys = [alike(name) for name in names]
        count = Counter(keys)
        clashes = (i for i, key in enumerate(keys) if count[key] > 1 or not is_free(key, wanted[i]))
        wrong = [i for i in clashes if steps[i] + 1 < len(FORMS)]
        if not wrong:
            return names
        for i in wrong:
            steps[i] += 1


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
"""Each is tried when the one before is not free; the last differs for each id."""
