// How the report looks: light, system fonts, made for A4 as much as for a screen. Colours tell nothing alone, and every
// text has a contrast of at least 4.5 to its ground (WCAG 2.2, 1.4.3).

export const pageStyle = `
@page { size: A4; margin: 16mm 14mm 18mm; }
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 800px; background: #fff; color: #1b1f24;
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; }
h2 { font-size: 18px; line-height: 1.3; margin: 34px 0 8px; padding-top: 10px; border-top: 1px solid #c9d1d9; break-after: avoid; }
h3 { font-size: 14px; margin: 20px 0 4px; break-after: avoid; }
p { margin: 6px 0; max-width: 68ch; }
.lead { color: #57606a; margin: 2px 0 14px; }
.verdict { margin: 14px 0; padding: 12px 16px; border-left: 6px solid #1a7f37; background: #f0faf2; font-size: 17px; font-weight: 600; }
.verdict.bad { border-color: #b42318; background: #fef3f2; }
.verdict p { font-size: 13px; font-weight: 400; margin: 4px 0 0; max-width: none; }
table { border-collapse: collapse; width: 100%; margin: 8px 0 14px; font-size: 12.5px; line-height: 1.4; }
caption { text-align: left; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-bottom: 1px solid #e4e8ec; font-weight: 400; overflow-wrap: break-word; }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-weight: 600; border-bottom: 1.5px solid #8c959f; overflow-wrap: normal; }
tr { break-inside: avoid; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
.facts thead { display: none; }
.facts tbody th { width: 22%; color: #57606a; }
.code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 11.5px; overflow-wrap: anywhere; }
.nowrap { white-space: nowrap; }
.good { color: #116329; font-weight: 600; }
.bad { color: #b42318; font-weight: 600; }
.none { color: #57606a; }
.dense table { font-size: 11.5px; }
figure { margin: 10px 0 4px; break-inside: avoid; }
figcaption { color: #57606a; font-size: 12px; margin-top: 2px; }
.key { white-space: nowrap; margin-right: 12px; }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif; fill: #1b1f24; }
.small { font-size: 10px; fill: #424a53; }
.strong { font-weight: 600; }
.grid { stroke: #e4e8ec; } .rule { stroke: #c9d1d9; }
.area { fill: #9ec5f4; } .line { fill: none; stroke: #0550ae; stroke-width: 1.2; }
.mark { fill: #424a53; } .peak { fill: #b42318; }
.bar { fill: #2f6fb5; } .bar.odd { fill: #8a4600; } .bar.late { fill: #e0a458; } .bar.missed { fill: #d0d7de; } .bar.old { fill: #d0d7de; }
.on-bar { fill: #fff; font-size: 10px; } .on-old { font-size: 10px; }
.sign { display: grid; grid-template-columns: 1fr 1fr; gap: 28px; break-inside: avoid; }
.sign div div { border-bottom: 1px solid #57606a; height: 40px; display: flex; align-items: end; color: #57606a; font-size: 12px; padding-bottom: 2px; }
@media print { body { padding: 0; max-width: none; font-size: 10.5pt; } h2 { margin-top: 20px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`
