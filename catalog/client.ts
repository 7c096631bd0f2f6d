// Reads @datadog/datadog-api-client: what its generated request factories and models say about every operation.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { AuthScheme, Operation, Parameter, RequestShape } from '../src/datadog/catalogue.ts';
import { type HostKind, hostKindOf } from '../src/datadog/sites.ts';

type Version = Operation['version'];

/** An operation as the client describes it, before our rules are applied. */
export type ClientOperation = Omit<Operation, 'action' | 'resource' | 'risk' | 'tags' | 'secrets'>;

/** A field of an object model: its type as the client writes it. */
export interface Field {
  readonly type: string;
  readonly format?: string;
  readonly required?: true;
}
/** The models of one API version. */
export interface Models {
  readonly objects: Readonly<Record<string, Readonly<Record<string, Field>>>>;
  /** Value types of the objects that take further fields. */
  readonly additional: Readonly<Record<string, string>>;
  readonly enums: Readonly<Record<string, readonly (string | number)[]>>;
  readonly oneOf: Readonly<Record<string, readonly string[]>>;
}

const require = createRequire(import.meta.url);
const root = dirname(require.resolve('@datadog/datadog-api-client/package.json'));
const folder = (version: Version): string => join(root, 'dist/packages', `datadog-api-client-${version}`);

export const clientVersion = (): string =>
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** The one capture of a pattern that must match. */
function captured(text: string, pattern: RegExp, what: string): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`the client has changed: no ${what} in:\n${text.slice(0, 600)}`);
  return found;
}

/** The methods of a class in the client's generated JavaScript, by name. */
function methodsOf(source: string, className: string): Map<string, { parameters: string[]; body: string }> {
  const start = source.indexOf(`class ${className}`);
  const end = source.indexOf(`exports.${className} = ${className};`, start);
  if (start < 0 || end < 0) throw new Error(`the client has changed: no class ${className}`);
  const methods = new Map<string, { parameters: string[]; body: string }>();
  const pieces = source.slice(start, end).split(/^ {4}(\w+)\(([^)]*)\) \{$/m);
  for (let i = 1; i + 2 < pieces.length; i += 3) {
    methods.set(pieces[i]!, { parameters: pieces[i + 1]!.split(', '), body: pieces[i + 2]! });
  }
  return methods;
}

/** The types of a request factory's parameters that have a name for one, by parameter. */
function parameterTypes(declaration: string, method: string): Map<string, string> {
  const list = captured(declaration, new RegExp(`^ {4}${method}\\(([^]*?)\\): Promise<RequestContext>;`, 'm'), method);
  return new Map([...list.matchAll(/(\w+)\??: ([\w<>]+)(?=,|$)/g)].map((match) => [match[1]!, match[2]!]));
}

function parametersOf(body: string, types: Map<string, string>, models: Models): Parameter[] {
  const required = new Set([...body.matchAll(/RequiredError\("(\w+)"/g)].map((match) => match[1]));
  const parameter = (place: Parameter['in'], name: string, variable: string, type: string): Parameter => {
    const values = models.enums[type];
    const found = { name, in: place, type, required: required.has(variable) };
    return values === undefined ? found : { ...found, values };
  };
  const inPath = [...body.matchAll(/\.replace\("\{(\w+)\}", encodeURIComponent\(String\((\w+)\)\)\)/g)];
  const elsewhere = [
    ...body.matchAll(
      /set(Query|Header)Param\("([^"]+)", ObjectSerializer_1\.ObjectSerializer\.serialize\((\w+), "([^"]*)"/g,
    ),
  ];
  const count = body.match(/setQueryParam\(/g)?.length ?? 0;
  if (elsewhere.filter((match) => match[1] === 'Query').length !== count) {
    throw new Error(`the client has changed: unread query parameter in:\n${body.slice(0, 600)}`);
  }
  return [
    ...inPath.map((match) => parameter('path', match[1]!, match[2]!, types.get(match[2]!) ?? 'string')),
    ...elsewhere.map((match) => parameter(match[1] === 'Query' ? 'query' : 'header', match[2]!, match[3]!, match[4]!)),
  ];
}

function requestOf(body: string): RequestShape | undefined {
  if (!body.includes('setBody(')) return undefined;
  if (body.includes('localVarFormParams')) {
    return { mediaTypes: ['multipart/form-data'], required: body.includes('RequiredError("') };
  }
  const list = captured(body, /getPreferredMediaType\(\[([^\]]*)\]\)/, 'media types');
  return {
    mediaTypes: [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]!),
    model: captured(body, /stringify\(ObjectSerializer_1\.ObjectSerializer\.serialize\(body, "([^"]+)"/, 'body model'),
    required: body.includes('RequiredError("body"'),
  };
}

/** Status codes and the models they answer with, in the order of the client's response processor. */
function responsesOf(body: string): Record<string, string> {
  const responses: Record<string, string> = {};
  const specific = body.slice(0, body.indexOf('// Work around for missing responses'));
  for (const branch of specific.split(/^ {12}if \(/m).slice(1)) {
    const head = branch.slice(0, branch.indexOf('{'));
    const model = /ObjectSerializer\.deserialize\([^"]*"([^"]+)"/.exec(branch)?.[1] ?? '';
    for (const match of head.matchAll(/httpStatusCode === (\d+)/g)) responses[match[1]!] = model;
  }
  return responses;
}

function hostOf(servers: ServersModule, key: string): HostKind {
  const server = servers.operationServers[key]?.[0];
  if (server === undefined) return 'api';
  const { site, subdomain } = server.variableConfiguration;
  const prefix = subdomain ?? (site?.startsWith('browser-intake-') ? 'browser-intake' : site?.split('.datadoghq')[0]);
  const kind = prefix === undefined ? undefined : hostKindOf(prefix);
  if (kind === undefined) throw new Error(`the client has changed: ${key} is served from an unknown host`);
  return kind;
}

interface ServersModule {
  readonly operationServers: Record<string, { variableConfiguration: { site?: string; subdomain?: string } }[]>;
}

/** Every operation of the client, v1 before v2, by API class and id. */
export function readOperations(models: Record<Version, Models>): ClientOperation[] {
  const servers = require(join(root, 'dist/packages/datadog-api-client-common/servers.js')) as ServersModule;
  const operations: ClientOperation[] = [];
  for (const version of ['v1', 'v2'] as const) {
    const apis = join(folder(version), 'apis');
    for (const fileName of readdirSync(apis)
      .filter((name) => name.endsWith('Api.js'))
      .sort()) {
      const className = fileName.slice(0, -3);
      const source = readFileSync(join(apis, fileName), 'utf8');
      const declaration = readFileSync(join(apis, `${className}.d.ts`), 'utf8');
      const processors = methodsOf(source, `${className}ResponseProcessor`);
      for (const [method, { body }] of methodsOf(source, `${className}RequestFactory`)) {
        const id = method[0]!.toUpperCase() + method.slice(1);
        const request = requestOf(body);
        const auth = /applySecurityAuthentication\)\(_config, requestContext, \[([^\]]*)\]/.exec(body)?.[1] ?? '';
        operations.push({
          key: `${version}.${id}`,
          version,
          id,
          api: className.slice(0, -3),
          method: captured(body, /http_1\.HttpMethod\.(\w+)\)/, 'method') as Operation['method'],
          path: captured(body, /const localVarPath = "([^"]+)"/, 'path'),
          host: hostOf(servers, `${version}.${className}.${method}`),
          auth: [...auth.matchAll(/"(\w+)"/g)].map((match) => match[1] as AuthScheme),
          params: parametersOf(body, parameterTypes(declaration, method), models[version]),
          ...(request === undefined ? {} : { request }),
          responses: responsesOf(processors.get(method)!.body),
        });
      }
    }
  }
  return operations;
}

/** Every model of one API version. */
export function readModels(version: Version): Models {
  const at = join(folder(version), 'models');
  const serializer = readFileSync(join(at, 'ObjectSerializer.js'), 'utf8');
  const table = <T>(name: string): T =>
    JSON.parse(
      runInNewContext(`JSON.stringify(${captured(serializer, new RegExp(`const ${name} = (\\{[^]*?\\n\\});`), name)})`),
    ) as T;
  const objects: Record<string, Record<string, Field>> = {};
  const additional: Record<string, string> = {};
  for (const fileName of readdirSync(at)
    .filter((name) => name.endsWith('.js'))
    .sort()) {
    const name = fileName.slice(0, -3);
    if (name === 'ObjectSerializer') continue;
    const model = (require(join(at, fileName)) as Record<string, ClientModel | undefined>)[name];
    if (typeof model?.getAttributeTypeMap !== 'function') continue;
    const fields: Record<string, Field> = {};
    for (const [attribute, { baseName, type, format, required }] of Object.entries(model.getAttributeTypeMap())) {
      if (attribute === 'additionalProperties') additional[name] = type.replace(/^\{ \[key: string\]: (.*); \}$/, '$1');
      else fields[baseName] = { type, ...(format ? { format } : {}), ...(required ? { required: true } : {}) };
    }
    objects[name] = fields;
  }
  return { objects, additional, enums: table('enumsMap'), oneOf: table('oneOfMap') };
}

interface ClientModel {
  getAttributeTypeMap?(): Record<string, { baseName: string; type: string; format?: string; required?: boolean }>;
}
