#!/bin/sh
# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Restore one VM at HostUp. All of them: xargs -P 50 -n 2 sh curl.sh < targets.txt
set -e
ask() {
    curl -fsS --retry 5 --retry-all-errors -H "Authorization: Bearer $TOKEN" "$@"
}
wait_for() {
    while ! ask "$vps/status" | jq -e ".powerState == \"$1\"" > /dev/null; do sleep "$EVERY"; done
}
vps=$URL/api/v2/vps/$1
if ask "$vps/status" | jq -e '.powerState != "stopped"' > /dev/null; then
    ask -X POST "$vps/actions/shutdown" > /dev/null
    wait_for stopped
fi
job=$(ask -X POST "$vps/snapshots/$2/actions/restore" | jq -r .operation.pollUrl)
while ! ask "$URL$job" | jq -e .data.isCompleted > /dev/null; do sleep "$EVERY"; done
ask -X POST "$vps/actions/start" > /dev/null
wait_for running
echo "$1 ok"
