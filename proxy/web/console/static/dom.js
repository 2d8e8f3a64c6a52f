// Makes elements. Text goes in as text and nothing is ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, props, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "value" || name === "checked" || name === "selected") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export function s(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...children.flat().filter(Boolean));
  return made;
}

export function put(place, ...children) {
  place.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return place;
}

export function head(title, sentence, ...tools) {
  return h("div", { class: "head" },
    h("div", null, h("h1", { tabindex: "-1" }, title), sentence ? h("p", { class: "lead" }, sentence) : null),
    tools.length ? h("div", { class: "tools" }, tools) : null);
}

export function empty(title, ...sentences) {
  return h("div", { class: "empty" }, h("strong", null, title), h("p", null, sentences));
}

export function badge(text, tone) {
  return h("span", { class: `badge ${tone || ""}` }, text);
}

export function field(label, control, hint) {
  return h("label", { class: "field" }, h("span", { class: "label" }, label), control,
    hint ? h("span", { class: "hint" }, hint) : null);
}

export function select(options, chosen, props) {
  const entries = options.map((each) => (Array.isArray(each) ? each : [each, each]));
  return h("select", props, entries.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
}

// What went wrong, and what to do about it.
export function trouble(error, again) {
  return h("div", { class: "trouble", role: "alert" },
    h("strong", null, error.title || "That did not work."),
    h("p", null, error.message || String(error)),
    again ? h("button", { type: "button", onclick: again }, "Try again") : null);
}

export function toast(text, tone) {
  const made = h("div", { class: `toast ${tone || ""}` }, text);
  document.getElementById("toasts").append(made);
  setTimeout(() => made.remove(), 4000);
}

export async function copy(text, from) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    const range = document.createRange();
    range.selectNodeContents(from);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    toast("Selected: copy it with Ctrl+C.");
  }
}

// A modal dialog; Escape and the button close it, and the focus goes back to where it was.
export function dialog(title, content, { onclose, wide } = {}) {
  const made = h("dialog", { class: wide ? "wide" : "", "aria-label": title },
    h("div", { class: "dialog-head" }, h("h2", null, title),
      h("button", { type: "button", class: "quiet", "aria-label": "Close", title: "Close (Esc)", onclick: () => made.close() }, "✕")),
    content);
  made.addEventListener("close", () => {
    made.remove();
    if (onclose) onclose();
  });
  made.addEventListener("click", (event) => {
    if (event.target === made) made.close();
  });
  document.body.append(made);
  made.showModal();
  return made;
}

export function confirm(title, sentence, verb) {
  return new Promise((resolve) => {
    let said = false;
    const yes = h("button", { type: "button", class: "danger", onclick: () => { said = true; made.close(); } }, verb);
    const made = dialog(title, h("div", null, h("p", null, sentence),
      h("div", { class: "actions" }, h("button", { type: "button", autofocus: true, onclick: () => made.close() }, "Keep it"), yes)),
    { onclose: () => resolve(said) });
  });
}

export const ms = (value) => {
  if (value === null || value === undefined) return "–";
  if (value < 10) return `${value.toFixed(1)} ms`;
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
};
export const usd = (value) => {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "$0";
  if (value < 0.0001) return "<$0.0001";
  return value < 0.1 ? `$${value.toFixed(4)}` : `$${value.toFixed(2)}`;
};
export const count = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));
export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");
// Day and time of the same place: the reader's.
export const moment = (seconds) => `${new Date(seconds * 1000).toLocaleDateString("sv")} ${clock(seconds)}`;
// In UTC, as a day on which a key ends is meant.
export const day = (seconds) => (seconds ? new Date(seconds * 1000).toISOString().slice(0, 10) : "–");
export const words = (name) => (name || "").replaceAll("_", " ");
