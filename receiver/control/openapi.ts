/**
 * The description of the API (OpenAPI 3.1), made of its table of routes and the schemas that bodies are read with.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { scenarioForm, scenarioParts } from "../scenario/schema.ts";
import { PROBLEMS } from "./problem.ts";
import type { JsonSchema, Route } from "./route.ts";
import * as shapes from "./shapes.ts";

/** Where schemas that stand at several places are. */
const COMPONENTS = "#/components/schemas/";

/** The parts of the language, which bodies are made of. */
const PARTS: Readonly<Record<string, GenericSchema>> = { ...scenarioParts, scenario: scenarioForm };

/**
 * The description, as JSON.
 *
 * @example
 * ```ts
 * import { describeApi } from "./openapi.ts";
 * import { ROUTES } from "./routes.ts";
 * import assert from "node:assert/strict";
 *
 * const { openapi, paths } = describeApi(ROUTES, "1.0.0") as { openapi: string; paths: Record<string, object> };
 * assert.equal(openapi, "3.1.0");
 * assert.deepEqual(Object.keys(paths["/v1/scenario"]), ["get", "put"]);
 * ```
 */
export function describeApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  return {
    openapi: "3.1.0",
    info: {
      title: "mllp receive: control",
      version,
      description: "Changes and watches a mock receiver of HL7 messages while it runs",
    },
    servers: [{ url: "http://127.0.0.1:8575" }],
    // A token is wanted where the API can be reached from other machines, or where one was given.
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      responses: Object.fromEntries(
        Object.entries(PROBLEMS).map(([code, { about }]) => [
          code,
          { description: about, content: { "application/json": { schema: { $ref: `${COMPONENTS}problem` } } } },
        ]),
      ),
      schemas: { ...language(), problem: made(shapes.problem, "output") },
    },
  };
}

function operation({ method, path, about, query = [], body, answer }: Route): object {
  const parameters = [
    ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: path.startsWith("/v1/rules") ? { type: "string" } : { type: "integer", minimum: 0 },
    })),
    ...query.map(({ name, about, schema }) => ({ name, in: "query", description: about, schema })),
  ];
  const content = (types: readonly string[], schema: unknown) =>
    Object.fromEntries(types.map((type) => [type, schema === undefined ? {} : { schema }]));
  const schema = body?.schema ?? (body?.form === undefined ? undefined : made(body.form, "input"));
  return {
    operationId: `${method.toLowerCase()} ${path}`.replace(/[^A-Za-z0-9]+/g, "_").replace(/_$/, ""),
    summary: about,
    ...parameters.length === 0 ? {} : { parameters },
    ...body === undefined
      ? {}
      : { requestBody: { description: body.about, required: body.required, content: content(body.types, schema) } },
    responses: {
      [answer.status]: {
        description: answer.about,
        content: content([answer.type], answer.schema === undefined ? undefined : made(answer.schema, "output")),
      },
      default: { $ref: "#/components/responses/bad_request" },
    },
  };
}

/** The parts of the language by name. What a JSON Schema cannot say, a body is refused for all the same. */
function language(): Record<string, JsonSchema> {
  const { $defs = {} } = toJsonSchema(scenarioForm, { definitions: PARTS, typeMode: "input", errorMode: "ignore" });
  return Object.fromEntries(Object.entries($defs).map(([name, schema]) => [name, pointed(schema)]));
}

/** A schema: of a body with the parts of the language by reference; an answer has none of them. */
function made(schema: GenericSchema, typeMode: "input" | "output"): JsonSchema {
  const definitions = typeMode === "input" ? PARTS : undefined;
  const { $defs: _, $schema: __, ...rest } = toJsonSchema(schema, { definitions, typeMode, errorMode: "ignore" });
  return pointed(rest);
}

/** References as they are within a description. */
function pointed(schema: unknown): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${COMPONENTS}`)) as JsonSchema;
}
