// Talks to this origin and no other. The admin key lives in this module's memory and ends with the page.

import { dialog, field, h } from "./dom.js";

let key = "";
let asking = null;

export class Trouble extends Error {
  constructor(title, message, status, code) {
    super(message);
    Object.assign(this, { title, status, code });
  }
}

const REMEDIES = {
  403: "Set auth.admin_key in the configuration and reload it, or bind server.ops_listen to 127.0.0.1.",
  404: "This server does not serve it: its version or its configuration has no such part.",
  429: "Wait a moment and send it again.",
  503: "The server is full, stopping, or its store is away. Wait a moment and send it again.",
};

// A response of this origin; whatever is no success is a Trouble that says what to do.
export async function send(path, { method = "GET", body, signal, headers = {} } = {}) {
  for (;;) {
    const used = key;
    const all = { ...headers };
    if (used) all.authorization = `Bearer ${used}`;
    if (method !== "GET") all["content-type"] = "application/json";
    let response;
    try {
      const text = body === undefined ? (method === "POST" ? "{}" : undefined) : JSON.stringify(body);
      response = await fetch(path, { method, headers: all, body: text, signal, credentials: "omit", cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Trouble("The server does not answer.", "See that it runs and that this machine reaches it, then try again.", 0);
    }
    if (response.ok) return response;
    const failure = await failureOf(response);
    // A key that another request has replaced meanwhile is no reason to ask again.
    if (response.status === 401 && failure.code !== "provider_authentication") {
      if (used === key) await askForKey(Boolean(used));
      continue;
    }
    throw failure;
  }
}

export async function ask(path, options) {
  return (await send(path, options)).json();
}

async function failureOf(response) {
  let error = {};
  try {
    error = (await response.json()).error || {};
  } catch {
    // What is no JSON says nothing more than its status.
  }
  const said = error.message || `The server answered ${response.status}.`;
  const hint = error.message ? "" : REMEDIES[response.status] || "";
  const made = new Trouble(`${error.code ? error.code.replaceAll("_", " ") : "Refused"} (${response.status})`,
    `${said} ${hint}`.trim(), response.status, error.code);
  made.attempts = error.attempts || [];
  made.request = response.headers.get("x-request-id");
  return made;
}

function askForKey(wrong) {
  asking = asking || new Promise((resolve, reject) => {
    const input = h("input", { type: "password", autocomplete: "off", spellcheck: "false", required: true, autofocus: true, id: "admin-key",
      // No header could carry another, and the browser would say that the server does not answer.
      pattern: "\\s*[!-~]+\\s*", title: "Letters, digits and signs of ASCII, without spaces" });
    let given = false;
    const form = h("form", {
      onsubmit: (event) => {
        event.preventDefault();
        given = true;
        key = input.value.trim();
        made.close();
      },
    },
    wrong ? h("p", { class: "bad", role: "alert" }, "That key is not the one. Look at auth.admin_key, or at FIRSTBYTE_ADMIN_KEY of the server.") : null,
    field("Admin key", input, "Kept in this page's memory alone: a reload asks again."),
    h("div", { class: "actions" }, h("button", { class: "primary" }, "Open")));
    const made = dialog("This console needs the admin key", form, {
      onclose: () => {
        asking = null;
        if (given) {
          resolve();
          // What gave up without a key goes on.
          dispatchEvent(new Event("key"));
        } else reject(new Trouble("No admin key.", "Nothing is shown without it. Try again to enter it.", 401));
      },
    });
  });
  return asking;
}

// The events of a stream, as {name, data}; comments are passed over.
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (held + value).split("\n\n");
      held = blocks.pop();
      for (const block of blocks) {
        let name = "message";
        const data = [];
        for (const line of block.split("\n")) {
          if (line.startsWith("event:")) name = line.slice(6).trim();
          else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
        }
        if (data.length) yield { name, data: data.join("\n") };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
