# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make docs: the site, in .build/docs/html. Nothing is fetched; every warning and every broken link is an error."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from children import environ, run
from collection import installed
from links import looked_at
from pages import assemble, tidy_reference
from paths import BUILD, CHECKOUT, HOME, NAME, NAMESPACE
from venvs import venv
from versions import version

SITE = BUILD / "docs"


def build() -> Path:
    """The folder with the HTML."""
    sources, made = SITE / "sources", SITE / "made"
    for folder in (sources, made):
        shutil.rmtree(folder, ignore_errors=True)
    # antsibull-docs wants a folder that nobody else can write to.
    (reference := sources / "reference").mkdir(parents=True, mode=0o700)
    assemble(sources)
    env = environ(venv("docs"), HOME, ANSIBLE_COLLECTIONS_PATH=installed(), DOCS_VERSION=version())
    command: list[str | Path] = [
        "antsibull-docs",
        "--config-file",
        CHECKOUT / "docs/site/antsibull-docs.cfg",
        "collection",
    ]
    options: list[str | Path] = ["--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", reference]
    run([*command, *options, f"{NAMESPACE}.{NAME}"], cwd=SITE, env=env)
    tidy_reference(reference)
    run(["sphinx-build", "-M", "html", sources, made, "-W", "--keep-going", "-n", "-q"], cwd=SITE, env=env)
    return made / "html"


def main() -> int:
    html = build()
    report = looked_at(html)
    listed = SITE / "external-links.txt"
    listed.write_text("".join(f"{link}\t{where}\n" for link, where in sorted(report.outside.items())))
    print(f"{report.pages} pages, {report.inside} links inside, {len(report.broken)} of them broken")
    print(f"{len(report.outside)} addresses elsewhere, not fetched: {listed.relative_to(CHECKOUT)}")
    print(*report.broken, sep="\n")
    print(f"The site: {html.relative_to(CHECKOUT) / 'index.html'}")
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
