// What happens to findings of itself: rules that mute, date, ticket or regrade them, and rules that notify of them.
import { type Answer, type Call, errorFailure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type JsonObject, objectOf, textOf } from '../json.ts';
import { isList } from '../paging.ts';
import type { Item, World } from '../world.ts';
import { author, invalidField, notFound } from './security-words.ts';

const AUTOMATION = '/api/v2/security/findings/automation';
const KINDS = [
  'due_date_rules',
  'inbox_rules',
  'mute_rules',
  'severity_modifier_rules',
  'ticket_creation_rules',
] as const;
const PAGE = 1000;

const person = ({ user }: World): JsonObject => ({ type: 'user', id: user.id, name: user.name ?? '' });

/** The rule of automation rules of one kind. */
function automation(kind: string): CollectionRule {
  const path = `${AUTOMATION}/${kind}`;
  return {
    update: 'replace',
    finish: (item, { world }, before, given) => ({
      id: item.id ?? '',
      type: kind,
      attributes: {
        ...objectOf(item.attributes),
        enabled: at(given, 'attributes', 'enabled') ?? at(before, 'attributes', 'enabled') ?? true,
        created_at: at(before, 'attributes', 'created_at') ?? world.now(),
        created_by: at(before, 'attributes', 'created_by') ?? person(world),
        modified_at: world.now(),
        modified_by: person(world),
      },
    }),
    beside(call, _items, total): JsonObject {
      if (!isList(call)) return {};
      const last = Math.max(Math.ceil(total / PAGE) - 1, 0);
      const link = (page: number): string => `${path}?page[size]=${PAGE}&page[number]=${page}`;
      return { meta: { page: { total_filtered_count: total } }, links: { first: link(0), last: link(last) } };
    },
    notFound: () => errorFailure(404, { status: '404', title: 'Not Found', detail: 'rule does not exist' }),
  };
}

/** Puts the rules of a kind into the order that is sent; all of them have to be named. */
const reorder =
  (kind: string) =>
  ({ world, body }: Call): Answer => {
    const rules = world.collection(`${AUTOMATION}/${kind}`);
    const ids = arrayOf(at(body, 'data')).map((each) => textOf(at(each, 'id')));
    if (ids.some((id) => !rules.has(id)))
      return errorFailure(404, { status: '404', title: 'Not Found', detail: 'rule does not exist' });
    const all = new Map(rules);
    rules.clear();
    for (const id of ids) rules.set(id, all.get(id)!);
    for (const [id, rule] of all) if (!rules.has(id)) rules.set(id, rule);
    return ok({ data: ids.map((id) => ({ type: kind, id })) });
  };

/** The rule of notification rules: of signals, or of vulnerabilities. */
const notifications: CollectionRule = {
  newId: (ids) => ids.short(),
  update: 'merge',
  check(_call, given, before) {
    if (!before) return undefined;
    const version = Number(at(given, 'attributes', 'version') ?? 0);
    if (version === 0) {
      return invalidField(
        'data.attributes.version',
        'Specify the notification rule version to update, it cannot be 0.',
      );
    }
    return version === at(before, 'attributes', 'version')
      ? undefined
      : errorFailure(409, { status: '409', title: 'Conflict', detail: 'the rule has another version' });
  },
  finish: (item, { world }, before, given) => ({
    id: item.id ?? '',
    type: 'notification_rules',
    attributes: {
      time_aggregation: 0,
      ...objectOf(item.attributes),
      enabled: at(given, 'attributes', 'enabled') ?? at(before, 'attributes', 'enabled') ?? true,
      created_at: at(before, 'attributes', 'created_at') ?? world.now(),
      created_by: at(before, 'attributes', 'created_by') ?? author(world),
      modified_at: world.now(),
      modified_by: author(world),
      version: Number(at(before, 'attributes', 'version') ?? 0) + 1,
    },
  }),
  notFound: (_call, id) => notFound(`Notification rule with id '${id}' not found`),
};

function previewNotification({ world, body }: Call): Answer {
  const selectors = objectOf(at(body, 'data', 'attributes', 'selectors'));
  const preview_results = arrayOf(selectors.rule_types).map((rule_type) => ({
    rule_type,
    notification_status: 'DEFAULT',
  }));
  const item: Item = { id: world.ids.short(), type: 'notification_preview_response', attributes: { preview_results } };
  return ok({ data: item });
}

const named = (kind: string): string =>
  kind
    .split('_')
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('');

export const findingRuleFamily: Family = {
  name: 'finding rules',
  collections: {
    ...Object.fromEntries(KINDS.map((kind) => [`${AUTOMATION}/${kind}`, automation(kind)])),
    '/api/v2/security/signals/notification_rules': notifications,
    '/api/v2/security/vulnerabilities/notification_rules': notifications,
  },
  handlers: {
    ...Object.fromEntries(KINDS.map((kind) => [`v2.ReorderSecurityFindingsAutomation${named(kind)}`, reorder(kind)])),
    'v2.SendSecurityMonitoringNotificationPreview': previewNotification,
  },
};
