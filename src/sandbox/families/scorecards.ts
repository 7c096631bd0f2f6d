// Scorecards: rules, and how services fare by them.
import { type Answer, type Call, errorFailure, jsonApiFailure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { relation } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const RULES = '/api/v2/scorecard/rules';
const SCORECARDS = '/api/v2/scorecard/scorecards';
const OUTCOMES = '/api/v2/scorecard/outcomes';
const LEVEL = 3;

/** The scorecard of a name, made when a rule first names it. */
function scorecardOf(world: World, name: string): string {
  const known = world.collection(SCORECARDS);
  for (const [id, card] of known) if (at(card, 'attributes', 'name') === name) return id;
  const id = world.ids.letters(12);
  const now = isoZulu(world.now());
  known.set(id, {
    id,
    type: 'scorecard',
    attributes: { name, description: '', created_at: now, modified_at: now },
  });
  return id;
}

const rules: CollectionRule = {
  update: 'merge',
  newId: (ids) => `${ids.letters(15)}7`,
  check({ world }, given) {
    const { scorecard_id, level } = objectOf(given.attributes);
    if (scorecard_id !== undefined && !world.find(SCORECARDS, textOf(scorecard_id)))
      return jsonApiFailure(400, 'attribute "scorecard_id" failed scorecard lookup');
    return level === undefined || [1, 2, 3].includes(Number(level))
      ? undefined
      : jsonApiFailure(400, 'attribute "level" must be one of "1 2 3"');
  },
  finish(item, { world }, before, sent) {
    const given = objectOf(item.attributes);
    const wanted = objectOf(sent.attributes);
    const card = textOf(wanted.scorecard_id);
    const named = textOf(wanted.scorecard_name) || textOf(wanted.category) || textOf(given.scorecard_name);
    const name = card === '' ? named : textOf(at(world.find(SCORECARDS, card), 'attributes', 'name'));
    const now = isoZulu(world.now());
    const { owner, description, scope_query } = given;
    return {
      id: item.id ?? '',
      type: 'rule',
      attributes: {
        category: name,
        created_at: at(before, 'attributes', 'created_at') ?? now,
        custom: true,
        enabled: wanted.enabled ?? at(before, 'attributes', 'enabled') ?? true,
        level: wanted.level ?? at(before, 'attributes', 'level') ?? LEVEL,
        modified_at: now,
        name: given.name ?? '',
        ...(owner && { owner }),
        ...(description && { description }),
        ...(scope_query && { scope_query }),
        scorecard_name: name,
      },
      relationships: { scorecard: relation('scorecard', card === '' ? scorecardOf(world, name) : card) },
    };
  },
  onDelete({ world }, item) {
    const all = world.collection(OUTCOMES);
    for (const [id, outcome] of all) {
      if (at(outcome, 'relationships', 'rule', 'data', 'id') === item.id) all.delete(id);
    }
  },
  notFound: (_call, id) => jsonApiFailure(404, `rule not found: ${id}`),
};

const STATES = ['pass', 'fail', 'skip'];

function outcome(world: World, rule: string, service: string, given: JsonObject): Item {
  const item: Item = {
    id: `${rule}\\${service}`,
    type: 'outcome',
    attributes: {
      modified_at: isoZulu(world.now()),
      ...(given.remarks !== undefined && { remarks: given.remarks }),
      service_name: service,
      state: given.state ?? '',
    },
    relationships: { rule: relation('rule', rule) },
  };
  world.collection(OUTCOMES).set(textOf(item.id), item);
  return item;
}

/** Results that cannot be taken: none is, then. */
function refuse(world: World, results: readonly JsonObject[], subject: string): Answer | undefined {
  for (const result of results) {
    if (textOf(result[subject]) === '') return jsonApiFailure(400, `attribute "${subject}" is required`);
    if (!STATES.includes(textOf(result.state)))
      return jsonApiFailure(400, `attribute "state" must be one of "${STATES.join(' ')}"`);
  }
  const unknown = results.some((result) => !world.find(RULES, textOf(result.rule_id)));
  return unknown ? errorFailure(409, { status: '409', title: 'Invalid rule_id' }) : undefined;
}

const resultsOf = (body: Json | undefined): JsonObject[] =>
  arrayOf(at(body, 'data', 'attributes', 'results')).map(objectOf);

function batch({ world, body }: Call): Answer {
  const results = resultsOf(body);
  const refused = refuse(world, results, 'service_name');
  if (refused) return refused;
  const data = results.map((each) => outcome(world, textOf(each.rule_id), textOf(each.service_name), each));
  return ok({ data, meta: { total_received: results.length, total_updated: data.length } });
}

function update({ world, body }: Call): Answer {
  const results = resultsOf(body);
  const refused = refuse(world, results, 'entity_reference');
  if (refused) return refused;
  for (const each of results) {
    outcome(world, textOf(each.rule_id), textOf(each.entity_reference).replace(/^service:/, ''), each);
  }
  const data = { id: world.ids.letters(21), type: 'async-request' };
  return { status: 202, body: { data, meta: { total_received: results.length } } };
}

/** A list of a kind with links to the pages beside it; `fields[kind]` and `filter[kind][field]` as JSON:API has them. */
const list =
  (path: string, kind: string) =>
  ({ world, query, operation }: Call): Answer => {
    const size = Number(query.get('page[size]') ?? 100);
    const offset = Number(query.get('page[offset]') ?? 0);
    const fields = query.get(`fields[${kind}]`)?.split(',');
    const filters = [...query].flatMap(([name, value]) => {
      const field = new RegExp(`^filter\\[${kind}\\]\\[(\\w+)\\]$`).exec(name)?.[1];
      return field === undefined ? [] : [[field, value] as const];
    });
    const found = [...world.collection(path).values()].filter((item) =>
      filters.every(([field, value]) => field === 'id' || textOf(at(item, 'attributes', field)) === value),
    );
    const link = (to: number): string => {
      const next = new URLSearchParams(query);
      next.set('page[size]', String(size));
      next.set('page[limit]', String(size));
      next.set('page[offset]', String(to));
      next.sort();
      return `${operation.path}?${next.toString()}`;
    };
    const shown = found.slice(offset, offset + size);
    return ok({
      data: fields
        ? shown.map(({ id = '', type = '', attributes }) => {
            const kept = Object.entries(objectOf(attributes)).filter(([name]) => fields.includes(name));
            return { id, type, attributes: Object.fromEntries(kept) };
          })
        : shown,
      links: { next: link(offset + size), ...(offset > 0 && { previous: link(Math.max(0, offset - size)) }) },
    });
  };

export const scorecardFamily: Family = {
  name: 'scorecards',
  collections: { [RULES]: rules },
  handlers: {
    'v2.ListScorecardRules': list(RULES, 'rule'),
    'v2.ListScorecardOutcomes': list(OUTCOMES, 'outcome'),
    'v2.ListScorecards': list(SCORECARDS, 'scorecard'),
    'v2.CreateScorecardOutcomesBatch': batch,
    'v2.UpdateScorecardOutcomes': update,
  },
};
