/** Shares of blue behind the cells of a matrix, from nothing to all of a row: letters stay readable on each. */
const SHADES = Array.from(
  { length: 11 },
  (_, i) => `.s${i}{background:rgb(56 128 220/${i === 0 ? 0 : 6 + 5 * i}%)}`,
);

/** How a report looks: on a screen of any width, light and dark, and on paper. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1f2328;--quiet:#59636e;--paper:#fff;--soft:#f3f5f7;--line:#d5dae0;--blue:#1f6fd0;--bad:#b3261e;--good:#1a7f37}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e3e6ea;--quiet:#9aa4af;--paper:#16191d;--soft:#20252b;--line:#363d45;--blue:#6cb0ff;--bad:#ff8f86;--good:#56d36c}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:24px 20px 48px;max-width:1000px;color:var(--ink);background:var(--paper);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK JP",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6em;line-height:1.25;margin:0}
h2{font-size:1.2em;margin:0 0 10px;padding-top:20px;border-top:1px solid var(--line);break-after:avoid}
section{margin-top:28px}
p,ul,pre,dl{margin:0 0 12px}
ul{padding-inline-start:1.3em}
.quiet{color:var(--quiet)}
a{color:var(--blue)}
nav{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.9em}
.figures{display:flex;flex-wrap:wrap;gap:8px 36px;margin:16px 0}
.figures div{display:flex;flex-direction:column}
.figures dd{margin:0;font-size:1.7em;line-height:1.2;font-variant-numeric:tabular-nums}
.figures dt{color:var(--quiet)}
.facts{display:grid;grid-template-columns:minmax(9em,max-content) 1fr;gap:3px 20px}
.facts dt{color:var(--quiet);overflow-wrap:normal}
.facts dd{margin:0}
.wide{overflow-x:auto;margin:0 0 16px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
.caption{color:var(--quiet);margin-bottom:4px;break-after:avoid}
th,td{padding:3px 16px 3px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{font-weight:inherit}
thead th{color:var(--quiet);vertical-align:bottom}
tbody th{max-width:22em}
th.right,td.right{text-align:right}
tr{break-inside:avoid}
thead{display:table-header-group}
.measure{display:inline-flex;align-items:center;gap:10px;white-space:nowrap}
.interval{flex:none}
.interval path{stroke:var(--line);stroke-width:2}
.interval .range{stroke:var(--blue);stroke-width:4;opacity:.5}
.interval circle{fill:var(--blue)}
.grid{font-size:12px;display:block}
.grid path{stroke:var(--line);fill:none}
.grid text{fill:currentColor}
.grid rect{fill:var(--blue);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.matrix th,.matrix td{padding:2px 6px;min-width:2.3em;border:1px solid var(--line)}
.matrix tbody td{text-align:right;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.matrix thead td{border:0}
.matrix thead th{text-align:center;vertical-align:bottom}
.matrix thead span{writing-mode:vertical-rl;transform:rotate(180deg);max-height:12em;overflow:hidden}
.matrix .own{outline:2px solid var(--blue);outline-offset:-2px}
${SHADES.join('\n')}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(136px,1fr));gap:14px}
figure{margin:0;break-inside:avoid;font-size:.87em;line-height:1.35}
figure img,.missing{display:flex;align-items:center;justify-content:center;width:100%;aspect-ratio:1;object-fit:contain;background:var(--soft);border:1px solid var(--line);border-radius:3px;margin-bottom:4px;color:var(--quiet)}
figure.is-wrong img{border-color:var(--bad)}
.mark.is-right{color:var(--good)}
.mark.is-wrong{color:var(--bad)}
pre{padding:10px 12px;background:var(--soft);border:1px solid var(--line);border-radius:3px;white-space:pre-wrap;font:13px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (max-width:560px){th,td{padding-inline-end:10px}.measure{flex-direction:column;align-items:flex-start;gap:0}.interval{width:86px}body{padding:16px 12px 32px}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:8px}.pictures{grid-template-columns:repeat(auto-fill,minmax(112px,1fr))}}
@media print{body{max-width:none;padding:0;font-size:10pt}nav{display:none}.wide{overflow:visible}.pictures{grid-template-columns:repeat(6,1fr)}a{color:inherit}pre{font-size:8pt}.matrix{font-size:7pt}.matrix th,.matrix td{padding:1px 2px;min-width:0}.matrix tbody th{max-width:11em}.matrix thead span{white-space:nowrap}section{margin-top:18px}}
@page{margin:16mm 14mm}
`;
