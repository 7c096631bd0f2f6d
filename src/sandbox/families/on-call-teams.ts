// On-call of teams: where their pages go, who answers them; and how users want to be told.
import { type Answer, type Call, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError, relation } from '../people.ts';
import { seconds } from '../times.ts';
import type { Item, World } from '../world.ts';
import { person, shiftOf, stepsPath } from './on-call.ts';

const rulesPath = (team: string): string => `/api/v2/on-call/teams/${team}/routing-rules`;

/** A routing rule as it is served: a policy named on the rule itself is one of its actions. */
function routingRule(given: JsonObject, world: World): Item {
  const { actions, policy_id, urgency, query = '', time_restriction } = given;
  const named = arrayOf(actions).map(objectOf);
  const all =
    policy_id === undefined || policy_id === null
      ? named
      : [...named, { type: 'escalation_policy', policy_id, urgency: urgency ?? 'high' }];
  const escalation = all.find((action) => action.type === 'escalation_policy');
  return {
    id: world.ids.uuid(),
    type: 'team_routing_rules',
    attributes: {
      actions: all,
      query,
      ...(isObject(time_restriction) && { time_restriction }),
      urgency: escalation?.urgency ?? urgency ?? 'high',
    },
    relationships: { policy: relation('policies', escalation?.policy_id) },
  };
}

/** The routing rules of a team, after they were set or as they stand. */
function withRules({ world, params, query, body, operation }: Call): Answer {
  const team = params.team_id ?? '';
  const kept = world.collection(rulesPath(team));
  if (operation.method === 'PUT') {
    kept.clear();
    for (const each of arrayOf(at(body, 'data', 'attributes', 'rules'))) {
      const rule = routingRule(objectOf(each), world);
      kept.set(textOf(rule.id), rule);
    }
  }
  const rules = [...kept.values()];
  const references = rules.map(({ id = '' }): Json => ({ id, type: 'team_routing_rules' }));
  return ok({
    data: { id: team, type: 'team_routing_rules', relationships: { rules: { data: references } } },
    ...((query.get('include') ?? '').split(',').includes('rules') && { included: rules }),
  });
}

/** The users that a step of a policy reaches now. */
function reached(world: World, step: Item): string[] {
  return arrayOf(at(step, 'attributes', 'targets')).flatMap((target) => {
    const id = textOf(at(target, 'id'));
    const type = at(target, 'type');
    if (type === 'users') return [id];
    const user = type === 'schedules' ? shiftOf(world, id)?.user : undefined;
    return user === undefined ? [] : [user];
  });
}

/** Who answers a team's pages: the first step of its policy, then the others. */
function teamResponders({ world, params, query }: Call): Answer {
  const team = params.team_id ?? '';
  const rules = [...world.collection(rulesPath(team)).values()];
  const policy = rules.map((rule) => textOf(at(rule, 'relationships', 'policy', 'data', 'id'))).findLast(Boolean);
  const [first, ...others] = policy === undefined ? [] : world.collection(stepsPath(policy)).values();
  const users = first ? [...new Set(reached(world, first))] : [];
  const include = query.get('include') ?? '';
  return ok({
    data: {
      id: `${team}-${seconds(world.now())}`,
      type: 'team_oncall_responders',
      relationships: {
        responders: { data: users.map((id) => ({ id, type: 'users' })) },
        escalations: { data: others.map(({ id = '' }) => ({ id, type: 'escalation_policy_steps' })) },
      },
    },
    ...(include.includes('responders') && { included: users.map((id) => person(world, id)) }),
  });
}

const CHANNELS = '/api/v2/on-call/users/{user_id}/notification-channels';
const RULES = '/api/v2/on-call/users/{user_id}/notification-rules';

const channels: CollectionRule = {
  finish: (item) => ({
    id: item.id ?? '',
    type: 'notification_channels',
    attributes: { active: true, config: at(item, 'attributes', 'config') ?? null },
  }),
  notFound: (_call, id) => genericError(404, `notification_channel[${id}] not found`),
};

const rules: CollectionRule = {
  update: 'merge',
  finish(item) {
    const { category = 'high_urgency', delay_minutes = 0, ...more } = objectOf(item.attributes);
    const kept = Object.fromEntries(Object.entries(more).filter(([, value]) => isObject(value)));
    return {
      id: item.id ?? '',
      type: 'notification_rules',
      attributes: { category, delay_minutes, ...kept },
      relationships: { channel: relation('notification_channels', at(item, 'relationships', 'channel', 'data', 'id')) },
    };
  },
  beside({ world, query, params }, items) {
    if (query.get('include') !== 'channel') return {};
    const all = world.collection(CHANNELS.replace('{user_id}', params.user_id ?? ''));
    const ids = new Set(items.map((item) => textOf(at(item, 'relationships', 'channel', 'data', 'id'))));
    return { included: [...ids].flatMap((id) => all.get(id) ?? []) };
  },
  notFound: (_call, id) => genericError(404, `notification_rule[${id}] not found`),
};

export const onCallTeamFamily: Family = {
  name: 'on-call of teams and users',
  collections: { [CHANNELS]: channels, [RULES]: rules },
  handlers: {
    'v2.GetTeamOnCallUsers': teamResponders,
    'v2.SetOnCallTeamRoutingRules': withRules,
    'v2.GetOnCallTeamRoutingRules': withRules,
  },
};
