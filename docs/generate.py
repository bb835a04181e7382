# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/providers.md from what the code knows of the providers.

``python docs/generate.py`` writes it, ``python docs/generate.py --check`` only tells whether it is up to date.
"""

from __future__ import annotations

import argparse
import os.path
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE / "providers.md"
sys.path.insert(0, str(HERE.parent))

# ruff: noqa: E402
from plugins.module_utils._operations.session import env_name
from plugins.module_utils._providers.base import ProviderSpec, Route
from plugins.module_utils._providers.registry import SPECS

INTRODUCTION = """\
<!--
Copyright: (c) 2026, indiecloud.compute contributors
SPDX-License-Identifier: GPL-3.0-or-later
-->

<!-- Written by docs/generate.py from plugins/module_utils/_providers/. Change it there. -->

# The providers

What each provider can do, and on what this knowledge rests. The module `indiecloud.compute.provider_info` returns the
same as data, without a token and without a request.

- **documented**: the provider publishes the route; the page is linked.
- **assumed**: no page was found. The note says what the route was derived from. It may not exist.

A capability is what the collection works with. Where a provider publishes nothing, it is the cautious guess; a "no"
then means "not known to".

## When an assumed route is wrong

The request is answered 404 or 405, and the task fails with `route_unconfirmed` or goes on and lists what it could not
verify in `unverified`. When you know the right path, give it with the option `api_routes`, by the name of the route.
The names in braces are filled in; `{id}` is the last id of the path. The path is joined below `api_url`.

```yaml
- name: Stop gpu1, by another path than the assumed one
  indiecloud.compute.instance_power:
    provider: barrack
    instance: gpu1
    state: stopped
    api_routes:
      instance_stop: /instances/{id}/halt/
```

A route that you give is taken as confirmed. `module_defaults` sets it once for all modules, with
`group/indiecloud.compute.all`. Please [report](https://github.com/indiecloud/compute/issues) the right path, so that
the next user does not need to.
"""

LONG_START = 20
MEANING = {
    "creates_instance": "a restore makes a new instance and leaves the old one alone",
    "must_be_stopped": "a restore needs a stopped instance",
    "bills_restore": "a restore starts a bill",
    "stopped_is_billed": "a stopped instance is billed like a running one",
    "snapshot_ids_reused": "the id of a snapshot is its name, so that a later snapshot can have the same id",
    "reports_job": "a restore answers with a job that ends with a verdict",
    "lists_operations": "the operations of an instance can be listed, so that a lost answer can be found again",
    "has_restore_gate": "the provider says whether it would let a restore through now",
    "restore_answers_late": "the answer to a restore may take as long as the restore",
    "takes_provider_force": "a restore takes the option `provider_force`",
    "graceful_stop": "the operating system can be asked to shut down",
    "id_pattern": "what ids of instances look like (a regular expression)",
    "ids_ignore_case": "ids are the same in upper and lower case",
    "new_instance_name": "what the new instance may be called",
    "snapshot_name": "what a snapshot may be called",
    "snapshot_lifetime_hours": "hours after which the provider removes a snapshot",
    "metadata_fields": "metadata that the API lets be changed",
    "live_fields": "fields that change by themselves, so that a difference in them means nothing",
    "change_stamp": "the field that changes whenever anyone changes the instance",
    "caseless_fields": "metadata that is compared without regard to case",
    "metadata_names_instance": "reading the metadata tells the name of the instance as well",
    "hostname_rule": "what a hostname may be",
    "hardware_words": "what the provider says of changing hardware with its metadata",
}


def page() -> str:
    """The whole page."""
    lines = [INTRODUCTION]
    for spec in SPECS.values():
        lines += _provider(spec)
    return "\n".join(lines).rstrip("\n") + "\n"


def _provider(spec: ProviderSpec) -> Iterator[str]:
    yield f"## {spec.label}\n"
    yield f"`provider: {spec.name}`\n"
    yield from _connection(spec)
    yield from _capabilities(spec)
    yield f"### Routes of {spec.label}\n"
    yield "The first column is the name for `api_routes`.\n"
    start = _common_start([route.path for route in spec.routes.values()])
    if start:
        yield f"All paths start with `{start}`, shown as `...` here; in `api_routes` it has to be written out.\n"
    yield "| route | method and path | evidence |"
    yield "| --- | --- | --- |"
    for name, route in sorted(spec.routes.items()):
        path = f"...{route.path[len(start) :]}" if start else route.path
        yield f"| `{name}` | `{route.method} {path}` | {_evidence(route)} |"
    yield f"\n### What {spec.label} leaves open\n"
    yield from (f"- {text}" for text in spec.unconfirmed)
    yield ""


def _connection(spec: ProviderSpec) -> Iterator[str]:
    header = f"{spec.auth_header}: {spec.auth_scheme} TOKEN".replace("  ", " ")
    known = f"documented: {_link(spec.auth_documented)}" if spec.auth_documented else "**assumed**"
    yield "| connection | |"
    yield "| --- | --- |"
    yield f"| default of `api_url` | `{spec.default_url}` |"
    yield f"| header | `{header}`, {known}; other ones with `api_auth_header` and `api_auth_scheme` |"
    for option in ("api_token", "api_url", *spec.scope):
        need = " (required)" if option == "api_token" or option in spec.scope else ""
        yield f"| `{option}`{need} | environment variable `{env_name(spec, option)}` |"
    yield ""


def _capabilities(spec: ProviderSpec) -> Iterator[str]:
    yield f"### What {spec.label} can do\n"
    yield "| capability | | value |"
    yield "| --- | --- | --- |"
    for name, value in asdict(spec.capabilities).items():
        if name not in MEANING:
            sys.exit(f"docs/generate.py: say in MEANING what the capability {name} is")
        yield f"| `{name}` | {MEANING[name]} | {_value(value)} |"
    yield ""


def _common_start(paths: list[str]) -> str:
    """The segments that all paths begin with, if they are long enough to be in the way."""
    shared = os.path.commonpath(paths)
    return shared if len(shared) > LONG_START else ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "words" in value:
        return str(value["words"])
    if isinstance(value, str):
        return f"`{value}`".replace("|", "\\|")
    if isinstance(value, (dict, list, tuple)):
        return ", ".join(f"`{item}`" for item in value) or "none"
    return "not known" if value is None else f"{value:g}"


def _evidence(route: Route) -> str:
    if route.documented:
        return f"documented: {_link(route.documented)}"
    return f"**assumed**: {route.note}"


def _link(source: str) -> str:
    """``ADDRESS`` or ``ADDRESS OPERATION``, where one address documents several operations."""
    address, _space, operation = source.partition(" ")
    return f"[{operation or 'page'}]({address})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is stale")
    options = parser.parse_args()
    text = page()
    if options.check:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
            sys.exit("docs/providers.md is stale: run python docs/generate.py")
        return 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
