// Google Cloud and Azure accounts, webhooks and Opsgenie services of the integrations.
import { type Answer, errorFailure, type Handler, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { type Json, type JsonObject, objectOf, textOf } from '../json.ts';

const GCP_ACCOUNTS = '/api/v2/integration/gcp/accounts';
const DELEGATE = '/api/v2/integration/gcp/sts_delegate';

const gcpAccounts: CollectionRule = {
  check({ world }, given, before) {
    const attributes = objectOf(given.attributes);
    if (attributes.is_cspm_enabled === true && attributes.resource_collection_enabled === false)
      return textFailure(400, 'Resource Collection must be enabled for CSM to be enabled');
    const taken = [...world.collection(GCP_ACCOUNTS).values()].some(
      (item) => item !== before && objectOf(item.attributes).client_email === attributes.client_email,
    );
    return !before && taken ? textFailure(409, 'Service account already exists') : undefined;
  },
  finish(item) {
    const attributes = objectOf(item.attributes);
    const collected =
      attributes.resource_collection_enabled === true ||
      attributes.is_security_command_center_enabled === true ||
      attributes.is_resource_change_collection_enabled === true;
    return {
      ...item,
      attributes: {
        account_tags: [],
        automute: false,
        cloud_run_revision_filters: [],
        host_filters: [],
        is_cspm_enabled: false,
        is_security_command_center_enabled: false,
        ...attributes,
        resource_collection_enabled: collected,
      },
      meta: { accessible_projects: [] },
    };
  },
  view: (item, { operation }) => {
    const { meta, ...rest } = item;
    return operation.method === 'GET' && meta !== undefined ? { ...rest, meta } : rest;
  },
};

/** The principal of Datadog that customers' service accounts trust. */
const delegate: Handler = ({ world, operation }) => {
  const email = `ddgci-${world.user.orgUuid.slice(0, 12)}@${world.site.replaceAll('.', '-')}.iam.gserviceaccount.com`;
  if (operation.method === 'POST') world.documents.set(DELEGATE, email);
  return ok({ data: { type: 'gcp_sts_delegate', id: email, attributes: { delegate_account_email: email } } });
};

// v1: flat accounts, known by some of their fields

interface Flat {
  readonly path: string;
  readonly key: (body: JsonObject) => string;
  readonly what: string;
  /** Fields that are never shown again. */
  readonly secret: readonly string[];
}

const GCP: Flat = {
  path: '/api/v1/integration/gcp',
  key: ({ project_id, client_email }) => `${textOf(project_id)} ${textOf(client_email)}`,
  what: 'GCP service account',
  secret: ['private_key', 'private_key_id'],
};
const AZURE: Flat = {
  path: '/api/v1/integration/azure',
  key: ({ tenant_name, client_id }) => `${textOf(tenant_name)} ${textOf(client_id)}`,
  what: 'Azure account',
  secret: ['client_secret', 'new_client_id', 'new_tenant_name'],
};

const done: Answer = ok({});
const absent = ({ what }: Flat): Answer => textFailure(400, `${what} does not exist in integration`);

const without = (item: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !fields.includes(name)));

const flatHandlers = (kind: Flat, name: string): Record<string, Handler> => ({
  [`v1.Create${name}Integration`]: ({ body, world }) => {
    const given = objectOf(body);
    if (kind.key(given).trim() === '') return textFailure(400, `${kind.what} is not told`);
    world.collection(kind.path).set(kind.key(given), { automute: false, ...without(given, kind.secret), errors: [] });
    return done;
  },
  [`v1.Update${name}Integration`]: ({ body, world }) => {
    const given = objectOf(body);
    const all = world.collection(kind.path);
    const before = all.get(kind.key(given));
    if (!before) return absent(kind);
    all.delete(kind.key(given));
    const moved: JsonObject = { ...given };
    if (given.new_client_id !== undefined) moved.client_id = given.new_client_id;
    if (given.new_tenant_name !== undefined) moved.tenant_name = given.new_tenant_name;
    all.set(kind.key(moved), { ...before, ...without(moved, kind.secret), errors: [] });
    return done;
  },
  [`v1.Delete${name}Integration`]: ({ body, world }) =>
    world.remove(kind.path, kind.key(objectOf(body))) ? done : absent(kind),
  [`v1.List${name}Integration`]: ({ world }) => ok([...world.collection(kind.path).values()]),
});

// Webhooks

const PAYLOAD =
  '{"body": "$EVENT_MSG", "last_updated": "$LAST_UPDATED", "event_type": "$EVENT_TYPE", "title": "$EVENT_TITLE", "date": "$DATE", "org": {"id": "$ORG_ID", "name": "$ORG_NAME"}, "id": "$ID"}';

const taken =
  (what: string): NonNullable<CollectionRule['check']> =>
  ({ world, operation }, given, before) =>
    !before && world.find(operation.path, textOf(given.name)) ? textFailure(400, `${what} already exists`) : undefined;

/** A resource that is known by its name, which an update may change. */
const byName = (what: string): CollectionRule => ({
  idField: 'name',
  update: 'merge',
  check: taken(what),
  notFound: () => textFailure(404, `${what} does not exist`),
  deleted: () => done,
});

const webhooks: CollectionRule = {
  ...byName('Webhook'),
  finish: (item) => ({
    ...item,
    encode_as: item.encode_as ?? 'json',
    custom_headers: item.custom_headers ?? null,
    payload: item.payload ?? PAYLOAD,
  }),
};

const variables: CollectionRule = {
  ...byName('Custom variable'),
  view: (item) => (item.is_secret === true ? without(item, ['value']) : item),
};

// Opsgenie

const opsgenie: CollectionRule = {
  notFound: () => textFailure(404, 'Service not found.'),
  finish(item) {
    const attributes = objectOf(item.attributes);
    return { ...item, attributes: { custom_url: null, ...without(attributes, ['opsgenie_api_key']) } };
  },
};

const pagerduty: CollectionRule = {
  idField: 'service_name',
  update: 'merge',
  notFound: () => textFailure(404, 'Service not found'),
  view: (item) => without(item, ['service_key']),
};

const slackChannels: CollectionRule = {
  idField: 'name',
  notFound: () => textFailure(404, 'Channel not found'),
  finish: (item, _call, before) => ({
    ...item,
    display: {
      message: true,
      notified: true,
      snapshot: true,
      tags: true,
      mute_buttons: false,
      ...objectOf(before?.display),
      ...objectOf(item.display),
    },
  }),
};

/** A handle whose address is told once and not shown again. */
const teamsHandles: CollectionRule = {
  check({ world, operation }, given, before) {
    const name: Json | undefined = objectOf(given.attributes).name;
    const all = [...world.collection(operation.path).values()];
    return !before && all.some((item) => objectOf(item.attributes).name === name)
      ? errorFailure(409, { status: '409', title: 'Conflict', detail: `Handle ${textOf(name)} already exists` })
      : undefined;
  },
  view: (item) => ({ ...item, attributes: without(objectOf(item.attributes), ['url']) }),
};

/** A handle by the ids of tenant, team and channel; the list also tells their names, which are Microsoft's to know. */
const tenantHandles: CollectionRule = {
  ...(teamsHandles.check && { check: teamsHandles.check }),
  view: (item, { operation, params }) =>
    operation.method === 'GET' && params.handle_id === undefined
      ? { ...item, type: 'ms-teams-tenant-based-handle-info' }
      : item,
};

export const cloudFamily: Family = {
  name: 'cloud accounts and webhooks',
  collections: {
    [GCP_ACCOUNTS]: gcpAccounts,
    '/api/v1/integration/webhooks/configuration/webhooks': webhooks,
    '/api/v1/integration/webhooks/configuration/custom-variables': variables,
    '/api/v1/integration/pagerduty/configuration/services': pagerduty,
    '/api/v2/integration/opsgenie/services': opsgenie,
    '/api/v1/integration/slack/configuration/accounts/{account_name}/channels': slackChannels,
    '/api/v2/integration/ms-teams/configuration/workflows-webhook-handles': teamsHandles,
    '/api/v2/integration/ms-teams/configuration/tenant-based-handles': tenantHandles,
  },
  handlers: {
    ...flatHandlers(GCP, 'GCP'),
    ...flatHandlers(AZURE, 'Azure'),
    'v2.GetGCPSTSDelegate': delegate,
    'v2.MakeGCPSTSDelegate': delegate,
  },
};
