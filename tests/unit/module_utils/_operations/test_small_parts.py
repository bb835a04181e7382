# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small parts that all tasks share: values that are checked, results, the line of a record, what is kept of a list."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    CloudError,
    MissingLibrary,
    ProviderError,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance
from ansible_collections.indiecloud.compute.plugins.module_utils._info import listing
from ansible_collections.indiecloud.compute.plugins.module_utils._info.listing import Account, Listing
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import NameRule
from ansible_collections.indiecloud.compute.plugins.module_utils._record.note_format import (
    LONGEST,
    PREFIX,
    decode,
    encode,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import RecordUnavailable
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.result import Report
from ansible_collections.indiecloud.compute.plugins.module_utils._task import validation
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import (
    Outcome,
    execute,
    reporting_changes,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, record_of
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime


class TestChecks:
    def test_one_line(self) -> None:
        for good in ("a", " a ", "a" * 255):
            assert validation.line("x", good) == []
        for bad, said in (
            ("", "must not be empty"),
            (" ", "must not be empty"),
            ("a" * 256, "has 256 characters, at most 255"),
            ("a\nb", "newline"),
            ("a\x9fb", "control"),
            ("\ud800", "control"),
        ):
            (problem,) = validation.line("x", bad)
            assert said in problem
        assert validation.line("x", "abc", 3) == []
        assert validation.line("x", "abcd", 3) != []

    def test_references(self) -> None:
        for bad in ("a/b", "a\\b", "a%2fb", ".", "..", " .. "):
            assert "contains a slash" in validation.reference("x", bad)[0]
        assert validation.reference("x", "\n/") == ["x contains a newline or another control character"]
        for good in ("a", "...", "100%"):
            assert validation.reference("x", good) == []

    def test_plain_ids(self) -> None:
        for bad in ("a b", "ü", ".", ".."):
            assert "may contain letters" in validation.plain_id("x", bad)[0]
        assert validation.plain_id("x", "") == ["x must not be empty"]
        assert validation.plain_id("x", "a.b-c_d~1") == []

    def test_names_by_rule(self) -> None:
        rule = NameRule("[a-z]+", 3, "three letters")
        assert validation.named("x", "abc", rule) == []
        for bad in ("abcd", "AB", ""):
            assert validation.named("x", bad, rule)[0].endswith("is not valid: the provider takes three letters")

    def test_amounts(self) -> None:
        for good in (0.001, 1.0):
            assert validation.positive("x", good) == []
        for bad in (0.0, -1.0, float("inf"), float("nan")):
            assert validation.positive("x", bad)[0].startswith("x must be a number greater than 0, not ")

    @pytest.mark.parametrize(
        ("given", "seconds"),
        [
            ("90", 90.0),
            (90, 90.0),
            ("90s", 90.0),
            ("1.5m", 90.0),
            ("2 H", 7200.0),
            (" 1d ", 86400.0),
            ("2w", 1209600.0),
            ("36500d", 3153600000.0),
            (None, None),
        ],
    )
    def test_ages(self, given: Any, seconds: float | None) -> None:
        assert validation.seconds("x", given) == (seconds, [])

    @pytest.mark.parametrize("given", ["", "0", "0d", "-1", "1y", "36501d", "3153600000.1", "d", "1 d d", "1.", True])
    def test_what_is_no_age(self, given: Any) -> None:
        found, problems = validation.seconds("x", given)
        assert (found, len(problems)) == (None, 1)


class TestOutcomes:
    def ended(self, error: Exception) -> Outcome:
        def task(context: Context, outcome: Outcome) -> None:
            context.calls["GET"] += 2
            context.calls["POST"] += 1
            raise error

        return execute(task, Context({}))

    def test_errors_are_results(self) -> None:
        outcome = self.ended(CloudError("It broke.", error_code="broken", next_steps=("Mend it.", "Run again.")))
        assert outcome.failed
        assert outcome.result["msg"] == "It broke.\nWhat to do: Mend it. Run again."
        assert outcome.result["next_steps"] == ["Mend it.", "Run again."]
        assert (outcome.result["error_code"], outcome.result["refusals"]) == ("broken", [])
        assert outcome.result["api_calls"] == {"total": 3, "GET": 2, "POST": 1}
        assert "http_status" not in outcome.result
        assert "Run again with -vvv" in self.ended(CloudError("x")).result["msg"]

    def test_answers_have_their_status(self) -> None:
        result = self.ended(ProviderError("No.", status=409, provider_code="busy", request_id="r")).result
        assert (result["http_status"], result["provider_code"], result["request_id"]) == (409, "busy", "r")

    def test_missing_library_is_known(self) -> None:
        missing = MissingLibrary("requests", "trace")
        assert self.ended(missing).missing_library is missing

    def test_defects_have_a_trace(self) -> None:
        result = self.ended(ZeroDivisionError("oh")).result
        assert (result["error_code"], "Traceback" in result["exception"]) == ("internal_error", True)

    def test_nothing_went_wrong(self) -> None:
        outcome = execute(lambda context, outcome: None, Context({}))
        assert (outcome.failed, outcome.result) == (False, {"changed": False, "api_calls": {"total": 0}})

    @pytest.mark.parametrize(("writes", "changed"), [(0, False), (1, True), (2, True)])
    def test_failure_after_a_write_is_a_change(self, writes: int, changed: bool) -> None:
        cloud, outcome = Scripted(), Outcome()
        cloud.transport.writes = writes
        with pytest.raises(CloudError), reporting_changes(outcome, cloud):
            raise CloudError("x")
        assert outcome.result["changed"] == changed
        with reporting_changes(outcome, cloud):
            pass
        assert outcome.result["changed"] is True

    def test_seconds_of_a_phase_are_added_up(self) -> None:
        time = FakeTime()
        report = Report(time.runtime.monotonic)
        for seconds in (1.5, 2.0004):
            with report.timed("restore"):
                time.sleep(seconds)
        time.sleep(9.0)

        def fail() -> None:
            time.sleep(0.25)
            raise CloudError("x")

        with pytest.raises(CloudError), report.timed("stop"):
            fail()
        assert report.timings == {"restore": 3.5, "stop": 0.25}

    def test_report_of_a_run_that_did_nothing(self) -> None:
        result = Report(FakeTime().runtime.monotonic).to_result()
        assert (result["changed"], result["resumed"]) == (False, False)
        assert (result["status"], result["phase"]) == ("unknown", "preflight")
        assert result["instance"] is result["snapshot"] is result["operation"] is result["safety_snapshot"] is None


class TestLine:
    RECORD = record_of(Scripted(), phase="done")

    def refused(self, items: Any) -> str:
        with pytest.raises(RecordUnavailable) as caught:
            decode(PREFIX + json.dumps(items), "p", "t")
        return caught.value.message.partition("cannot be read: ")[2]

    def test_words(self) -> None:
        assert encode([self.RECORD]) == (
            'indiecloud-restore=[{"at":"2025-12-31T23:59:00Z","id":"r-1","name":"before","of":"2025-12-31T22:00:00Z",'
            '"phase":"done","since":"2025-12-31T23:59:00Z","snapshot":"snap-1"}]'
        )

    def test_longest(self) -> None:
        assert LONGEST == 100_000
        line = encode([self.RECORD])
        blanks = " " * (LONGEST - len(line))
        assert len(decode(line + blanks, "p", "t")) == 1
        with pytest.raises(RecordUnavailable, match="too long"):
            decode(line + blanks + " ", "p", "t")
        with pytest.raises(RecordUnavailable, match="another beginning"):
            decode(line[1:], "p", "t")

    def test_what_is_wrong_is_said(self) -> None:
        good = {"id": "a", "snapshot": "b", "phase": "done", "since": "c", "at": "d"}
        assert decode(PREFIX + json.dumps([good]), "p", "t")[0].restore_id == "a"
        for flag in (None, False, True):
            (found,) = decode(PREFIX + json.dumps([{**good, "auto": flag, "stopped": flag}]), "p", "t")
            assert (found.default_id, found.stopped_by_us) == (bool(flag), bool(flag))
        for item, said in (
            ({**good, "phase": "over"}, "'over' is no phase"),
            ({**good, "id": ""}, "id is no text"),
            ({**good, "id": 7}, "id is no text"),
            ({**good, "id": None}, "id is no text"),
            ({**good, "sent": ""}, "sent is no text"),
            ({**good, "auto": 1.5}, "auto is no boolean"),
            ({**good, "stopped": "yes"}, "stopped is no boolean"),
            ([], "a record in it is no object"),
        ):
            assert self.refused([item]) == said
        assert self.refused({}) == "it holds no list"

    def test_later_records_are_short(self) -> None:
        full = self.RECORD._replace(operation_id="op", sent_at="then", stopped_by_us=True, default_id=True)
        first, second = decode(encode([full, full]), full.provider, full.target)
        assert (first.operation_id, first.stopped_by_us, first.default_id) == ("op", True, True)
        assert (second.operation_id, second.sent_at, second.stopped_by_us, second.default_id) == (
            None,
            None,
            False,
            True,
        )


ITEM = Instance("i", "web1", power_state="running", addresses=("192.0.2.1",)).to_result()
TEXTS = ("id", "name", "power_state", "addresses", "hostname", "ipv4", "ipv6")


class TestKeptList:
    @pytest.fixture
    def account(self, monkeypatch: pytest.MonkeyPatch) -> Account:
        made = Account("hostup", "https://x", True, {"b": "2", "a": "1"}, "/list")
        monkeypatch.setattr(listing.Account, "of", classmethod(lambda cls, provider: made))
        return made

    def read(self, monkeypatch: pytest.MonkeyPatch, kept: Any) -> tuple[Listing, list[str], Outcome]:
        cloud, found, keys = Scripted("hostup"), Listing(), []
        monkeypatch.setattr(listing, "open_provider", lambda *dummy: cloud)
        task = listing.listing_task(found, [], lambda key: keys.append(key) or kept)
        outcome = execute(task, Context({}))
        assert len(keys) == 1
        return found, [name for _second, name in cloud.asked], outcome

    def test_is_used_when_it_is_of_this_account(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        first, asked, outcome = self.read(monkeypatch, None)
        assert (asked, first.was_kept, outcome.failed) == (["list_instances"], False, False)
        kept = json.loads(json.dumps(first.to_keep()))
        again, asked, _outcome = self.read(monkeypatch, kept)
        assert (asked, again.was_kept, again.instances) == ([], True, first.instances)

    @pytest.mark.parametrize(
        "change",
        [
            {"form": 2},
            {"form": 0},
            {"account": None},
            {"account": ["hostup", "https://y", [["a", "1"], ["b", "2"]], "/list"]},
            {"account": ["aaa", "https://x", [["a", "1"], ["b", "2"]], "/list"]},
            {"instances": None},
            {"instances": {}},
            {"instances": [None]},
            {"instances": [{"id": "i"}]},
            *({"instances": [{**ITEM, name: 7}]} for name in TEXTS),
            {"instances": [{**ITEM, "addresses": [7]}]},
            {"instances": [{**ITEM, "more": 1}]},
            {"instances": [ITEM, {**ITEM, "id": None}]},
        ],
    )
    def test_is_not_used_otherwise(
        self, account: Account, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
    ) -> None:
        good = Listing(account, [ITEM]).to_keep()
        good = json.loads(json.dumps(good))
        assert self.read(monkeypatch, good)[1] == []
        assert self.read(monkeypatch, {**good, **change})[1] == ["list_instances"]

    def test_each_id_once_where_it_came_last_as_it_came_first(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        items = [{**ITEM, "id": name, "name": f"{name}{index}"} for index, name in enumerate("abcab")]
        kept = json.loads(json.dumps(Listing(account, items).to_keep()))
        found, _asked, _outcome = self.read(monkeypatch, kept)
        assert [item["name"] for item in found.instances] == ["c2", "a0", "b1"]

    def test_account_is_told_by_all_that_it_is(self, account: Account) -> None:
        others = [
            account._replace(provider="barrack"),
            account._replace(api_url="https://y"),
            account._replace(scope={"a": "1"}),
            account._replace(list_path="/other"),
        ]
        assert len({item.key for item in [account, *others]}) == 5
        assert account.key == account._replace(scope={"a": "1", "b": "2"}).key
        assert len(account.key.rpartition("_")[2]) == 24
        assert account.variables() == {"provider": "hostup", "a": "1", "b": "2"}
        assert account._replace(is_default_url=False).variables()["api_url"] == "https://x"
