# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make kill-matrix, make fault-matrix: long runs, on the checkout; complete ones print their tables."""

from __future__ import annotations

import os
import sys

from children import environ, run, scratch
from collection import linked
from paths import CHECKOUT
from venvs import venv

KNOBS = ("SEED", "SAMPLE", "PROVIDER", "RECORD", "FORM", "PLAYS", "JOBS")
SOME_ONLY = ("SAMPLE", "PROVIDER", "RECORD", "FORM", "PLAYS")


def main(name: str) -> None:
    words: list[str] = []
    for knob in KNOBS:
        for value in os.environ.get(knob, "").split():
            words += [f"--{knob.lower()}", value]
    if not any(os.environ.get(knob) for knob in SOME_ONLY):
        words += ["--table"]
    package = {"kill": "kill", "fault": "faults"}[name]
    module = f"ansible_collections.indiecloud.compute.tests.{package}.matrix"
    parent = linked()
    with scratch() as home:
        env = environ(venv("core"), home=home, ANSIBLE_COLLECTIONS_PATH=parent, PYTHONPATH=parent)
        run(["python", "-m", module, "--verbose", *words], cwd=CHECKOUT, env=env)


if __name__ == "__main__":
    main(sys.argv[1])
