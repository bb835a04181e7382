# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make dev: the checkout as a collection, for fast edits."""

from __future__ import annotations

from collection import linked
from venvs import venv

if __name__ == "__main__":
    print(f"export ANSIBLE_COLLECTIONS_PATH={linked()} PATH={venv('core')}:$PATH")
