// Deployment gates, their rules, and what they say of a deployment.
import { type Answer, type Call, jsonApiFailure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, type JsonObject, objectOf, textOf } from '../json.ts';
import { isUuid } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const GATES = '/api/v2/deployment_gates';
const RULES = `${GATES}/{gate_id}/rules`;
const EVALUATIONS = '/api/v2/deployments/gates/evaluation';

const badId = (name: string): Answer => jsonApiFailure(400, `attribute "${name}" Invalid id`);

const author = ({ user }: World): JsonObject => ({ id: user.id, name: user.name, handle: user.handle });

/** Who made and changed something, and when. */
function history(world: World, before: Item | undefined): JsonObject {
  const now = isoZulu(world.now());
  return {
    created_at: at(before, 'attributes', 'created_at') ?? now,
    created_by: at(before, 'attributes', 'created_by') ?? author(world),
    updated_at: now,
    updated_by: author(world),
  };
}

const DEFAULT_IDENTIFIER = 'default';

const isFor = (gate: Item, { env, service, identifier = DEFAULT_IDENTIFIER }: JsonObject): boolean => {
  const of = objectOf(gate.attributes);
  return of.env === env && of.service === service && of.identifier === identifier;
};

const gates: CollectionRule = {
  strict: false,
  update: 'merge',
  check({ world }, given, before) {
    const wanted = objectOf(given.attributes);
    if (before) return undefined;
    for (const name of ['env', 'service']) {
      if (textOf(wanted[name]) === '') return jsonApiFailure(400, `attribute "${name}" is required`);
    }
    const taken = [...world.collection(GATES).values()].some((gate) => isFor(gate, wanted));
    return taken ? jsonApiFailure(400, 'Gate already exists with the given env, service and identifier') : undefined;
  },
  finish(item, { world }, before) {
    const given = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'deployment_gate',
      attributes: {
        dry_run: given.dry_run ?? false,
        env: given.env ?? '',
        identifier: given.identifier || DEFAULT_IDENTIFIER,
        service: given.service ?? '',
        ...history(world, before),
      },
    };
  },
  badId: ({ operation }, id) => (isUuid(id) ? undefined : badId(operation.path.includes('/rules') ? 'gate_id' : 'id')),
  notFound: () => jsonApiFailure(404, 'Gate does not exist'),
};

const KINDS = ['monitor', 'faulty_deployment_detection'];

const rules: CollectionRule = {
  strict: false,
  update: 'merge',
  check(_call, given, before) {
    const wanted = objectOf(given.attributes);
    if (textOf(wanted.name) === '') return jsonApiFailure(400, 'attribute "name" is required');
    return before || KINDS.includes(textOf(wanted.type))
      ? undefined
      : jsonApiFailure(400, `attribute "type" must be one of "${KINDS.join(' ')}"`);
  },
  finish(item, { world, params }, before) {
    const given = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'deployment_rule',
      attributes: {
        dry_run: given.dry_run ?? false,
        gate_id: params.gate_id ?? '',
        name: given.name ?? '',
        options: given.options ?? {},
        type: given.type ?? '',
        ...history(world, before),
      },
    };
  },
  badId: (_call, id) => (isUuid(id) ? undefined : badId('id')),
  notFound: () => jsonApiFailure(404, 'Rule does not exist'),
};

function listRules(call: Call): Answer {
  const { world, params } = call;
  const id = params.gate_id ?? '';
  if (!isUuid(id)) return badId('gate_id');
  if (!world.find(GATES, id)) return jsonApiFailure(404, 'Gate does not exist');
  const all = [...world.collection(RULES.replace('{gate_id}', id)).values()];
  return ok({
    data: {
      id,
      type: 'list_deployment_rules',
      attributes: { rules: all.map((rule) => ({ id: rule.id ?? '', ...objectOf(rule.attributes) })) },
    },
  });
}

/** Asks a gate about a deployment: the answer comes later, under the id that is given. */
function evaluate({ world, body }: Call): Answer {
  const wanted = objectOf(at(body, 'data', 'attributes'));
  for (const name of ['service', 'env']) {
    if (textOf(wanted[name]) === '') return jsonApiFailure(400, `required ${name} field is missing`);
  }
  const gate = [...world.collection(GATES).values()].find((each) => isFor(each, wanted));
  if (!gate) {
    const { service = '', env = '', identifier = DEFAULT_IDENTIFIER } = wanted;
    return jsonApiFailure(
      404,
      `no gate found for service ${textOf(service)}, env ${textOf(env)}, and identifier ${textOf(identifier)}`,
    );
  }
  const id = world.ids.uuid();
  world.collection(EVALUATIONS).set(id, { id, gate_id: gate.id ?? '', started: world.now() });
  return {
    status: 202,
    body: { data: { id, type: 'deployment_gates_evaluation_response', attributes: { evaluation_id: id } } },
  };
}

/** How long a gate looks before it says anything. */
const TAKES = 60_000;

function result({ world, params }: Call): Answer {
  const id = params.id ?? '';
  if (!isUuid(id)) return badId('id');
  const evaluation = world.find(EVALUATIONS, id);
  if (!evaluation) return jsonApiFailure(404, `gate evaluation with id ${id} not found`);
  const gate = textOf(evaluation.gate_id);
  const status = world.now() - Number(evaluation.started) < TAKES ? 'in_progress' : 'pass';
  const all = [...world.collection(RULES.replace('{gate_id}', gate)).values()];
  return ok({
    data: {
      id,
      type: 'deployment_gates_evaluation_result_response',
      attributes: {
        dry_run: at(world.find(GATES, gate), 'attributes', 'dry_run') ?? false,
        evaluation_id: id,
        evaluation_url: `https://app.${world.site}/ci/deployment-gates/evaluations?query=level%3Agate+%40evaluation_id%3A${id}`,
        gate_id: gate,
        gate_status: status,
        rules: all.map((rule) => {
          const { name = '', dry_run = false } = objectOf(rule.attributes);
          return { name, dry_run, status };
        }),
      },
    },
  });
}

export const deploymentGateFamily: Family = {
  name: 'deployment gates',
  collections: { [GATES]: gates, [RULES]: rules },
  handlers: {
    'v2.GetDeploymentGateRules': listRules,
    'v2.TriggerDeploymentGatesEvaluation': evaluate,
    'v2.GetDeploymentGatesEvaluationResult': result,
  },
};
