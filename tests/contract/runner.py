# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One restore in a process of its own: options as JSON on standard input, the result as JSON on standard output."""

from __future__ import annotations

import json
import sys

from ansible_collections.indiecloud.compute.plugins.module_utils._operations.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.restore_task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.session import Context

if __name__ == "__main__":
    outcome = execute(restore_task, Context(json.load(sys.stdin)))
    json.dump({"failed": outcome.failed, **outcome.result}, sys.stdout)
