// Workflows and their runs.
import { type Answer, type Call, errorFailure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { badPathParameter, caller, isUuid, relation } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item } from '../world.ts';

const WORKFLOWS = '/api/v2/workflows';
const instancesPath = (workflow: string): string => `${WORKFLOWS}/${workflow}/instances`;
const MOST_DESCRIPTION = 300;

/** All that is wrong with a workflow is said at once. */
function refuse(given: JsonObject, before: Item | undefined): Answer | undefined {
  const { description, spec } = objectOf(given.attributes);
  const errors: JsonObject[] = [];
  if (textOf(description).length > MOST_DESCRIPTION)
    errors.push({ detail: `workflow description exceeds size limit of [${MOST_DESCRIPTION}] characters` });
  if ((!before || spec !== undefined) && arrayOf(at(spec, 'triggers')).length === 0) {
    errors.push({ detail: 'spec is invalid' });
    errors.push({ detail: 'no trigger found. At least one trigger is required.' });
  }
  return errors.length > 0 ? { status: 400, body: { errors } } : undefined;
}

/** Whoever sends a trigger does not get its secret back. */
const withoutSecret = (attributes: JsonObject): JsonObject => {
  const { webhookSecret: _secret, ...rest } = attributes;
  return rest;
};

const workflows: CollectionRule = {
  strict: false,
  defaults: (_call, given) => ({ attributes: { published: true, ...objectOf(given.attributes) } }),
  check: (_call, given, before) => refuse(given, before),
  finish(item, { world }, before) {
    const { description, name, published, spec, tags, ...more } = withoutSecret(objectOf(item.attributes));
    const now = isoZulu(world.now());
    const { handle } = more;
    return {
      id: item.id ?? '',
      type: 'workflows',
      attributes: {
        createdAt: at(before, 'attributes', 'createdAt') ?? now,
        description: description ?? '',
        ...(handle !== undefined && handle !== null && { handle }),
        name: name ?? '',
        published: published ?? true,
        spec: spec ?? {},
        tags: arrayOf(tags).map(textOf).sort(),
        updatedAt: now,
      },
      relationships: { creator: caller(world), owner: caller(world) },
    };
  },
  badId: (_call, id) => (isUuid(id) ? undefined : badPathParameter('workflowId')),
  notFound: () => errorFailure(404, { detail: 'workflow not found' }),
};

function list({ world, query }: Call): Answer {
  const all = [...world.collection(WORKFLOWS).values()];
  const wanted = (query.get('filter[query]') ?? '').toLowerCase();
  const found = all.filter((item) =>
    textOf(at(item, 'attributes', 'name'))
      .toLowerCase()
      .includes(wanted),
  );
  const limit = Number(query.get('limit') ?? 50);
  const page = Number(query.get('page') ?? 0);
  return ok({
    data: found
      .slice(page * limit, (page + 1) * limit)
      .map((item) => ({ ...item, attributes: { ...objectOf(item.attributes), spec: null } })),
    meta: { page: { totalCount: all.length, totalFilteredCount: found.length } },
  });
}

const coded = (status: number, code: string, detail: string): Answer => errorFailure(status, { code, detail });

/** Runs with a workflow, in the words of the service that keeps its runs. */
const withRuns =
  (run: (call: Call, workflow: string) => Answer) =>
  (call: Call): Answer => {
    const id = call.params.workflow_id ?? '';
    if (!isUuid(id)) return coded(400, 'INVALID_FIELD_VALUE', 'value <no value> is invalid for field workflow_id');
    if (call.world.find(WORKFLOWS, id)) return run(call, id);
    const { instance_id } = call.params;
    return call.operation.method === 'PUT'
      ? coded(404, 'INSTANCE_NOT_FOUND', `instance ${instance_id ?? ''} not found`)
      : coded(404, 'WORKFLOW_NOT_FOUND', 'workflow not found');
  };

const start = withRuns(({ world }, workflow) => {
  const { user } = world;
  const id = world.ids.uuid();
  const actingUser = { userEmail: user.email, userName: user.name, userUuid: user.id };
  world.collection(instancesPath(workflow)).set(id, {
    id,
    type: 'instances',
    attributes: {
      instanceStatus: { detailsKind: 'IN_PROGRESS', displayName: 'Running' },
      source: { api: { actingUser } },
      startTimestamp: isoZulu(world.now()),
    },
  });
  return ok({ data: { attributes: {}, id, type: 'instances' }, meta: { workflowId: workflow } });
});

const kindOf = (item: Item): Json => at(item, 'attributes', 'instanceStatus', 'detailsKind') ?? '';

const listRuns = withRuns(({ world, query }, workflow) => {
  const all = [...world.collection(instancesPath(workflow)).values()].reverse();
  const size = Number(query.get('page[size]') ?? 100);
  const number = Number(query.get('page[number]') ?? 0);
  const count = (kind: string): number => all.filter((item) => kindOf(item) === kind).length;
  return ok({
    data: all.slice(number * size, (number + 1) * size),
    meta: {
      canceledCount: count('CANCELED'),
      failedCount: count('FAILED'),
      succeededCount: count('SUCCEEDED'),
      page: { totalCount: all.length, totalFilteredCount: all.length },
    },
  });
});

const noRun = (id: string | undefined): Answer => coded(404, 'INSTANCE_NOT_FOUND', `instance ${id ?? ''} not found`);

const showRun = withRuns(({ world, params }, workflow) => {
  const run = world.find(instancesPath(workflow), params.instance_id ?? '');
  if (!run) return noRun(params.instance_id);
  const attributes = { ...objectOf(run.attributes), outputs: {}, stepStateAssociations: [], trigger: {} };
  return ok({
    data: { ...run, attributes, relationships: { workflow: relation('workflows', workflow) } },
    meta: { outputsTooBig: false, sourceTooBig: false, triggerTooBig: false },
  });
});

const cancel = withRuns(({ world, params }, workflow) => {
  const run = world.find(instancesPath(workflow), params.instance_id ?? '');
  if (!run) return noRun(params.instance_id);
  const attributes = objectOf(run.attributes);
  attributes.instanceStatus = { detailsKind: 'CANCELED', displayName: 'Canceled' };
  attributes.endTimestamp = isoZulu(world.now());
  return ok({});
});

export const workflowFamily: Family = {
  name: 'workflows',
  collections: { [WORKFLOWS]: workflows },
  handlers: {
    'v2.ListWorkflows': list,
    'v2.CreateWorkflowInstance': start,
    'v2.ListWorkflowInstances': listRuns,
    'v2.GetWorkflowInstance': showRun,
    'v2.CancelWorkflowInstance': cancel,
  },
};
