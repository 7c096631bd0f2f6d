// The configuration of cases: the standard types, types of one's own with their attributes, and projects.
import { type Answer, type Call, errorFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, type JsonObject, merge, objectOf, textOf } from '../json.ts';
import { badPathParameter, isUuid } from '../people.ts';
import type { Item, World } from '../world.ts';

export const PROJECTS = '/api/v2/cases/projects';
export const CASE_TYPES = '/api/v2/cases/types';
const ATTRIBUTES = `${CASE_TYPES}/{case_type_id}/custom_attributes`;

/** The type of everyday cases. */
export const STANDARD_CASE = '00000000-0000-0000-0000-000000000001';

export const notThere = (title: string): Answer => errorFailure(404, { code: 'resource_not_found', title });
export const badRequest = (): Answer => errorFailure(400, { status: '400', title: 'Bad Request' });

const stage = (...names: readonly string[]): JsonObject => ({
  status_options: names.map((name) => ({ name })),
  default: names[0] ?? '',
});
const PLAIN_STATUSES: JsonObject = {
  open: stage('Open'),
  in_progress: stage('In Progress'),
  closed: stage('Closed'),
};

const STANDARD_TYPES: readonly JsonObject[] = [
  { name: 'Standard', description: 'General tasks and investigations' },
  { name: 'Event Management', description: 'Triage and investigate correlated alerts and events' },
  { name: 'Security', description: 'Used By Datadog Security products and for general security workflows' },
  {
    name: 'Change Request',
    description: 'Request and track approvals',
    statuses_config: {
      open: stage('Open'),
      in_progress: stage('Pending Approval', 'Approved', 'Implementing'),
      closed: stage('Completed', 'Cancelled', 'Declined'),
    },
  },
  { name: 'Error Tracking', description: 'Triage and investigate errors' },
];

const EMOJI = /^\p{RGI_Emoji}$/v;

const types: CollectionRule = {
  check(_call, given) {
    const emoji = at(given, 'attributes', 'emoji');
    return emoji === undefined || emoji === '' || EMOJI.test(textOf(emoji)) ? undefined : badRequest();
  },
  finish(item) {
    const { name = '', description = '', emoji = '', statuses_config } = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'case_type',
      attributes: { name, description, emoji, internal: false, statuses_config: statuses_config || PLAIN_STATUSES },
    };
  },
  notFound: () => notThere('case_type not found'),
};

const VALUE_TYPES = new Set(['TEXT', 'NUMBER', 'URL', 'SELECT']);

const attributes: CollectionRule = {
  strict: false,
  check(_call, given) {
    const { key, type, display_name } = objectOf(given.attributes);
    return key === undefined || display_name === undefined || !VALUE_TYPES.has(textOf(type)) ? badRequest() : undefined;
  },
  finish(item, { params }) {
    return {
      id: item.id ?? '',
      type: 'custom_attribute',
      attributes: {
        ...Object.fromEntries(Object.entries(objectOf(item.attributes)).filter(([, value]) => value !== null)),
        case_type: 'TUNKNOWN',
        case_type_id: params.case_type_id ?? '',
      },
    };
  },
  badId: (_call, id) => (isUuid(id) ? undefined : badPathParameter('CustomAttributeId')),
  notFound: () => notThere('custom attribute configuration not found'),
};

/** The definition of an attribute of a type's cases. */
export function customAttribute(world: World, type: string, key: string): Item | undefined {
  const known = world.collection(ATTRIBUTES.replace('{case_type_id}', type));
  return [...known.values()].find((item) => at(item, 'attributes', 'key') === key);
}

function allAttributes({ world }: Call): Answer {
  const all = [...world.collection(CASE_TYPES).keys()].flatMap((type) => [
    ...world.collection(ATTRIBUTES.replace('{case_type_id}', type)).values(),
  ]);
  return { status: 200, body: { data: all } };
}

const NOTIFICATION: JsonObject = {
  enabled: true,
  destinations: [1],
  notify_on_case_assignment: true,
  notify_on_case_unassignment: true,
  notify_on_case_closed: true,
  notify_on_case_priority_change: true,
  notify_on_case_comment: true,
  notify_on_case_comment_mention: true,
  notify_on_case_status_change: true,
};

const projects: CollectionRule = {
  finish(item) {
    const { key = '', name = '', restricted = false, settings } = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'project',
      attributes: {
        key,
        name,
        restricted: restricted ?? false,
        settings: merge({ notification: NOTIFICATION }, objectOf(settings)),
      },
    };
  },
  notFound: () => notThere('failed to get project: project not found'),
};

export const caseConfigFamily: Family = {
  name: 'case configuration',
  collections: { [CASE_TYPES]: types, [ATTRIBUTES]: attributes, [PROJECTS]: projects },
  handlers: { 'v2.GetAllCustomAttributes': allAttributes },
  seed(world) {
    for (const [i, type] of STANDARD_TYPES.entries()) {
      const id = `${STANDARD_CASE.slice(0, -1)}${i + 1}`;
      world.collection(CASE_TYPES).set(id, {
        id,
        type: 'case_type',
        attributes: { emoji: '', internal: true, statuses_config: PLAIN_STATUSES, ...type },
      });
    }
  },
};
