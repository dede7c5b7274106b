/** The style sheet of the panel. It lies in a shadow root, so that it does not mix with the styles of the page. */
export const STYLES = `
:host {
  all: initial;
  color-scheme: light dark;
  --ground: #ffffff;
  --raised: #f5f7f8;
  --text: #16242b;
  --quiet: #52636c;
  --line: #dbe2e5;
  --field: #ffffff;
  --field-line: #7d8e97;
  --accent: #0b6e69;
  --accent-text: #ffffff;
  --soft: #e4f2f0;
  --focus: #1d5fd1;
  --good: #0d5a34;
  --bad: #a8201a;
  --on: #dcf3e6;
  --on-text: #0d5a34;
  --off: #e6ebee;
  --off-text: #3f4f57;
  --control: #fbe6cf;
  --control-text: #7a3d00;
  --other: #e3e9fb;
  --other-text: #2b3f8f;
  --part-0: #2f8f83;
  --part-1: #a9b7be;
  --part-2: #5b7bd5;
  --part-3: #c98a3a;
  --part-4: #9a6bb5;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :host {
    --ground: #151d21;
    --raised: #1c262b;
    --text: #e6edf0;
    --quiet: #a3b3bb;
    --line: #2c3a41;
    --field: #10181c;
    --field-line: #6f828c;
    --accent: #4fc3b8;
    --accent-text: #06201e;
    --soft: #1b3735;
    --focus: #8ab4ff;
    --good: #7fdcaa;
    --bad: #ff9a92;
    --on: #123d29;
    --on-text: #97e6bb;
    --off: #2a363c;
    --off-text: #c6d2d8;
    --control: #46300f;
    --control-text: #ffcf96;
    --other: #253058;
    --other-text: #c3cfff;
    --part-0: #3fae9f;
    --part-1: #56676f;
    --part-2: #6d8be0;
    --part-3: #c58f4c;
    --part-4: #a87fc0;
  }
}
/* These are not set on the host, where rules of the page are stronger, and what they set would be inherited. */
.panel, .launcher {
  all: initial;
  color-scheme: light dark;
  color: var(--text);
  font: 13px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
:host([hidden]) { display: none; }
:host([inline]) { display: block; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p, h3, h4, ul, ol, dl, dd, pre { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h3 { font-size: 15px; line-height: 1.3; overflow-wrap: anywhere; }
h4 { font-size: 12px; color: var(--quiet); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet { color: var(--quiet); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }

button, input, select {
  min-height: 28px;
  padding: 3px 8px;
  border: 1px solid var(--field-line);
  border-radius: 6px;
  background: var(--field);
  color: inherit;
  font: inherit;
}
button { padding-inline: 10px; font-weight: 600; cursor: pointer; white-space: nowrap; }
button:hover { border-color: var(--accent); }
button.main, button[aria-pressed='true'] { border-color: var(--accent); background: var(--accent); color: var(--accent-text); }
button.icon { min-width: 28px; padding: 0; border-color: transparent; background: none; color: var(--quiet); font-weight: 400; }
button.icon:hover { border-color: var(--line); color: var(--text); }
input::placeholder { color: var(--quiet); opacity: 1; }
input[aria-invalid='true'] { border-color: var(--bad); }
label { font-weight: 600; }
.error { color: var(--bad); }
.error:empty { display: none; }

.mark {
  display: inline-block;
  width: 13px;
  height: 14px;
  background: var(--accent);
  clip-path: polygon(0 0, 15% 0, 15% 7%, 100% 32%, 15% 58%, 15% 100%, 0 100%);
}
.launcher { position: fixed; right: 16px; bottom: 16px; z-index: 2147483000; }
.launcher button {
  display: flex;
  align-items: center;
  gap: 7px;
  min-height: 36px;
  padding: 0 14px;
  border-color: var(--line);
  border-radius: 18px;
  background: var(--ground);
  box-shadow: 0 2px 10px rgb(0 0 0 / 22%);
}

.panel {
  position: fixed;
  inset: auto 0 0 0;
  z-index: 2147483000;
  display: flex;
  flex-direction: column;
  height: min(26rem, 70vh);
  border-top: 1px solid var(--line);
  background: var(--ground);
  box-shadow: 0 -4px 24px rgb(0 0 0 / 18%);
}
.panel[data-narrow] { height: min(85vh, 44rem); }
:host([inline]) .panel {
  position: relative;
  z-index: 0;
  height: 34rem;
  border: 1px solid var(--line);
  border-radius: 10px;
  box-shadow: none;
  overflow: hidden;
}
.top {
  display: flex;
  align-items: center;
  gap: 4px 16px;
  padding: 0 8px 0 16px;
  border-bottom: 1px solid var(--line);
  background: var(--raised);
}
.brand { display: flex; align-items: center; gap: 7px; font-weight: 700; font-size: 14px; }
.tabs { display: flex; flex: 1; min-width: 0; overflow-x: auto; }
.tabs button {
  min-height: 38px;
  padding: 0 11px;
  border: 0;
  border-block: 2px solid transparent;
  border-radius: 0;
  background: none;
  color: var(--quiet);
}
.tabs button:hover { color: var(--text); }
.tabs button[aria-selected='true'] { border-bottom-color: var(--accent); color: var(--text); }
.tabs :focus-visible { outline-offset: -3px; }
.key {
  max-width: 16rem;
  padding: 0 8px;
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: 5px;
  background: var(--ground);
  font-family: var(--mono);
  font-size: 12px;
  line-height: 22px;
  text-overflow: ellipsis;
  white-space: nowrap;
}
[data-narrow] .top { flex-wrap: wrap; padding: 6px 8px 0 12px; }
[data-narrow] .key { flex: 1; min-width: 0; max-width: max-content; }
[data-narrow] .top .icon { margin-left: auto; }
[data-narrow] .tabs { order: 1; flex: 1 0 100%; margin-inline: -8px; }
[data-narrow] .tabs button { min-height: 34px; padding-inline: 6px; font-size: 12px; }

.views, .view { display: flex; flex: 1; min-height: 0; min-width: 0; }
.stack { display: flex; flex: 1; flex-direction: column; min-width: 0; min-height: 0; }
.padded { gap: 14px; padding: 16px; overflow: auto; }
.toolbar {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 6px 8px;
  padding: 7px 16px;
  border-bottom: 1px solid var(--line);
}
.toolbar input { flex: 0 1 15rem; min-width: 7rem; }
.toolbar select + label { margin-left: 8px; }
#flag-attributes { flex: 1 1 12rem; max-width: 26rem; font-family: var(--mono); font-size: 12px; }
.toolbar .error { flex: 1 0 100%; }
.count { margin-left: auto; color: var(--quiet); font-variant-numeric: tabular-nums; }
[data-narrow] .toolbar { padding: 7px 12px; }
[data-narrow] .toolbar label:not(.hidden) { flex: 0 0 5rem; }
[data-narrow] .toolbar input, [data-narrow] #flag-attributes { flex: 1 1 calc(100% - 5.5rem); max-width: none; }
[data-narrow] .toolbar select { order: 1; flex: 0 1 auto; }
[data-narrow] .toolbar .count { order: 2; }
[data-narrow] .toolbar .error { order: 3; }
[data-narrow] .toolbar select + label { margin-left: 0; }

.split { position: relative; display: flex; flex: 1; min-height: 0; }
.grid { position: relative; flex: 1; min-width: 0; overflow: auto; overflow-anchor: none; }
.heads { position: sticky; top: 0; z-index: 1; background: var(--ground); box-shadow: inset 0 -1px var(--line); }
.head, .row { display: grid; align-items: center; gap: 0 16px; padding: 0 16px; }
.flags :is(.head, .row) { grid-template-columns: minmax(9rem, 1.4fr) minmax(5rem, 0.7fr) minmax(8rem, 2fr) 7rem 7.5rem; }
.impressions :is(.head, .row) { grid-template-columns: 6.5rem minmax(8rem, 1.3fr) minmax(5rem, 0.7fr) minmax(8rem, 1.6fr) minmax(8rem, 1.3fr); }
.deliveries :is(.head, .row) { grid-template-columns: 6.5rem minmax(8rem, 1fr) minmax(8rem, 1fr) 7rem minmax(7rem, 1fr); }
.head { min-height: 28px; color: var(--quiet); font-size: 12px; font-weight: 600; }
.body { position: relative; }
.row {
  position: absolute;
  inset: 0 0 auto 0;
  height: 32px;
  border-bottom: 1px solid var(--line);
  cursor: default;
}
.row:hover { background: var(--raised); }
.row[aria-selected='true'] { background: var(--soft); box-shadow: inset 3px 0 var(--accent); }
.row:focus-visible { outline-offset: -2px; }
.row > span, .head > span { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row .name { font-weight: 600; }
.row .changed, .row .version, .row .time { color: var(--quiet); font-variant-numeric: tabular-nums; }
.version { text-align: right; }
.empty { max-width: 34rem; padding: 24px 16px; color: var(--quiet); }
.empty:empty { display: none; }
[data-narrow] .heads { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
[data-narrow] .row { gap: 0 12px; height: 56px; padding: 6px 12px; align-content: center; }
[data-narrow] .row .version, [data-narrow] .row .reason { display: none; }
[data-narrow] .flags .row { grid-template: 'name treats' 'label changed' / minmax(0, 1fr) auto; }
[data-narrow] .impressions .row { grid-template: 'name treats' 'fate time' / minmax(0, 1fr) auto; }
[data-narrow] .deliveries .row { grid-template: 'name fate' 'by time' / minmax(0, 1fr) auto; }
[data-narrow] .impressions .label { display: none; }
[data-narrow] .row .name { grid-area: name; }
[data-narrow] .row .treats { grid-area: treats; justify-self: end; }
[data-narrow] .row .label { grid-area: label; color: var(--quiet); }
[data-narrow] .row .changed { grid-area: changed; justify-self: end; }
[data-narrow] .row .fate { grid-area: fate; }
[data-narrow] .row .time { grid-area: time; justify-self: end; }
[data-narrow] .row .by { grid-area: by; color: var(--quiet); }
[data-wide] .split:has(.detail:not([hidden])) .version { display: none; }
[data-wide] .split:has(.detail:not([hidden])) .flags :is(.head, .row) { grid-template-columns: minmax(9rem, 2fr) minmax(5rem, 1fr) minmax(7rem, 2fr) 7rem; }
[data-wide] .split:has(.detail:not([hidden])) .impressions .label { display: none; }
[data-wide] .split:has(.detail:not([hidden])) .impressions :is(.head, .row) { grid-template-columns: 6.5rem minmax(8rem, 1.3fr) minmax(5rem, 0.7fr) minmax(8rem, 1.3fr); }

.treatment, .badge { display: inline-block; max-width: 100%; overflow: hidden; text-overflow: ellipsis; vertical-align: middle; }
.treatment { padding: 0 8px; border-radius: 10px; font-size: 12px; font-weight: 600; line-height: 20px; }
.badge { margin-left: 6px; padding: 0 6px; border: 1px solid var(--field-line); border-radius: 9px; color: var(--quiet); font-size: 11px; font-weight: 400; line-height: 16px; }
.on { background: var(--on); color: var(--on-text); }
.off { background: var(--off); color: var(--off-text); }
.control { background: var(--control); color: var(--control-text); }
.other { background: var(--other); color: var(--other-text); }
.fate-word.good, .outcome.good, .state.good { color: var(--good); }
.fate-word.bad, .state.bad { color: var(--bad); }

.detail { display: flex; flex-direction: column; min-height: 0; background: var(--ground); }
[data-wide] .detail { flex: 0 0 44%; border-left: 1px solid var(--line); }
.panel:not([data-wide]) .detail { position: absolute; inset: 0; z-index: 2; }
.detail-head { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 8px 8px 0 16px; }
.detail-head h3 { border-radius: 3px; }
.detail-body { display: grid; align-content: start; gap: 16px; flex: 1; padding: 6px 16px 20px; overflow: auto; }
.detail-body > button { justify-self: start; }
.why { display: grid; gap: 16px; min-width: 0; }
.verdict { display: grid; gap: 4px; }
.verdict .label { font-weight: 600; overflow-wrap: anywhere; }
.step { display: grid; gap: 6px; min-width: 0; }
.checks { display: grid; gap: 4px; }
.checks li { display: flex; gap: 8px; }
.sign { flex: 0 0 1em; font-weight: 700; }
.good > .sign { color: var(--good); }
.bad > .sign { color: var(--quiet); }
.what { min-width: 0; overflow-wrap: anywhere; }
.saw, .warning { display: block; color: var(--quiet); font-size: 12px; }
.warning { color: var(--bad); }
.rules { display: grid; gap: 8px; }
.rule { display: grid; gap: 6px; padding: 8px 12px 10px; border: 1px solid var(--line); border-radius: 8px; }
.rule > p { overflow-wrap: anywhere; }
.rule.match { border-color: var(--accent); }
.rule-head { display: flex; justify-content: space-between; gap: 8px; }
.number { font-weight: 600; }
.outcome { color: var(--quiet); font-size: 12px; }
.outcome.good { font-weight: 600; }
.partitions { display: grid; gap: 6px; margin-top: 4px; }
.bar { position: relative; display: flex; gap: 1px; height: 12px; margin-block: 4px; }
.part { flex: 1 1 0; min-width: 2px; opacity: 0.45; }
.part.hit { opacity: 1; }
.part:first-child { border-radius: 4px 0 0 4px; }
.part:nth-last-child(2) { border-radius: 0 4px 4px 0; }
.marker { position: absolute; inset: -4px auto; width: 3px; margin-left: -1.5px; border-radius: 2px; background: var(--text); box-shadow: 0 0 0 1.5px var(--ground); }
.part-0 { background: var(--part-0); }
.part-1 { background: var(--part-1); }
.part-2 { background: var(--part-2); }
.part-3 { background: var(--part-3); }
.part-4 { background: var(--part-4); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 12px; }
.legend li { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.legend .hit .name { font-weight: 700; }
.swatch { display: inline-block; width: 8px; height: 8px; margin-right: 6px; border-radius: 2px; }
pre { padding: 8px 12px; overflow: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--raised); font: 12px/1.5 var(--mono); }
code { font: 12px/1.5 var(--mono); overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 20px; }
dt { color: var(--quiet); }
dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.status dl { gap: 8px 28px; }
.override { display: grid; gap: 6px; }
.padded .override { grid-template-columns: minmax(8rem, 16rem) minmax(8rem, 16rem) max-content; align-items: end; gap: 8px; }
.padded .override .error { grid-column: 1 / -1; }
.field { display: grid; gap: 3px; min-width: 0; }
.field input { width: 100%; }
.row-of { display: flex; flex-wrap: wrap; gap: 8px; }
.row-of input { flex: 1 1 9rem; min-width: 0; }
.overrides { display: grid; border-top: 1px solid var(--line); }
.overrides li { display: grid; grid-template-columns: minmax(0, 16rem) minmax(0, 16rem) max-content; align-items: center; gap: 8px; padding: 5px 0; border-bottom: 1px solid var(--line); }
.overrides .name { font-weight: 600; overflow-wrap: anywhere; }
.overrides .treatment { justify-self: start; }
.share { display: grid; gap: 3px; max-width: 52rem; }
.share input { font: 12px/1.5 var(--mono); }
[data-narrow] .padded .override { grid-template-columns: minmax(0, 1fr); }
[data-narrow] .overrides li { grid-template-columns: minmax(0, 1fr) minmax(0, auto) max-content; }
@media (forced-colors: active) {
  .row[aria-selected='true'], .tabs button[aria-selected='true'] { outline: 2px solid Highlight; outline-offset: -2px; }
}
`
