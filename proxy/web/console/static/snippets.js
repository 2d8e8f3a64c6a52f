// The lines to paste into a client, for this server's address and one of its models.

import { ask } from "./api.js";
import { copy, field, h, head, put, select, trouble } from "./dom.js";

const kept = { tool: "", model: "", host: "" };
const ANY = new Set(["0.0.0.0", "::", ""]);

export async function render(root, signal) {
  const body = h("div", { class: "snippets" });
  put(root, head("Snippets", "Lines to paste into a client or a tool, so that it calls this server."), body);
  const load = async () => {
    try {
      const [lines, models] = await Promise.all([ask("/admin/snippets", { signal }), ask("/console/v1/models", { signal })]);
      draw(body, lines, models.data.map((each) => each.id));
    } catch (error) {
      if (error.name !== "AbortError") put(body, trouble(error, load));
    }
  };
  await load();
}

// Where callers reach the other listener: by the name that reached this one, if it listens everywhere.
function address({ host, port, tls }) {
  const name = ANY.has(host) ? location.hostname : host.includes(":") ? `[${host}]` : host;
  return `${tls ? "https" : "http"}://${name}:${port}`;
}

function draw(body, lines, models) {
  kept.tool = kept.tool || lines.data[0].tool;
  kept.model = models.includes(kept.model) ? kept.model : lines.model;
  kept.host = kept.host || address(lines.listener);
  const text = h("code", null);
  const title = h("h2", null);
  const tools = h("div", { class: "tool-list", role: "group", "aria-label": "Tools" }, lines.data.map((each) =>
    h("button", { type: "button", "data-tool": each.tool, onclick: () => { kept.tool = each.tool; fill(); } }, each.title)));
  const small = select(lines.data.map((each) => [each.tool, each.title]), kept.tool, { "aria-label": "Tool", class: "tool-select", "data-first": true,
    onchange: () => { kept.tool = small.value; fill(); } });
  const model = select([...new Set([kept.model, ...models])], kept.model, { onchange: () => { kept.model = model.value; fill(); } });
  const host = h("input", { value: kept.host, spellcheck: "false", inputmode: "url", oninput: () => { kept.host = host.value.trim().replace(/\/+$/, "").replace(/\/v1$/, ""); fill(); } });

  function fill() {
    const chosen = lines.data.find((each) => each.tool === kept.tool);
    const values = { host: kept.host, v1: `${kept.host}/v1`, key: lines.key, model: kept.model };
    put(title, chosen.title);
    put(text, chosen.text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]).replace(/^\n+|\n+$/g, ""));
    small.value = kept.tool;
    for (const each of tools.children) each.setAttribute("aria-pressed", String(each.dataset.tool === kept.tool));
  }

  put(body, tools, h("div", { class: "lines" }, small,
    h("div", { class: "row" }, field("Address", host), field("Model", model)),
    h("div", { class: "row" }, title, h("span", { class: "grow" }), h("button", { type: "button", onclick: () => copy(text.textContent, text) }, "Copy")),
    h("pre", { tabindex: "0", "aria-label": "Lines" }, text),
    h("p", { class: "hint" }, `Put a key of this server in the place of ${lines.key}; where no key is asked for, any word will do.`)));
  fill();
}
