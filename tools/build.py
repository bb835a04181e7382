# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make build: the tarball, in dist/."""

from __future__ import annotations

from collection import build
from paths import CHECKOUT

if __name__ == "__main__":
    print(build(CHECKOUT / "dist"))
