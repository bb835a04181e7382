# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook of a change with a way back. It writes to the simulated disks, and leaves one VM broken."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from clouds import FILE, HOSTS, Clouds

GOOD, BAD = "shop", "mail"
UPGRADED, BROKEN = "version 2", "version 2, broken"


def write_playbook(scratch: Path, clouds: Clouds) -> list[str]:
    """Write the playbook, its tasks and its inventory; returns the command."""
    disk = f"{clouds.url}/_sim/disk"
    body = {"instance_id": "{{ indiecloud_id }}", "path": FILE, "content": "{{ content }}"}
    post = {"url": disk, "method": "POST", "body_format": "json", "body": body}
    broken = f"(disk.json | dict2items | selectattr('value', 'equalto', '{BROKEN}') | list | length) == 0"
    tasks = [{"name": "Upgrade", "ansible.builtin.uri": post, "changed_when": True}]
    verify = [
        {
            "name": "Read the disk",
            "ansible.builtin.uri": {"url": disk + "?instance_id={{ indiecloud_id }}"},
            "register": "disk",
        },
        {
            "name": "Check the health",
            "ansible.builtin.assert": {"that": broken, "fail_msg": "{{ inventory_hostname }} is broken"},
        },
    ]
    role = {
        "name": "Upgrade with a way back",
        "ansible.builtin.include_role": {"name": "indiecloud.compute.guarded_change"},
        "vars": {
            "guarded_change_id": "CHG-1",
            "guarded_change_tasks": "upgrade.json",
            "guarded_change_verify_tasks": "check.json",
            "guarded_change_record_path": str(scratch / "restores.sqlite3"),
        },
    }
    play = [{"name": "Upgrade the shop and the mail", "hosts": "all", "gather_facts": False, "tasks": [role]}]
    for name, content in (("upgrade", tasks), ("check", verify), ("upgrade_all", play), ("upgraded", _hosts(clouds))):
        (scratch / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return ["ansible-playbook", "-i", "upgraded.json", "upgrade_all.json"]


def _hosts(clouds: Clouds) -> dict[str, Any]:
    hosts = {}
    for host in HOSTS:
        if host.name in (GOOD, BAD):
            found = clouds.instance(host.provider, host.name) or {}
            hosts[host.name] = {
                "indiecloud_provider": host.provider,
                "indiecloud_id": found["id"],
                "content": BROKEN if host.name == BAD else UPGRADED,
            }
    shared = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    return {"all": {"hosts": hosts, "vars": shared}}
