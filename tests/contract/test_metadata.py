# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metadata: what was asked changes, provably nothing else, and nothing is sent that need not be."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import metadata_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import BARRACK, ONET, Cloud
from .hooks import On

VPC = "7c0a0000-0000-4000-8000-000000000001"


def change(cloud: Cloud, *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(metadata_task, check=check, **{"instance": cloud.vm.id, **params})


def methods(cloud: Cloud) -> list[str]:
    return [item.method for item in cloud.sim.ledger.requests()]


def shown(cloud: Cloud) -> dict[str, Any]:
    """The metadata as the provider shows it."""
    result = change(cloud, name="never-used", check=True).result if cloud.provider == "onetsolutions" else {}
    return dict(result.get("metadata") or {})


@ONET
class TestOnetSolutions:
    def test_write_that_is_refused_for_now_is_sent_again_after_another_reading(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("rate_limited", method="PUT", retry_after=5, times=2)
        assert not change(cloud, name="web-new").failed
        assert methods(cloud) == ["GET", "GET", "PUT", "GET", "PUT", "GET", "PUT", "GET"]

    def test_change_of_others_while_a_write_is_refused_is_kept(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("rate_limited", method="PUT", retry_after=5)
        cloud.sim.hooks = On("PUT", cloud.vm.id, lambda: cloud.vm.extra.update(os_name="Debian 13"))
        assert change(cloud, name="web-new").result["error_code"] == "changed_meanwhile"
        assert cloud.vm.name != "web-new"

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("name", "web-new"),
            ("name", "Büro 🎉"),
            ("hostname", "web.example.com"),
            ("os_name", "Debian 13"),
            ("tags", {"role": "web", "nested": {"a": [1, None, True]}}),
        ],
    )
    @pytest.mark.parametrize("switches", [{"onet_tags": "null"}, {"onet_sync_lag": 20.0, "onet_tags": "map"}])
    def test_changes_once_and_is_then_unchanged(self, cloud: Cloud, option: str, value: Any) -> None:
        predicted = change(cloud, check=True, **{option: value})
        assert set(methods(cloud)) == {"GET"}
        cloud.sim.ledger.clear()
        real = change(cloud, **{option: value})
        assert not real.failed, real.result
        assert methods(cloud) == ["GET", "GET", "PUT", "GET"]
        assert real.result["changed"]
        assert real.result["metadata"] == predicted.result["metadata"]
        assert real.diff == predicted.diff
        cloud.sim.ledger.clear()
        again = change(cloud, **{option: value})
        assert not again.result["changed"], again.result
        assert methods(cloud) == ["GET"]

    def test_put_echoes_all_other_fields(self, cloud: Cloud) -> None:
        cloud.vm.extra["tags"] = ["a", {"b": 1}]
        change(cloud, name="renamed")
        body = cloud.sim.ledger.requests(method="PUT")[0].body
        assert {"name", "os_name", "size_id", "location_id", "image_id"} <= body.keys()
        assert (body["name"], body["tags"]) == ("renamed", ["a", {"b": 1}])
        assert "status" not in body

    @pytest.mark.parametrize(
        ("found", "mode", "given", "after"),
        [
            ({"a": 1}, "merge", {"b": 2}, {"a": 1, "b": 2}),
            ({"a": 1}, "merge", {"a": True}, {"a": True}),
            ({"a": 1, "b": 2}, "remove", {"b": 2, "a": 9}, {"a": 1}),
            ({"a": 1, "b": 2}, "remove", ["b"], {"a": 1}),
            ({"a": 1}, "replace", {"b": 2}, {"b": 2}),
            ({"a": 1}, "replace", {}, {}),
            ({"a": 1}, "replace", None, None),
            (["a"], "merge", ["b", "a"], ["a", "b"]),
            (["a", "b"], "remove", ["a"], ["b"]),
            (["a"], "replace", {"b": 2}, {"b": 2}),
            ({"indiecloud-restore": "x", "a": 1}, "replace", {"b": 2}, {"b": 2, "indiecloud-restore": "x"}),
            (["indiecloud-restore=x", "a"], "remove", ["indiecloud", "a"], ["indiecloud-restore=x"]),
            (["indiecloud-restore=x", "a"], "replace", None, ["indiecloud-restore=x"]),
        ],
    )
    def test_tags(self, cloud: Cloud, found: Any, mode: str, given: Any, after: Any) -> None:
        cloud.vm.extra["tags"] = found
        outcome = change(cloud, tags=given, tags_mode=mode)
        assert not outcome.failed, outcome.result
        assert outcome.result["metadata"]["tags"] == after
        assert cloud.sim.ledger.requests(method="PUT")[0].body["tags"] == after

    @pytest.mark.parametrize(
        ("found", "mode", "given"),
        [
            (["a"], "merge", {"b": 2}),
            ({"a": 1}, "merge", ["b"]),
            ("text", "merge", ["b"]),
            (7, "remove", ["b"]),
            ({"a": 1}, "merge", {"indiecloud-restore": "forged"}),
            ({"indiecloud-restore": "x"}, "replace", ["b"]),
        ],
    )
    def test_refused_tags_write_nothing(self, cloud: Cloud, found: Any, mode: str, given: Any) -> None:
        cloud.vm.extra["tags"] = found
        assert change(cloud, tags=given, tags_mode=mode).result["error_code"] == "tags_refused"
        assert cloud.writes == 0

    def test_empty_merge_and_absent_options_are_no_change(self, cloud: Cloud) -> None:
        assert not change(cloud, tags={}).result["changed"]
        assert not change(cloud, tags=[], name=None).result["changed"]
        assert cloud.writes == 0

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("name", ""),
            ("name", "x" * 256),
            ("hostname", "x" * 256),
            ("os_name", "x" * 101),
            ("billing_cycle", "weekly"),
            ("vpc", "../x"),
            ("name", "two\nlines"),
        ],
    )
    def test_bad_values_are_refused_before_any_request(self, cloud: Cloud, option: str, value: str) -> None:
        outcome = change(cloud, **{option: value})
        assert outcome.result["error_code"] == "invalid_option"
        assert option in outcome.result["msg"]
        assert methods(cloud) == []

    @pytest.mark.parametrize("field", ["size.slug", "tags", "hostname", "volumes", "location.id"])
    def test_unexpected_change_of_a_field_is_an_error(self, cloud: Cloud, field: str) -> None:
        cloud.vm.extra["tags"] = {"keep": "me"}
        cloud.sim.faults.add("wrong_type", method="GET", nth=3, keys=[field], value="something else")
        outcome = change(cloud, name="renamed")
        assert outcome.result["error_code"] == "unexpected_change", outcome.result
        assert outcome.result["changed"]
        assert outcome.result["unexpected_changes"][0]["field"].split(".")[0] == field.split(".")[0]
        assert outcome.result["unexpected_changes"][0]["after"] == "something else"

    def test_change_by_someone_else_is_not_overwritten(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("wrong_type", method="GET", nth=2, keys=["modified"], value="2031-01-01T00:00:00Z")
        outcome = change(cloud, name="renamed")
        assert outcome.result["error_code"] == "changed_meanwhile", outcome.result
        assert cloud.writes == 0
        assert not outcome.result["changed"]

    def test_value_that_is_not_applied_is_an_error(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("wrong_type", method="GET", nth=3, keys=["name"], value="other")
        assert change(cloud, name="renamed").result["error_code"] == "not_applied"

    @pytest.mark.parametrize("kind", ["cut_after", "cut_before"])
    def test_lost_answer_is_decided_by_reading(self, cloud: Cloud, kind: str) -> None:
        cloud.sim.faults.add(kind, method="PUT")
        outcome = change(cloud, name="renamed")
        assert outcome.failed == (kind == "cut_before")
        assert cloud.writes == 1
        assert not change(cloud, name="renamed").failed

    def test_incomplete_instance_is_not_written(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("wrong_type", method="GET", times=None, keys=["size"], value=None)
        assert change(cloud, name="renamed").result["error_code"] == "metadata_unsafe"
        assert cloud.writes == 0

    def test_expected_name_and_names_as_targets(self, cloud: Cloud) -> None:
        assert change(cloud, name="x", expected_instance_name="db1").result["error_code"] == "instance_name_differs"
        assert cloud.writes == 0
        assert change(cloud, instance="web1", name="x", expected_instance_name="web1").result["changed"]

    def test_vpc_is_changed_cleared_and_left_alone(self, cloud: Cloud) -> None:
        second = "c9000000-0000-4000-8000-000000000002"
        first = change(cloud, name="a").result["metadata"]["vpc"]
        for wanted in (second, None, second):
            assert change(cloud, vpc=wanted).result["metadata"]["vpc"] == wanted
            assert not change(cloud, vpc=wanted).result["changed"]
        change(cloud, name="b")
        sent = [item.body["vpc_id"] for item in cloud.sim.ledger.requests(method="PUT")]
        assert sent == [first, second, None, second, second]

    def test_null_clears_only_what_may_be_null(self, cloud: Cloud) -> None:
        cloud.vm.extra["tags"] = {"a": 1}
        assert not change(cloud, tags=None).result["changed"]
        assert not change(cloud, vpc=None, tags=None, tags_mode="remove", name=None, hostname=None).failed
        assert cloud.sim.ledger.requests(method="PUT")[0].body["tags"] == {"a": 1}
        assert change(cloud, tags=None, tags_mode="replace").result["metadata"]["tags"] is None

    @pytest.mark.parametrize(
        "tags", ["", "no JSON", "7", '"text"', "[NaN]", 7, True, [float("inf")], {"a": float("nan")}, {("a",): 1}]
    )
    def test_tags_that_are_no_list_or_map_are_refused_before_any_request(self, cloud: Cloud, tags: Any) -> None:
        outcome = change(cloud, tags=tags, tags_mode="replace")
        assert outcome.result["error_code"] == "invalid_option", outcome.result
        assert methods(cloud) == []

    def test_keys_are_compared_as_json(self, cloud: Cloud) -> None:
        cloud.vm.extra["tags"] = {"1": "a"}
        assert not change(cloud, tags={1: "a"}).result["changed"]
        assert change(cloud, tags={1: "b"}).result["metadata"]["tags"] == {"1": "b"}

    def test_dropped_tag_is_an_error(self, cloud: Cloud) -> None:
        cloud.vm.extra["tags"] = {"keep": "me", "and": "me"}
        cloud.sim.faults.add("wrong_type", method="GET", nth=3, keys=["tags"], value={"and": "me"})
        found = change(cloud, name="renamed").result["unexpected_changes"]
        assert found == [{"field": "tags.keep", "before": "me", "after": None}]

    def test_dropped_tag_is_an_error_if_tags_were_changed(self, cloud: Cloud) -> None:
        cloud.vm.extra["tags"] = {"keep": "me"}
        cloud.sim.faults.add("wrong_type", method="GET", nth=3, keys=["tags"], value={"new": "one"})
        assert change(cloud, tags={"new": "one"}).result["error_code"] == "not_applied"

    def test_unknown_instance(self, cloud: Cloud) -> None:
        outcome = change(cloud, instance="00000000-0000-4000-8000-00000000dead", name="x")
        assert outcome.result["error_code"] == "instance_not_found", outcome.result


@ONET
class TestWhatWasRead:
    @pytest.mark.parametrize("shown", [{"name": "no id"}, 7, ["x"]])
    def test_vpc_of_another_shape_is_not_detached(self, cloud: Cloud, shown: Any) -> None:
        cloud.sim.faults.add("wrong_type", method="GET", times=None, keys=["vpc"], value=shown)
        outcome = change(cloud, name="renamed")
        assert outcome.result["error_code"] == "metadata_unsafe", outcome.result
        assert not outcome.result["changed"]
        assert cloud.writes == 0

    def test_vpc_shown_as_a_bare_id_is_sent_back(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("wrong_type", method="GET", times=None, keys=["vpc"], value=VPC)
        change(cloud, name="renamed")
        assert cloud.sim.ledger.requests(method="PUT")[0].body["vpc_id"] == VPC

    @pytest.mark.parametrize("value", ["my-vpc", "null"])
    def test_vpc_must_be_a_uuid(self, cloud: Cloud, value: str) -> None:
        assert change(cloud, vpc=value).result["error_code"] == "invalid_option"
        assert methods(cloud) == []

    def test_change_is_reported_if_reading_it_back_fails(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="GET", nth=3, status=403)
        outcome = change(cloud, name="renamed")
        assert outcome.failed
        assert outcome.result["changed"]
        assert "was sent" in outcome.result["msg"]

    def test_lost_change_quotes_the_provider(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="PUT", status=500, after_effect=False, message="busy just now")
        outcome = change(cloud, name="renamed")
        assert outcome.result["error_code"] == "outcome_unknown"
        assert "busy just now" in outcome.result["msg"]


@BARRACK
def test_barrack_refuses_every_field_before_any_request(cloud: Cloud) -> None:
    outcome = change(cloud, name="x", hostname="y", tags=["z"], vpc=VPC)
    assert [item["code"] for item in outcome.result["refusals"]] == ["unsupported_field"] * 4
    assert methods(cloud) == []


def test_no_option_is_an_error(cloud: Cloud) -> None:
    outcome = change(cloud)
    assert outcome.result["error_code"] == "invalid_option"
    assert methods(cloud) == []
