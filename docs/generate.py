# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/providers.md and a guide for each provider from what the code knows of the providers.

``python docs/generate.py`` writes them, ``python docs/generate.py --check`` only tells whether they are up to date.
"""

from __future__ import annotations

import argparse
import os.path
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

# ruff: noqa: E402
from plugins.module_utils._providers.base import NameRule, ProviderSpec, RateLimit, Route
from plugins.module_utils._providers.registry import SPECS
from plugins.module_utils._task.session import env_name

HEADER = """\
<!--
Copyright: (c) 2026, indiecloud.compute contributors
SPDX-License-Identifier: GPL-3.0-or-later
-->

<!-- Written by docs/generate.py from plugins/module_utils/_providers/. Change it there. -->

"""
INTRODUCTION = """\
# The providers

What each provider can do, and on what this knowledge rests. The module `indiecloud.compute.provider_info` returns the
same as data, without a token and without a request.

- **documented**: the provider publishes the route; the page is linked.
- **assumed**: no page was found. The note says what the route was derived from. It may not exist.

A capability is what the collection works with. Where a provider publishes nothing, it is the cautious guess; a "no"
then means "not known to".
"""
WRONG_ROUTE = """\
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
ABSENT = {"record_place": ["nowhere"]}
"""What it means when a capability has no value, where that is known."""
SIDE_BY_SIDE = (
    *("creates_instance", "must_be_stopped", "bills_restore", "stopped_is_billed", "reports_job", "has_restore_gate"),
    *("graceful_stop", "snapshot_lifetime_hours", "metadata_fields"),
)
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
    "record_place": "where `record: provider` is written, apart from the name of a new instance",
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
    "rate_limits": "the published limits of requests, with their page; all forks of a controller keep to them together",
    "hardware_words": "what the provider says of changing hardware with its metadata",
}


def pages() -> dict[str, str]:
    """Each page by the name of its file."""
    written = {"providers.md": _overview()}
    written.update((f"provider_{spec.name}.md", _guide(spec)) for spec in SPECS.values())
    return {name: HEADER + "\n".join(lines).rstrip("\n") + "\n" for name, lines in written.items()}


def routes_known(spec: ProviderSpec) -> tuple[int, int]:
    """How many routes are documented, and how many are assumed."""
    documented = sum(1 for route in spec.routes.values() if route.documented is not None)
    return documented, len(spec.routes) - documented


def _overview() -> list[str]:
    specs = list(SPECS.values())
    lines = [INTRODUCTION, "## Side by side\n"]
    lines += ["| | " + " | ".join(f"[{spec.label}](provider_{spec.name}.md)" for spec in specs) + " |"]
    lines += ["| --- |" + " --- |" * len(specs)]
    lines += ["| documented routes | " + " | ".join(str(routes_known(spec)[0]) for spec in specs) + " |"]
    lines += ["| assumed routes | " + " | ".join(str(routes_known(spec)[1]) for spec in specs) + " |"]
    lines += [
        "| header of the token | "
        + " | ".join("documented" if spec.auth_documented else "assumed" for spec in specs)
        + " |"
    ]
    for name in SIDE_BY_SIDE:
        values = " | ".join(_value(getattr(spec.capabilities, name)) for spec in specs)
        lines.append(f"| {MEANING[name]} | {values} |")
    names = sorted({name for spec in specs for name in spec.routes})
    lines += ["\n## Route by route\n", "D is documented, A is assumed, and a hyphen means that there is none.\n"]
    lines += ["| route | " + " | ".join(spec.label for spec in specs) + " |", "| --- |" + " --- |" * len(specs)]
    lines += [f"| `{name}` | " + " | ".join(_letter(spec, name) for spec in specs) + " |" for name in names]
    return [*lines, "", WRONG_ROUTE]


def _letter(spec: ProviderSpec, name: str) -> str:
    route = spec.routes.get(name)
    return "-" if route is None else ("D" if route.documented else "A")


def _guide(spec: ProviderSpec) -> list[str]:
    lines = [
        f"# {spec.label}\n",
        f"`provider: {spec.name}`. All providers side by side: [the providers](providers.md).\n",
    ]
    lines += ["## A restore\n", *(f"- {text}" for text in _in_words(spec)), "", *_play(spec)]
    lines += ["How it goes, step by step: [how a restore runs](restore.md).\n"]
    lines += ["## Connection\n", *_connection(spec), *_capabilities(spec), *_routes(spec)]
    return lines


def _in_words(spec: ProviderSpec) -> Iterator[str]:
    """What a restore is, with this provider."""
    can = spec.capabilities
    if can.creates_instance:
        yield "It makes a new instance, named `new_vm_name`, and leaves the old one alone."
    else:
        yield "It replaces the disk of the instance. What was written since the snapshot is gone."
    if can.bills_restore:
        yield "The new instance is billed: `accept_billing: true` is required, `max_hourly_rate` sets a limit."
    if can.must_be_stopped:
        yield "The instance has to be stopped. `stop: true` does it; without it, a running one is refused."
    elif not can.creates_instance:
        yield "The provider does not demand a stopped instance; `stop_always: true` stops it first all the same."
    if can.reports_job:
        yield "A job says how it ended: `restored` rests on it."
    elif can.lists_operations:
        yield "A task of the instance tells how it ended, if one is found; else the status is `accepted_unverified`."
    else:
        yield "The state of the new instance tells how it ended."
    if can.snapshot_ids_reused:
        yield "A snapshot's name is its id. A later snapshot of the same name is another snapshot, and noticed as one."
    if can.snapshot_lifetime_hours:
        yield f"Snapshots are removed by the provider after {can.snapshot_lifetime_hours:g} hours."


def _play(spec: ProviderSpec) -> Iterator[str]:
    can = spec.capabilities
    yield "```yaml"
    yield f"- name: Restore at {spec.label}"
    yield "  indiecloud.compute.snapshot_restore:"
    yield f"    provider: {spec.name}"
    yield from (f'    {option}: "{{{{ {option} }}}}"' for option in spec.scope)
    if can.creates_instance:
        yield "    snapshot: before-upgrade"
        yield "    new_vm_name: web1-restored"
        yield "    accept_billing: true"
        yield "    max_hourly_rate: 2.5"
    else:
        yield "    instance: web1"
        yield "    snapshot: before-upgrade"
        yield f"    {'stop' if can.must_be_stopped else 'stop_always'}: true"
        yield "    start: previous"
    yield "```\n"


def _routes(spec: ProviderSpec) -> Iterator[str]:
    documented, assumed = routes_known(spec)
    yield "## Routes\n"
    yield f"{documented} documented, {assumed} assumed. The first column is the name for `api_routes`;"
    yield "[when an assumed route is wrong](providers.md#when-an-assumed-route-is-wrong) says how to override it.\n"
    start = _common_start([route.path for route in spec.routes.values()])
    if start:
        yield f"All paths start with `{start}`, shown as `...` here; in `api_routes` it has to be written out.\n"
    yield "| route | method and path | evidence |"
    yield "| --- | --- | --- |"
    for name, route in sorted(spec.routes.items()):
        path = f"...{route.path[len(start) :]}" if start else route.path
        yield f"| `{name}` | `{route.method} {path}` | {_evidence(route)} |"
    yield f"\n## What {spec.label} leaves open\n"
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
    yield f"## What {spec.label} can do\n"
    yield "| capability | | value |"
    yield "| --- | --- | --- |"
    for name, value in spec.capabilities._asdict().items():
        if name not in MEANING:
            sys.exit(f"docs/generate.py: say in MEANING what the capability {name} is")
        yield f"| `{name}` | {MEANING[name]} | {_value(ABSENT.get(name) if value is None else value)} |"
    yield ""


def _common_start(paths: list[str]) -> str:
    """The segments that all paths begin with, if they are long enough to be in the way."""
    shared = os.path.commonpath(paths)
    return shared if len(shared) > LONG_START else ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, NameRule):
        return value.words
    if isinstance(value, str):
        return f"`{value}`".replace("|", "\\|")
    if isinstance(value, RateLimit):
        return f"{value.requests} in {value.seconds:g} s ({_link(value.documented)})"
    if isinstance(value, tuple) and value and isinstance(value[0], RateLimit):
        return ", ".join(map(_value, value))
    if isinstance(value, (Mapping, list, tuple)):
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


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is stale")
    options = parser.parse_args()
    written = pages()
    if options.check:
        stale = [name for name, text in written.items() if not _is(HERE / name, text)]
        stale += sorted(path.name for path in HERE.glob("provider_*.md") if path.name not in written)
        if stale:
            sys.exit(f"{', '.join(stale)} in docs/: stale, run python docs/generate.py")
        return 0
    for name, text in written.items():
        (HERE / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
