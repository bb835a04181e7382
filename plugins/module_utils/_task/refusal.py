# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._api.errors import CloudError


class Refusal(NamedTuple):
    """One reason to refuse the task: a stable code, what is wrong, and what to do about it."""

    code: str
    message: str
    next_step: str

    def to_result(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "next_step": self.next_step}


class Refused(CloudError):
    """The task was refused for one or more reasons, and changed nothing."""

    error_code = "refused"

    def __init__(self, what: str, refusals: Sequence[Refusal]) -> None:
        reasons = [item.message for item in refusals]
        listed = reasons[0] if len(reasons) == 1 else " ".join(f"({i}) {text}" for i, text in enumerate(reasons, 1))
        super().__init__(
            f"{what} refused: {listed}",
            next_steps=[item.next_step for item in refusals],
            error_code=refusals[0].code if len(refusals) == 1 else "",
        )
        self.refusals = tuple(refusals)
