// What runs: processes, containers, their images, network flows; and the tables that are kept for reference.
import { type Answer, errorFailure, type Handler, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError, isUuid } from '../people.ts';
import { fraction, HOSTS } from '../series.ts';
import type { World } from '../world.ts';

const TABLES = '/api/v2/reference-tables/tables';

/** 40 hexadecimal digits that a text always gives. */
const digest = (text: string): string =>
  Array.from({ length: 5 }, (_, i) =>
    Math.floor(fraction(`${text} ${i}`) * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');

const isoNoZone = (time: number): string => new Date(time).toISOString().slice(0, 19);
const DAY = 86_400_000;

const COMMANDS = [
  ['/lib/systemd/systemd --system', 'root', 1, 0],
  ['/opt/datadog-agent/bin/agent/agent run', 'dd-agent', 812, 1],
  ['nginx: master process /usr/sbin/nginx', 'root', 1043, 1],
] as const;

function processes(world: World): JsonObject[] {
  const now = world.now();
  return HOSTS.slice(0, 1).flatMap((host) =>
    COMMANDS.map(([cmdline, user, pid, ppid]) => ({
      type: 'process',
      id: digest(`${host} ${pid}`),
      attributes: {
        cmdline,
        user,
        pid,
        ppid,
        host,
        tags: [`host:${host}`, `user:${user}`],
        timestamp: isoNoZone(now),
        start: isoNoZone(now - 30 * DAY),
      },
    })),
  );
}

function containers(world: World): JsonObject[] {
  const start = world.now() - 3 * DAY;
  return HOSTS.map((host) => ({
    type: 'container',
    id: digest(`container ${host}`),
    attributes: {
      name: `web_${host}`,
      container_id: digest(`container id ${host}`),
      host,
      image_name: 'web',
      image_tags: ['latest'],
      image_digest: null,
      state: 'running',
      created_at: isoNoZone(start),
      started_at: isoNoZone(start),
      tags: [`host:${host}`, 'short_image:web', 'env:prod'],
    },
  }));
}

function images(world: World): JsonObject[] {
  return ['web', 'worker', 'agent'].map((name) => ({
    type: 'container_image',
    id: digest(`image ${name}`),
    attributes: {
      name: `registry.example.com/${name}`,
      short_image: name,
      image_tags: ['latest'],
      registry: 'registry.example.com',
      repository: name,
      repo_digest: `sha256:${digest(name)}`,
      sizes: [41_802_389],
      published_at: new Date(world.now() - 30 * DAY).toISOString().replace(/\.\d+Z$/, 'Z'),
      tags: [`short_image:${name}`],
      container_count: name === 'web' ? HOSTS.length : 0,
      os_names: [],
      os_versions: [],
      os_architectures: [],
      images_built_at: [],
      image_flavors: [],
      sources: ['aws_ecr'],
    },
  }));
}

/** A cursor of these lists tells how many have been shown. */
const cursorAt = (shown: number): string => Buffer.from(`shown:${shown}`).toString('hex');
const shownBy = (cursor: string | null): number =>
  Number(/^shown:(\d+)$/.exec(Buffer.from(cursor ?? '', 'hex').toString())?.[1] ?? 0);

const listProcesses: Handler = ({ world, query }) => {
  const limit = Math.min(Number(query.get('page[limit]')) || 1000, 10_000);
  const search = query.get('search') ?? '';
  const tags = (query.get('tags') ?? '').split(',').filter(Boolean);
  const found = processes(world).filter(({ attributes }) => {
    const of = objectOf(attributes);
    return textOf(of.cmdline).includes(search) && tags.every((tag) => JSON.stringify(of.tags).includes(`"${tag}"`));
  });
  const from = shownBy(query.get('page[cursor]'));
  const data = found.slice(from, from + limit);
  const after = data.length === 0 ? '' : cursorAt(from + data.length);
  return ok({ meta: { page: { after, size: data.length } }, data });
};

const inventory =
  (kind: 'container' | 'container_image', make: (world: World) => JsonObject[]): Handler =>
  ({ world, query, operation }) => {
    const all = make(world);
    const size = Math.min(Number(query.get('page[size]')) || 100, 10_000);
    const groups = query.get('group_by')?.split(',').filter(Boolean);
    const url = `https://api.${world.site}${operation.path}`;
    const items = groups === undefined ? all : grouped(kind, all, groups, url);
    const from = shownBy(query.get('page[cursor]'));
    const data = items.slice(from, from + size);
    const next = from + size < items.length ? cursorAt(from + size) : '';
    return ok({
      data,
      meta: {
        pagination: {
          type: 'cursor_limit',
          total: items.length,
          limit: size,
          cursor: query.get('page[cursor]') ?? '',
          next_cursor: next,
          prev_cursor: null,
        },
      },
      links: {
        self: url,
        first: `${url}?page[size]=${size}`,
        last: null,
        next: next === '' ? null : `${url}?page[cursor]=${next}`,
        prev: null,
      },
    });
  };

function grouped(kind: string, all: readonly JsonObject[], by: readonly string[], url: string): JsonObject[] {
  const groups = Map.groupBy(all, ({ attributes }) => {
    const of = objectOf(attributes);
    return JSON.stringify(by.map((tag) => of[tag] ?? of.image_name ?? ''));
  });
  return [...groups].map(([key, items]) => {
    const values = JSON.parse(key) as string[];
    const tags = Object.fromEntries(by.map((tag, i) => [tag, values[i]!]));
    const filter = by.map((tag, i) => `${tag}:${values[i]}`).join(',');
    const related = { links: { related: `${url}?filter[tags]=${filter}` }, data: [] };
    return {
      type: `${kind}_group`,
      id: digest(key),
      attributes: { name: values.join(','), count: items.length, tags },
      relationships: { [`${kind}s`]: related },
    };
  });
}

// Network

const MOST_FLOWS = 7_500;

function refuseFlows(query: URLSearchParams): Answer | undefined {
  const limit = query.get('limit');
  if (limit !== null && !(Number(limit) >= 1 && Number(limit) <= MOST_FLOWS))
    return errorFailure(400, {
      status: '400',
      title: 'Invalid limit',
      detail: 'Limit must meet requirements listed in https://docs.datadoghq.com/api/latest/cloud-network-monitoring/',
    });
  const groups = (query.get('group_by') ?? '').split(',').filter(Boolean);
  return groups.includes('server_ungrouped') && groups.length > 1
    ? errorFailure(400, {
        status: '400',
        title: 'Cannot combine server_ungrouped with other server groupings or network.dns_query',
      })
    : undefined;
}

const flows: Handler = ({ query }) => refuseFlows(query) ?? ok({ data: [] });

// Reference tables

const tables: CollectionRule = {
  badId: (_call, id) => (isUuid(id) ? undefined : genericError(400, 'table ID must be a valid UUID format')),
  notFound: () => errorFailure(404, { status: '404', title: 'Not Found', detail: 'table not found' }),
  check({ world }, given, before) {
    const { source, file_metadata, table_name } = objectOf(given.attributes);
    const { upload_id, access_details } = objectOf(file_metadata);
    if (before) return undefined;
    if (source === 'LOCAL_FILE' && upload_id === undefined)
      return genericError(400, "upload_id is required for tables with 'LOCAL_FILE' source");
    if (source !== 'LOCAL_FILE' && access_details === undefined)
      return genericError(400, `access_details is required for tables with '${textOf(source)}' source`);
    const taken = [...world.collection(TABLES).values()].some(
      (item) => objectOf(item.attributes).table_name === table_name,
    );
    return taken ? genericError(400, `table with name '${textOf(table_name)}' already exists`) : undefined;
  },
  finish(item, { world }, before) {
    const { file_metadata, ...attributes } = objectOf(item.attributes);
    const { user } = world;
    // Which upload the rows came from is asked for, and not told again.
    const { upload_id: _, ...file } = objectOf(file_metadata);
    return {
      ...item,
      attributes: {
        tags: [],
        ...attributes,
        ...(file_metadata !== undefined && { file_metadata: file }),
        created_by: objectOf(before?.attributes).created_by ?? user.id,
        last_updated_by: user.id,
        row_count: attributes.row_count ?? 0,
        status: 'DONE',
        updated_at: new Date(world.now()).toISOString(),
      },
    };
  },
};

const rows: Handler = ({ params, world }) => {
  const id = params.id ?? params.table_id ?? '';
  if (!isUuid(id)) return genericError(400, 'table ID must be a valid UUID format');
  return world.find(TABLES, id)
    ? ok({ data: [] })
    : errorFailure(404, { status: '404', title: 'Not Found', detail: 'table not found' });
};

export const inventoryFamily: Family = {
  name: 'processes, containers, network and reference tables',
  collections: { [TABLES]: tables },
  handlers: {
    'v2.ListProcesses': listProcesses,
    'v2.ListContainers': inventory('container', containers),
    'v2.ListContainerImages': inventory('container_image', images),
    'v2.GetAggregatedConnections': flows,
    'v2.GetAggregatedDns': flows,
    'v2.ListReferenceTableRows': rows,
  },
};
