# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets come out of whatever a provider echoes."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.redact import HIDDEN, SHORTEST_BEGINNING, Redactor
from ansible_collections.indiecloud.compute.plugins.module_utils._api.text import cut, one_line, quoted

# What an HTTP header can carry, without blanks around it.
TOKENS = st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=7, max_size=60).map(str.strip)
LENGTHS = st.integers(min_value=2, max_value=120)
CUTS = st.lists(st.tuples(st.sampled_from([cut, one_line]), LENGTHS), max_size=2)
QUOTED = st.lists(st.tuples(st.just(quoted), LENGTHS), max_size=1)
SECRETS = st.text(alphabet=st.characters(codec="utf-8"), min_size=6, max_size=40)


@pytest.mark.parametrize("secret", ["sk-plain-0123456789", 'a/b+c"d&e<f>g=h', "tok\\en%20x", "mot-clé-日本"])
def test_each_way_to_write_a_secret_is_hidden(secret: str) -> None:
    forms = [
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote(secret, safe="").lower() if secret.islower() else quote_plus(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        html.escape(secret),
        repr(secret)[1:-1],
    ]
    for form in forms:
        assert Redactor([secret]).text(f"before {form} after") == f"before {HIDDEN} after"


@given(SECRETS, st.text(), st.text())
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    assert secret not in redactor.text(before + secret + after).replace(HIDDEN, "\x00")
    assert secret not in json.dumps(redactor.value({before: [secret, {secret: (after, secret)}]}), ensure_ascii=False)


@given(TOKENS.filter(lambda token: len(token) > SHORTEST_BEGINNING), st.data())
def test_no_part_of_a_secret_survives_a_cut(token: str, data: st.DataObject) -> None:
    """Whatever stands around it, and however often it is cut, before and after it is put in quotes."""
    pieces = st.integers(0, len(token)).map(lambda end: token[:end])
    around = st.lists(st.one_of(st.text(), pieces, st.integers(0, 80).map("x".__mul__)), max_size=4).map("".join)
    before, after = data.draw(around), data.draw(around)
    shown, few = before + token + after, SHORTEST_BEGINNING - 1
    for function, longest in data.draw(CUTS) + data.draw(QUOTED) + data.draw(CUTS):
        shown = function(shown, longest)
    hidden = Redactor([token]).text(shown).replace(HIDDEN, "\0")
    parts = {token[i : i + SHORTEST_BEGINNING] for i in range(len(token) - SHORTEST_BEGINNING + 1)}
    # What is in the text beside the secret, or with a few of its characters, is in it by chance.
    alone = f"{before}{token[:few]}\0{token[-few:]}{after}"
    known = f"{alone}{alone!r}{one_line(alone, 10**6)}"
    assert [part for part in parts if part in hidden and part not in known] == []


def test_the_beginning_of_a_secret_is_hidden_before_a_cut_only() -> None:
    redactor = Redactor(["sk-plain-0123456789"])
    assert redactor.text("a sk-plain-0… and sk-pla…") == f"a {HIDDEN}… and {HIDDEN}…"
    assert redactor.text("sk-pl… sk-plain-0, sk-plain-1…") == "sk-pl… sk-plain-0, sk-plain-1…"
    # A secret that repeats itself, and one that looks like what is hidden.
    assert Redactor(["abcabcabcabd"]).text("xabcabcabcabcab…") == f"xabc{HIDDEN}…"
    assert Redactor(["*" * 12]).text("*" * 9 + "…") == f"{HIDDEN}…"


@pytest.mark.parametrize("lead", ["", "B", "Be", "Bearer ", "user:pass:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_of_a_secret_is_hidden_whatever_stands_around_it(encode: Callable[[bytes], bytes], lead: str) -> None:
    for secret in ("sk-plain-0123456789", 'a/b+c"d&e<f>?=h~~~', "mot-clé-日本"):
        for tail in ("", "x", " and more"):
            shown = encode(f"{lead}{secret}{tail}".encode()).decode()
            hidden = Redactor([secret]).text(f"before {shown} after")
            assert hidden.startswith("before ")
            assert HIDDEN in hidden
            # What is left is the text around it, and a character of the secret at either end at most.
            kept = hidden.removeprefix("before ").removesuffix(" after").replace(HIDDEN, "").replace("=", "")
            assert len(kept) <= (len(lead) + len(tail)) * 4 / 3 + 4


def test_a_short_secret_is_not_looked_for_in_base64() -> None:
    assert Redactor(["abc"]).text("YWJj") == "YWJj"


def test_other_values_stay_as_they_are() -> None:
    value = {"a": [1, 2.5, None, True, "x"], "b": {"c": ("y",)}}
    assert Redactor(["secret"]).value(value) == {"a": [1, 2.5, None, True, "x"], "b": {"c": ["y"]}}


def test_nothing_is_hidden_without_a_secret() -> None:
    assert Redactor(["", ""]).text("all of it") == "all of it"


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert Redactor(["abc", "abcdef"]).text("abcdef") == HIDDEN
