#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: provider_info
short_description: List provider capabilities and how each API route is documented
version_added: 1.0.0
description:
  - Lists the capabilities of each provider, and its API routes with the page that documents them. A route without such a
    page is assumed.
  - Sends no request and needs no token. The other connection options are accepted for C(module_defaults) and not used.
options:
  provider:
    description:
      - Return this provider only.
    required: false
author:
  - indiecloud.compute contributors (@indiecloud)
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.attributes.info
"""

EXAMPLES = r"""
- name: List the providers
  indiecloud.compute.provider_info:
  register: all

- name: Show the assumed routes
  ansible.builtin.debug:
    msg: "{{ item.label }}: {{ item.routes | selectattr('evidence', 'equalto', 'assumed') | map(attribute='name') | join(', ') }}"
  loop: "{{ all.providers }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
providers:
  description: The providers.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: 'The value of O(provider).'
      type: str
      returned: always
    label:
      description: 'The name of the provider.'
      type: str
      returned: always
    api_url:
      description: 'The default of O(api_url).'
      type: str
      returned: always
    environment:
      description: 'The environment variables of its options.'
      type: list
      returned: always
    required_options:
      description: 'Required connection options besides the token.'
      type: list
      returned: always
    auth:
      description: 'The header and scheme of the token, with C(evidence) and C(source) as in RV(providers[].routes).'
      type: dict
      returned: always
    token_scopes:
      description: 'The published scopes of a token that are used, each with what it is needed for. Empty if none are published.'
      type: dict
      returned: always
    capabilities:
      description: What the collection knows about the API. A value of null means unknown, since no page states it, or none.
      type: dict
      returned: always
      contains:
        creates_instance:
          description: 'A restore creates a new instance and leaves the old one alone.'
          type: bool
          returned: always
        must_be_stopped:
          description: 'A restore is refused while the instance is running.'
          type: bool
          returned: always
        bills_restore:
          description: 'A restore starts a bill.'
          type: bool
          returned: always
        stopped_is_billed:
          description: 'A stopped instance is billed like a running one.'
          type: bool
          returned: always
        snapshot_ids_reused:
          description: 'The id of a snapshot is its name, so a later snapshot can have the same id.'
          type: bool
          returned: always
        snapshot_names_unique:
          description: 'Two snapshots cannot have the same name at the same time.'
          type: bool
          returned: always
        snapshot_needs_running:
          description: 'A snapshot can be created only of a running instance.'
          type: bool
          returned: always
        reports_job:
          description: 'The answer to a restore names a job that reports the result.'
          type: bool
          returned: always
        lists_operations:
          description: 'A known route lists the operations of an instance, which helps if the answer to a restore is lost.'
          type: bool
          returned: always
        logs_requests:
          description:
            - 'The API has a log of requests, which helps if the answer to a restore is lost.'
            - 'It is read only then, and only if the token may read it.'
          type: bool
          returned: always
        has_restore_gate:
          description: 'The API reports whether it would accept a restore now.'
          type: bool
          returned: always
        restore_answers_late:
          description: 'The answer to a restore may take as long as the restore.'
          type: bool
          returned: always
        takes_provider_force:
          description: 'A restore accepts the option O(indiecloud.compute.snapshot_restore#module:provider_force).'
          type: bool
          returned: always
        graceful_stop:
          description: 'The operating system can be asked to shut down.'
          type: bool
          returned: always
        id_pattern:
          description: 'Ids of instances, as a regular expression.'
          type: str
          returned: always
        ids_ignore_case:
          description: 'Ids are case-insensitive.'
          type: bool
          returned: always
        lists_account_snapshots:
          description: 'A known route lists the snapshots of all instances.'
          type: bool
          returned: always
        record_place:
          description:
            - 'Where a restore with C(record=provider) keeps its record.'
            - 'One of V(tags) and V(snapshot), or null if the name of the new instance identifies the restore.'
          type: str
          returned: always
        new_instance_name:
          description:
            - 'Valid names of the new instance.'
            - 'The keys are C(pattern) (a regular expression), C(longest) and C(description).'
          type: dict
          returned: always
        snapshot_name:
          description:
            - 'Valid names of snapshots.'
            - 'The keys are C(pattern) (a regular expression), C(longest) and C(description).'
          type: dict
          returned: always
        keeps_descriptions:
          description: 'A snapshot keeps the description with which it was created, and lists show it.'
          type: bool
          returned: always
        snapshot_lifetime_hours:
          description: 'Hours after which the provider deletes a snapshot.'
          type: float
          returned: always
        schedule_hours:
          description: 'The shortest and the longest interval of a snapshot schedule of the provider, in hours.'
          type: list
          returned: always
        metadata_fields:
          description:
            - 'Metadata that can be changed, by option of M(indiecloud.compute.instance_metadata).'
            - 'Each has C(field) (its name in the API), C(rule) (valid texts), C(choices), C(can_be_cleared) and C(ignores_case).'
          type: dict
          returned: always
        live_fields:
          description: 'Fields that change by themselves and are not compared when metadata is changed.'
          type: list
          returned: always
        change_stamp:
          description: 'The field that changes whenever anyone changes the instance.'
          type: str
          returned: always
        metadata_names_instance:
          description: 'The metadata includes the name of the instance.'
          type: bool
          returned: always
        cannot_start:
          description:
            - 'Power states of the provider in which an instance cannot be started.'
            - 'Each has the error code and the advice.'
          type: dict
          returned: always
        other_work:
          description: 'The beginnings of the kinds of operations that are known not to be a restore.'
          type: list
          returned: always
        rate_limits:
          description:
            - 'Published rate limits.'
            - 'Each has C(requests), C(seconds) and C(documented) (the page).'
          type: list
          returned: always
    routes:
      description:
        - 'The routes, each with C(name), C(method) and C(path).'
        - 'C(evidence) is V(documented), with the page in C(source), or V(assumed), with what the route is derived from in C(note).'
      type: list
      returned: always
    unconfirmed:
      description: 'Questions that the published pages leave open.'
      type: list
      returned: always
  sample: [{"name": "hostup", "label": "HostUp", "api_url": "https://cloud.hostup.se",
    "environment": ["HOSTUP_API_TOKEN", "HOSTUP_API_URL"], "required_options": [],
    "auth": {"header": "Authorization", "scheme": "Bearer", "evidence": "documented",
      "source": "https://developer.hostup.se"},
    "token_scopes": {"read:vm": "all reading"},
    "capabilities": {"creates_instance": false, "must_be_stopped": false},
    "routes": [{"name": "instance_stop", "method": "POST", "path": "/api/v2/vps/{instance_id}/actions/stop",
      "evidence": "assumed", "source": null, "note": "the pattern of the published power actions"}],
    "unconfirmed": ["Whether newer snapshots survive a restore to an older one."]}]
api_calls:
  description: How many requests were sent, which is none.
  type: dict
  returned: always
  sample: {"total": 0}
reason:
  description: What went wrong. C(msg) is this text followed by RV(next_steps).
  type: str
  returned: on failure
  sample: "unexpected ValueError: invalid value"
error_code:
  description: Stable error code.
    L(The guide on error codes, https://github.com/indiecloud/compute/blob/main/docs/error_codes.md) explains each code.
  type: str
  returned: on failure
  sample: internal_error
refusals:
  description: All reasons why the task was refused, each with C(code), C(message) and C(next_step). Empty for other errors.
  type: list
  elements: dict
  returned: on failure
  sample: []
next_steps:
  description: What to do about the error, as a list of sentences.
  type: list
  elements: str
  returned: on failure
  sample: ["This is a defect of the collection. Please report it with the output of -vvv."]
"""

from ansible_collections.indiecloud.compute.plugins.module_utils._ansible import run_module
from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import providers_task


def main() -> None:
    run_module(providers_task, {}, provider_required=False)


if __name__ == "__main__":
    main()
