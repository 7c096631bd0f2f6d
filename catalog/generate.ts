// Generates catalog/operations.json and catalog/models.json from the installed @datadog/datadog-api-client and
// catalog/rules.yaml. Run by `npm run catalog`; a test fails when the committed files differ from what this makes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '../src/datadog/catalogue.ts';
import { type ClientOperation, clientVersion, type Field, type Models, readModels, readOperations } from './client.ts';
import { actionOf, askedOf, resourceOf, riskOf, tagsOf } from './derive.ts';
import { type Rules, readRules } from './rules.ts';
import { secretPathsIn, secretsOf } from './secrets.ts';

/** The generated files, by name. One line an operation or a model, so that a review sees what a change changes. */
export function generate(): { 'operations.json': string; 'models.json': string } {
  const rules = readRules();
  const models = { v1: readModels('v1'), v2: readModels('v2') };
  const pathsIn = { v1: secretPathsIn(models.v1, 'v1', rules), v2: secretPathsIn(models.v2, 'v2', rules) };
  const operations = [...readOperations(models), ...formerOperations(rules)].map((operation): Operation => {
    const action = actionOf(operation, rules);
    const { resource, within, also } = resourceOf(operation, action, rules, models[operation.version]);
    const secrets = secretsOf(operation, rules, pathsIn[operation.version]);
    const asked = askedOf(operation, action, resource.kind, rules, models[operation.version]);
    const { params, request, responses, ...head } = operation;
    const judged = {
      ...head,
      action,
      resource,
      ...(within === undefined ? {} : { within }),
      ...(also === undefined ? {} : { also }),
      risk: riskOf(operation.key, action, resource.kind, rules),
      ...(secrets === undefined ? {} : { secrets }),
      ...(asked === undefined ? {} : { asked }),
    };
    return {
      ...judged,
      tags: tagsOf(judged, rules),
      params,
      ...(request === undefined ? {} : { request }),
      responses,
    };
  });
  const known = new Set(operations.map(({ key }) => key));
  for (const [section, keys] of namedOperations(rules)) {
    for (const key of keys) if (!known.has(key)) throw new Error(`catalog/rules.yaml, ${section}: no operation ${key}`);
  }
  const lines = operations.map((operation) => JSON.stringify(operation)).join(',\n');
  return {
    'operations.json': `{"client":${JSON.stringify(clientVersion())},"secretFields":${JSON.stringify(rules.secrets.fields)},"operations":[\n${lines}\n]}\n`,
    'models.json': `{"v1":${modelLines(models.v1)},\n"v2":${modelLines(models.v2)}}\n`,
  };
}

/** Operations that earlier or other clients have, in the client's form; the shapes of their bodies are no longer known. */
const formerOperations = (rules: Rules): ClientOperation[] =>
  rules.former.map(({ key, api, method, path, body }) => ({
    key,
    version: key.startsWith('v1.') ? 'v1' : 'v2',
    id: key.slice(3),
    api,
    method,
    path,
    host: 'api',
    auth: ['apiKeyAuth', 'appKeyAuth'],
    params: [...path.matchAll(/\{(\w+)\}/g)].map((match) => ({
      name: match[1]!,
      in: 'path' as const,
      type: 'string',
      required: true,
    })),
    ...(body ? { request: { mediaTypes: ['application/json'], model: 'any', required: true } } : {}),
    responses: { 200: 'any' },
  }));

const namedOperations = (rules: Rules): [string, string[]][] => [
  ['actions', Object.keys(rules.actions.operations)],
  ['kindsOf', Object.keys(rules.kindsOf)],
  ['ids', Object.keys(rules.ids)],
  ['also', Object.keys(rules.also)],
  ['asked', [...Object.keys(rules.asked.metrics), ...rules.asked.queries.except]],
  ['risk', Object.keys(rules.risk.operations)],
  ['tags', rules.tags.flatMap(({ operations }) => operations ?? [])],
  ['secrets', [...rules.secrets.freeform, ...Object.keys(rules.secrets.path)]],
];

/** `string`, `string(date-time)`, `Array<Monitor>!`: type, format, and an exclamation mark when the field is required. */
const fieldText = ({ type, format, required }: Field): string =>
  `${type}${format ? `(${format})` : ''}${required ? '!' : ''}`;

function modelLines({ objects, additional, enums, oneOf }: Models): string {
  const lines = Object.entries(objects).map(([name, fields]) => {
    const texts = Object.fromEntries(Object.entries(fields).map(([field, shape]) => [field, fieldText(shape)]));
    return `${JSON.stringify(name)}:${JSON.stringify(additional[name] === undefined ? texts : { ...texts, '*': additional[name] })}`;
  });
  const table = (entries: object): string =>
    Object.entries(entries)
      .map(([name, values]) => `${JSON.stringify(name)}:${JSON.stringify(values)}`)
      .join(',\n');
  return `{"objects":{\n${lines.join(',\n')}},\n"enums":{\n${table(enums)}},\n"oneOf":{\n${table(oneOf)}}}`;
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(generate())) {
    writeFileSync(join(import.meta.dirname, name), text);
    process.stdout.write(`catalog/${name}: ${(text.length / 1e6).toFixed(2)} MB\n`);
  }
}
