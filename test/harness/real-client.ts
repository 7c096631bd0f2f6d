// Datadog's own TypeScript client, called by the catalogue's operations.
import { client, v1, v2 } from '@datadog/datadog-api-client';
import type { Operation } from '../../src/datadog/catalogue.ts';

type Method = (param?: object) => Promise<unknown>;
type Api = Record<string, Method | undefined>;

/** The client's way of naming parameters: `page[size]` is `pageSize`. */
const camel = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9]+([A-Za-z0-9])?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())
    .replace(/^[A-Z]/, (first) => first.toLowerCase());

/** What the client made of an answer: its value, or the status of an error that Datadog could have given. */
export type Outcome = { readonly value: unknown } | { readonly status: number; readonly body: unknown };

export interface RealClient {
  readonly configuration: client.Configuration;
  /**
   * Calls an operation; required parameters that are not given have a sample.
   * @param body as JSON, in the field names of the API
   * @returns undefined for an operation that the client does not have
   * @throws whatever is no HTTP error: above all, what cannot be deserialised
   */
  call(
    operation: Operation,
    given?: { readonly path?: Readonly<Record<string, string>>; readonly body?: unknown },
  ): Promise<Outcome | undefined>;
}

export function realClient(url: string): RealClient {
  const configuration = client.createConfiguration({
    authMethods: { apiKeyAuth: 'a'.repeat(32), appKeyAuth: 'b'.repeat(40) },
    baseServer: new client.ServerConfiguration(url, {}),
    enableRetry: false,
  });
  for (const name of Object.keys(configuration.unstableOperations)) configuration.unstableOperations[name] = true;
  const apis: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { v1, v2 };
  return {
    configuration,
    async call({ version, api, id, params, request }, { path = {}, body } = {}) {
      const Class = (apis[version]?.[`${api}Api`] ?? apis[version]?.[api]) as
        | (new (
            of: client.Configuration,
          ) => Api)
        | undefined;
      const instance = Class && new Class(configuration);
      const method = instance?.[id.charAt(0).toLowerCase() + id.slice(1)] ?? instance?.[id];
      if (!instance || !method) return undefined;
      const named = params.flatMap(({ name, required, type, values }) => {
        if (path[name] !== undefined)
          return [[camel(name), type.startsWith('number') ? Number(path[name]) : path[name]]];
        return required ? [[camel(name), values?.[0] ?? sample(type)]] : [];
      });
      if (body !== undefined && request?.model !== undefined) {
        const { ObjectSerializer } = (await import(`${MODELS}-${version}/models/ObjectSerializer.js`)) as Serializer;
        named.push(['body', ObjectSerializer.deserialize(body, request.model)]);
      }
      try {
        const value = await (named.length === 0
          ? method.call(instance)
          : method.call(instance, Object.fromEntries(named)));
        return { value };
      } catch (error) {
        const { code, body: told } = error as { code?: unknown; body?: unknown };
        if (typeof code === 'number' && code >= 400 && code < 500) return { status: code, body: told };
        throw error;
      }
    },
  };
}

const MODELS = '@datadog/datadog-api-client/dist/packages/datadog-api-client';
interface Serializer {
  readonly ObjectSerializer: { deserialize(data: unknown, type: string): unknown };
}

function sample(type: string): unknown {
  if (type.startsWith('number')) return 1_700_000_000;
  if (type === 'boolean') return true;
  if (type.startsWith('Date')) return new Date(1_700_000_000_000);
  if (type.startsWith('Array')) return [type.includes('number') ? 4711 : 'sample'];
  return '3f6a3c0e-0000-4000-8000-0000000000aa';
}

/** Where in a value the client met what its models do not have; undefined when it knows all of it. */
export function unparsedIn(value: unknown, path = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const found = unparsedIn(inner, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return '_unparsed' in value || value.constructor.name === 'UnparsedObject'
    ? `${path} ${JSON.stringify(value).slice(0, 200)}`
    : undefined;
}
