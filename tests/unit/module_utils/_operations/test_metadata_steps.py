# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of metadata, step by step: what is asked, what counts as a difference, and what a reader is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    CloudError,
    ProviderError,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.change import (
    BILLING_CYCLES,
    Difference,
    MetadataError,
    apply,
    hardware,
    option_problems,
    plan,
    unsupported,
    write_and_prove,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.tags import TagsRefused, combine, same
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Metadata
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, status
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.words import anew

UUID = "123e4567-e89b-12d3-a456-426614174000"


def metadata(cloud: Scripted, raw: dict[str, Any], **values: Any) -> Metadata:
    return Metadata(cloud.instance, values, raw)


class TestOptions:
    @pytest.mark.parametrize(("name", "longest"), [("name", 255), ("hostname", 255), ("os_name", 100)])
    def test_lengths(self, name: str, longest: int) -> None:
        assert option_problems({name: "a" * longest}) == []
        assert option_problems({name: "a" * (longest + 1)}) == [
            f"{name} has {longest + 1} characters, at most {longest} are allowed"
        ]
        assert option_problems({name: None}) == [f"{name} cannot be cleared"]

    def test_cycles(self) -> None:
        assert len(BILLING_CYCLES) == 9
        assert [option_problems({"billing_cycle": cycle}) for cycle in BILLING_CYCLES] == [[]] * 9
        (said,) = option_problems({"billing_cycle": "weekly"})
        assert said.startswith("billing_cycle must be one of free, one_time, hourly")

    def test_vpc(self) -> None:
        assert option_problems({"vpc": UUID}) == option_problems({"vpc": None}) == option_problems({}) == []
        for wrong in ("", "x", f"{UUID}0", 7):
            assert option_problems({"vpc": wrong})[0].startswith("vpc must be the id of a VPC")

    def test_what_a_provider_cannot_change_names_those_that_can(self) -> None:
        capabilities = Scripted("hostup").capabilities
        found = unsupported("HostUp", capabilities, {"hostname": "x", "name": "y", "vpc": None}, {"name": ["A", "B"]})
        assert [item.message for item in found] == [
            "HostUp publishes no way to change name (A, B can)",
            "HostUp publishes no way to change vpc (no provider can)",
        ]

    def test_hardware_is_refused_with_the_providers_words(self) -> None:
        capabilities = Scripted(hardware_words="Resize it.").capabilities
        (found,) = hardware(capabilities, {"size": "x", "name": "y"})
        assert found.message == "size is hardware, not metadata: Resize it."
        silent = Scripted(hardware_words=None).capabilities
        assert [item.message for item in hardware(silent, {"location": 1, "image": 2})] == [
            "location is hardware, not metadata",
            "image is hardware, not metadata",
        ]


class TestPlan:
    def planned(self, found: dict[str, Any], asked: dict[str, Any], name: str = "onetsolutions") -> dict[str, Any]:
        cloud = Scripted(name)
        return plan(cloud.capabilities, metadata(cloud, {}, **found), anew(asked), "merge")

    def test_only_what_differs(self) -> None:
        assert self.planned({"name": "a", "os_name": "b"}, {"name": "a", "os_name": "c"}) == {"os_name": "c"}
        assert self.planned({}, {"vpc": None}) == {}
        assert self.planned({"tags": ["a"]}, {"tags": ["b"]}) == {"tags": ["a", "b"]}

    def test_case_counts_but_for_what_has_none(self) -> None:
        assert self.planned({"name": "A"}, {"name": "a"}) == {"name": "a"}
        assert self.planned({"hostname": "A"}, {"hostname": "a"}, "hostup") == {}
        assert self.planned({"hostname": None}, {"hostname": "a"}, "hostup") == {"hostname": "a"}
        assert self.planned({"hostname": "b"}, {"hostname": "a"}, "hostup") == {"hostname": "a"}


class TestProof:
    def changed(
        self, before: dict[str, Any], after: dict[str, Any], changes: dict[str, Any], **options: Any
    ) -> tuple[Metadata | None, MetadataError | None]:
        cloud = Scripted(**options)
        values = {name: after.get(name) for name in changes}
        cloud.answers("read_metadata", metadata(cloud, after, **values))
        try:
            return write_and_prove(cloud, "i", metadata(cloud, before), changes, []), None
        except MetadataError as exc:
            return None, exc

    def test_what_was_asked_may_differ(self) -> None:
        _found, error = self.changed({"name": "a", "x": 1}, {"name": "b", "x": 1}, {"name": "b"})
        assert error is None

    def test_what_was_asked_may_differ_and_differ_by_itself(self) -> None:
        _found, error = self.changed({"name": "a"}, {"name": "b"}, {"name": "b"}, live_fields=("name",))
        assert error is None

    @pytest.mark.parametrize(
        ("before", "after", "field"),
        [
            ({"x": 1}, {"x": 2}, "x"),
            ({"x": 1}, {}, "x"),
            ({}, {"x": 1}, "x"),
            ({"x": {"y": [1]}}, {"x": {"y": [2]}}, "x.y"),
            ({"x": {"y": 1}}, {"x": {}}, "x.y"),
            ({"x": {"y": 1}}, {"x": [1]}, "x"),
            ({"x": 1}, {"x": True}, "x"),
        ],
    )
    def test_anything_else_may_not(self, before: dict[str, Any], after: dict[str, Any], field: str) -> None:
        _found, error = self.changed({"name": "a", **before}, {"name": "b", **after}, {"name": "b"})
        assert error is not None
        assert (error.error_code, error.applied) == ("unexpected_change", "unknown")
        assert [item.field for item in error.differences] == [field]

    def test_what_changes_by_itself_may(self) -> None:
        for before, after in (
            ({"live": 1}, {"live": 2}),
            ({"live": 1}, {}),
            ({"a": {"b": 1}}, {"a": {"b": 2}}),
            ({"a": {}}, {"a": {"b": 1}}),
        ):
            _found, error = self.changed(
                {"name": "a", **before}, {"name": "b", **after}, {"name": "b"}, live_fields=("live", "a.b")
            )
            assert error is None

    def test_what_was_not_taken_is_told(self) -> None:
        _found, error = self.changed({"name": "a"}, {"name": "a"}, {"name": "b"})
        assert error is not None
        assert error.error_code == "not_applied"

    def test_at_most_eight_differences_are_listed(self) -> None:
        for number, more in ((8, False), (9, True)):
            before = {f"f{index}": 0 for index in range(number)}
            after = {f"f{index}": 1 for index in range(number)}
            _found, error = self.changed(before, {**after, "name": "b"}, {"name": "b"})
            assert error is not None
            assert error.message.endswith("; and more") == more
            assert ("f7 from 0 to 1" in error.message, "f8 from" in error.message) == (True, False)

    def test_long_values_are_cut(self) -> None:
        assert str(Difference("f", "a" * 78, None)) == f"f from '{'a' * 78}' to None"
        assert str(Difference("f", "a" * 79, None)) == f"f from '{'a' * 78}… to None"


class TestApply:
    def applied(self, found: dict[str, Any], fresh: dict[str, Any], **options: Any) -> Scripted:
        cloud = Scripted(**options)
        cloud.answers("read_metadata", metadata(cloud, fresh), metadata(cloud, {**fresh, "name": "b"}, name="b"))
        apply(cloud, "i", metadata(cloud, found), {"name": "b"}, [])
        return cloud

    def test_change_by_somebody_else_in_between_is_an_error(self) -> None:
        with pytest.raises(MetadataError, match="x from 1 to 2; nothing was written") as caught:
            self.applied({"x": 1}, {"x": 2})
        assert (caught.value.error_code, caught.value.applied) == ("changed_meanwhile", "no")
        assert len(self.applied({"x": 1}, {"x": 1}).sent) == 1

    def test_stamp_of_a_change_is_one(self) -> None:
        options = {"live_fields": ("stamp", "uptime"), "change_stamp": "stamp"}
        assert len(self.applied({"uptime": 1}, {"uptime": 2}, **options).sent) == 1
        with pytest.raises(MetadataError):
            self.applied({"stamp": 1}, {"stamp": 2}, **options)

    def written(self, error: Exception, *, shows: bool) -> tuple[Scripted, list[str]]:
        cloud = Scripted().answers("write_metadata", error)
        after = {"name": "b"} if shows else {"name": "a"}
        cloud.answers("read_metadata", metadata(cloud, after, **after))
        warnings: list[str] = []
        write_and_prove(cloud, "i", metadata(cloud, {"name": "a"}), {"name": "b"}, warnings)
        return cloud, warnings

    def test_lost_answer_is_read_instead(self) -> None:
        cloud, warnings = self.written(AnswerLost("Cut."), shows=True)
        assert warnings == ["the answer to the change was lost and the result was read instead: Cut."]
        assert len(cloud.sent) == 1

    def test_lost_change_is_unknown(self) -> None:
        with pytest.raises(CloudError, match=r"was lost \(Cut\.\), and it reads as before") as caught:
            self.written(AnswerLost("Cut."), shows=False)
        assert (caught.value.error_code, caught.value.applied) == ("outcome_unknown", "unknown")

    def test_refused_change_is_refused(self) -> None:
        with pytest.raises(ProviderError):
            self.written(status(422), shows=True)

    def test_result_that_cannot_be_read_is_told(self) -> None:
        cloud = Scripted().answers("read_metadata", status(403))
        with pytest.raises(ProviderError) as caught:
            write_and_prove(cloud, "i", metadata(cloud, {}), {"name": "b"}, [])
        assert caught.value.message == "the change of instance i was sent, and reading it back failed: No."


class TestTags:
    @pytest.mark.parametrize(
        ("found", "given", "mode", "changed"),
        [
            (None, ["a"], "merge", ["a"]),
            (["a"], [], "merge", ["a"]),
            ({"a": 1}, {}, "merge", {"a": 1}),
            (["a"], None, "merge", ["a"]),
            (["a"], None, "remove", ["a"]),
            (["a"], ["b", "a", "b"], "merge", ["a", "b"]),
            ({"a": 1}, {"a": 2, "b": 3}, "merge", {"a": 2, "b": 3}),
            (None, ["a"], "remove", None),
            (["a", "b"], ["a"], "remove", ["b"]),
            ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "remove", {"b": 2}),
            ({"a": 1, "b": 2}, ["a", 7], "remove", {"b": 2}),
            (["a"], None, "replace", None),
            (["a"], [], "replace", []),
            (["a"], {"b": 1}, "replace", {"b": 1}),
            ([1], [True], "merge", [1, True]),
            (["indiecloud-restore=x"], None, "replace", ["indiecloud-restore=x"]),
            (["indiecloud-restore=x", "a"], ["b"], "replace", ["b", "indiecloud-restore=x"]),
            ({"indiecloud-restore": "x", "a": 1}, {"b": 2}, "replace", {"b": 2, "indiecloud-restore": "x"}),
            ({"indiecloud-restore": "x"}, ["other"], "remove", {"indiecloud-restore": "x"}),
        ],
    )
    def test_modes(self, found: Any, given: Any, mode: str, changed: Any) -> None:
        assert combine(found, given, mode) == changed

    @pytest.mark.parametrize(
        ("found", "given", "mode", "said"),
        [
            (["a"], {"a": 1}, "merge", "are a list, a dictionary is given"),
            ({"a": 1}, ["a"], "merge", "are a dictionary, a list is given"),
            ("a", ["a"], "merge", "are neither a dictionary nor a list, a list is given"),
            (["a"], {"a": 1}, "remove", "are a list, a dictionary is given"),
            (["a"], "a", "merge", "tags must be a list or a dictionary"),
            (["a"], ["indiecloud-restore=y"], "replace", "must not contain indiecloud-restore"),
            (["a"], {"indiecloud-restore": "y"}, "merge", "must not contain indiecloud-restore"),
            (["indiecloud-restore=x"], {"a": 1}, "replace", "in a list; give a list"),
            ({"indiecloud-restore": "x"}, ["a"], "replace", "in a dictionary; give a dictionary"),
        ],
    )
    def test_what_makes_no_sense(self, found: Any, given: Any, mode: str, said: str) -> None:
        with pytest.raises(TagsRefused, match=said) as caught:
            combine(found, given, mode)
        assert caught.value.step

    def test_values_are_compared_as_json(self) -> None:
        assert same({"a": 1, "b": 2}, {"b": 2, "a": 1})
        for one, other in ((1, True), (1, 1.0), ("1", 1), (None, False), ([1, 2], [2, 1])):
            assert not same(one, other)
