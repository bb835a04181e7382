# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style sheet of the HTML report, for light and dark screens and for print."""

from __future__ import annotations

STYLE = """
:root { --ink: #1d2530; --soft: #5b6675; --paper: #ffffff; --card: #f5f7fa; --rule: #d9dfe7; --good: #17743a;
  --bad: #b3201b; --calm: #4a5a6e; --odd: #8a5a00; --check: #8d99a8; --stop: #d98a1f; --safety: #8b62c9;
  --restore: #2f6fd0; --start: #2c9a58; --verify: #1f9aa5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa7b7; --paper: #14181e; --card: #1e242d;
  --rule: #343d4a; --good: #5ecb88; --bad: #ff8078; --calm: #a9b8ca; --odd: #e6b04c; --check: #6d7a8b;
  --restore: #5c97f0; } }
@media print { :root { --paper: #ffffff; --ink: #000000; } article, tr { break-inside: avoid; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 1400px; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, sans-serif; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
h1 { font-size: 24px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 28px 0 10px; }
h3 { font-size: 15px; margin: 0 0 6px; color: var(--bad); overflow-wrap: anywhere; }
h4 { font-size: 13px; margin: 10px 0 2px; }
header p { margin: 4px 0 0; color: var(--soft); }
header p.check { color: var(--odd); font-weight: 600; }
ul { margin: 4px 0; padding-left: 20px; overflow-wrap: anywhere; }
.tiles, .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 10px; padding: 0; margin: 14px 0 0; }
.tiles li { background: var(--card); border-left: 4px solid; border-radius: 4px; padding: 6px 14px; }
.tiles b { font-size: 20px; margin-right: 4px; }
.good { color: var(--good); } .bad { color: var(--bad); } .calm { color: var(--calm); } .odd { color: var(--odd); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(380px, 100%), 1fr)); gap: 12px; }
article { background: var(--card); border-left: 4px solid var(--bad); border-radius: 4px; padding: 12px 16px;
  min-width: 0; }
article p { margin: 0 0 8px; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.legend { margin: 0 0 6px; gap: 16px; color: var(--soft); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin-right: 6px;
  vertical-align: -1px; }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 800px; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .tick { fill: var(--soft); text-anchor: middle; } svg .name { text-anchor: end; }
svg .end { fill: var(--soft); } svg .failed .name, svg .failed .end { fill: var(--bad); font-weight: 600; }
svg .grid { stroke: var(--rule); } svg .wait { stroke: var(--rule); stroke-width: 2; }
.p-preflight { fill: var(--check); background: var(--check); } .p-stop { fill: var(--stop); background: var(--stop); }
.p-safety_snapshot { fill: var(--safety); background: var(--safety); }
.p-restore { fill: var(--restore); background: var(--restore); }
.p-start, .p-start_again { fill: var(--start); background: var(--start); }
.p-verify { fill: var(--verify); background: var(--verify); }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 6px 10px 6px 0; border-bottom: 1px solid var(--rule); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; min-width: 70px; }
td:first-child { min-width: 160px; } td:nth-child(2), td:nth-child(7) { white-space: nowrap; }
td small { display: block; color: var(--soft); }
code { font: 12px ui-monospace, monospace; }
.tag { font-weight: 600; white-space: nowrap; }
"""
