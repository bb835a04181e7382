# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each result as callbacks get it, one JSON object a line, into the file that DUMP_RESULTS names."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: dump_results
type: notification
short_description: Write each result into a file
description: For tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "dump_results"

    def _dump(self, event, result):
        line = {
            "event": event,
            "task": result._task.get_name(),
            "host": result._host.get_name(),
            "result": result._result,
        }
        with open(os.environ["DUMP_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str, sort_keys=True) + "\n")

    def v2_runner_on_ok(self, result):
        self._dump("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._dump("failed", result)

    def v2_runner_on_skipped(self, result):
        self._dump("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._dump("unreachable", result)

    def v2_runner_item_on_ok(self, result):
        self._dump("item ok", result)

    def v2_runner_item_on_failed(self, result):
        self._dump("item failed", result)

    def v2_runner_retry(self, result):
        self._dump("retry", result)
