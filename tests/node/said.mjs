// Runs cases for the tests: one a line of standard input, `CASE BASE_URL MODEL`, and what became of it as a line of
// standard output, `= ` and JSON. Whatever else a client writes is none.
//
// A case is an async function of an address and a model that gives an object; what it throws is told by name.

import { createInterface } from "node:readline";

export const QUESTION = "Hello from the other side";
export const TIDE = {
  type: "object",
  properties: { port: { type: "string" } },
  required: ["port"],
  additionalProperties: false,
};
export const tide = () => "high at 14:20";

export async function run(cases) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, base, model] = line.trim().split(" ");
    let said;
    try {
      said = await cases[name](base, model);
    } catch (error) {
      said = { error: described(error) };
    }
    process.stdout.write(`= ${JSON.stringify(said)}\n`);
  }
}

// What a caller would look at in an error, whichever client made it.
export function described(error) {
  const inner = error.lastError ?? error;
  return {
    name: inner.constructor.name,
    status: inner.status ?? inner.statusCode ?? null,
    code: inner.code ?? null,
    type: inner.type ?? null,
    message: String(inner.message),
    request: inner.requestID ?? null,
  };
}
