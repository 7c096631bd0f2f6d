// Cloud cost: bills of the clouds, custom costs, budgets.
import { type Answer, type Call, errorFailure, type Handler, noContent, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { badPathParameter, genericError, isUuid } from '../people.ts';
import type { Item, World } from '../world.ts';

const CUSTOM = '/api/v2/cost/custom_costs';
const BUDGETS = '/api/v2/cost/budget';
/** Months of a bill that are kept. */
const MONTHS = 15;

/** `2026-11-22T10:00:00.123000`: these services tell no zone. */
const zoneless = (now: number): string => new Date(now).toISOString().replace('Z', '000');

const notFound = (detail?: string): Answer =>
  errorFailure(404, { status: '404', title: 'Not Found', ...(detail !== undefined && { detail }) });
const badRequest = (detail: string): Answer => errorFailure(400, { status: '400', title: 'Bad Request', detail });

/** What every configuration of a cloud's bill has beside its own fields. */
function billing(world: World, was: JsonObject, enabled: Json | undefined): JsonObject {
  const now = zoneless(world.now());
  const status = enabled === undefined ? (was.status ?? 'active') : enabled === true ? 'active' : 'archived';
  return {
    months: MONTHS,
    status,
    error_messages: was.error_messages ?? [],
    status_updated_at: status === was.status ? (was.status_updated_at ?? now) : now,
    created_at: was.created_at ?? now,
    updated_at: now,
  };
}

const accounts = (
  type: string,
  shape: (sent: JsonObject, world: World, was: JsonObject) => JsonObject,
): CollectionRule => ({
  newId: (ids) => String(ids.integer(100)),
  badId: (_call, id) => (/^\d+$/.test(id) ? undefined : badPathParameter('cloudAccountId', 'int64')),
  notFound: ({ operation }, id) =>
    operation.method === 'PATCH'
      ? errorFailure(404, {
          status: '404',
          title: 'Cloud account not found',
          detail: `Cloud account with ID ${id} was not found`,
        })
      : notFound(),
  finish(item, { world }, before, given) {
    const attributes = shape(objectOf(given.attributes), world, objectOf(before?.attributes));
    return { id: before?.id ?? item.id ?? '', type, attributes };
  },
});

const ALL_ACCOUNTS = { include_new_accounts: null };

const aws = accounts('aws_cur_config', (sent, world, was) => {
  const { is_enabled, ...rest } = sent;
  return { ...was, account_filters: ALL_ACCOUNTS, ...rest, ...billing(world, was, is_enabled) };
});

const SCOPE = /^\/?(subscriptions|providers)\/[\w.-]+(\/.*)?$/;

const azure: CollectionRule = {
  ...accounts('azure_uc_configs', (sent, world, was) => {
    const { account_id = '', client_id = '', scope = '', is_enabled } = sent;
    const before = arrayOf(was.configs).map(objectOf);
    const config = (dataset_type: string, bill: Json | undefined, old: JsonObject = {}): JsonObject => ({
      id: old.id ?? String(world.ids.integer(50)),
      ...(before.length > 0 ? old : { account_id, client_id, scope, dataset_type, ...objectOf(bill) }),
      ...billing(world, old, is_enabled),
    });
    const configs = [
      config('actual', sent.actual_bill_config, before[0]),
      config('amortized', sent.amortized_bill_config, before[1]),
    ];
    return { configs };
  }),
  check(_call, given, before) {
    const { scope } = objectOf(given.attributes);
    return before || SCOPE.test(textOf(scope))
      ? undefined
      : badRequest('attribute "scope" does not match the required format');
  },
};

const gcp: CollectionRule = {
  ...accounts('gcp_uc_config', (sent, world, was) => {
    const { is_enabled, billing_account_id, export_dataset_name, ...rest } = sent;
    const own: JsonObject =
      billing_account_id === undefined ? {} : { account_id: billing_account_id, dataset: export_dataset_name ?? '' };
    return { project_id: '', ...was, ...own, ...rest, ...billing(world, was, is_enabled), error_messages: null };
  }),
  check(_call, given, before) {
    const { service_account } = objectOf(given.attributes);
    return before || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(textOf(service_account))
      ? undefined
      : genericError(400, 'not a valid service_account');
  },
};

// Custom costs: files of charges that are sent

const REQUIRED = [
  'Tags',
  'ProviderName',
  'ChargeDescription',
  'ChargePeriodStart',
  'ChargePeriodEnd',
  'BilledCost',
  'BillingCurrency',
];
const STATUSES = new Set(['active', 'archived', 'deactivating', 'deactivated', 'uploading', 'error']);

function upload({ body, raw, world }: Call): Answer {
  if (!Array.isArray(body)) return badRequest('the body must be a list of charges');
  for (const [obj, charge] of body.entries()) {
    const missing = REQUIRED.filter((field) => objectOf(charge)[field] === undefined);
    if (missing.length === 0) continue;
    const detail = `errors in object ${obj}:\n${missing.map((field) => `${field} is a required field`).join('\n')}`;
    const meta = { obj, start: 1, end: raw.length - 1 };
    return errorFailure(400, { status: '400', title: 'Bad Request', detail, meta });
  }
  const charges = body.map(objectOf);
  const time = (field: string): number[] =>
    charges.map((charge) => Date.parse(textOf(charge[field]))).filter(Number.isFinite);
  const { name, icon, email } = world.user;
  const id = world.ids.uuid();
  const attributes: JsonObject = {
    name: 'data.json',
    billed_cost: charges.reduce((sum, charge) => sum + (Number(charge.BilledCost) || 0), 0),
    billing_currency: charges[0]?.BillingCurrency ?? 'USD',
    charge_period: { start: Math.min(...time('ChargePeriodStart')), end: Math.max(...time('ChargePeriodEnd')) },
    provider_names: [...new Set(charges.map((charge) => textOf(charge.ProviderName)))],
    status: 'UPLOADING',
    uploaded_at: world.now(),
    uploaded_by: { name, icon, email },
    content: body,
  };
  const data: Item = { id, type: 'cost_metadata', attributes };
  world.collection(CUSTOM).set(id, data);
  return { status: 202, body: { data: summary(data), meta: { version: '1.0' } } };
}

/** A file in a list: all but what is in it. Once seen, it has been taken in. */
function summary(item: Item): Item {
  const { content: _, ...attributes } = objectOf(item.attributes);
  return { ...item, attributes };
}

const active = (item: Item): Item => ({ ...item, attributes: { ...objectOf(item.attributes), status: 'ACTIVE' } });

function listFiles({ query, world }: Call): Answer {
  const status = query.get('filter[status]');
  if (status !== null && !STATUSES.has(status.toLowerCase())) return badRequest(`unknown status, got ${status}`);
  const all = [...world.collection(CUSTOM).values()].map((item) => summary(active(item)));
  const size = Number(query.get('page[size]')) || 100;
  const from = (Number(query.get('page[number]')) || 0) * size;
  return ok({ data: all.slice(from, from + size), meta: { version: '1.0', total_filtered_count: all.length } });
}

const files: CollectionRule = {
  notFound: ({ operation }) => notFound(operation.method === 'GET' ? 'metadata not found' : undefined),
  view: active,
  beside: () => ({ meta: { version: '1.0' } }),
};

// Budgets

function refuseBudget(body: Json | undefined): Answer | undefined {
  const data = objectOf(objectOf(body).data);
  if (data.type !== 'budget') return badRequest(`got type ${JSON.stringify(data.type ?? '')} expected one of "budget"`);
  const { name, metrics_query, start_month, end_month } = objectOf(data.attributes);
  for (const [field, value] of Object.entries({ name, metrics_query, start_month, end_month }))
    if (value === undefined) return badRequest(`attribute "${field}" is required`);
  return Number(end_month) < Number(start_month) ? badRequest('end_month must not be before start_month') : undefined;
}

function upsert({ body, world }: Call): Answer {
  const refused = refuseBudget(body);
  if (refused) return refused;
  const { id: given, attributes } = objectOf(objectOf(body).data);
  const budgets = world.collection(BUDGETS);
  const before = given === undefined ? undefined : budgets.get(textOf(given));
  if (given !== undefined && !before) return genericError(404, 'failed to upsert budget: budget not found');
  const sent = objectOf(attributes);
  const was = objectOf(before?.attributes);
  const id = textOf(before?.id) || world.ids.uuid();
  const now = world.now();
  const data: Item = {
    id,
    type: 'budget',
    attributes: {
      ...sent,
      entries: sent.entries ?? [],
      total_amount: arrayOf(sent.entries).reduce<number>(
        (sum, entry) => sum + (Number(objectOf(entry).amount) || 0),
        0,
      ),
      org_id: world.user.orgId,
      created_at: was.created_at ?? now,
      created_by: was.created_by ?? world.user.id,
      updated_at: now,
      updated_by: world.user.id,
    },
  };
  budgets.set(id, data);
  return ok({ data });
}

const withBudget =
  (run: (call: Call, id: string, item: Item) => Answer): Handler =>
  (call) => {
    const id = call.params.budget_id ?? '';
    if (!isUuid(id)) return badRequest('invalid budgetId');
    const item = call.world.find(BUDGETS, id);
    return item ? run(call, id, item) : notFound();
  };

const listBudgets: Handler = ({ world }) =>
  ok({
    data: [...world.collection(BUDGETS).values()].map((item) => {
      const { entries: _, ...attributes } = objectOf(item.attributes);
      return { ...item, attributes };
    }),
  });

const validateBudget: Handler = ({ body }) => {
  const refused = refuseBudget(body);
  if (refused) return refused;
  const data = objectOf(body).data;
  return ok({
    data: isObject(data)
      ? { id: data.id ?? '', type: 'budget_validation', attributes: { errors: [], valid: true } }
      : null,
  });
};

export const costFamily: Family = {
  name: 'cloud cost',
  collections: {
    '/api/v2/cost/aws_cur_config': aws,
    '/api/v2/cost/azure_uc_config': azure,
    '/api/v2/cost/gcp_uc_config': gcp,
    [CUSTOM]: files,
  },
  handlers: {
    'v2.UploadCustomCostsFile': upload,
    'v2.ListCustomCostsFiles': listFiles,
    'v2.UpsertBudget': upsert,
    'v2.ValidateBudget': validateBudget,
    'v2.ListBudgets': listBudgets,
    'v2.GetBudget': withBudget((_call, _id, data) => ok({ data })),
    'v2.DeleteBudget': withBudget(({ world }, id) => {
      world.remove(BUDGETS, id);
      return noContent;
    }),
  },
};
