// OpenAI's own SDK for Node: chat and Responses.

import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

import { QUESTION, TIDE, run, tide } from "./said.mjs";

const Form = z.object({ port: z.string(), height: z.number() });
const asked = [{ role: "user", content: QUESTION }];
const chatTool = { type: "function", function: { name: "tide", parameters: TIDE } };
const responsesTool = { type: "function", name: "tide", parameters: TIDE, strict: true };
const client = (baseURL, more) => new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0, ...more });

async function chatWhole(base, model) {
  const { data, response } = await client(base)
    .chat.completions.create({ model, messages: asked })
    .withResponse();
  const [choice] = data.choices;
  return {
    text: choice.message.content,
    finish: choice.finish_reason,
    tokens: data.usage.total_tokens,
    target: response.headers.get("x-firstbyte-target"),
  };
}

async function chatStream(base, model) {
  const stream = await client(base).chat.completions.create({
    model,
    messages: asked,
    stream: true,
    stream_options: { include_usage: true },
  });
  const said = { text: "", ids: new Set(), finish: null, tokens: null };
  for await (const chunk of stream) {
    said.ids.add(chunk.id);
    said.text += chunk.choices[0]?.delta.content ?? "";
    said.finish = chunk.choices[0]?.finish_reason ?? said.finish;
    said.tokens = chunk.usage?.total_tokens ?? said.tokens;
  }
  return { ...said, ids: said.ids.size };
}

async function chatTools(base, model) {
  const called = [];
  const runner = client(base).chat.completions.runTools({
    model,
    messages: asked,
    stream: true,
    tools: [
      {
        type: "function",
        function: {
          name: "tide",
          parameters: TIDE,
          parse: JSON.parse,
          function: (given) => (called.push(given), tide()),
        },
      },
    ],
  });
  return { text: await runner.finalContent(), called };
}

async function chatForm(base, model) {
  const answer = await client(base).chat.completions.parse({
    model,
    messages: asked,
    response_format: zodResponseFormat(Form, "form"),
  });
  return { parsed: answer.choices[0].message.parsed };
}

async function chatReasoning(base, model) {
  const stream = await client(base).chat.completions.create({
    model,
    messages: asked,
    stream: true,
    reasoning_effort: "low",
  });
  const said = { text: "", reasoning: "" };
  for await (const chunk of stream) {
    said.text += chunk.choices[0]?.delta.content ?? "";
    said.reasoning += chunk.choices[0]?.delta.reasoning_content ?? "";
  }
  return said;
}

async function retried(base, model) {
  const answer = await client(base, { maxRetries: 2 }).chat.completions.create({
    model,
    messages: asked,
  });
  return { text: answer.choices[0].message.content };
}

async function chatAbort(base, model) {
  const stop = new AbortController();
  const stream = await client(base).chat.completions.create(
    { model, messages: asked, stream: true },
    { signal: stop.signal },
  );
  let pieces = 0;
  for await (const _ of stream) {
    if (++pieces === 3) stop.abort();
  }
  return { pieces };
}

async function chatCut(base, model) {
  const stream = await client(base, { maxRetries: 2 }).chat.completions.create({
    model,
    messages: asked,
    stream: true,
  });
  for await (const _ of stream);
  return {};
}

async function responsesWhole(base, model) {
  const answer = await client(base).responses.create({ model, input: QUESTION });
  return { text: answer.output_text, finish: answer.status, tokens: answer.usage.total_tokens };
}

async function responsesStream(base, model) {
  const stream = client(base).responses.stream({ model, input: QUESTION });
  const said = { kinds: [], text: "" };
  for await (const event of stream) {
    said.kinds.push(event.type);
    if (event.type === "response.output_text.delta") said.text += event.delta;
  }
  const final = await stream.finalResponse();
  return { ...said, whole: final.output_text, finish: final.status };
}

async function responsesTools(base, model) {
  const api = client(base);
  const first = await api.responses.stream({ model, input: asked, tools: [responsesTool] }).finalResponse();
  const call = first.output.find((item) => item.type === "function_call");
  const second = await api.responses.create({
    model,
    previous_response_id: first.id,
    input: [{ type: "function_call_output", call_id: call.call_id, output: tide() }],
    tools: [responsesTool],
  });
  return { text: second.output_text, called: [JSON.parse(call.arguments)] };
}

async function responsesForm(base, model) {
  const answer = await client(base).responses.parse({
    model,
    input: QUESTION,
    text: { format: zodTextFormat(Form, "form") },
  });
  return { parsed: answer.output_parsed };
}

async function responsesReasoning(base, model) {
  const answer = await client(base).responses.create({
    model,
    input: QUESTION,
    reasoning: { effort: "low", summary: "auto" },
  });
  const thought = answer.output.find((item) => item.type === "reasoning");
  return { text: answer.output_text, reasoning: thought?.summary.map((part) => part.text).join("") };
}

async function responsesRetried(base, model) {
  const answer = await client(base, { maxRetries: 2 }).responses.create({ model, input: QUESTION });
  return { text: answer.output_text };
}

async function responsesAbort(base, model) {
  const stream = client(base).responses.stream({ model, input: QUESTION });
  let pieces = 0;
  for await (const event of stream) {
    if (event.type === "response.output_text.delta" && ++pieces === 3) break;
  }
  stream.abort();
  return { pieces };
}

async function responsesCut(base, model) {
  const stream = client(base, { maxRetries: 2 }).responses.stream({ model, input: QUESTION });
  for await (const _ of stream);
  return {};
}

async function models(base) {
  const names = [];
  for await (const each of client(base).models.list()) names.push(each.id);
  return { names };
}

async function vectors(base, model) {
  const answer = await client(base).embeddings.create({ model, input: ["a", "b"] });
  return { sizes: answer.data.map((each) => each.embedding.length) };
}

const CASES = {
  chat: {
    whole: chatWhole,
    stream: chatStream,
    tools: chatTools,
    form: chatForm,
    reasoning: chatReasoning,
    retried,
    abort: chatAbort,
    cut: chatCut,
    models,
    vectors,
  },
  responses: {
    whole: responsesWhole,
    stream: responsesStream,
    tools: responsesTools,
    form: responsesForm,
    reasoning: responsesReasoning,
    retried: responsesRetried,
    abort: responsesAbort,
    cut: responsesCut,
  },
};

// A model is written `API:MODEL`.
const names = new Set(Object.values(CASES).flatMap(Object.keys));
await run(
  Object.fromEntries(
    [...names].map((name) => [
      name,
      (base, named) => {
        const [api, model] = named.split(":");
        return CASES[api][name](base, model);
      },
    ]),
  ),
);
