// Metrics that are made of events: of logs, of spans, of RUM.
import { type Answer, errorFailure, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { type JsonObject, objectOf, textOf } from '../json.ts';

type Kind = 'logs' | 'spans' | 'rum';

/** RUM's API speaks of errors as objects, the older two as text. */
function refuse(kind: Kind, status: number, detail: string): Answer {
  const title = status === 404 ? 'Not Found' : status === 409 ? 'Conflict' : 'Bad Request';
  return kind === 'rum' ? errorFailure(status, { status: String(status), title, detail }) : textFailure(status, detail);
}

/** As Datadog names metrics: what may not stand in a name is an underscore. */
const nameOf = (kind: Kind, id: string): string => (kind === 'rum' ? id : id.replaceAll(/[^\w.]/g, '_'));

function computed(given: JsonObject, before: JsonObject): JsonObject {
  const compute = { ...before, ...given };
  return compute.aggregation_type === 'distribution' ? { include_percentiles: false, ...compute } : compute;
}

/** Events that have an end may be counted when they match first or when they end. */
const UNIQUE = new Set(['session', 'view']);

const metrics = (kind: Kind): CollectionRule => ({
  notFound: (_call, id) => refuse(kind, 404, `not_found(Metric with name '${id}' not found)`),
  check({ world, operation, params, body }, given, before) {
    const attributes = objectOf(given.attributes);
    if (before) {
      const id = objectOf(objectOf(body).data).id;
      return kind === 'rum' && id !== undefined && id !== params.metric_id
        ? refuse(kind, 409, 'ID provided in the payload does not match the url parameter')
        : undefined;
    }
    const id = nameOf(kind, textOf(given.id));
    if (world.find(operation.path, id))
      return refuse(
        kind,
        409,
        `conflict(Field 'data.id' is invalid: '${id}' cannot be used as metric name, a metric already exists with that name)`,
      );
    return kind === 'rum' && attributes.uniqueness !== undefined && !UNIQUE.has(textOf(attributes.event_type))
      ? refuse(kind, 400, 'attribute "uniqueness" failed excluded_if validation')
      : undefined;
  },
  finish(item, _call, before, given) {
    const attributes = objectOf(item.attributes);
    const was = objectOf(before?.attributes);
    const compute = computed(objectOf(objectOf(given.attributes).compute), objectOf(was.compute));
    const unique = kind === 'rum' && UNIQUE.has(textOf(attributes.event_type));
    return {
      ...item,
      id: before?.id ?? nameOf(kind, textOf(item.id)),
      attributes: {
        ...attributes,
        compute,
        filter: attributes.filter ?? { query: '*' },
        group_by: attributes.group_by ?? [],
        ...(unique && { uniqueness: attributes.uniqueness ?? { when: 'match' } }),
      },
    };
  },
});

export const generatedMetricFamily: Family = {
  name: 'metrics made of events',
  collections: {
    '/api/v2/logs/config/metrics': metrics('logs'),
    '/api/v2/apm/config/metrics': metrics('spans'),
    '/api/v2/rum/config/metrics': metrics('rum'),
  },
};
