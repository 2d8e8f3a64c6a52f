// The configuration in force, as the server shows it: credentials by their last characters at the most.

import { ask } from "./api.js";
import { empty, h, head, put, toast, trouble, words } from "./dom.js";

export async function render(root, signal) {
  const body = h("div");
  const reload = h("button", { type: "button", onclick: async () => {
    try {
      const said = await ask("/admin/reload", { method: "POST", signal });
      toast(`Reloaded${said.source ? ` ${said.source}` : ""}.`);
      await load();
    } catch (error) {
      if (error.name !== "AbortError") body.prepend(trouble(error));
    }
  } }, "Reload");
  put(root, head("Configuration", "What is in force now. Keys are shown by their last characters at the most, headers by name alone.", reload), body);
  const load = async () => {
    try {
      const { config, version } = await ask("/admin/config", { signal });
      draw(body, config, version);
    } catch (error) {
      if (error.name !== "AbortError") put(body, trouble(error, load));
    }
  };
  await load();
}

function draw(body, config, version) {
  const { source, warnings, models, providers, prices, ...rest } = config;
  put(body,
    warnings.length ? h("ul", { class: "warnings" }, warnings.map((each) => h("li", null, each))) : null,
    h("dl", { class: "facts" }, h("dt", null, "Version"), h("dd", { class: "num" }, version), h("dt", null, "From"), h("dd", null, source || "the environment: there is no file")),
    section("Models", Object.keys(models).length ? Object.entries(models).map(([name, alias]) => model(name, alias))
      : empty("No alias.", "Every target can still be called as provider/model.")),
    section("Providers", Object.keys(providers).length ? Object.entries(providers).map(([name, provider]) => h("details", { class: "tree" },
      h("summary", null, h("strong", null, name), h("span", { class: "dim" }, ` ${provider.protocol} · ${provider.base_url || ""}`), provider.off ? h("span", { class: "badge warn" }, "off") : null), tree(provider)))
      : empty("No provider.", "Set OPENAI_API_KEY or another vendor's variable, or write providers: into a file. The mock models work without one.")),
    Object.entries(rest).map(([name, value]) => section(words(name), tree(value))),
    Object.keys(prices).length ? section("prices, USD per million tokens", tree(prices)) : null);
}

const section = (title, ...content) => h("section", { class: "panel" }, h("h2", null, title), content);

function model(name, alias) {
  const { cascade, description, ...rest } = alias;
  const step = (each) => (each.pool ? h("span", { class: "pool" }, each.pool.map((target) => h("code", null, target.target)), h("span", { class: "dim" }, each.balance)) : h("code", null, each.target));
  return h("details", { class: "tree" },
    h("summary", null, h("strong", null, name), description ? h("span", { class: "dim" }, ` ${description}`) : null,
      h("ol", { class: "cascade" }, cascade.map((each) => h("li", null, step(each))))),
    tree({ cascade, ...rest }));
}

const SECONDS = /(timeout|delay|after|after_max|heartbeat|reasoning)$/;
const BYTES = /^max_(body|event|answer)$/;

// A figure with its unit, by the name of its key.
function figure(value, name) {
  if (typeof value !== "number") return String(value);
  if (SECONDS.test(name)) return `${value} s`;
  return BYTES.test(name) ? `${+(value / 1048576).toFixed(2)} MiB` : value.toLocaleString("en");
}

function tree(value, name = "") {
  if (value === null || typeof value !== "object") {
    return value === null || value === "" ? h("span", { class: "dim" }, "–") : h("span", { class: typeof value === "string" ? "" : "num" }, figure(value, name));
  }
  const entries = Object.entries(value);
  if (!entries.length) return h("span", { class: "dim" }, "none");
  if (Array.isArray(value) && value.every((each) => typeof each !== "object")) return h("span", null, value.join(", "));
  return h("dl", { class: "facts" }, entries.map(([name, each]) => [h("dt", null, Array.isArray(value) ? String(Number(name) + 1) : name), h("dd", null, tree(each, name))]));
}
