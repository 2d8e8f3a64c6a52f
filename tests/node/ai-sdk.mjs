// Vercel's AI SDK with three of its providers. A model is written `PROVIDER:MODEL`.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Output, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

import { QUESTION, TIDE, described, run, tide } from "./said.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const Form = z.object({ port: z.string(), height: z.number() });

// `responses` is what `createOpenAI` asks of itself; `chat` must be asked for.
const PROVIDERS = {
  responses: (base, model) => createOpenAI({ baseURL: base, apiKey: "unused" })(model),
  chat: (base, model) => createOpenAI({ baseURL: base, apiKey: "unused" }).chat(model),
  compatible: (base, model) =>
    createOpenAICompatible({
      name: "firstbyte",
      baseURL: base,
      apiKey: "unused",
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model),
  messages: (base, model) => createAnthropic({ baseURL: base, apiKey: "unused" })(model),
};

function asked(base, named, more) {
  const [provider, model] = named.split(":");
  return { model: PROVIDERS[provider](base, model), prompt: QUESTION, maxRetries: 0, ...more };
}

async function whole(base, model) {
  const answer = await generateText(asked(base, model));
  return { text: answer.text, finish: answer.finishReason, tokens: answer.usage.totalTokens };
}

async function read(answer) {
  const said = { kinds: [], text: "", reasoning: "" };
  for await (const part of answer.fullStream) {
    said.kinds.push(part.type);
    if (part.type === "text-delta") said.text += part.text;
    if (part.type === "reasoning-delta") said.reasoning += part.text;
    if (part.type === "error") throw part.error;
  }
  return said;
}

async function stream(base, model) {
  const answer = streamText(asked(base, model, { onError: () => {} }));
  const said = await read(answer);
  return { ...said, finish: await answer.finishReason, tokens: (await answer.usage).totalTokens };
}

async function tools(base, model) {
  const called = [];
  const answer = streamText(
    asked(base, model, {
      stopWhen: stepCountIs(3),
      onError: () => {},
      tools: {
        tide: tool({
          description: "When the tide is high.",
          inputSchema: jsonSchema(TIDE),
          execute: async (given) => (called.push(given), tide()),
        }),
      },
    }),
  );
  const said = await read(answer);
  return { text: said.text, called };
}

async function form(base, model) {
  const answer = await generateText(asked(base, model, { output: Output.object({ schema: Form }) }));
  return { parsed: answer.output };
}

async function reasoning(base, model) {
  const answer = streamText(
    asked(base, model, {
      onError: () => {},
      providerOptions: {
        openai: { reasoningEffort: "low", reasoningSummary: "auto", forceReasoning: true },
        firstbyte: { reasoningEffort: "low" },
        anthropic: { thinking: { type: "enabled", budgetTokens: 2000 } },
      },
    }),
  );
  const said = await read(answer);
  return { text: said.text, reasoning: said.reasoning };
}

async function retried(base, model) {
  const answer = await generateText(asked(base, model, { maxRetries: 2 }));
  return { text: answer.text };
}

async function abort(base, model) {
  const stop = new AbortController();
  const answer = streamText(asked(base, model, { abortSignal: stop.signal, onError: () => {} }));
  let pieces = 0;
  for await (const part of answer.fullStream) {
    if (part.type === "text-delta" && ++pieces === 3) stop.abort();
  }
  return { pieces };
}

async function cut(base, model) {
  try {
    return await read(streamText(asked(base, model, { maxRetries: 2, onError: () => {} })));
  } catch (error) {
    return { error: error instanceof Error ? described(error) : { name: "part", message: JSON.stringify(error) } };
  }
}

await run({ whole, stream, tools, form, reasoning, retried, abort, cut });
