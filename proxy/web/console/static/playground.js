// Asks one model or two the same, and shows the answers as they come, and what it took to get them.

import { ask, events, send } from "./api.js";
import { count, field, h, head, ms, put, select, trouble, usd, words } from "./dom.js";
import { ended } from "./live.js";
import { timeline } from "./timeline.js";

const kept = { text: "", system: "", models: ["", ""], fallbacks: ["", ""], compare: false, sides: [[], []] };

export async function render(root, signal) {
  const body = h("div", { class: "playground" });
  put(root, head("Playground", "Ask a model as your callers would, and see what it took to answer."), body);
  const load = async () => {
    put(body, h("p", { class: "hint" }, "Loading the models…"));
    try {
      const models = (await ask("/console/v1/models", { signal })).data.map((model) => model.id);
      bench(body, models, signal);
    } catch (error) {
      if (error.name !== "AbortError") put(body, trouble(error, load));
    }
  };
  await load();
}

function bench(body, models, leaving) {
  for (const side of [0, 1]) if (!models.includes(kept.models[side])) kept.models[side] = models[Math.min(side, models.length - 1)];
  let running = null;
  const sides = [0, 1].map((side) => column(side, models));
  const text = h("textarea", { rows: 2, placeholder: "Say something…", "aria-label": "Message", "data-first": true, id: "message", value: kept.text,
    oninput: () => { kept.text = text.value; } });
  const system = h("textarea", { rows: 2, "aria-label": "System prompt", value: kept.system, oninput: () => { kept.system = system.value; } });
  const go = h("button", { class: "primary", type: "submit" }, "Send");
  const compare = h("input", { type: "checkbox", checked: kept.compare, id: "compare",
    onchange: () => { kept.compare = compare.checked; arrange(); } });
  const columns = h("div", { class: "columns" });
  const arrange = () => {
    columns.classList.toggle("two", kept.compare);
    put(columns, sides.slice(0, kept.compare ? 2 : 1).map((each) => each.element));
  };

  const run = async () => {
    if (running) {
      running.abort();
      return;
    }
    const said = text.value.trim();
    if (!said) {
      text.focus();
      return;
    }
    running = new AbortController();
    const { signal } = running;
    const stop = () => running && running.abort();
    leaving.addEventListener("abort", stop);
    put(go, "Stop");
    text.value = kept.text = "";
    await Promise.all(sides.slice(0, kept.compare ? 2 : 1).map((each) => each.ask(said, kept.system, signal)));
    leaving.removeEventListener("abort", stop);
    running = null;
    put(go, "Send");
  };
  const clear = () => {
    for (const each of sides) each.clear();
    text.focus();
  };

  const form = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); run(); } },
    text,
    h("details", { open: Boolean(kept.system) }, h("summary", null, "System prompt"), system),
    h("div", { class: "row" },
      h("label", { class: "check" }, compare, "Compare two"),
      h("span", { class: "grow" }),
      h("button", { type: "button", class: "quiet", onclick: clear }, "Clear"),
      go));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && running && !document.querySelector("dialog[open]")) running.abort();
  }, { signal: leaving });
  put(body, columns, form);
  arrange();
}

function column(side, models) {
  const turns = kept.sides[side];
  const log = h("div", { class: "log", role: "log", "aria-label": side ? "Second answer" : "Answer", tabindex: "0" });
  const name = side ? "Second model" : "Model";
  const model = select(models, kept.models[side], { "aria-label": name, id: `model-${side}`, onchange: () => { kept.models[side] = model.value; } });
  const fallback = select([["", "nobody else"], ...models.map((each) => [each, each])], kept.fallbacks[side],
    { id: `fallback-${side}`, onchange: () => { kept.fallbacks[side] = fallback.value; } });
  const nothing = h("div", { class: "empty" }, h("strong", null, "Nothing asked yet."),
    h("p", null, "Choose mock/overloaded, and mock/echo if it fails, to watch a failover without a key."));
  const add = (turn) => log.append(turn);
  if (turns.length) turns.forEach((turn) => add(turn.element));
  else add(nothing);

  return {
    element: h("section", { class: "column", "aria-label": name },
      h("div", { class: "row" }, field(name, model), field("If it fails before its first byte", fallback)), log),
    clear() {
      turns.length = 0;
      put(log, nothing);
    },
    async ask(said, system, signal) {
      nothing.remove();
      const history = turns.filter((turn) => turn.message).map((turn) => turn.message);
      const mine = { message: { role: "user", content: said }, element: h("div", { class: "turn user" }, said) };
      const answer = h("div", { class: "turn answer" });
      const theirs = { message: null, element: answer };
      turns.push(mine, theirs);
      add(mine.element);
      add(answer);
      const messages = [...(system ? [{ role: "system", content: system }] : []), ...history, mine.message];
      const body = { model: model.value, messages, stream: true, stream_options: { include_usage: true }, firstbyte: { report: true } };
      if (fallback.value) body.models = [fallback.value];
      theirs.message = await stream(answer, body, signal, () => { log.scrollTop = log.scrollHeight; });
      if (!theirs.message) mine.message = null;
      log.scrollTop = log.scrollHeight;
    },
  };
}

// One answer into its place; the message for the next turn, or null where there is none.
async function stream(place, body, signal, follow) {
  const thought = h("div", { class: "thought" });
  const text = h("div", { class: "text" });
  const foot = h("div", { class: "foot-note" }, h("span", { class: "waiting" }, `Waiting for ${body.model}…`));
  put(place, text, foot);
  place.classList.add("busy");
  const seen = { text: "", report: null, error: null, done: false };
  let id = null;
  try {
    const response = await send("/console/v1/chat/completions", { method: "POST", body, signal });
    id = response.headers.get("x-request-id");
    for await (const event of events(response)) {
      if (event.data === "[DONE]") seen.done = true;
      else take(JSON.parse(event.data), seen, place, thought, text);
      follow();
    }
  } catch (error) {
    if (error.name === "AbortError") seen.stopped = true;
    else seen.error = error;
    id = error.request || id;
  }
  place.classList.remove("busy");
  conclude(place, foot, seen);
  if (id) picture(place, id, follow);
  return seen.text ? { role: "assistant", content: seen.text } : null;
}

function take(chunk, seen, place, thought, text) {
  if (chunk.error) seen.error = { title: `The answer was cut: ${words(chunk.error.code || "error")}`, message: chunk.error.message };
  if (chunk.firstbyte && chunk.firstbyte.target) seen.report = chunk.firstbyte;
  for (const choice of chunk.choices || []) {
    const delta = choice.delta || {};
    if (delta.reasoning_content) {
      if (!thought.isConnected) place.prepend(thought);
      thought.append(delta.reasoning_content);
    }
    const said = delta.content || delta.refusal || "";
    if (said) {
      seen.text += said;
      text.append(said);
    }
  }
}

function conclude(place, foot, seen) {
  const parts = [];
  if (seen.stopped) parts.push(h("span", { class: "warn" }, "Stopped."));
  const report = seen.report;
  if (report) {
    const tokens = report.usage ? report.usage.completion_tokens : null;
    const seconds = (report.duration_ms - report.ttft_ms) / 1000;
    parts.push(figure("first byte", ms(report.ttft_ms)), figure("in all", ms(report.duration_ms)));
    if (tokens !== null) parts.push(figure("tokens", count(tokens)));
    if (tokens > 1 && seconds > 0.05) parts.push(figure("tokens/s", count(Math.round(tokens / seconds))));
    parts.push(figure("cost", usd(report.cost_usd)));
  }
  put(foot, parts);
  if (seen.error) place.append(trouble(seen.error));
  if (report) {
    const chain = report.attempts.map((attempt) => h("li", { class: attempt.code === "served" ? "good" : "bad" },
      h("span", { class: "mark", "aria-hidden": "true" }, attempt.code === "served" ? "✓" : "✕"), attempt.target, " ",
      h("span", { class: "dim" }, `${attempt.code === "served" ? "served" : words(attempt.code)}, ${ms(attempt.ms)}`)));
    place.append(h("ol", { class: "chain", "aria-label": "Attempts" }, chain));
  }
}

const figure = (name, value) => h("span", { class: "figure" }, h("span", { class: "num" }, value), ` ${name}`);

// The record of the call has what a report does not: when each was asked.
async function picture(place, id, follow) {
  const call = await ended(id);
  if (!call || !call.attempts.length) return;
  const list = place.querySelector(".chain");
  if (list) list.remove();
  place.append(timeline(call));
  follow();
}
