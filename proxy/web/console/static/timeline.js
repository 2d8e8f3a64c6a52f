// A call's cascade as a picture: a lane for each attempt, on the call's own time.

import { h, ms, s, words } from "./dom.js";

const percent = (value) => `${Math.max(0, Math.min(100, value)).toFixed(2)}%`;

// Where each attempt begins and ends and where it speaks, in milliseconds from the call's arrival.
export function lanes(call) {
  const total = Math.max(call.duration_ms || 0, 0.001);
  let at = 0;
  const made = call.attempts.map((attempt) => {
    if (attempt.skipped) return { ...attempt, from: at, to: at };
    const from = Math.min(attempt.at_ms ?? at, total);
    const to = Math.min(from + attempt.ms, total);
    at = Math.max(at, to);
    return { ...attempt, from, to };
  });
  const spoke = speakers(call, made);
  // Whoever spoke did so until the next one was asked after a cut, or until the end.
  spoke.forEach((lane, place) => {
    const next = made[made.indexOf(lane) + 1];
    lane.speaks = [lane.to, place < spoke.length - 1 && next ? Math.max(next.from, lane.to) : total];
    lane.cut = place < spoke.length - 1 || call.outcome === "cut";
    lane.left = !lane.cut && call.outcome === "cancelled";
  });
  return { made, total };
}

// Those whose words the caller got, in order. A lane that failed after its first byte has a reason and spoke all the same.
function speakers(call, made) {
  const wanted = call.runs.length ? [...call.runs] : call.target && call.ttft_ms !== null ? [call.target] : [];
  const found = [];
  for (const lane of [...made].reverse()) {
    if (!lane.skipped && lane.target === wanted.at(-1)) {
      wanted.pop();
      found.unshift(lane);
    }
  }
  return found;
}

function ticks(total) {
  const rough = total / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const made = [];
  for (let at = 0; at <= total; at += step) made.push(at);
  return made;
}

function bar(lane, total, grid, first) {
  const x = (at) => percent((at / total) * 100);
  const wide = (from, to) => percent(((to - from) / total) * 100);
  const parts = grid.map((at) => s("line", { class: "grid", x1: x(at), x2: x(at), y1: 0, y2: 24 }));
  if (first !== null) parts.push(s("line", { class: "first", x1: x(first), x2: x(first), y1: 0, y2: 24 }));
  if (lane.skipped) {
    parts.push(s("circle", { class: "skipped", cx: x(lane.from), cy: 12, r: 3 }));
  } else {
    const bad = !lane.speaks;
    parts.push(s("rect", { class: bad ? "wait bad" : "wait", x: x(lane.from), width: wide(lane.from, lane.to), y: 8, height: 8, rx: 2 }));
    if (lane.speaks) parts.push(s("rect", { class: "speaks", x: x(lane.speaks[0]), width: wide(...lane.speaks), y: 5, height: 14, rx: 3 }));
    if (bad) parts.push(s("line", { class: "stop", x1: x(lane.to), x2: x(lane.to), y1: 4, y2: 20 }));
    if (lane.cut || lane.left) parts.push(s("line", { class: lane.cut ? "cut" : "left", x1: x(lane.speaks[1]), x2: x(lane.speaks[1]), y1: 1, y2: 23 }));
  }
  return s("svg", { class: "bar", width: "100%", height: 24, "aria-hidden": "true" }, ...parts);
}

function said(lane) {
  if (lane.skipped) return `passed over: ${words(lane.result)}`;
  if (lane.cut) return `spoke, then was cut: ${words(lane.result)}`;
  if (lane.left) return "spoke until the caller left";
  if (lane.speaks) return "served";
  return `${words(lane.result)}${lane.status ? ` (${lane.status})` : ""}`;
}

const tone = (lane) => (lane.skipped ? "dim" : lane.cut || !lane.speaks ? "bad" : lane.left ? "warn" : "good");

export function timeline(call) {
  if (!call.attempts.length) return h("p", { class: "hint" }, "No target was asked.");
  const { made, total } = lanes(call);
  const grid = ticks(total);
  const first = call.ttft_ms;
  return h("div", { class: "timeline", role: "list", "aria-label": "Attempts" },
    made.map((lane) => h("div", { class: "lane", role: "listitem" },
      h("span", { class: "who", title: lane.target }, lane.target),
      bar(lane, total, grid, first),
      h("span", { class: `what ${tone(lane)}` }, said(lane),
        lane.skipped ? null : h("span", { class: "num dim" }, ` ${ms(lane.ms)}`)))),
    h("div", { class: "lane axis", "aria-hidden": "true" }, h("span", null),
      s("svg", { class: "bar", width: "100%", height: 16 }, grid.map((at, place) =>
        s("text", { x: percent((at / total) * 100), y: 12, "text-anchor": place ? "middle" : "start" }, axis(at)))),
      h("span", { class: "hint" }, first === null ? "no first byte" : `first byte ${ms(first)}`)));
}

const axis = (at) => (at >= 1000 ? `${+(at / 1000).toFixed(1)} s` : `${+at.toFixed(1)} ms`);

// The same on one line.
export function strip(call) {
  const { made, total } = lanes(call);
  const x = (at) => percent((at / total) * 100);
  const parts = [s("line", { class: "base", x1: "0", x2: "100%", y1: 7, y2: 7 })];
  for (const lane of made) {
    if (lane.skipped) continue;
    parts.push(s("rect", { class: lane.speaks ? "wait" : "wait bad", x: x(lane.from), width: x(Math.max(lane.to - lane.from, total / 100)), y: 4, height: 6 }));
    if (lane.speaks) parts.push(s("rect", { class: "speaks", x: x(lane.speaks[0]), width: x(lane.speaks[1] - lane.speaks[0]), y: 2, height: 10, rx: 2 }));
    if (lane.cut) parts.push(s("line", { class: "cut", x1: x(lane.speaks[1]), x2: x(lane.speaks[1]), y1: 0, y2: 14 }));
  }
  return s("svg", { class: "bar strip", width: "100%", height: 14, role: "img", "aria-label": told(call) }, ...parts);
}

export const told = (call) => call.attempts.map((attempt) => `${attempt.target} ${words(attempt.result)}`).join(", then ") || "no target was asked";
