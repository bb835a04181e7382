# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a test may do at three moments of each API request; it may take its time, all that waits is that request."""

from __future__ import annotations

from .messages import Request


class Hooks:
    """Does nothing. Called from the thread that serves the request, without the lock of the cloud."""

    def arrived(self, request: Request) -> bool:
        """Before any effect. False loses the request: no effect, and the connection closes."""
        return True

    def worked(self, request: Request) -> None:
        """The provider has done what it does at once, and nothing was answered yet."""

    def answered(self, request: Request) -> None:
        """The answer has left."""
