// The parts of docs/ that are made from code: configuration fields, error codes, JSON Schema, OpenAPI document.
import { apiRoutes } from '../../api/api.ts';
import type { ApiOptions } from '../../api/context.ts';
import { openApiDocument } from '../../api/openapi.ts';
import { configJsonSchema, type JsonSchema } from '../../config/json-schema.ts';
import { CODES } from '../../exchange/codes.ts';

/** A file of docs/: generated as a whole, or between two marks. */
export interface Reference {
  readonly file: string;
  /** The text with the generated part renewed. */
  renew(text: string): string;
}

export const REFERENCES: readonly Reference[] = [
  { file: 'config.schema.json', renew: () => json(publishedSchema()) },
  { file: 'openapi.json', renew: () => json(openApiDocument(documentedRoutes())) },
  { file: 'configuration.md', renew: (text) => between(text, 'fields', fieldTable()) },
  { file: 'errors.md', renew: (text) => between(text, 'codes', codeTable()) },
  { file: 'api.md', renew: (text) => between(text, 'routes', routeTable()) },
];

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function between(text: string, name: string, generated: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the marks "${begin}" and "${end}" are missing`);
  return `${text.slice(0, from + begin.length)}\n\n${generated}\n\n${text.slice(to)}`;
}

function publishedSchema(): object {
  const { $schema, ...schema } = configJsonSchema() as { $schema?: string };
  return { $schema, $id: 'https://dogwatch.dev/config.schema.json', ...schema };
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function codeTable(): string {
  const rows = Object.entries(CODES).map(
    ([name, info]) => `| ${code(name)} | ${'status' in info ? info.status : ''} | ${cell(info.means)} |`,
  );
  return ['| code | status | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function fieldTable(): string {
  return [
    '| field | value | default | meaning |',
    '| --- | --- | --- | --- |',
    ...fieldRows(configJsonSchema(), ''),
  ].join('\n');
}

function fieldRows(schema: JsonSchema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = path === '' ? key : `${path}.${key}`;
    const inner = objectWithin(field);
    const required = schema.required?.includes(key) === true && field.default === undefined;
    const plainDefault = field.default !== undefined && !(inner && typeof field.default === 'object');
    const defaults = required ? '**required**' : plainDefault ? code(JSON.stringify(field.default)) : '';
    const row = `| ${code(name)} | ${cell(formOf(field))} | ${defaults} | ${cell(field.description ?? '')} |`;
    if (!inner) return [row];
    return [row, ...fieldRows(inner.schema, inner.list ? `${name}[]` : name)];
  });
}

/** The object that a field is, or is a list of. Alternatives stay in one cell. */
function objectWithin(field: JsonSchema): { schema: JsonSchema; list: boolean } | undefined {
  if (field.properties) return { schema: field, list: false };
  return field.items?.properties ? { schema: field.items, list: true } : undefined;
}

function formOf(schema: JsonSchema): string {
  if (schema.title) return schema.title;
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(formOf))].join(' or ');
  if (schema.type === 'array')
    return schema.items?.properties ? 'list' : `list of ${schema.items ? formOf(schema.items) : 'values'}`;
  if (schema.properties && schema.additionalProperties === false && Object.keys(schema.properties).length === 1) {
    return code(`{ ${Object.keys(schema.properties)[0]}: … }`);
  }
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'number',
    boolean: '`true`, `false`',
    object: 'section',
  };
  return [schema.type ?? 'anything']
    .flat()
    .map((type) => names[type] ?? type)
    .join(' or ');
}

function routeTable(): string {
  const rows = documentedRoutes().map(
    ({ method = 'GET', url, summary, access }) =>
      `| ${code(`${method} ${url.replace(/:(\w+)/g, '{$1}')}`)} | ${access} | ${cell(summary)} |`,
  );
  return ['| route | who | what |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The routes of an API with the default configuration. None of them is called, so the collaborators are not needed. */
function documentedRoutes() {
  const options = {
    config: { name: '', data: '', api: { listen: { host: '127.0.0.1', port: 0 }, openLog: true } },
    journal: { onDurable: () => () => undefined },
  };
  return apiRoutes(options as unknown as ApiOptions, new AbortController().signal).routes;
}
