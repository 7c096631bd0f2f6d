// The older AWS integration: accounts by their number and role, tag filters, log collection and event buses of each.
import { type Answer, type Handler, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import type { World } from '../world.ts';
import { LOG_SERVICES, NAMESPACES, withoutSecret } from './aws-accounts.ts';

const ACCOUNTS = '/api/v1/integration/aws';
const FILTERS = '/api/v1/integration/aws/filtering';
const LAMBDAS = '/api/v1/integration/aws/logs';
const BUSES = '/api/v1/integration/aws/event_bridge';

const keyOf = (body: Json | undefined): string => {
  const { account_id, access_key_id, role_name } = objectOf(body);
  return `${textOf(account_id ?? access_key_id)} ${textOf(role_name)}`;
};
const unknown = (id: Json | undefined): Answer =>
  textFailure(400, `AWS account ${textOf(id)} does not exist in integration`);

const accountOf = (world: World, id: Json | undefined): JsonObject | undefined =>
  [...world.collection(ACCOUNTS).values()].find((item) => item.account_id === id);

/** What an account has that was made without saying. */
const FIRST: JsonObject = {
  filter_tags: [],
  host_tags: [],
  account_specific_namespace_rules: {},
  excluded_regions: [],
  metrics_collection_enabled: true,
  cspm_resource_collection_enabled: false,
  extended_resource_collection_enabled: false,
};

function shown(given: JsonObject): JsonObject {
  const item = withoutSecret(given);
  return { ...item, resource_collection_enabled: item.cspm_resource_collection_enabled ?? false, errors: [] };
}

const create: Handler = ({ body, world }) => {
  const given = objectOf(body);
  if (given.account_id === undefined && given.access_key_id === undefined)
    return textFailure(400, 'account_id or access_key_id is required');
  if (given.account_id !== undefined && !/^\d{12}$/.test(textOf(given.account_id)))
    return textFailure(400, `${textOf(given.account_id)} is not a valid AWS account id`);
  if (world.find(ACCOUNTS, keyOf(body)))
    return textFailure(409, `AWS account ${textOf(given.account_id)} already exists in integration`);
  const external_id = world.ids.hex(32);
  world.collection(ACCOUNTS).set(keyOf(body), shown({ ...FIRST, ...given }));
  return ok({ external_id });
};

const update: Handler = ({ body, query, world }) => {
  const given = objectOf(body);
  const by: JsonObject = {
    account_id: query.get('account_id') ?? given.account_id ?? null,
    access_key_id: query.get('access_key_id') ?? given.access_key_id ?? null,
    role_name: query.get('role_name') ?? given.role_name ?? '',
  };
  const before = world.find(ACCOUNTS, keyOf(by));
  if (!before) return unknown(by.account_id);
  const changed = shown({ ...before, ...given });
  world.collection(ACCOUNTS).delete(keyOf(by));
  world.collection(ACCOUNTS).set(keyOf(changed), changed);
  return ok({});
};

const remove: Handler = ({ body, world }) => {
  if (!world.remove(ACCOUNTS, keyOf(body))) return unknown(objectOf(body).account_id);
  return ok({});
};

const list: Handler = ({ query, world }) => {
  const all = [...world.collection(ACCOUNTS).values()].filter((item) =>
    ['account_id', 'role_name', 'access_key_id'].every((name) => !query.has(name) || item[name] === query.get(name)),
  );
  return ok({ accounts: all });
};

const FILTERED = ['elb', 'application_elb', 'sqs', 'rds', 'custom', 'network_elb', 'lambda', 'step_functions'];

const putFilter: Handler = ({ body, world }) => {
  const { account_id, namespace, tag_filter_str = '' } = objectOf(body);
  if (!accountOf(world, account_id)) return unknown(account_id);
  if (!FILTERED.includes(textOf(namespace))) return textFailure(400, `Invalid namespace: ${textOf(namespace)}`);
  world.collection(FILTERS).set(`${textOf(account_id)} ${textOf(namespace)}`, { tag_filter_str });
  return ok({});
};

const listFilters: Handler = ({ query, world }) => {
  const id = query.get('account_id') ?? '';
  const filters = FILTERED.map((namespace) => ({
    namespace,
    tag_filter_str: world.find(FILTERS, `${id} ${namespace}`)?.tag_filter_str ?? '',
  }));
  return ok({ filters });
};

const dropFilter: Handler = ({ body, world }) => {
  const { account_id, namespace } = objectOf(body);
  world.remove(FILTERS, `${textOf(account_id)} ${textOf(namespace)}`);
  return ok({});
};

/** Changes what is kept of an account's logs: its forwarders, the services that they send. */
const changeLogs =
  (change: (kept: { lambdas: string[]; services: string[] }, body: JsonObject) => void): Handler =>
  ({ body, world }) => {
    const given = objectOf(body);
    if (!accountOf(world, given.account_id)) return unknown(given.account_id);
    const before = world.find(LAMBDAS, textOf(given.account_id));
    const kept = { lambdas: arrayOf(before?.lambdas).map(textOf), services: arrayOf(before?.services).map(textOf) };
    change(kept, given);
    world.collection(LAMBDAS).set(textOf(given.account_id), { account_id: given.account_id!, ...kept });
    return ok({});
  };

const listLogs: Handler = ({ world }) =>
  ok(
    [...world.collection(LAMBDAS).values()].map(({ account_id, lambdas, services }) => ({
      account_id: account_id!,
      lambdas: arrayOf(lambdas).map((arn) => ({ arn })),
      services: services!,
    })),
  );

const createBus: Handler = ({ body, world }) => {
  const { account_id, event_generator_name, region, create_event_bus = true } = objectOf(body);
  if (!accountOf(world, account_id)) return unknown(account_id);
  const name = `${textOf(event_generator_name)}-${world.ids.hex(32)}`;
  world.collection(BUSES).set(`${textOf(region)} ${name}`, { account_id: account_id!, name, region: region ?? '' });
  return ok({ event_source_name: name, has_bus: create_event_bus, region: region ?? '', status: 'created' });
};

const listBuses: Handler = ({ world }) => {
  const groups = Map.groupBy(world.collection(BUSES).values(), ({ account_id }) => textOf(account_id));
  const accounts = [...groups].map(([accountId, buses]) => ({
    accountId,
    eventHubs: buses.map(({ name, region }) => ({ name: name!, region: region! })),
    tags: [`account:${accountId}`],
  }));
  return ok({ accounts, isInstalled: accounts.length > 0 });
};

const dropBus: Handler = ({ body, world }) => {
  const { event_generator_name, region } = objectOf(body);
  return world.remove(BUSES, `${textOf(region)} ${textOf(event_generator_name)}`)
    ? ok({ status: 'empty' })
    : textFailure(400, `Event bridge source ${textOf(event_generator_name)} does not exist`);
};

export const awsV1Family: Family = {
  name: 'AWS accounts of v1',
  handlers: {
    'v1.CreateAWSAccount': create,
    'v1.UpdateAWSAccount': update,
    'v1.DeleteAWSAccount': remove,
    'v1.ListAWSAccounts': list,
    'v1.CreateNewAWSExternalID': ({ world }) => ok({ external_id: world.ids.hex(32) }),
    'v1.ListAvailableAWSNamespaces': () => ok(NAMESPACES.map((name) => name.replace(/^AWS\//, '').toLowerCase())),
    'v1.CreateAWSTagFilter': putFilter,
    'v1.ListAWSTagFilters': listFilters,
    'v1.DeleteAWSTagFilter': dropFilter,
    'v1.ListAWSLogsServices': () => ok(LOG_SERVICES.map((id) => ({ id, label: id }))),
    'v1.ListAWSLogsIntegrations': listLogs,
    'v1.CreateAWSLambdaARN': changeLogs((kept, { lambda_arn }) => {
      if (!kept.lambdas.includes(textOf(lambda_arn))) kept.lambdas.push(textOf(lambda_arn));
    }),
    'v1.DeleteAWSLambdaARN': changeLogs((kept, { lambda_arn }) => {
      kept.lambdas = kept.lambdas.filter((arn) => arn !== lambda_arn);
    }),
    'v1.EnableAWSLogServices': changeLogs((kept, { services }) => {
      kept.services = arrayOf(services).map(textOf);
    }),
    'v1.CreateAWSEventBridgeSource': createBus,
    'v1.ListAWSEventBridgeSources': listBuses,
    'v1.DeleteAWSEventBridgeSource': dropBus,
  },
};
