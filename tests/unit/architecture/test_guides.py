# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README and the guides: their lists are complete, and their commands and variables exist."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._version import VERSION
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import (
    LANGUAGES,
    Command,
    blocks,
    commands,
    guides,
)
from ansible_collections.indiecloud.compute.tests.unit.architecture.roles import roles, specs
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import (
    NAME,
    PLUGINS,
    ROOT,
    modules,
    name_of,
    python_files,
)
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import known_variables, wiring

MAKE = re.compile(r"(?:`|^(?: {4})?)make (?:[A-Z]+=\S+ )*([a-z-]+)", re.MULTILINE)
SECTIONS = ["Purpose", "Requirements", "Installation", "Use cases", "Testing", "Support", "Communication"]
SECTIONS += ["Release notes", "Related information", "Licence"]
VARIABLE = re.compile(r"\b(?:[A-Z]+_API_(?:TOKEN|URL)|[A-Z]+_(?:ORGANIZATION|PROJECT)_ID|INDIECLOUD_[A-Z_]+)\b")


def test_readme_has_the_sections_in_the_certified_order() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    first = blocks("console")[[block.page for block in blocks("console")].index("README.md")]
    assert first.text == "make demo\nmake test\n"
    assert first.line < text[: text.index("## Purpose")].count("\n")
    assert "install ansible" not in text.replace("ansible-galaxy collection install", "")


def test_readme_lists_the_content() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (module|role|playbook|inventory) `([\w.]+)` \|", text, re.MULTILINE)
    content = [("module", name) for name in modules()]
    for kind, folder, pattern in (
        ("role", "roles", "*/meta/argument_specs.yml"),
        ("playbook", "playbooks", "*.yml"),
        ("inventory", "plugins/inventory", "*.py"),
    ):
        found = (ROOT / folder).glob(pattern)
        content += [(kind, path.parents[1].name if kind == "role" else path.stem) for path in found]
    assert sorted(listed) == sorted(content)


def test_blocks_say_their_language() -> None:
    assert {block.place: block.language for block in blocks() if block.language not in LANGUAGES} == {}


def test_variables_are_those_the_code_reads() -> None:
    for path in guides():
        assert set(VARIABLE.findall(path.read_text(encoding="utf-8"))) <= known_variables(), name_of(path)


def test_every_variable_the_code_reads_is_in_a_guide() -> None:
    told = {name for path in guides() for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    assert known_variables() - told == set()


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in [*guides(), ROOT / "CONTRIBUTING.md"]:
        assert set(MAKE.findall(path.read_text(encoding="utf-8"))) <= targets, name_of(path)


@pytest.mark.parametrize("command", [pytest.param(item, id=" ".join(item.words)[:60]) for item in commands()])
def test_command_exists_with_its_options(command: Command) -> None:
    assert set(command.variables) <= known_variables() | settings(), command.place
    program, *words = command.words
    check = CHECKS.get(program)
    assert check, f"{command.place}: say in CHECKS how to check {program}"
    check(command, words)


def settings() -> set[str]:
    """The variables by which Ansible itself is set."""
    from ansible import constants

    definitions = constants.config.get_configuration_definitions().values()
    return {item["name"] for definition in definitions for item in definition.get("env", ())}


def _python(command: Command, words: list[str]) -> None:
    if words[:3] == ["-m", "pip", "install"]:
        assert words[3:] == ["requests"], "the collection needs nothing else"
    else:
        # A reader has cloned the repository into a folder of this name.
        assert (ROOT / words[0].removeprefix("compute/")).exists(), command.place


def _ansible(command: Command, words: list[str]) -> None:
    import importlib

    cli = {"ansible": "adhoc", "ansible-playbook": "playbook"}.get(
        command.words[0], command.words[0].removeprefix("ansible-")
    )
    loaded = importlib.import_module(f"ansible.cli.{cli}")
    (kind,) = (
        item for name, item in vars(loaded).items() if name.endswith("CLI") and item.__module__ == loaded.__name__
    )
    parsed = kind(list(command.words))
    parsed.init_parser()
    options = parsed.parser.parse_args(words)
    if cli == "adhoc":
        from ansible.parsing.splitter import parse_kv

        assert options.module_name.startswith(f"{NAME}."), command.place
        written = options.module_args
        given = json.loads(written) if written.startswith("{") else parse_kv(written)
        assert set(given) <= set(wiring(options.module_name.removeprefix(f"{NAME}.")).spec), command.place
    if cli == "doc":
        assert set(options.args) <= {f"{NAME}.{name}" for name in documented(options.type)}, command.place
    if cli == "galaxy":
        built = [word for word in words if word.endswith(".tar.gz")]
        assert built in ([], [f"{NAME.replace('.', '-')}-{VERSION}.tar.gz"]), command.place
    if cli == "playbook":
        variables = {word.partition("=")[0] for word in options.extra_vars}
        known = {"restore_hosts", "rehearse_hosts"}.union(*specs().values())
        if f"{NAME}.awx_setup" in options.args:
            known = awx_settings()
        elif f"{NAME}.overview" in options.args:
            known = set(re.findall(r"overview_[a-z]\w+", (ROOT / "playbooks/overview.yml").read_text(encoding="utf-8")))
        assert variables <= known, command.place


def awx_settings() -> set[str]:
    """What the playbook that sets up AWX can be told."""
    return set(yaml.safe_load((ROOT / "playbooks/vars/awx/settings.yml").read_text(encoding="utf-8")))


def documented(kind: str) -> list[str]:
    """The names of what ansible-doc shows of a kind."""
    if kind == "role":
        return roles()
    return modules() if kind == "module" else [path.stem for path in python_files(PLUGINS / kind)]


def _export(command: Command, words: list[str]) -> None:
    # awx.awx reads the address of AWX and the token from these.
    known = known_variables() | {"CONTROLLER_HOST", "CONTROLLER_OAUTH_TOKEN"}
    assert {word.partition("=")[0] for word in words} <= known, command.place


def _builder(command: Command, words: list[str]) -> None:
    assert words[0] == "build", command.place
    assert (ROOT / words[words.index("-f") + 1]).is_file(), command.place


CHECKS = {
    "ansible": _ansible,
    "ansible-builder": _builder,
    "ansible-console": _ansible,
    "ansible-doc": _ansible,
    "ansible-galaxy": _ansible,
    "ansible-inventory": _ansible,
    "ansible-playbook": _ansible,
    # tests/tools runs the commands of the page on verifying, as far as they need no network.
    "cd": lambda command, words: None,
    "export": _export,
    "gh": lambda command, words: None,
    "git": lambda command, words: None,
    # test_targets_of_make_exist looks at these.
    "make": lambda command, words: None,
    "python": _python,
    "python3": _python,
    "sha256sum": lambda command, words: None,
    "tar": lambda command, words: None,
    "unset": _export,
}
