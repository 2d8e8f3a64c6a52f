// The frame around the views: where we are, light or dark, keys, and whether events come.

import * as access from "./access.js";
import * as callsView from "./calls.js";
import * as configuration from "./config.js";
import { dialog, h, put } from "./dom.js";
import { state, watch } from "./live.js";
import * as playground from "./playground.js";
import * as snippets from "./snippets.js";
import * as targets from "./targets.js";

const VIEWS = [
  { name: "playground", key: "p", title: "Playground", view: playground },
  { name: "calls", key: "c", title: "Live calls", view: callsView },
  { name: "targets", key: "t", title: "Targets", view: targets },
  { name: "access", key: "k", title: "Keys & credits", view: access },
  { name: "config", key: "f", title: "Configuration", view: configuration },
  { name: "snippets", key: "s", title: "Snippets", view: snippets },
];
const KEYS = [
  ["g then p c t k f s", "Go to a view"],
  ["/", "To the filter or the first field"],
  ["Ctrl Enter", "Send, in the playground"],
  ["Esc", "Stop an answer; close what is open"],
  ["j k", "Next and previous call"],
  ["d", "Light or dark"],
  ["?", "This list"],
];
const THEMES = { auto: "Auto", light: "Light", dark: "Dark" };

const main = document.getElementById("main");
const nav = document.getElementById("nav");
let leaving = new AbortController();
let goes = 0;

function show() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const chosen = VIEWS.find((view) => view.name === name) || VIEWS[0];
  leaving.abort();
  leaving = new AbortController();
  for (const link of nav.querySelectorAll("a")) {
    if (link.dataset.view === chosen.name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${chosen.title} · Firstbyte`;
  put(main);
  main.className = `view-${chosen.name}`;
  chosen.view.render(main, leaving.signal, rest);
  nav.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
  if (goes) (main.querySelector("h1") || main).focus({ preventScroll: true });
  goes += 1;
}

function theme(next) {
  let chosen = next;
  try {
    chosen = next || localStorage.getItem("theme") || "auto";
    localStorage.setItem("theme", chosen);
  } catch {
    chosen = next || "auto";
  }
  document.documentElement.dataset.theme = chosen;
  const button = document.getElementById("theme");
  put(button, THEMES[chosen]);
  button.title = "Light, dark, or as the system has it (d)";
  button.setAttribute("aria-label", `Theme: ${THEMES[chosen]}`);
}

function turn() {
  const names = Object.keys(THEMES);
  theme(names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length]);
}

function help() {
  if (document.querySelector("dialog[open]")) return;
  dialog("Keyboard", h("dl", { class: "keys" }, KEYS.map(([keys, does]) => [h("dt", null, keys.split(" ").map((each) => (each === "then" ? " then " : h("kbd", null, each)))), h("dd", null, does)])));
}

const isTyping = (target) => target.matches("input, textarea, select, [contenteditable]");
let going = false;

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const chosen = going && VIEWS.find((view) => view.key === event.key);
  going = false;
  if (chosen) location.hash = `#/${chosen.name}`;
  else if (event.key === "g") going = true;
  else if (event.key === "?") help();
  else if (event.key === "d") turn();
  else if (event.key === "/") (main.querySelector("[data-first]") || main.querySelector("input, textarea, select") || main).focus();
  else return;
  event.preventDefault();
}

const SAID = { idle: "", connecting: "Connecting", live: "Live", again: "Reconnecting", away: "Away" };

function pulse() {
  const place = document.getElementById("pulse");
  place.dataset.is = state.is;
  if (place.textContent !== SAID[state.is]) put(place, SAID[state.is]);
  place.title = state.trouble ? state.trouble.message : "Whether events of this server come in";
}

put(nav, VIEWS.map((view) => h("a", { href: `#/${view.name}`, "data-view": view.name }, view.title, h("kbd", { "aria-hidden": "true" }, view.key))));
document.getElementById("theme").addEventListener("click", turn);
document.getElementById("help").addEventListener("click", help);
addEventListener("hashchange", show);
addEventListener("keydown", press);
theme();
show();
watch(pulse, new AbortController().signal);
