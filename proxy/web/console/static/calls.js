// The calls as they end, newest first, each with its cascade on one line; the whole picture of the chosen one.

import { badge, clock, count, dialog, empty, h, head, ms, put, select, trouble, usd, words } from "./dom.js";
import { active, calls, start, state, watch } from "./live.js";
import { strip, timeline, told } from "./timeline.js";

const SHOWN = 150;
const TONES = { served: "good", failed: "bad", cut: "bad", cancelled: "warn", refused: "warn" };
const KINDS = {
  all: ["All", () => true],
  moved: ["Failed over", (call) => call.outcome === "served" && call.attempts.some((attempt) => attempt.result !== "served")],
  bad: ["Not served", (call) => call.outcome !== "served"],
  slow: ["Slow to begin (2 s)", (call) => call.ttft_ms > 2000],
};
const kept = { filter: "", kind: "all" };

export function render(root, signal) {
  let held = null;
  const filter = h("input", { type: "search", placeholder: "Model, target, team, id…", "aria-label": "Filter", value: kept.filter, "data-first": true,
    oninput: () => { kept.filter = filter.value; draw(); } });
  const kind = select(Object.entries(KINDS).map(([name, [title]]) => [name, title]), kept.kind, { "aria-label": "Which calls", onchange: () => { kept.kind = kind.value; draw(); } });
  const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => {
    held = held ? null : [...calls];
    pause.setAttribute("aria-pressed", String(Boolean(held)));
    put(pause, held ? "Go on" : "Hold");
    draw();
  } }, "Hold");
  const sums = h("div", { class: "sums" });
  const list = h("div", { class: "list" });
  put(root, head("Live calls", "Who was asked, when, and who spoke; never a word of what was said.", filter, kind, pause), sums, list);

  const made = new Map();
  const line = (call) => {
    if (!made.has(call.seq)) made.set(call.seq, row(call));
    return made.get(call.seq);
  };
  function draw() {
    const source = held || calls;
    const found = source.filter((call) => KINDS[kept.kind][1](call) && fits(call, kept.filter));
    if (made.size > 2000) made.clear();
    summary(sums, source);
    if (state.is === "away" && !calls.length && state.trouble) put(list, trouble(state.trouble, start));
    else if (!source.length && !active.size) put(list, empty("No calls yet.", "Send one from the ", h("a", { href: "#/playground" }, "playground"), ", or paste a ", h("a", { href: "#/snippets" }, "snippet"), ": it appears here as it ends."));
    else {
      const focused = document.activeElement && document.activeElement.dataset.seq;
      put(list, titles(), held ? null : [...active.values()].slice(-6).map(running),
        found.length ? found.slice(0, SHOWN).map(line) : empty("No call fits the filter."),
        found.length > SHOWN ? h("p", { class: "hint" }, `${count(found.length - SHOWN)} older ones are not drawn; filter to find them.`) : null);
      // An element that is put in again loses the focus.
      const again = focused && list.querySelector(`[data-seq="${focused}"]`);
      if (again && document.activeElement !== again) again.focus({ preventScroll: true });
    }
  }
  list.addEventListener("keydown", step);
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest("input, select, textarea, dialog, .list");
    if ((event.key === "j" || event.key === "k") && !elsewhere && !event.ctrlKey && !event.metaKey) {
      const first = list.querySelector(".call[data-seq]");
      if (first) first.focus();
    }
  }, { signal });
  watch(draw, signal);
  draw();
}

function step(event) {
  const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
  const here = event.target.closest(".call[data-seq]");
  if (!here || !moves[event.key]) return;
  const all = [...event.currentTarget.querySelectorAll(".call[data-seq]")];
  const next = all[all.indexOf(here) + moves[event.key]];
  if (next) next.focus();
  event.preventDefault();
}

function fits(call, filter) {
  const wanted = filter.trim().toLowerCase();
  if (!wanted) return true;
  const said = [call.id, call.alias, call.asked, call.target, call.team, call.key_id, call.outcome, call.error, call.surface, ...call.attempts.map((attempt) => attempt.target)];
  return said.some((value) => value && value.toLowerCase().includes(wanted));
}

function summary(place, source) {
  if (!source.length) {
    put(place);
    return;
  }
  const waits = source.map((call) => call.ttft_ms).filter((value) => value !== null).sort((a, b) => a - b);
  const at = (share) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))];
  const share = (test) => `${((100 * source.filter(test).length) / source.length).toFixed(source.length < 50 ? 0 : 1)} %`;
  const priced = source.filter((call) => call.cost_usd !== null);
  const cost = priced.length ? priced.reduce((sum, call) => sum + call.cost_usd, 0) : null;
  const figures = [["calls", count(source.length)], ["served", share((call) => call.outcome === "served")],
    ["failed over", share(KINDS.moved[1])], ["first byte, half within", ms(at(0.5))], ["95 % within", ms(at(0.95))], ["cost", usd(cost)]];
  put(place, figures.map(([name, value]) => h("div", { class: "sum" }, h("span", { class: "num" }, value), h("span", { class: "label" }, name))));
}

const titles = () => h("div", { class: "call titles", "aria-hidden": "true" },
  ["Time", "Asked for", "Served by", "Cascade", "First byte", "In all", "Tokens", "Cost"].map((title, place) => h("span", { class: `c${place}` }, title)));

function row(call) {
  const model = call.alias || call.asked || "–";
  return h("button", { type: "button", class: "call", "data-seq": call.seq, onclick: () => open(call),
    "aria-label": `${clock(call.at)}, ${model}: ${told(call)}; ${call.outcome}` },
  h("span", { class: "c0 num dim" }, clock(call.at)),
  h("span", { class: "c1" }, model),
  h("span", { class: "c2" }, call.outcome === "served" ? call.target : badge(call.outcome, TONES[call.outcome])),
  h("span", { class: "c3" }, call.attempts.length ? strip(call) : h("span", { class: "hint" }, words(call.error))),
  h("span", { class: "c4 num" }, ms(call.ttft_ms)),
  h("span", { class: "c5 num" }, ms(call.duration_ms)),
  h("span", { class: "c6 num dim" }, call.completion_tokens === null ? "–" : count(call.completion_tokens)),
  h("span", { class: "c7 num dim" }, usd(call.cost_usd)));
}

const running = (call) => h("div", { class: "call running" },
  h("span", { class: "c0 dim" }, "now"), h("span", { class: "c1" }, call.alias), h("span", { class: "c2" }, call.speaks ? call.target : "…"),
  h("span", { class: "c3 dim" }, call.speaks ? "speaking" : `${call.failed.length} failed, trying on`),
  h("span", { class: "c4 num" }, ms(call.ttft_ms)), h("span", { class: "c5" }), h("span", { class: "c6" }), h("span", { class: "c7" }));

function open(call) {
  const facts = [
    ["Request", call.id], ["Trace", call.trace_id], ["Surface", `${call.surface}${call.stream ? ", streamed" : ""}`], ["Asked for", call.asked],
    ["Alias", call.alias !== call.asked ? call.alias : null], ["Served by", call.target], ["Model in the answer", call.served_model],
    ["Status", `${call.status}${call.error ? `, ${words(call.error)}` : ""}`], ["First byte", ms(call.ttft_ms)], ["In all", ms(call.duration_ms)],
    ["Of it our own", call.overhead_ms === null ? null : `${call.overhead_ms.toFixed(2)} ms`],
    ["Tokens", call.prompt_tokens === null ? null : `${count(call.prompt_tokens)} in, ${count(call.completion_tokens)} out`],
    ["Cost", call.cost_usd === null ? "no price known" : usd(call.cost_usd)], ["Dropped parameters", call.dropped.join(", ")],
    ["Team", call.team], ["Key", call.key_id], ["Job", call.job],
  ].filter(([, value]) => value);
  dialog(call.alias || call.asked || "Call", h("div", null,
    h("p", { class: "row" }, badge(call.outcome, TONES[call.outcome]), h("span", { class: "dim num" }, clock(call.at))),
    timeline(call),
    h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", null, name), h("dd", { class: "num" }, value)]))), { wide: true });
}
