// What stands about monitors: notification rules, configuration policies, and templates with their versions.
import { type Answer, type Call, type Handler, noContent, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, type JsonObject, objectOf, textOf } from '../json.ts';
import { caller, callerRecord, isUuid } from '../people.ts';
import { isoMicroseconds } from '../times.ts';

const TEMPLATES = '/api/v2/monitor/template';
/** When a rule was last changed, of one that never was. */
const NEVER = '1970-01-01T00:00:00+00:00';

const notificationRules: CollectionRule = {
  notFound: () => textFailure(404, 'Monitor Notification Rule not found'),
  check(_call, given) {
    const at = arrayOf(objectOf(given.attributes).recipients).some((recipient) => textOf(recipient).startsWith('@'));
    return at ? textFailure(400, "Invalid recipients: Recipient handle should not start with '@'") : undefined;
  },
  finish(item, { world }, before) {
    const now = isoMicroseconds(world.now());
    const created_at = objectOf(before?.attributes).created_at ?? now;
    return {
      ...item,
      attributes: { ...objectOf(item.attributes), created_at, modified_at: before ? now : NEVER },
      relationships: { created_by: caller(world) },
    };
  },
  beside: ({ world, operation }) => {
    if (operation.method === 'GET') return {};
    const user = callerRecord(world);
    const since = { created_at: '2020-01-01T00:00:00+00:00', modified_at: '2020-01-01T00:00:00+00:00' };
    const attributes = {
      ...objectOf(user.attributes),
      ...since,
      title: null,
      verified: true,
      service_account: false,
      disabled: false,
      allowed_login_methods: [],
      status: 'Active',
      last_login_time: null,
    };
    return { included: [{ ...user, attributes }] };
  },
};

const policies: CollectionRule = {
  badId: (_call, id) => (isUuid(id) ? undefined : textFailure(400, 'Invalid URL param: policy_id must be an uuid')),
  notFound: ({ operation }) =>
    textFailure(404, `Monitor ${operation.method === 'DELETE' ? 'config' : 'configuration'} policy not found`),
  strict: false,
  check({ params, body }, given, before) {
    const { policy_type: type, policy } = objectOf(given.attributes);
    const id = objectOf(objectOf(body).data).id;
    if (before && id !== params.policy_id)
      return textFailure(422, 'Policy id in request body does not match id in URL param');
    if (type !== 'tag') return textFailure(400, "Value of parameter 'policy_type' should be any of these ['tag']");
    return textOf(objectOf(policy).tag_key) === ''
      ? textFailure(400, "Missing required attribute 'tag_key'")
      : undefined;
  },
};

function refuseTemplate(attributes: JsonObject): Answer | undefined {
  return Object.keys(objectOf(attributes.monitor_definition)).length === 0
    ? textFailure(400, 'Invalid monitor_definition or template variables: Monitor definition cannot be empty.')
    : undefined;
}

const noTemplate = (): Answer => textFailure(404, 'Monitor template not found');

/** A template keeps every version that it had; the newest is the template itself. */
const templates: CollectionRule = {
  update: 'merge',
  notFound: noTemplate,
  check: (_call, given) => refuseTemplate(objectOf(given.attributes)),
  finish(item, { world }, before, given) {
    const now = isoMicroseconds(world.now());
    const was = objectOf(before?.attributes);
    const version = before ? Number(was.version) + 1 : 0;
    const { created = now, creator_uuid = world.user.id } = before ? was : {};
    const content = { description: null, tags: [], template_variables: [], ...objectOf(given.attributes) };
    const versions = [...arrayOf(was.versions), { ...content, id: world.ids.uuid(), version, created: now }];
    return { ...item, attributes: { ...content, version, created, modified: now, creator_uuid, versions } };
  },
  view(item, { operation, query }) {
    const { versions, ...attributes } = objectOf(item.attributes);
    const wanted = operation.method === 'PUT' || query.get('with_all_versions') === 'true';
    return { ...item, attributes: wanted ? { ...attributes, versions: versions ?? [] } : attributes };
  },
};

const validate: Handler = (call: Call) => {
  const id = call.params.template_id;
  if (id !== undefined && !call.world.find(TEMPLATES, id)) return noTemplate();
  return refuseTemplate(objectOf(objectOf(objectOf(call.body).data).attributes)) ?? noContent;
};

export const monitorConfigFamily: Family = {
  name: 'monitor configuration',
  collections: {
    '/api/v2/monitor/notification_rule': notificationRules,
    '/api/v2/monitor/policy': policies,
    [TEMPLATES]: templates,
  },
  handlers: {
    'v2.ValidateMonitorUserTemplate': validate,
    'v2.ValidateExistingMonitorUserTemplate': validate,
  },
};
