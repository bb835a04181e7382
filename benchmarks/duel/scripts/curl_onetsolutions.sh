#!/bin/sh
# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Restore one VM at OnetSolutions. All of them: xargs -P 50 -n 2 sh curl.sh < targets.txt
set -e
ask() {
    curl -fsS --retry 5 --retry-all-errors -H "Authorization: Bearer $TOKEN" "$@"
}
wait_for() {
    while ! ask "$vm" | jq -e ".state_sync.vm_status == \"$1\"" > /dev/null; do sleep "$EVERY"; done
}
vm=$URL/v1/organizations/$ORG/projects/$PROJECT/compute/instances/$1
if ask "$vm" | jq -e '.state_sync.vm_status != "stopped"' > /dev/null; then
    ask -X POST "$vm/shutdown"
    wait_for stopped
fi
ask -X POST "$vm/snapshots/$2/restore"
while ! ask "$vm/tasks" | jq -e '.results[0].status == "completed"' > /dev/null; do sleep "$EVERY"; done
ask -X POST "$vm/start"
wait_for running
echo "$1 ok"
