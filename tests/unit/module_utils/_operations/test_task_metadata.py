# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metadata that are asked for: what is sent, what is refused before it, and what is proved after it."""

from __future__ import annotations

from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Gate, Instance, InstanceList
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata import task
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Metadata, NameRule
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, status
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.tasks import Tasks


class Named(Scripted):
    """A cloud whose metadata change as asked."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.values: dict[str, Any] = {"name": "web1", "hostname": "web1", "tags": ["a"], "vpc": None}
        self.more: dict[str, Any] = {}
        self.answers("read_metadata", self._read).answers("write_metadata", self._write)

    def _read(self) -> Metadata:
        return Metadata(self.instance, dict(self.values), dict(self.values), **self.more)

    def _write(self, changes: Any) -> list[str]:
        self.values.update(changes)
        return ["Said."]


class TestMetadata:
    def test_writes_what_differs(self, tasks: Tasks) -> None:
        cloud = Named()
        outcome = tasks.metadata(cloud, name="web2", tags=["b"])
        assert cloud.sent == [(0.0, "metadata", {"name": "web2", "tags": ["a", "b"]})]
        assert outcome.result["changed"]
        assert outcome.diff == {
            "before": {"name": "web1", "tags": ["a"]},
            "after": {"name": "web2", "tags": ["a", "b"]},
        }
        assert (outcome.result["metadata"]["name"], outcome.warnings) == ("web2", ["Said."])
        again = tasks.metadata(cloud, name="web2", tags=["b"])
        assert (len(cloud.sent), again.result["changed"], again.diff) == (1, False, None)

    def test_check_mode(self, tasks: Tasks) -> None:
        cloud = Named()
        outcome = tasks.metadata(cloud, name="web2", check=True)
        assert (cloud.sent, outcome.result["changed"]) == ([], True)
        assert (outcome.result["metadata"]["name"], outcome.result["instance"]["name"]) == ("web2", "web2")

    def test_null_clears_only_what_can_be_cleared(self, tasks: Tasks) -> None:
        cloud = Named()
        cloud.values["vpc"] = "123e4567-e89b-12d3-a456-426614174001"
        tasks.metadata(cloud, vpc=None, name=None)
        assert cloud.sent == [(0.0, "metadata", {"vpc": None})]
        assert tasks.metadata(cloud, name=None).result["error_code"] == "invalid_option"

    def test_modes_of_tags(self, tasks: Tasks) -> None:
        for mode, tags in (("merge", ["a", "b"]), ("replace", ["b"]), (None, ["a", "b"])):
            cloud = Named()
            tasks.metadata(cloud, tags=["b"], tags_mode=mode)
            assert cloud.values["tags"] == tags
        cloud = Named()
        outcome = tasks.metadata(cloud, tags={"b": "c"})
        assert (outcome.result["error_code"], cloud.sent) == ("tags_refused", [])
        assert "are a list, a dictionary is given" in outcome.result["msg"]
        cloud.values["tags"] = "a,b"
        assert "are neither a dictionary nor a list, a list is given" in tasks.metadata(cloud, tags=["c"]).result["msg"]

    def test_text_of_tags_is_json(self, tasks: Tasks) -> None:
        cloud = Named()
        tasks.metadata(cloud, tags='["b"]')
        assert cloud.values["tags"] == ["a", "b"]
        for wrong in ("[", '"a"', "7", [float("nan")], [object()]):
            assert tasks.metadata(cloud, tags=wrong).failed

    def test_id_of_a_vpc_has_no_case(self, tasks: Tasks) -> None:
        cloud = Named()
        cloud.values["vpc"] = "123e4567-e89b-12d3-a456-426614174001"
        assert not tasks.metadata(cloud, vpc="123E4567-E89B-12D3-A456-426614174001").result["changed"]

    def test_other_fields_are_refused_before_anything_is_read(self, tasks: Tasks) -> None:
        cloud = Named("hostup")
        outcome = tasks.metadata(cloud, name="x", size="large")
        assert [item["code"] for item in outcome.result["refusals"]] == ["hardware_field", "unsupported_field"]
        assert "(OnetSolutions can)" in outcome.result["msg"]
        assert cloud.asked == []
        assert tasks.metadata(cloud).result["error_code"] == "invalid_option"
        assert tasks.metadata(Named("barrack"), hostname="x").result["error_code"] == "unsupported_field"

    def test_wrong_options_come_first(self) -> None:
        options = {"provider": "hostup", "api_token": "x", "instance": "vps_1", "size": "large", "name": ""}
        for params in (options, {**options, "provider": "aws", "name": "x"}):
            outcome = execute(task.metadata_task, Context(params, given=frozenset(params)))
            assert outcome.result["error_code"] == "invalid_option"

    def test_closed_gate_and_bad_hostname_are_refused_before_the_change(self, tasks: Tasks) -> None:
        for more, params, codes in (
            ({"can_change": Gate(False, "Busy.", "busy")}, {"hostname": "x"}, ["change_not_allowed"]),
            ({"can_change": Gate(False)}, {"hostname": "a b"}, ["change_not_allowed", "hostname_invalid"]),
            ({"longest": 3}, {"hostname": "abcd"}, ["hostname_invalid"]),
            ({"longest": 4}, {"hostname": "abcd"}, []),
            ({}, {"hostname": "a b"}, ["hostname_invalid"]),
            ({}, {"hostname": ".".join(["a" * 49] * 5) + ".abc"}, []),
            ({}, {"hostname": ".".join(["a" * 49] * 5) + ".abcd"}, ["hostname_invalid"]),
        ):
            cloud = Named("hostup")
            cloud.more = more
            outcome = tasks.metadata(cloud, **params)
            assert [item["code"] for item in outcome.result.get("refusals", [])] == codes
            assert bool(cloud.sent) == (not codes)
            if codes == ["change_not_allowed"]:
                assert "now [busy]: Busy." in outcome.result["msg"]

    def test_own_rule_of_an_instance_is_quoted(self, tasks: Tasks) -> None:
        cloud = Named("hostup", hostname_rule=NameRule("[a-z]+", 9, "letters"))
        assert "letters" in tasks.metadata(cloud, hostname="A1").result["msg"]
        for length, failed in ((253, False), (254, True)):
            wide = Named("hostup", hostname_rule=NameRule("[a-z]+", 999, "letters"))
            assert tasks.metadata(wide, hostname="a" * length).failed == failed
        cloud.more = {"rule": "Only letters, please."}
        assert "Only letters, please." in tasks.metadata(cloud, hostname="A1").result["msg"]

    def test_one_request_finds_an_instance_by_its_id(self, tasks: Tasks) -> None:
        cloud = Named()
        tasks.metadata(cloud, name="web1")
        assert [name for _second, name in cloud.asked] == ["read_metadata"]
        for expected in ("web1", "other", "zzz"):
            cloud = Named(metadata_names_instance=True)
            outcome = tasks.metadata(cloud, name="web2", expected_instance_name=expected)
            assert outcome.failed == (expected != "web1")
            assert cloud.asked[0][1] == "read_metadata"
        cloud = Named(metadata_names_instance=False)
        tasks.metadata(cloud, name="web2", expected_instance_name="web1")
        assert cloud.asked[0][1] == "get_instance"

    def test_unknown_id_is_told_from_an_unknown_route(self, tasks: Tasks) -> None:
        cloud = Named().answers("read_metadata", status(404)).answers("get_instance", status(404))
        cloud.answers("list_instances", InstanceList(()))
        assert tasks.metadata(cloud, name="x").result["error_code"] == "instance_not_found"
        cloud = Named().answers("read_metadata", status(404))
        assert tasks.metadata(cloud, name="x").result["error_code"] == "not_found"
        assert [name for _second, name in cloud.asked] == ["read_metadata", "get_instance", "list_instances"]
        for number in (400, 403, 405, 410):
            cloud = Named().answers("read_metadata", status(number))
            assert tasks.metadata(cloud, name="x").result["http_status"] == number
            assert [name for _second, name in cloud.asked] == ["read_metadata"]

    def test_id_in_capitals_is_read_as_the_provider_writes_it(self, tasks: Tasks) -> None:
        asked: list[str] = []

        class Exact(Named):
            def read_metadata(self, instance_id: str) -> Metadata:
                asked.append(instance_id)
                if instance_id != self.instance.id:
                    raise status(404)
                return super().read_metadata(instance_id)

        cloud = Exact()
        wanted = cloud.instance.id.upper()
        outcome = tasks.metadata(cloud, instance=wanted, name="web2")
        assert (outcome.failed, outcome.result["changed"]) == (False, True)
        assert asked[:2] == [wanted, cloud.instance.id]

    def test_name_in_the_form_of_an_id_is_found(self, tasks: Tasks) -> None:
        cloud = Named()
        wanted = "123e4567-e89b-12d3-a456-426614174999"
        cloud.answers("read_metadata", status(404), cloud._read).answers("get_instance", status(404))
        cloud.answers("list_instances", InstanceList((Instance("other", "web1"),)))
        assert tasks.metadata(cloud, instance=wanted, name="x").result["error_code"] == "instance_not_found"

    def test_differences_that_nobody_asked_for_are_listed(self, tasks: Tasks) -> None:
        cloud = Named()
        cloud.answers("write_metadata", lambda changes: cloud.values.update(name="web2", hostname="odd") or [])
        outcome = tasks.metadata(cloud, name="web2")
        assert outcome.result["error_code"] == "unexpected_change"
        assert outcome.result["unexpected_changes"] == [{"field": "hostname", "before": "web1", "after": "odd"}]
        assert outcome.result["changed"]
