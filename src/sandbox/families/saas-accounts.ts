// Accounts at other services: Cloudflare, Confluent Cloud, Fastly, Okta.
import { type Answer, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import type { Item } from '../world.ts';

/** Cloudflare's API keys are 37 characters of hexadecimal; tokens are 40 characters of base64url. */
const CLOUDFLARE_KEY = /^[0-9a-f]{37}$/;
const CLOUDFLARE_TOKEN = /^[\w-]{40}$/;

const zonesDenied = (name: string, why: string): Answer =>
  textFailure(
    400,
    `Invalid account. Your Cloudflare configuration is invalid. Impossible to get zones for the account ${name}: ${why}.`,
  );

const cloudflare: CollectionRule = {
  newId: (ids) => ids.hex(32),
  notFound: () => textFailure(404, 'Account not found'),
  check(_call, given, before) {
    const was = objectOf(before?.attributes);
    const attributes: JsonObject = { ...was, ...objectOf(given.attributes) };
    const key = textOf(objectOf(given.attributes).api_key);
    if (key === '') return undefined;
    const email = textOf(objectOf(given.attributes).email);
    if (email === '' && !CLOUDFLARE_TOKEN.test(key))
      return textFailure(
        400,
        "{'_schema': ['Email address is required if providing an api key and not an api token.']}",
      );
    // Nobody has a token of one character over and over.
    if (/^(.)\1+$/.test(key)) return zonesDenied(textOf(attributes.name), 'API key or email is unknown');
    if (email !== '' && !CLOUDFLARE_KEY.test(key) && !/^[^@]+@[^@]+\.[^@]+$/.test(email))
      return zonesDenied(textOf(attributes.name), 'API key or email is not in the correct format');
    return undefined;
  },
  finish(item, _call, before, given) {
    const sent = objectOf(given.attributes);
    const attributes = { email: '', zones: [], resources: [], ...objectOf(item.attributes) };
    // An email that comes with a change of the key is the whole of the account's access.
    const shown = without(attributes, 'api_key');
    return { ...item, attributes: before ? { ...shown, ...pick(sent, ['zones', 'resources']) } : shown };
  },
};

const pick = (from: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name): [string, Json][] => (from[name] === undefined ? [] : [[name, from[name]]])));

const without = (item: JsonObject, secret: string): JsonObject =>
  Object.fromEntries(Object.entries(item).filter(([name]) => name !== secret));

const lower = (tags: Json | undefined): Json => arrayOf(tags).map((tag) => textOf(tag).toLowerCase());

const accounts = (secret: string): CollectionRule => ({
  notFound: () => textFailure(404, 'Account not found not found'),
  finish: (item) => ({ ...item, attributes: without(objectOf(item.attributes), secret) }),
});

const resource = (item: JsonObject): JsonObject => ({
  enable_custom_metrics: false,
  ...item,
  ...(item.tags !== undefined && { tags: lower(item.tags) }),
});

const confluent: CollectionRule = {
  ...accounts('api_secret'),
  newId: (ids) => ids.letters(10),
  finish(item) {
    const attributes = without(objectOf(item.attributes), 'api_secret');
    const resources = arrayOf(attributes.resources).map((each) => resource(objectOf(each)));
    return { ...item, attributes: { ...attributes, resources, tags: lower(attributes.tags) } };
  },
};

const confluentResources: CollectionRule = {
  notFound: () => textFailure(404, 'Resource not found'),
  finish: (item): Item => ({ ...item, attributes: resource(objectOf(item.attributes)) }),
};

const fastly: CollectionRule = { ...accounts('api_key'), newId: (ids) => ids.hex(32) };

export const saasFamily: Family = {
  name: 'accounts at other services',
  collections: {
    '/api/v2/integrations/cloudflare/accounts': cloudflare,
    '/api/v2/integrations/confluent-cloud/accounts': confluent,
    '/api/v2/integrations/confluent-cloud/accounts/{account_id}/resources': confluentResources,
    '/api/v2/integrations/fastly/accounts': fastly,
    '/api/v2/integrations/okta/accounts': accounts('client_secret'),
  },
};
