// How every target is: its circuit, what it does now, and its last sixty tries.

import { ask } from "./api.js";
import { badge, empty, h, head, ms, put, s, trouble, words } from "./dom.js";
import { watch } from "./live.js";

const CIRCUITS = { closed: ["closed", "good"], half_open: ["half open", "warn"], open: ["open", "bad"] };
const EVERY = 3000;

export function render(root, signal) {
  const body = h("div");
  put(root, head("Targets", "A circuit that is open passes its target over until it has rested. Each bar is one try: its height the time to the first output, red where it failed."), body);
  let last = "";
  let due = 0;
  const load = async () => {
    try {
      const [targets, latency] = await Promise.all([ask("/admin/targets", { signal }), ask("/admin/latency", { signal })]);
      const said = JSON.stringify([targets.data, latency.data]);
      if (said !== last) draw(body, targets.data, latency.data, targets.workers);
      last = said;
    } catch (error) {
      last = "";
      if (error.name !== "AbortError") put(body, trouble(error, load));
    }
  };
  const soon = () => {
    if (!due) due = setTimeout(() => { due = 0; load(); }, 400);
  };
  const timer = setInterval(() => { if (!document.hidden) load(); }, EVERY);
  signal.addEventListener("abort", () => { clearInterval(timer); clearTimeout(due); });
  watch(soon, signal);
  load();
}

function draw(body, targets, latency, workers) {
  const tries = new Map(latency.map((each) => [each.target, each.tries]));
  const rank = { open: 0, half_open: 1, closed: 3 };
  const place = (each) => Math.min(rank[each.circuit], each.resting ? 2 : 3);
  const sorted = [...targets].sort((a, b) => place(a) - place(b) || (tries.has(b.target) - tries.has(a.target)) || a.target.localeCompare(b.target));
  if (!sorted.length) {
    put(body, empty("No target is known.", "Name some under models: in the configuration, or call one: whatever was called is listed here."));
    return;
  }
  put(body, workers > 1 ? h("p", { class: "hint" }, `One of ${workers} workers says this: what is in flight, how a target last failed and its tries are its own.`) : null,
    h("div", { class: "cards" }, sorted.map((each) => card(each, tries.get(each.target) || []))));
}

function card(target, tries) {
  const rests = target.resting && target.circuit === "closed";
  const [circuit, tone] = rests ? ["resting", "warn"] : CIRCUITS[target.circuit] || [target.circuit, "warn"];
  const good = tries.filter((each) => each.result === "served");
  const waits = good.map((each) => each.ms).sort((a, b) => a - b);
  const at = (share) => (waits.length ? waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] : null);
  const facts = [["in flight", String(target.in_flight)], ["served", tries.length ? `${good.length} of ${tries.length}` : "–"], ["half within", ms(at(0.5))], ["95 % within", ms(at(0.95))]];
  return h("article", { class: "card", "aria-label": target.target },
    h("div", { class: "row" }, h("h2", { title: target.target }, target.target), badge(circuit, tone)),
    tries.length ? spark(tries) : h("div", { class: "spark none" }, "not called yet"),
    h("dl", { class: "mini" }, facts.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", { class: "num" }, value)))),
    h("p", { class: target.last_failure || target.resting ? "note bad" : "note" }, note(target, tries)));
}

function note(target, tries) {
  if (target.resting) {
    const { part, seconds, kind } = target.resting;
    return `Its ${part === "target" ? "model" : part} rests for another ${Math.ceil(seconds)} s${kind ? `: ${words(kind)}` : ""}`;
  }
  if (target.last_failure) return `Last failure: ${words(target.last_failure)}`;
  const last = tries.at(-1);
  // What its circuit does not count: an answer that broke off, a request that was wrong itself.
  if (last && last.result !== "served") return `Its last try: ${words(last.result)}.`;
  return tries.length ? "No failure since it last spoke." : "Its circuit is closed until it fails.";
}

// Bars on a logarithmic scale, the newest at the right.
function spark(tries) {
  const most = Math.max(...tries.map((each) => each.ms), 10);
  const tall = (value) => 4 + 36 * (Math.log1p(value) / Math.log1p(most));
  const step = 100 / 60;
  // Places that wait for a try are dots, so that few tries do not look like a picture that is broken.
  const dots = Array.from({ length: 60 - tries.length }, (_, place) => s("rect", { class: "none", x: `${place * step}%`, width: `${step * 0.72}%`, y: 40, height: 2, rx: 1 }));
  const bars = tries.map((each, place) => {
    const height = tall(each.ms);
    const x = 100 - (tries.length - place) * step;
    return s("rect", { class: each.result === "served" ? "try" : "try bad", x: `${x}%`, width: `${step * 0.72}%`, y: 42 - height, height, rx: 1 },
      s("title", {}, `${words(each.result)}, ${ms(each.ms)}`));
  });
  const failed = tries.filter((each) => each.result !== "served").length;
  return s("svg", { class: "spark", width: "100%", height: 42, role: "img", "aria-label": `The last ${tries.length} tries, ${failed} of them failed; the longest took ${ms(most)}` }, ...dots, ...bars);
}
