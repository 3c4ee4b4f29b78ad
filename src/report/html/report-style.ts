/** The style sheet of report.html: system fonts, light and dark by the reader's setting, one column on a phone. */
export const REPORT_STYLE = `
:root { color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --ink: #1a2230; --soft: #5b6678; --line: #e2e6ec; --tint: #f0f3f7;
  --good: #12805c; --warn: #a15c00; --bad: #c02b37; --calm: #2563c9; --good-bg: #e3f5ee; --warn-bg: #fdf1df; --bad-bg: #fdeaec; --calm-bg: #e6effc; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #10141b; --card: #181e28; --ink: #e6eaf1; --soft: #97a3b6; --line: #2a3342; --tint: #1f2733;
  --good: #4cc79b; --warn: #eab362; --bad: #ff7d86; --calm: #7fb0ff; --good-bg: #14322a; --warn-bg: #38290f; --bad-bg: #3c1a20; --calm-bg: #16294a; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 56px; }
h1 { font-size: 27px; line-height: 1.25; margin: 10px 0 6px; letter-spacing: -0.01em; text-wrap: balance; }
h2 { font-size: 17px; margin: 0 0 12px; letter-spacing: -0.005em; }
h3 { font-size: 13px; margin: 18px 0 6px; color: var(--soft); font-weight: 600; }
p { margin: 0 0 8px; } .soft { color: var(--soft); } .small { font-size: 13px; }
code, .mono { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.lead { font-size: 16px; color: var(--soft); max-width: 75ch; }
.over { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; color: var(--soft); font-size: 13px; }
.badge { display: inline-block; border-radius: 999px; padding: 3px 12px; font-weight: 650; font-size: 13px; white-space: nowrap; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); } .calm { color: var(--calm); }
.badge.good { background: var(--good-bg); } .badge.warn { background: var(--warn-bg); } .badge.bad { background: var(--bad-bg); } .badge.calm { background: var(--calm-bg); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(142px, 1fr)); gap: 12px; margin: 20px 0; }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tile { padding: 12px 16px; } .tile b { display: block; font-size: 23px; line-height: 1.3; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
.tile span { color: var(--soft); font-size: 13px; }
section { padding: 18px 20px; margin: 0 0 16px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; } .pair > section { min-width: 0; } .pair > section:only-child { grid-column: 1 / -1; }
.scroll { overflow-x: auto; margin: 0 -20px; padding: 0 20px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 600; font-size: 12.5px; white-space: nowrap; }
th, td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; } th:last-child, td:last-child { padding-right: 0; }
.num { text-align: right; white-space: nowrap; } .name { font-weight: 600; white-space: nowrap; } td .good, td .bad { white-space: nowrap; } .wrap { overflow-wrap: anywhere; min-width: 16ch; }
.zero { color: var(--soft); opacity: 0.6; } tfoot td { border-top: 1px solid var(--line); border-bottom: 0; font-weight: 650; }
.bar { display: flex; height: 7px; min-width: 90px; border-radius: 4px; overflow: hidden; background: var(--tint); margin-top: 8px; }
.bar i { display: block; min-width: 2px; } .g { background: var(--good); } .s { background: var(--calm); } .r { background: var(--bad); } .f { background: var(--soft); opacity: 0.45; }
.key { display: inline-flex; gap: 5px; align-items: center; margin-right: 14px; } .key i { width: 9px; height: 9px; border-radius: 2px; display: inline-block; }
svg { display: block; width: 100%; height: auto; overflow: visible; } svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; } .curve { fill: none; stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.curve.a { stroke: var(--calm); } .area.a { fill: var(--calm); opacity: 0.12; } .curve.b { stroke: var(--good); } .area.b { fill: var(--good); opacity: 0.12; }
.checks { list-style: none; margin: 0; padding: 0; } .checks li { display: grid; grid-template-columns: 20px 1fr; gap: 4px 8px; padding: 5px 0; }
.checks .mark { font-weight: 700; } .checks .hint { color: var(--soft); }
.cmds { margin: 0; } .cmds dt { margin-top: 10px; } .cmds dt code { background: var(--tint); border: 1px solid var(--line); border-radius: 7px; padding: 4px 9px; display: inline-block; overflow-wrap: anywhere; }
.cmds dt span { white-space: nowrap; } .cmds dd { margin: 4px 0 0 2px; color: var(--soft); }
.alert { border-left: 4px solid var(--bad); } .alert p { margin: 4px 0; overflow-wrap: anywhere; }
.phase { display: grid; grid-template-columns: 84px 1fr 92px; gap: 12px; align-items: center; padding: 4px 0; }
.track { background: var(--tint); border-radius: 5px; height: 14px; position: relative; } .track i { position: absolute; top: 0; bottom: 0; border-radius: 5px; background: var(--calm); min-width: 3px; }
.track i.bad { background: var(--bad); } dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; } dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
details summary { cursor: pointer; color: var(--soft); margin: 12px 0 4px; } .diff .exp { color: var(--good); } .diff .got { color: var(--bad); }
footer { color: var(--soft); font-size: 12.5px; margin-top: 22px; }
@media (max-width: 760px) { main { padding: 18px 12px 40px; } h1 { font-size: 22px; } .pair { grid-template-columns: 1fr; gap: 0; } .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
  .tile { padding: 10px 12px; } .tile b { font-size: 19px; } section { padding: 14px; } .scroll { margin: 0 -14px; padding: 0 14px; } th, td { padding-right: 10px; } .phase { grid-template-columns: 72px 1fr 70px; gap: 8px; font-size: 13px; } dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: 8px; } }
@media print { body { background: #fff; } section, .tile { break-inside: avoid; } }
`
