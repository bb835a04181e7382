# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the controller, and their validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.tests.awx.fake_controller import credentials
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.fields import KINDS, UNIFIED, Field

Object = dict[str, Any]
# Jobs accept credentials of these kinds.
JOB_CREDENTIALS = {"ssh", "vault", "cloud", "net", "kubernetes"}


class Refused(Exception):
    """The API answers 400 with this message."""


class Store:
    """All objects by kind and id. ``project`` is the folder that a project checks out; others are in ``checkouts``."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.checkouts: dict[str, Path] = {}
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in KINDS}
        self.lists: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[tuple[str, int], Any] = {}
        self.secrets: dict[int, Object] = {}
        self._last = 0
        self.add("organizations", {"name": "Default"})

    def add(self, kind: str, values: Mapping[str, Any]) -> Object:
        full = {name: one.default for name, one in KINDS[kind].fields.items()}
        self._last += 1
        made = {**full, "id": self._last, "type": KINDS[kind].type, "url": f"/api/v2/{kind}/{self._last}/"}
        self._fill(kind, made, values, required=True)
        self.objects[kind][made["id"]] = made
        return made

    def change(self, kind: str, number: int, values: Mapping[str, Any]) -> Object:
        self._fill(kind, self.objects[kind][number], values, required=False)
        return self.objects[kind][number]

    def _fill(self, kind: str, target: Object, values: Mapping[str, Any], *, required: bool) -> None:
        given = {name: value for name, value in values.items() if name not in KINDS[kind].ignored}
        wrong = list(self._problems(kind, given, required))
        if not wrong:
            wrong = list(self._rules(kind, {**target, **given}))
        if wrong:
            raise Refused("; ".join(wrong))
        if kind == "credentials" and "inputs" in given:
            # A secret that is sent in the masked form of the API is not changed.
            old = self.secrets.get(target["id"], {})
            given["inputs"] = {
                name: old.get(name, value) if value == credentials.HIDDEN else value
                for name, value in given["inputs"].items()
            }
            self.secrets[target["id"]] = given["inputs"]
            given["inputs"] = credentials.shown(
                self.objects["credential_types"][given["credential_type"]], given["inputs"]
            )
        if kind == "job_templates" and "project" in given:
            given["organization"] = self.objects["projects"][given["project"]]["organization"]
        target.update(given)

    def _problems(self, kind: str, values: Mapping[str, Any], required: bool) -> Iterator[str]:
        fields = KINDS[kind].fields
        for name, value in values.items():
            if name not in fields:
                yield f"{name}: {KINDS[kind].type} has no such field"
            elif value is not None:
                yield from self._value(name, value, fields[name])
        for name, one in fields.items():
            if required and one.required and values.get(name) in (None, ""):
                yield f"{name}: This field is required."

    def _value(self, name: str, value: Any, one: Field) -> Iterator[str]:
        if not isinstance(value, one.type) or isinstance(value, bool) != (one.type is bool):
            yield f"{name}: {value!r} is not a valid {one.type.__name__}"
        elif one.choices and value not in one.choices:
            yield f"{name}: {value!r} is not a valid choice"
        elif one.longest and len(value) > one.longest:
            yield f"{name}: Ensure this field has no more than {one.longest} characters."
        elif one.refers and self.find(one.refers, value) is None:
            yield f"{name}: object with id {value} does not exist in {one.refers}"

    def find(self, kind: str, number: int) -> Object | None:
        kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
        return next((self.objects[one][number] for one in kinds if number in self.objects[one]), None)

    def _rules(self, kind: str, new: Object) -> Iterator[str]:
        """Rules that span several fields of one object."""
        unique = KINDS[kind].unique
        if unique and any(
            all(new.get(name) == other.get(name) for name in unique) and other["id"] != new["id"]
            for other in self.objects[kind].values()
        ):
            yield f"{KINDS[kind].type} with this {', '.join(unique)} already exists."
        if kind == "credential_types":
            yield from credentials.type_problems(new["inputs"], new["injectors"])
        elif kind == "credentials":
            hidden = {name: value for name, value in new["inputs"].items() if value != credentials.HIDDEN}
            known = {**self.secrets.get(new["id"], {}), **hidden}
            yield from credentials.input_problems(self.objects["credential_types"][new["credential_type"]], known)
        elif kind == "projects" and new["scm_type"] and not new["scm_url"]:
            yield "scm_url: SCM URL is required."
        elif kind == "job_templates":
            if not self._in_project(new["project"], new["playbook"]):
                yield "playbook: Playbook not found for project."
            if not new["inventory"] and not new["ask_inventory_on_launch"]:
                yield "inventory: Must either set a default value or ask to prompt on launch."
        elif kind == "inventory_sources" and new["source"] == "scm":
            if not new["source_project"]:
                yield "source_project: Project required for scm type sources."
            if not self._in_project(new["source_project"], new["source_path"]):
                yield "source_path: no such file in the project"

    def checkout(self, project: int) -> Path:
        return self.checkouts.get(self.objects["projects"][project]["name"], self.project)

    def _in_project(self, project: int | None, path: str) -> bool:
        return bool(project and path) and (self.checkout(project) / path).is_file()

    def associate(self, kind: str, number: int, name: str, other: int) -> None:
        listed = KINDS[kind].associations[name]
        if (found := self.find(listed, other)) is None:
            raise Refused(f"id: object {other} does not exist in {listed}")
        members = self.lists.setdefault((kind, number, name), [])
        if listed == "credentials":
            kinds = {self.objects[listed][one]["credential_type"] for one in members}
            if found["credential_type"] in kinds:
                raise Refused("Cannot assign multiple credentials of one type.")
            if self.objects["credential_types"][found["credential_type"]]["kind"] not in JOB_CREDENTIALS:
                raise Refused("Cannot assign a credential of this kind.")
        members.append(other)
