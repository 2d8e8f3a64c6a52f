// Teams with their credits, keys with their bounds, what was used, and the ledger.

import { ask } from "./api.js";
import { badge, confirm, copy, count, day, dialog, empty, field, h, head, moment, put, select, toast, trouble, usd, words } from "./dom.js";

const MODES = [["job_based", "a credit for each job"], ["consumption_usd", "credits for US dollars"], ["consumption_tokens", "credits for tokens"]];
const TABS = { keys: ["Keys", keys], teams: ["Teams & credits", teams], usage: ["Usage", usage], ledger: ["Ledger", ledger] };

export function render(root, signal, [wanted]) {
  const chosen = TABS[wanted] ? wanted : "keys";
  const tools = h("div", { class: "tools" });
  const body = h("div");
  const tabs = h("div", { class: "tabs", role: "navigation", "aria-label": "Parts" }, Object.entries(TABS).map(([name, [title]]) =>
    h("a", { href: `#/access/${name}`, "aria-current": name === chosen ? "page" : null }, title)));
  put(root, head("Keys & credits", "Who may call, how much, and what it came to.", tools), tabs, body);
  const load = async () => {
    try {
      await TABS[chosen][1]({ body, tools, signal, load });
    } catch (error) {
      if (error.name !== "AbortError") put(body, trouble(error, load));
    }
  };
  load();
}

const MOST = 2000;

// Every page of a list, up to a bound that a person can still look through; `more` says that there are others.
async function all(path, signal) {
  const found = [];
  let cursor = null;
  do {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    const page = await ask(`${path}?limit=200${more}`, { signal });
    found.push(...page.data);
    cursor = page.has_more ? page.next_cursor : null;
  } while (cursor && found.length < MOST);
  found.more = Boolean(cursor);
  return found;
}

// What people call things may be long; it must not push the rest of its row out of sight.
const named = (text) => h("span", { class: "named" }, text);

function table(name, titles, rows, numbers = []) {
  const cell = (tag, value, place) => h(tag, { class: numbers.includes(place) ? "num right" : "", "data-title": titles[place] }, value);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, h("table", null,
    h("thead", null, h("tr", null, titles.map((title, place) => cell("th", title, place)))),
    h("tbody", null, rows.map((row) => h("tr", null, row.map((value, place) => cell("td", value, place)))))));
}

// Draws anew, and leaves whoever goes by keys where they were: at the same button, else at the list.
function redraw(body, ...children) {
  const had = body.contains(document.activeElement) && document.activeElement.dataset.does;
  put(body, ...children);
  const again = had && ([...body.querySelectorAll("[data-does]")].find((each) => each.dataset.does === had) || body.querySelector(".scroll"));
  if (again) again.focus({ preventScroll: true });
}

// Said above a list that was not read to its end.
const unread = (found, command) => (found.more ? h("p", { class: "hint", role: "note" }, `The oldest ${count(MOST)}, and there are more: \`${command}\` lists them all.`) : null);

const STATUS = { active: "good", suspended: "warn", revoked: "", expired: "" };
const status = (value) => badge(value, STATUS[value] || "");
// What is no number would go out as null, which is no bound at all: the browser refuses it.
const WHOLE = { inputmode: "numeric", pattern: "\\s*[0-9]+\\s*", title: "A whole number, as in 1000" };
const DOLLARS = { inputmode: "decimal", pattern: "\\s*[0-9]+([.][0-9]+)?\\s*", title: "A number, as in 5 or 2.50" };
const number = (value) => (value.trim() === "" ? null : Number(value));
const bounds = (each) => [
  each.rpm ? `${count(each.rpm)} requests/min` : null,
  each.tpm ? `${count(each.tpm)} tokens/min` : null,
  each.budget_usd !== null && each.budget_usd !== undefined ? `${usd(each.budget_usd)} a ${each.budget_period}` : null,
].filter(Boolean).join(" · ") || "none";

// A dialog with fields; what the verb raises is shown in it and nothing is lost.
function form(title, fields, verb, act) {
  const said = h("div");
  const made = dialog(title, h("form", {
    class: "stack",
    onsubmit: async (event) => {
      event.preventDefault();
      put(said);
      try {
        await act();
        made.close();
      } catch (error) {
        put(said, trouble(error));
      }
    },
  }, fields, said, h("div", { class: "actions" }, h("button", { type: "button", onclick: () => made.close() }, "Cancel"), h("button", { class: "primary" }, verb))));
  return made;
}

async function keys({ body, tools, signal, load }) {
  const [found, owners] = await Promise.all([all("/admin/keys", signal), all("/admin/teams", signal)]);
  put(tools, h("button", { type: "button", class: "primary", disabled: !owners.length, onclick: () => newKey(owners, load) }, "New key"));
  if (!owners.length) {
    put(body, empty("A key belongs to a team, and there is none.", h("a", { href: "#/access/teams" }, "Make a team"), " first."));
    return;
  }
  if (!found.length) {
    put(body, empty("No key yet.", "Make one for whoever calls. Set auth.required to true, and nobody calls without."));
    return;
  }
  const rows = [...found].reverse().map((each) => [
    h("code", null, each.hint), named(each.name || h("span", { class: "dim" }, each.id)), named(each.team_id), status(each.status), bounds(each),
    named(each.allowed_models.join(", ") || "every model"), day(each.expires_at), day(each.created_at),
    each.status === "active" ? h("button", { type: "button", class: "quiet danger", "data-does": `revoke ${each.id}`, "aria-label": `Revoke ${each.name || each.hint}`, onclick: () => revoke(each, load) }, "Revoke") : null,
  ]);
  redraw(body, unread(found, "firstbyte keys list"), table("Keys", ["Key", "Name", "Team", "Status", "Bounds", "Models", "Ends", "Made", ""], rows));
}

function newKey(owners, load) {
  const team = select(owners.map((each) => [each.id, each.name ? `${each.name} (${each.id})` : each.id]), owners[0].id, { id: "key-team" });
  const name = h("input", { id: "key-name", autofocus: true, maxlength: "256" });
  const models = h("input", { placeholder: "every model", spellcheck: "false" });
  const [rpm, tpm, budget] = [["rpm", WHOLE], ["tpm", WHOLE], ["budget", DOLLARS]].map(([name, form]) => h("input", { ...form, id: `key-${name}`, placeholder: "no bound" }));
  const period = select(["day", "week", "month"].map((each) => [each, each]), "month");
  const until = h("input", { type: "date" });
  form("New key", [
    field("Team", team), field("Name", name, "To tell it from others."),
    field("Models", models, "Aliases and targets that it may use, with commas between."),
    h("div", { class: "pair" }, field("Requests a minute", rpm), field("Tokens a minute", tpm)),
    h("div", { class: "pair" }, field("Budget, USD", budget), field("For each", period)),
    field("Ends on", until, "Left empty, it does not."),
  ], "Make it", async () => {
    const body = { team_id: team.value, name: name.value.trim() || null, rpm: number(rpm.value), tpm: number(tpm.value), budget_usd: number(budget.value) };
    const allowed = models.value.split(",").map((each) => each.trim()).filter(Boolean);
    if (allowed.length) body.allowed_models = allowed;
    if (body.budget_usd !== null) body.budget_period = period.value;
    if (until.value) body.expires_at = Date.parse(`${until.value}T23:59:59Z`) / 1000;
    for (const each of Object.keys(body)) if (body[each] === null) delete body[each];
    const made = await ask("/admin/keys", { method: "POST", body });
    setTimeout(() => shown(made, load));
  });
}

function shown(made, load) {
  const text = h("code", { id: "new-key" }, made.key);
  dialog("The new key", h("div", { class: "stack" },
    h("p", null, "Copy it now. It is kept as a digest alone, and nobody can show it again."),
    h("div", { class: "secret" }, text, h("button", { type: "button", class: "primary", autofocus: true, onclick: () => copy(made.key, text) }, "Copy")),
    h("p", { class: "hint" }, "It is sent as Authorization: Bearer, or as x-api-key.")), { onclose: load });
}

async function revoke(key, load) {
  const name = key.name || key.hint;
  if (!(await confirm("Revoke this key?", `${name} of ${key.team_id} opens nothing any more, everywhere within a minute. This is for good.`, "Revoke"))) return;
  try {
    await ask(`/admin/keys/${encodeURIComponent(key.id)}`, { method: "DELETE" });
    toast(`${name} is revoked.`);
  } catch (error) {
    toast(error.message, "bad");
  }
  load();
}

async function teams({ body, tools, signal, load }) {
  const found = await all("/admin/teams", signal);
  put(tools, h("button", { type: "button", class: "primary", onclick: () => newTeam(load) }, "New team"));
  if (!found.length) {
    put(body, empty("No team yet.", "A team has keys, credits and bounds of its own. Make one, then keys for it."));
    return;
  }
  const rows = found.map((each) => [
    named(h("strong", null, each.name || each.id)), named(h("code", null, each.id)), status(each.status), words(each.budget_mode), credits(each.credits), bounds(each),
    h("span", { class: "row" },
      h("button", { type: "button", class: "quiet", "data-does": `give ${each.id}`, "aria-label": `Give credits to ${each.id}`, onclick: () => give(each, load) }, "Credits"),
      h("button", { type: "button", class: "quiet", "data-does": `suspend ${each.id}`, "aria-label": `${each.status === "active" ? "Suspend" : "Resume"} ${each.id}`, onclick: () => suspend(each, load) }, each.status === "active" ? "Suspend" : "Resume")),
  ]);
  redraw(body, unread(found, "firstbyte teams list"), table("Teams", ["Team", "Id", "Status", "Pays", "Credits", "Bounds", ""], rows));
}

function credits({ allocated, held, spent, remaining }) {
  const bar = h("meter", { min: 0, max: Math.max(allocated, 1), value: Math.max(remaining, 0), title: `${count(allocated)} given, ${count(held)} held, ${count(spent)} spent` });
  return h("span", { class: "credits" }, bar, h("span", { class: "num" }, `${count(remaining)} left`), h("span", { class: "dim num" }, ` of ${count(allocated)}${held ? `, ${count(held)} held` : ""}`));
}

function newTeam(load) {
  const id = h("input", { id: "team-id", autofocus: true, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", maxlength: "64", placeholder: "acme" });
  const name = h("input", { id: "team-name" });
  const mode = select(MODES, "job_based");
  form("New team", [field("Id", id, "Letters, digits, dot, dash; it stands in reports. Left empty, one is drawn."), field("Name", name), field("Pays", mode)], "Make it", async () => {
    const body = { budget_mode: mode.value };
    if (id.value.trim()) body.id = id.value.trim();
    if (name.value.trim()) body.name = name.value.trim();
    const made = await ask("/admin/teams", { method: "POST", body });
    toast(`${made.id} is made.`);
    load();
  });
}

function give(team, load) {
  const amount = h("input", { ...WHOLE, pattern: "\\s*-?[0-9]+\\s*", required: true, autofocus: true, placeholder: "100", id: "amount" });
  const note = h("input", null);
  // One id for all tries of this dialog: sent twice, it is given once.
  const id = crypto.randomUUID ? crypto.randomUUID() : `grant-${Date.now()}`;
  form(`Credits for ${team.id}`, [field("How many", amount, "Below 0 they are taken away, as far as none is held or spent."), field("Note", note, "It stands in the ledger.")], "Give", async () => {
    const body = { amount: Number(amount.value), id };
    if (note.value.trim()) body.note = note.value.trim();
    await ask(`/admin/teams/${encodeURIComponent(team.id)}/credits`, { method: "POST", body });
    toast(`${count(body.amount)} credits for ${team.id}.`);
    load();
  });
}

async function suspend(team, load) {
  const next = team.status === "active" ? "suspended" : "active";
  try {
    await ask(`/admin/teams/${encodeURIComponent(team.id)}`, { method: "PATCH", body: { status: next } });
    toast(`${team.id} is ${next}.`);
  } catch (error) {
    toast(error.message, "bad");
  }
  load();
}

const GROUPS = { team: "Team", key: "Key", alias: "Alias", target: "Target" };
let by = "team";

async function usage({ body, tools, signal, load }) {
  const { data } = await ask(`/admin/usage?by=${by}`, { signal });
  const choice = select(Object.entries(GROUPS).map(([name, title]) => [name, `By ${title.toLowerCase()}`]), by, { "aria-label": "Group", onchange: () => { by = choice.value; load(); } });
  put(tools, choice);
  if (!data.length) {
    put(body, empty("Nothing used yet.", "Every call leaves one record here, also those that failed or were left."));
    return;
  }
  put(body, table("Usage", [GROUPS[by], "Calls", "Served", "Failed", "Tokens in", "Tokens out", "Mean time", "Cost"],
    data.map((each) => [named(each.group || h("span", { class: "dim" }, "none")), count(each.calls), count(each.served), count(each.failed), count(each.prompt_tokens), count(each.completion_tokens),
      `${Math.round(each.avg_duration_ms)} ms`, usd(each.cost_usd)]), [1, 2, 3, 4, 5, 6, 7]));
}

async function ledger({ body, tools, signal }) {
  put(tools);
  let cursor = "";
  const rows = [];
  const more = async () => {
    const page = await ask(`/admin/ledger?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`, { signal });
    cursor = page.next_cursor;
    rows.push(...page.data.map((each) => [moment(each.at), named(h("code", null, each.account)), each.kind, count(each.amount), each.shortfall ? count(each.shortfall) : "", each.note && named(each.note), named(h("span", { class: "dim" }, each.ref))]));
    put(body, rows.length ? table("Ledger", ["When", "Account", "What", "Amount", "Short", "Note", "Reference"], rows, [3, 4]) : empty("The ledger is empty.", "Credits that are given, held, settled and released stand here, and no line is ever changed."),
      page.has_more ? h("button", { type: "button", onclick: () => more().catch((error) => toast(error.message, "bad")) }, "Newer") : null);
  };
  await more();
}
