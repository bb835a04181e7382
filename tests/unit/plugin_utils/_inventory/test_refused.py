# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-inventory says when the plugin refuses a file, or the provider a request."""

from __future__ import annotations

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.unit.plugin_utils._inventory.world import TAGS, World


def test_strict_reports_what_fails(world: World) -> None:
    world.sim.cloud.add_instance("hostup", "web1")
    for options in ({"compose": {"x": "nothing"}}, {"groups": {"x": "nothing"}}, {"hostnames": ["{{ nothing }}"]}):
        world.file("hostup", strict=True, **options)
        assert "nothing" in world.refused()


def test_all_mistakes_are_reported_at_once(world: World) -> None:
    world.file(
        "onetsolutions",
        keyed_group=[],
        api_url="ftp://example.org",
        api_token="",
        organization_id="a/b",
        api_routes={"nowhere": "/x"},
        filters=[{"nam": "web"}, {"power_state": "runing"}],
        exclude_filters=[{}],
        hostnames=["nme"],
        connect_with=["ipv5"],
        hostvars_prefix="ansible_",
        request_timeout=-1,
    )
    said = world.refused()
    for reason in (
        "unknown option 'keyed_group'; did you mean keyed_groups?",
        "api_url must be a URL",
        "no token for OnetSolutions",
        "organization_id 'a/b' may contain",
        "api_routes has no route 'nowhere'",
        "filters 1: unknown key 'nam'",
        "filters 2: unknown power_state 'runing'",
        "exclude_filters 1 must be a dictionary",
        "hostnames: unknown value 'nme'; use name",
        "connect_with: unknown value 'ipv5'; use public_ipv4",
        "hostvars_prefix 'ansible_' must consist of",
        "request_timeout must be a number greater than 0",
    ):
        assert reason in said, reason
    assert not world.sim.ledger.requests()


def test_missing_assumed_route_is_explained(world: World) -> None:
    for provider in SPECS:
        world.sim.cloud.add_instance(provider, f"vm-{provider}")
    world.sim.switch(documented_only=True)
    world.file("onetsolutions")
    said = world.refused()
    assert "does not publish" in said
    assert "api_routes: {instance_list: " in said
    world.file("onetsolutions", api_routes={"instance_list": "/v1/nowhere"})
    assert "not_found" not in world.refused()
    (world.folder / "clouds" / "onetsolutions.indiecloud.yml").unlink()
    world.file("hostup")
    assert list(world.hosts()) == ["vm-hostup"]


def test_token_from_a_template_is_not_shown(world: World) -> None:
    token = world.sim.tokens["hostup"]
    world.sim.cloud.add_instance("hostup", f"web-{token}", tags=[token])
    world.file(
        "hostup",
        api_token="{{ lookup('ansible.builtin.env', 'MY_TOKEN') }}",
        api_url="{{ address }}",
        **TAGS,
    )
    words = ("-vvvv", "-e", f"address={world.sim.urls['hostup']}")
    done = world.run("--list", *words, MY_TOKEN=token, HOSTUP_API_TOKEN="wrong", HOSTUP_API_URL="http://127.0.0.1:9")
    assert done.returncode == 0, done.stderr
    assert "web-" in done.stdout
    assert "GET " in done.stdout + done.stderr
    assert token not in done.stdout + done.stderr
    wrong = world.run("--list", *words, MY_TOKEN="s3cret-and-wrong")
    assert "api_token" in wrong.stderr
    assert "s3cret" not in wrong.stdout + wrong.stderr
    world.file("hostup", api_token="s3cret{{ oops")
    wrong = world.run("--list", *words)
    assert "the template of api_token failed" in " ".join(wrong.stderr.split())
    assert "s3cret" not in wrong.stdout + wrong.stderr
