// Anthropic's own SDK for Node.

import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";

import { QUESTION, TIDE, run, tide } from "./said.mjs";

const Form = z.object({ port: z.string(), height: z.number() });
const asked = [{ role: "user", content: QUESTION }];
const client = (base, more) =>
  new Anthropic({ baseURL: base.replace(/\/v1$/, ""), apiKey: "unused", maxRetries: 0, ...more });
const textOf = (message) => message.content.map((block) => block.text ?? "").join("");
const thoughtOf = (message) => message.content.map((block) => block.thinking ?? "").join("");

async function whole(base, model) {
  const message = await client(base).messages.create({ model, max_tokens: 200, messages: asked });
  return {
    text: textOf(message),
    finish: message.stop_reason,
    tokens: message.usage.input_tokens + message.usage.output_tokens,
  };
}

async function stream(base, model) {
  const events = client(base).messages.stream({ model, max_tokens: 200, messages: asked });
  const said = { kinds: [], text: "" };
  for await (const event of events) {
    said.kinds.push(event.type);
    if (event.delta?.type === "text_delta") said.text += event.delta.text;
  }
  const final = await events.finalMessage();
  return { ...said, whole: textOf(final), finish: final.stop_reason };
}

async function tools(base, model) {
  const called = [];
  const runner = client(base).beta.messages.toolRunner({
    model,
    max_tokens: 200,
    messages: asked,
    stream: true,
    tools: [
      betaTool({
        name: "tide",
        description: "When the tide is high.",
        inputSchema: TIDE,
        run: (given) => (called.push(given), tide()),
      }),
    ],
  });
  return { text: textOf(await runner), called };
}

async function form(base, model) {
  const message = await client(base).messages.parse({
    model,
    max_tokens: 200,
    messages: asked,
    output_config: { format: zodOutputFormat(Form) },
  });
  return { parsed: message.parsed_output };
}

async function reasoning(base, model) {
  const message = await client(base)
    .messages.stream({
      model,
      max_tokens: 4000,
      messages: asked,
      thinking: { type: "enabled", budget_tokens: 2000 },
    })
    .finalMessage();
  return { text: textOf(message), reasoning: thoughtOf(message) };
}

async function retried(base, model) {
  const message = await client(base, { maxRetries: 2 }).messages.create({
    model,
    max_tokens: 200,
    messages: asked,
  });
  return { text: textOf(message) };
}

async function abort(base, model) {
  const events = client(base).messages.stream({ model, max_tokens: 2000, messages: asked });
  let pieces = 0;
  for await (const event of events) {
    if (event.type === "content_block_delta" && ++pieces === 3) break;
  }
  events.abort();
  return { pieces };
}

async function cut(base, model) {
  const events = client(base, { maxRetries: 2 }).messages.stream({
    model,
    max_tokens: 2000,
    messages: asked,
  });
  return { text: textOf(await events.finalMessage()) };
}

async function models(base) {
  const names = [];
  for await (const each of client(base).models.list({ limit: 3 })) names.push(each.id);
  return { names };
}

async function counted(base, model) {
  const { input_tokens } = await client(base).messages.countTokens({ model, messages: asked });
  return { tokens: input_tokens };
}

// A model is written `messages:MODEL`, as it is for clients of several APIs.
const cases = { whole, stream, tools, form, reasoning, retried, abort, cut, models, counted };
await run(
  Object.fromEntries(
    Object.entries(cases).map(([name, made]) => [
      name,
      (base, named) => made(base, named.replace("messages:", "")),
    ]),
  ),
);
