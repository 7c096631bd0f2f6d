// Tags that people put on hosts, graph snapshots, and the addresses that Datadog speaks from.
import { type Call, type Handler, noContent, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, type JsonObject, objectOf, textOf } from '../json.ts';
import { fraction, HOSTS } from '../series.ts';
import type { World } from '../world.ts';
import { SUBMITTED } from './metric-queries.ts';

const TAGS = '/api/v1/tags/hosts';

/** A host's tags of one source; those that a user puts there are of the source `users`. */
const keyOf = ({ params, query }: Call): string => `${params.host_name ?? ''} ${query.get('source') ?? 'users'}`;

const tagsOf = (world: World, host: string, source: string | null): string[] =>
  [...world.collection(TAGS)]
    .filter(([key]) => (source === null ? key.startsWith(`${host} `) : key === `${host} ${source}`))
    .flatMap(([, item]) => arrayOf(item.tags).map(textOf));

/** Whether a host has ever been heard of: seeded, tagged, or named in what was submitted. */
function isKnown(world: World, host: string): boolean {
  if ((HOSTS as readonly string[]).includes(host)) return true;
  if ([...world.collection(TAGS).keys()].some((key) => key.startsWith(`${host} `))) return true;
  return [...world.collection(SUBMITTED).values()].some(({ tags }) => arrayOf(tags).includes(`host:${host}`));
}

const put =
  (adding: boolean): Handler =>
  (call) => {
    const tags = objectOf(call.body).tags;
    if (!Array.isArray(tags)) return textFailure(400, "The parameter 'tags' is required");
    const host = call.params.host_name ?? '';
    const before = adding ? arrayOf(call.world.find(TAGS, keyOf(call))?.tags) : [];
    const all = [...new Set([...before, ...tags].map(textOf))];
    call.world.collection(TAGS).set(keyOf(call), { host, tags: all });
    return { status: 201, body: { host, tags: all } };
  };

const get: Handler = ({ world, params, query }) => {
  const host = params.host_name ?? '';
  return isKnown(world, host)
    ? ok({ host, tags: [...new Set(tagsOf(world, host, query.get('source')))] })
    : textFailure(404, `Could not find host: ${host}`);
};

const drop: Handler = (call) => {
  const host = call.params.host_name ?? '';
  if (!isKnown(call.world, host)) return textFailure(404, `Could not find host: ${host}`);
  call.world.collection(TAGS).delete(keyOf(call));
  return noContent;
};

const list: Handler = ({ world, query }) => {
  const source = query.get('source');
  const tags: JsonObject = {};
  for (const [key, item] of world.collection(TAGS)) {
    const host = textOf(item.host);
    if (source !== null && key !== `${host} ${source}`) continue;
    for (const tag of arrayOf(item.tags).map(textOf)) tags[tag] = [...arrayOf(tags[tag]), host];
  }
  return ok({ tags });
};

const snapshot: Handler = ({ query, world }) => {
  const metric_query = query.get('metric_query');
  const graph_def = query.get('graph_def');
  if (metric_query === null && graph_def === null) return textFailure(400, 'metric_query or graph_def is required');
  for (const name of ['start', 'end'])
    if (!Number.isFinite(Number(query.get(name) ?? Number.NaN)))
      return textFailure(400, `The parameter '${name}' is required`);
  const file = Math.floor(fraction(query.toString()) * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
  return ok({
    snapshot_url: `https://p.${world.site}/snapshot/view/dd-snapshots-prod/org_${world.user.orgId}/${file}.png`,
    ...(metric_query === null ? { graph_def: graph_def! } : { metric_query }),
  });
};

const BLOCK = { prefixes_ipv4: ['3.233.144.0/20'], prefixes_ipv6: ['2600:1f18:24e6:b900::/56'] };
const PROBES: JsonObject = {
  'aws:ap-northeast-1': ['13.114.211.96/32', '13.115.46.213/32', '52.192.175.207/32'],
  'aws:eu-central-1': ['18.195.155.52/32', '3.120.223.25/32', '3.121.24.234/32'],
  'aws:us-east-2': ['18.130.113.168/32', '3.18.172.189/32', '3.18.188.104/32'],
};

const ipRanges: Handler = () =>
  ok({
    version: 47,
    modified: '2026-01-25-20-00-00',
    ...Object.fromEntries(
      ['agents', 'api', 'apm', 'global', 'logs', 'orchestrator', 'process'].map((name) => [name, BLOCK]),
    ),
    synthetics: {
      prefixes_ipv4: Object.values(PROBES).flatMap(arrayOf),
      prefixes_ipv6: [],
      prefixes_ipv4_by_location: PROBES,
      prefixes_ipv6_by_location: {},
    },
    webhooks: { prefixes_ipv4: ['23.20.198.65/32', '23.23.216.60/32'], prefixes_ipv6: [] },
  });

export const hostTagFamily: Family = {
  name: 'host tags, snapshots and IP ranges',
  handlers: {
    'v1.CreateHostTags': put(true),
    'v1.UpdateHostTags': put(false),
    'v1.GetHostTags': get,
    'v1.DeleteHostTags': drop,
    'v1.ListHostTags': list,
    'v1.GetGraphSnapshot': snapshot,
    'v1.GetIPRanges': ipRanges,
  },
};
