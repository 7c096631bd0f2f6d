// What software delivery tells of itself: DORA deployments and failures, CI pipelines; and requests to delete data.
import { type Answer, type Call, errorFailure, jsonApiFailure, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { badPathParameter } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item } from '../world.ts';

const DEPLOYMENTS = '/api/v2/dora/deployments';
const FAILURES = '/api/v2/dora/failures';
const DELETIONS = '/api/v2/deletion/requests';

/** Takes an event in; its sender may choose its id. */
const take =
  (path: string, type: string, required: readonly string[]) =>
  ({ world, body }: Call): Answer => {
    const given = objectOf(at(body, 'data', 'attributes'));
    const missing = required.find((name) => given[name] === undefined);
    if (missing !== undefined) return jsonApiFailure(400, `attribute "${missing}" is required`);
    const id = textOf(given.id) || world.ids.uuid();
    world.collection(path).set(id, { id, type, attributes: { ...given, id } });
    return ok({ data: { id, type } });
  };

const list =
  (path: string, type: string) =>
  ({ world, body }: Call): Answer => {
    const sent = textOf(at(body, 'data', 'type'));
    if (sent !== type) return jsonApiFailure(400, `got type ${JSON.stringify(sent)} expected one of "${type}"`);
    const { from, to, limit } = objectOf(at(body, 'data', 'attributes'));
    const after = from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(textOf(from));
    const before = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(textOf(to));
    const found = [...world.collection(path).values()].filter((item) => {
      // Starts are told in nanoseconds.
      const started = Number(at(item, 'attributes', 'started_at') ?? 0) / 1e6;
      return started >= after && started <= before;
    });
    return ok({ data: found.slice(0, Number(limit ?? 10)) });
  };

const REMEDIES = ['rollback', 'rollforward'];

/** A change to a deployment is taken in whether or not the deployment is known yet. */
function patchDeployment({ world, params, body }: Call): Answer {
  const given = objectOf(at(body, 'data', 'attributes'));
  const remedy = at(given, 'remediation', 'type');
  if (remedy !== undefined && !REMEDIES.includes(textOf(remedy)))
    return jsonApiFailure(400, `attribute "type" must be one of "${REMEDIES.join(' ')}"`);
  const known = world.find(DEPLOYMENTS, params.deployment_id ?? '');
  if (known) Object.assign(objectOf(known.attributes), given);
  return { status: 202, body: { data: null } };
}

const deletionFailure = (code: string): Answer => errorFailure(412, { status: '412', code, title: code, detail: code });

/** `host:abc service:xyz`, or the text of a query that is one. */
const queryText = (query: Json | undefined): string =>
  isObject(query)
    ? Object.keys(query)
        .sort()
        .map((name) => `${name}:${textOf(query[name])}`)
        .join(' ')
    : textOf(query);

function requestDeletion({ world, params, body }: Call): Answer {
  const given = objectOf(at(body, 'data', 'attributes'));
  const query = queryText(given.query);
  if (query === '') return deletionFailure('INVALID_BODY');
  const all = world.collection(DELETIONS);
  const now = isoZulu(world.now());
  const product = params.product ?? 'logs';
  const item: Item = {
    id: String(all.size + 1),
    type: 'deletion_request',
    attributes: {
      created_at: now,
      created_by: world.user.handle,
      from_time: given.from ?? 0,
      indexes: arrayOf(given.indexes),
      is_created: false,
      org_id: world.user.orgId,
      product,
      query,
      starting_at: '0001-01-01T00:00:00Z',
      status: 'pending',
      to_time: given.to ?? 0,
      total_unrestricted: 0,
      updated_at: now,
    },
  };
  all.set(textOf(item.id), item);
  return ok({ data: item, meta: { product } });
}

function cancelDeletion({ world, params }: Call): Answer {
  const id = params.id ?? '';
  if (!/^-?\d+$/.test(id)) return badPathParameter('id', 'int');
  const item = world.find(DELETIONS, id);
  if (!item) return deletionFailure('INVALID_ID');
  const attributes = objectOf(item.attributes);
  attributes.status = 'canceled';
  attributes.updated_at = isoZulu(world.now());
  return ok({ data: item, meta: { product: attributes.product ?? '', request_status: 'canceled' } });
}

function listDeletions({ world, query }: Call): Answer {
  const wanted = (name: string, value: Json | undefined): boolean =>
    query.get(name) === null || query.get(name) === value;
  const found = [...world.collection(DELETIONS).values()].reverse().filter((item) => {
    const of = objectOf(item.attributes);
    return wanted('product', of.product) && wanted('status', of.status) && wanted('query', of.query);
  });
  const size = Number(query.get('page_size') ?? 50);
  const counts: JsonObject = {};
  for (const item of found) {
    const product = textOf(at(item, 'attributes', 'product'));
    counts[product] = Number(counts[product] ?? 0) + 1;
  }
  return ok({ data: found.slice(0, size), meta: { count_product: counts, has_next_page: found.length > size } });
}

export const deliveryFamily: Family = {
  name: 'software delivery',
  handlers: {
    'v2.CreateDORADeployment': take(DEPLOYMENTS, 'dora_deployment', ['started_at', 'finished_at']),
    'v2.CreateDORAFailure': take(FAILURES, 'dora_failure', ['started_at']),
    'v2.CreateDORAIncident': take(FAILURES, 'dora_failure', ['started_at']),
    'v2.ListDORADeployments': list(DEPLOYMENTS, 'dora_deployments_list_request'),
    'v2.ListDORAFailures': list(FAILURES, 'dora_failures_list_request'),
    'v2.PatchDORADeployment': patchDeployment,
    'v2.CreateCIAppPipelineEvent': () => ({ status: 202, body: { data: null } }),
    'v2.CreateDataDeletionRequest': requestDeletion,
    'v2.CancelDataDeletionRequest': cancelDeletion,
    'v2.GetDataDeletionRequests': listDeletions,
  },
};
