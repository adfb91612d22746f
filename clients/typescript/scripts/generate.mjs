// Writes src/generated from Dashboard's OpenAPI document: the types of schema.ts, and a method for each route.
//
//     node scripts/generate.mjs <file or address of the document> [--check]
//
// With --check it writes nothing, and exits with status 1 if a file is stale.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const FOLDER = new URL("../src/generated/", import.meta.url);
const HEAD = "// Generated from Dashboard's OpenAPI document by scripts/generate.mjs. Do not edit.\n";
const METHODS = ["get", "post", "patch", "put", "delete"];

const [source, ...flags] = process.argv.slice(2);
if (!source || flags.some((flag) => flag !== "--check")) {
  console.error("Usage: node scripts/generate.mjs <file or address of the OpenAPI document> [--check]");
  process.exit(2);
}

const document = JSON.parse(await read(source));
const files = {
  "schema.ts": HEAD + astToString(await openapiTS(withoutResponses(document))),
  "routes.ts": HEAD + routes(document),
};
const stale = [];
for (const [name, text] of Object.entries(files)) {
  const current = await readFile(new URL(name, FOLDER), "utf8").catch(() => "");
  if (current !== text) stale.push(name);
}
if (flags.includes("--check")) {
  if (stale.length) {
    console.error(`Stale: ${stale.join(", ")}. Generate them anew, as docs/contributing.md says.`);
    process.exit(1);
  }
} else {
  await mkdir(FOLDER, { recursive: true });
  for (const name of stale) await writeFile(new URL(name, FOLDER), files[name]);
}

// The responses stand in routes.ts. In schema.ts they would be most of it.
function withoutResponses(document) {
  const { components, paths, ...rest } = structuredClone(document);
  for (const operation of Object.values(paths).flatMap(Object.values)) operation.responses = {};
  return { ...rest, paths, components: { schemas: components.schemas } };
}

async function read(source) {
  if (/^https?:/.test(source)) return (await fetch(source)).text();
  return readFile(pathToFileURL(source), "utf8");
}

// routes.ts

function routes({ paths, components }) {
  const groups = new Map([["root", []]]);
  for (const [path, operations] of Object.entries(paths)) {
    const [group, name] = path.split("/").length > 3 ? path.split("/").slice(2) : ["root", path.split("/")[2]];
    for (const method of METHODS.filter((it) => it in operations)) {
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(methodOf(name, method, path, operations[method]));
    }
  }
  const { root, ...named } = Object.fromEntries(groups);
  return [
    'import type { Call, CallOptions } from "../call.js";\n',
    'import type { List } from "../list.js";\n',
    'import type { Input } from "../names.js";\n',
    'import type { components, operations } from "./schema.js";\n\n',
    "export type Schemas = components[\"schemas\"];\n",
    "type Query<K extends keyof operations> = NonNullable<operations[K][\"parameters\"][\"query\"]>;\n\n",
    "/** The codes of Dashboard's errors. */\n",
    `export const CODES = [\n${codes(components.schemas).map((it) => `  "${it}",\n`).join("")}] as const;\n\n`,
    ...Object.entries(named).map(([group, methods]) => classOf(group, methods)),
    "/** A method for each route. */\n",
    "export class Routes {\n",
    ...Object.keys(named).map((group) => `  readonly ${camel(group)}: ${pascal(group)}Routes;\n`),
    "  readonly #call: Call;\n",
    "\n  constructor(call: Call) {\n",
    "    this.#call = call;\n",
    ...Object.keys(named).map((group) => `    this.${camel(group)} = new ${pascal(group)}Routes(call);\n`),
    "  }\n",
    ...root,
    "}\n",
  ].join("");
}

function classOf(group, methods) {
  return [
    `/** The routes below /api/${group}. */\n`,
    `export class ${pascal(group)}Routes {\n`,
    "  readonly #call: Call;\n",
    "\n  constructor(call: Call) {\n    this.#call = call;\n  }\n",
    ...methods,
    "}\n\n",
  ].join("");
}

function methodOf(name, method, path, operation) {
  const query = (operation.parameters ?? []).filter((it) => it.in === "query");
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  const takes = [
    ...(query.length ? [`Query<"${operation.operationId}">`] : []),
    ...(body ? [schemaType(body)] : []),
  ];
  const optional = !(operation.requestBody?.required || query.some((it) => it.required));
  const parameters = takes.length ? [`parameters: Input<${takes.join(", ")}>${optional ? " = {}" : ""}`] : [];
  const { kind, type } = returned(operation, query);
  const spec = `{ method: "${method.toUpperCase()}", path: "${path}", query: ${list(query.map((it) => it.name))} }`;
  return [
    `\n  /** ${operation.description ?? operation.summary} */\n`,
    `  ${camel(name)}(\n`,
    ...[...parameters, "options?: CallOptions"].map((it) => `    ${it},\n`),
    `  ): ${kind === "list" ? "List" : "Promise"}<${type}> {\n`,
    `    const route = ${spec} as const;\n`,
    `    return this.#call.${kind}(route, ${takes.length ? "parameters" : "{}"}, options);\n`,
    "  }\n",
  ].join("");
}

// How the answer is read: as JSON, as a list whose pages follow one another, or, if it is neither, not at all.
function returned(operation, query) {
  const [status, answer] = Object.entries(operation.responses).find(([it]) => it.startsWith("2"));
  if (status === "204") return { kind: "headers", type: "Headers" };
  const schema = answer.content?.["application/json"]?.schema;
  if (!schema || Object.keys(answer.content).length > 1) return { kind: "response", type: "Response" };
  if (schema.type === "array" && query.some((it) => it.name === "after")) {
    return { kind: "list", type: schemaType(schema.items) };
  }
  return { kind: "json", type: schemaType(schema) };
}

function schemaType(schema) {
  if (schema.$ref) return `Schemas["${schema.$ref.split("/").at(-1)}"]`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `${schemaType(schema.items)}[]`;
  const types = { integer: "number", number: "number", boolean: "boolean", string: "string" };
  const type = types[schema.type];
  if (!type) throw new Error(`There is no type for ${JSON.stringify(schema)}.`);
  return type;
}

// The codes stand in the schemas of errors, whose names end so; but for that of 405, which no operation answers.
function codes(schemas) {
  const errors = Object.entries(schemas).filter(([name]) => name.endsWith("Error")).map(([, schema]) => schema);
  const messages = errors.map((it) => it.properties?.message).filter(Boolean);
  return [...new Set(["invalid-method", ...messages.flatMap((it) => it.enum ?? [it.const])])].sort();
}

function list(values) {
  return `[${values.map((it) => JSON.stringify(it)).join(", ")}]`;
}

function camel(name) {
  return name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
}

function pascal(name) {
  return camel(`-${name}`);
}
