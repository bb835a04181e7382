# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Different ways to do the same, each as a good engineer would write it. ``@ID@`` is the instance of the task."""

from __future__ import annotations

from dataclasses import dataclass, field

OURS = """\
- name: Read an instance
  indiecloud.compute.instance_info:
    provider: hostup
    instance: "@ID@"
"""
URI = """\
- name: Read an instance
  ansible.builtin.uri:
    url: "{{ api }}/api/v2/vps/@ID@"
    headers:
      Authorization: "Bearer {{ token }}"
"""
BARE = """\
- name: Read an instance
  bare:
    token: "{{ token }}"
    urls:
      - "{{ api }}/api/v2/vps/@ID@"
"""
PEER = """\
- name: Read a server
  hetzner.hcloud.server_info:
    id: 1
"""
NOTHING = """\
- name: Do nothing
  ansible.builtin.meta: noop
"""
RESTORE = """\
- name: Restore the snapshot
  indiecloud.compute.snapshot_restore:
    provider: hostup
    instance: "@ID@"
    snapshot: before-upgrade
    stop: always
    power_after: started
"""
# Has no record, no preflight, no resume, no evidence of the outcome, and nothing that prevents a second POST.
URI_RESTORE = """\
- name: Shut the instance down
  ansible.builtin.uri:
    url: "{{ api }}/api/v2/vps/@ID@/actions/shutdown"
    method: POST
    headers: &headers
      Authorization: "Bearer {{ token }}"
    status_code: 202

- name: Wait until it is stopped
  ansible.builtin.uri:
    url: "{{ api }}/api/v2/vps/@ID@/status"
    headers: *headers
  register: state
  until: state.json.powerState == 'stopped'
  retries: 60
  delay: 1

- name: Restore the snapshot
  ansible.builtin.uri:
    url: "{{ api }}/api/v2/vps/@ID@/snapshots/before-upgrade/actions/restore"
    method: POST
    headers: *headers
    status_code: [200, 202]
  register: sent

- name: Wait until the job has ended
  ansible.builtin.uri:
    url: "{{ api }}{{ sent.json.operation.pollUrl }}"
    headers: *headers
  register: job
  until: job.json.data.isCompleted or job.json.data.isFailed
  failed_when: job.json.data.isFailed
  retries: 60
  delay: 1

- name: Start the instance
  ansible.builtin.uri:
    url: "{{ api }}/api/v2/vps/@ID@/actions/start"
    method: POST
    headers: *headers
    status_code: 202

- name: Wait until it runs
  ansible.builtin.uri:
    url: "{{ api }}/api/v2/vps/@ID@/status"
    headers: *headers
  register: state
  until: state.json.powerState == 'running'
  retries: 60
  delay: 1
"""


@dataclass(frozen=True)
class Form:
    """One way: its tasks and the variables of the play; ``python`` runs without Ansible."""

    name: str
    tasks: str
    variables: dict[str, str] = field(default_factory=dict)
    peer: bool = False
    python: bool = False

    @property
    def lines(self) -> int:
        return 0 if self.python else sum(1 for line in self.tasks.splitlines() if line.strip())


SHIPPED = {"indiecloud_execution": "module"}
WORKER = Form("ours, in the controller's worker", OURS)
URI_READ = Form("`ansible.builtin.uri`", URI)
FLOOR = Form("an empty action plugin and the same request", BARE)
READS = [
    WORKER,
    Form("ours, shipped as a module", OURS, SHIPPED),
    URI_READ,
    Form("`hetzner.hcloud.server_info`", PEER, peer=True),
    FLOOR,
    Form("a loop of `requests`, without Ansible", BARE, python=True),
]
RESTORES = [
    Form("ours, in the controller's worker", RESTORE),
    Form("ours, shipped as a module", RESTORE, SHIPPED),
    Form("`ansible.builtin.uri` with `until`", URI_RESTORE),
]
