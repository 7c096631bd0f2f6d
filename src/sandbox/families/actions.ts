// Action connections with what they reach, execution policies, and the application keys that actions may use.
import { type Answer, type Call, created, errorFailure, noContent, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { badPathParameter, genericError, isUuid } from '../people.ts';
import type { Item } from '../world.ts';

const CONNECTIONS = '/api/v2/actions/connections';
const POLICIES = '/api/v2/actions/execution-policies';
const REGISTRATIONS = '/api/v2/actions/app_key_registrations';

const AWS_ACCOUNT = /^\d{12}$/;

/** Datadog's own account, which takes the role. */
const PRINCIPAL = '464622532012';

function refuseAccount(given: JsonObject, before: Item | undefined): Answer | undefined {
  const credentials = at(given, 'attributes', 'integration', 'credentials');
  const assumes = at(credentials, 'type') === 'AWSAssumeRole';
  if (!assumes || AWS_ACCOUNT.test(textOf(at(credentials, 'account_id')))) return undefined;
  const update = before ? 'Update' : '';
  const request = before ? 'UpdateCustomConnectionRequest.DataUpdate' : 'CreateCustomConnectionRequest.Data';
  const auth = before ? 'AwsAuth' : 'AwsAuthData';
  const data = `CustomConnectionData${update}`;
  const chain = [
    `[error_code=8]: invalid ${request}: embedded message failed validation`,
    `invalid ${data}.Aws: embedded message failed validation`,
    `invalid ${data}_${auth}.AssumeRole: embedded message failed validation`,
    `invalid ${data}_${auth}_AssumeRole.AccountId: value does not match regex pattern "^\\\\d{12}$"`,
  ].join(' | caused by: ');
  return genericError(
    400,
    `error creating connection: rpc error: code = InvalidArgument desc = multiple errors: 1 error occurred:\n\t* ${chain}\n\n`,
  );
}

const SECRET = /secret|password|token|api_?key|private_?key/i;

/** Credentials as they are served: what is secret went in and does not come out. */
function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  const shown: JsonObject = {};
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === 'string' && (SECRET.test(name) || (name === 'value' && value.type === 'SECRET'))) continue;
    shown[name] = withoutSecrets(each);
  }
  return shown;
}

const connections: CollectionRule = {
  strict: false,
  check: (_call, given, before) => refuseAccount(given, before),
  finish(item, { world }, before) {
    const { integration, name = '' } = objectOf(item.attributes);
    const shown = objectOf(withoutSecrets(integration ?? {}));
    const credentials = objectOf(shown.credentials);
    if (credentials.type === 'AWSAssumeRole') {
      const kept = objectOf(at(before, 'attributes', 'integration', 'credentials'));
      credentials.external_id = kept.external_id ?? world.ids.hex(32);
      credentials.principal_id = kept.principal_id ?? PRINCIPAL;
    }
    return {
      id: item.id ?? '',
      type: 'action_connection',
      attributes: { integration: shown, name },
    };
  },
  badId: (_call, id) => (isUuid(id) ? undefined : genericError(400, 'error connectionId not a valid UUID')),
  notFound({ operation, body }) {
    // What was sent is looked at before the connection is looked for.
    const refused = operation.method === 'PATCH' && refuseAccount(objectOf(at(body, 'data')), {});
    if (refused) return refused;
    const doing = operation.method === 'GET' ? 'getting' : operation.method === 'DELETE' ? 'deleting' : 'creating';
    return genericError(404, `error ${doing} connection: rpc error: code = NotFound desc = connection not found`);
  },
};

const EFFECTS = new Set(['allow', 'deny']);
const doing = ({ operation }: Call): string =>
  ({ GET: 'getting', DELETE: 'deleting', PUT: 'updating', POST: 'creating' })[operation.method as 'GET'];

const policies: CollectionRule = {
  strict: false,
  update: 'merge',
  check(call, given) {
    const { effect, name } = objectOf(given.attributes);
    return EFFECTS.has(textOf(effect)) && textOf(name) !== ''
      ? undefined
      : genericError(400, `error ${doing(call)} execution policy`);
  },
  finish(item, { world }, before) {
    const { action_pattern, effect = 'allow', name = '', targets, scope } = objectOf(item.attributes);
    const now = `${new Date(world.now()).toISOString().slice(0, 19)}Z`;
    return {
      id: item.id ?? '',
      type: 'execution_policy',
      attributes: {
        action_pattern: action_pattern ?? {},
        effect,
        name,
        scope: objectOf(scope),
        targets: arrayOf(targets),
        created_at: at(before, 'attributes', 'created_at') ?? now,
        created_by: world.user.id,
        updated_at: now,
        updated_by: world.user.id,
        version: Number(at(before, 'attributes', 'version') ?? 0) + 1,
      },
    };
  },
  notFound: (call) => genericError(404, `error ${doing(call)} execution policy`),
};

function listPolicies({ world, query }: Call): Answer {
  const size = Number(query.get('page[size]') ?? 100);
  const number = Number(query.get('page[number]') ?? 0);
  if (!(size > 0)) return genericError(400, 'error listing execution policies');
  const listed = (name: string): string[] => (query.get(name) ?? '').split(',').filter(Boolean);
  const passes = (wanted: readonly string[], value: Json | undefined): boolean =>
    wanted.length === 0 || wanted.includes(textOf(value));
  const name = (query.get('filter[name]') ?? '').toLowerCase();
  const found = [...world.collection(POLICIES).values()].filter((item) => {
    const of = objectOf(item.attributes);
    return (
      textOf(of.name).toLowerCase().includes(name) &&
      passes(listed('filter[ids]'), item.id) &&
      passes(listed('filter[integration]'), at(of, 'action_pattern', 'integration')) &&
      passes(listed('filter[effects]'), of.effect) &&
      passes(listed('filter[creator_ids]'), of.created_by)
    );
  });
  if ((query.get('sort') ?? '').startsWith('-')) found.reverse();
  const data = found.slice(number * size, (number + 1) * size);
  return ok({ data, meta: { page: { total: found.length } } });
}

/** Runs with the id of an application key. */
const withKey =
  (run: (call: Call, id: string) => Answer) =>
  (call: Call): Answer => {
    const id = call.params.app_key_id ?? '';
    return isUuid(id) ? run(call, id) : badPathParameter('appKeyId');
  };

const registration = (id: string): Item => ({ id, type: 'app_key_registration' });
const noKey = (): Answer => errorFailure(404, { detail: 'app key not found' });

const register = withKey(({ world }, id) => {
  world.collection(REGISTRATIONS).set(id, registration(id));
  return created({ data: registration(id) });
});
const unregister = withKey(({ world }, id) => (world.remove(REGISTRATIONS, id) ? noContent : noKey()));
const showKey = withKey(({ world }, id) => (world.find(REGISTRATIONS, id) ? ok({ data: registration(id) }) : noKey()));

function listKeys({ world }: Call): Answer {
  const data = [...world.collection(REGISTRATIONS).values()];
  return ok({ data, meta: { total: data.length, total_filtered: data.length } });
}

export const actionFamily: Family = {
  name: 'actions',
  collections: { [CONNECTIONS]: connections, [POLICIES]: policies },
  handlers: {
    'v2.ListExecutionPolicies': listPolicies,
    'v2.RegisterAppKey': register,
    'v2.UnregisterAppKey': unregister,
    'v2.GetAppKeyRegistration': showKey,
    'v2.ListAppKeyRegistrations': listKeys,
  },
};
