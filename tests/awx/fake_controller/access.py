# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles of a user allow, as found in AWX 24.6.1.

Execute on a workflow launches it with all its steps, without a role on their templates. It shows no output of a step:
that takes Read on the template of the step. Whoever may execute a template may read it. Admin of the organization
allows everything in it, and Execute on the organization every launch.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

ALLOWED = {"Execute": {"launch", "read"}, "Approve": {"approve", "read"}, "Read": {"read"}}


class Grant(NamedTuple):
    """A role on an object, by the object's name."""

    role: str
    on: str


def may(grants: Collection[Grant], action: str, name: str, organization: str) -> bool:
    """Whether these roles allow to ``launch``, ``approve`` or ``read`` what has this name."""
    return any(
        (grant.role == "Admin" and grant.on == organization)
        or (action in ALLOWED.get(grant.role, ()) and grant.on in (name, organization))
        for grant in grants
    )
