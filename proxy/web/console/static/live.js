// The calls of this server, as they happen: the last ones once, then every event. Falls behind, and begins anew.

import { ask, events, send } from "./api.js";

const MOST = 500;
const MOST_ACTIVE = 100;

export const calls = [];
export const active = new Map();
export const state = { is: "idle", trouble: null };

const listeners = new Set();
let started = false;
let due = false;

export function watch(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
  start();
}

addEventListener("key", () => { if (listeners.size) start(); });

export function start() {
  if (!started) {
    started = true;
    follow();
  }
}

// The call of this id, once it has ended; null where it does not come. Late is better than never.
export function ended(id, patience = 60000) {
  return new Promise((resolve) => {
    const look = () => {
      const found = calls.find((call) => call.id === id);
      if (found) done(found);
    };
    const done = (found) => {
      listeners.delete(look);
      clearTimeout(timer);
      resolve(found);
    };
    const timer = setTimeout(() => done(null), patience);
    listeners.add(look);
    start();
    look();
  });
}

function changed() {
  if (due) return;
  due = true;
  // Hidden pages paint no frames, and must not wait for one.
  setTimeout(() => {
    due = false;
    for (const listener of [...listeners]) listener();
  }, 60);
}

function become(is, trouble = null) {
  Object.assign(state, { is, trouble });
  changed();
}

async function follow() {
  for (;;) {
    try {
      become(state.is === "idle" ? "connecting" : "again");
      const response = await send("/admin/events");
      await begin();
      become("live");
      for await (const event of events(response)) take(event.name, JSON.parse(event.data));
      become("again");
    } catch (error) {
      become("away", error);
      if (error.status === 401 || error.status === 403 || error.status === 404) {
        started = false;
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
}

async function begin() {
  const list = (await ask("/admin/recent")).data;
  calls.splice(0, calls.length, ...list);
  active.clear();
  changed();
}

const TAKE = {
  attempt_failed: (said) => {
    if (said.moved_on) of(said).failed.push(said.target);
  },
  answer_began: (said) => Object.assign(of(said), { target: said.target, ttft_ms: said.ttft_ms, speaks: true }),
  answer_resumed: (said) => Object.assign(of(said), { target: said.target, resumed: true }),
  call_ended: (said) => {
    active.delete(said.id);
    if (calls.some((call) => call.seq === said.seq)) return;
    calls.unshift(said);
    calls.length = Math.min(calls.length, MOST);
  },
};

function take(name, said) {
  if (TAKE[name]) TAKE[name](said);
  changed();
}

function of(said) {
  let call = active.get(said.call);
  if (!call) {
    call = { id: said.call, alias: said.alias, target: said.target, failed: [], since: Date.now() };
    active.set(said.call, call);
    if (active.size > MOST_ACTIVE) active.delete(active.keys().next().value);
  }
  return call;
}
