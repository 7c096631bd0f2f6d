// Logs and events as they come in; searches find them again.
import { type Answer, type Call, errorFailure, type Handler, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import type { World } from '../world.ts';
import { eventId, SUBMITTED_EVENTS, SUBMITTED_LOGS } from './event-search.ts';

/** Events kept of one kind. */
const MOST = 1_000;

function keep(world: World, path: string, id: string, time: number, found: JsonObject): void {
  const all = world.collection(path);
  all.set(id, { time, found });
  if (all.size > MOST) all.delete(all.keys().next().value!);
}

function submitLogs(call: Call): Answer {
  const { world, body, contentType, raw } = call;
  const given =
    body !== undefined
      ? Array.isArray(body)
        ? body
        : [body]
      : /text|logplex/.test(contentType)
        ? raw.toString('utf8').split('\n').filter(Boolean)
        : undefined;
  if (!given) return textFailure(400, 'Bad Request');
  for (const each of given.slice(0, MOST)) {
    const { message, ddtags, ddsource, hostname, service, status, ...rest } = isObject(each) ? each : { message: each };
    const time = world.now();
    const id = eventId(`log ${world.ids.next}`, time + world.ids.next++);
    const tags = [
      ...textOf(ddtags).split(',').filter(Boolean),
      ...(ddsource === undefined ? [] : [`source:${textOf(ddsource)}`]),
    ];
    const attributes: JsonObject = {
      message: textOf(message),
      tags,
      timestamp: new Date(time).toISOString(),
      status: textOf(status) || 'info',
      attributes: rest,
    };
    if (hostname !== undefined) attributes.host = hostname;
    if (service !== undefined) attributes.service = service;
    keep(world, SUBMITTED_LOGS, id, time, { id, type: 'log', attributes });
  }
  return { status: call.operation.version === 'v1' ? 200 : 202, body: {} };
}

/** A new event's number: large, and told as text too, since it is more than a number holds exactly. */
function newEvent(world: World, title: string, message: string, tags: Json, time: number): { id: string; uid: string } {
  const id = `6${String(time)}${String(world.ids.next++).padStart(5, '0')}`;
  const uid = eventId('event', time + world.ids.next);
  const attributes = {
    message,
    tags,
    timestamp: new Date(time).toISOString(),
    attributes: { title, status: 'info', timestamp: time, evt: { id, type: 'api' } },
  };
  keep(world, SUBMITTED_EVENTS, id, time, { id: uid, type: 'event', attributes });
  return { id, uid };
}

function postEvent({ body, world }: Call): Answer {
  const {
    title,
    text = '',
    tags = [],
    date_happened,
    priority = null,
    related_event_id = null,
    alert_type,
  } = objectOf(body);
  if (typeof title !== 'string' || title === '') return textFailure(400, "The parameter 'title' is required");
  const happened = typeof date_happened === 'number' ? date_happened : Math.floor(world.now() / 1000);
  if (happened * 1000 < world.now() - 18 * 3_600_000) return textFailure(400, 'Event too far in the past');
  const { id } = newEvent(world, title, textOf(text), tags, happened * 1000);
  const event: JsonObject = {
    id: Number(id),
    id_str: id,
    title,
    text,
    date_happened: happened,
    handle: null,
    priority,
    related_event_id,
    tags,
    ...(alert_type !== undefined && { alert_type }),
    url: `https://app.${world.site}/event/event?id=${id}`,
  };
  world.collection('/api/v1/event').set(id, event);
  return { status: 202, body: { status: 'ok', event } };
}

const CATEGORIES = ['alert', 'change'];

function postEventV2({ body, world }: Call): Answer {
  const { category, title, message = '', tags = [] } = objectOf(objectOf(objectOf(body).data).attributes);
  const refuse = (detail: string): Answer =>
    errorFailure(400, { status: '400', title: 'Bad Request', detail: `JSON validation failed at ${detail}` });
  if (!CATEGORIES.includes(textOf(category)))
    return refuse(
      `$.data.attributes.category: value must be one of: [${CATEGORIES.map((each) => `"${each}"`).join(', ')}].`,
    );
  if (typeof title !== 'string') return refuse('$.data.attributes.title: is required.');
  const { id, uid } = newEvent(world, title, textOf(message), tags, world.now());
  return {
    status: 202,
    body: {
      data: { id: '_', type: 'event', attributes: { attributes: { evt: { id, uid } } } },
      links: { self: `https://app.${world.site}/event/event?uid=${uid}` },
    },
  };
}

const getEvent: Handler = ({ params, world }) => {
  const event = world.find('/api/v1/event', params.event_id ?? '');
  return event ? ok({ event }) : textFailure(404, `No event matches that event_id.`);
};

const getEventV2: Handler = ({ params, world }) => {
  const kept = world.find(SUBMITTED_EVENTS, params.event_id ?? '');
  return kept
    ? ok({ data: kept.found ?? {} })
    : errorFailure(404, { status: '404', title: 'Not Found', detail: 'Event not found' });
};

const listEvents: Handler = ({ query, world }) => {
  const [start, end] = [Number(query.get('start')), Number(query.get('end'))];
  if (!query.has('start') || !query.has('end'))
    return textFailure(400, "The parameters 'start' and 'end' are required");
  const events = [...world.collection('/api/v1/event').values()].filter(
    ({ date_happened }) => Number(date_happened) >= start && Number(date_happened) <= end,
  );
  return ok({ events });
};

export const eventIntakeFamily: Family = {
  name: 'intake of logs and events',
  handlers: {
    'v2.SubmitLog': submitLogs,
    'v1.SubmitLog': submitLogs,
    'v1.CreateEvent': postEvent,
    'v1.GetEvent': getEvent,
    'v1.ListEvents': listEvents,
    'v2.CreateEvent': postEventV2,
    'v2.GetEvent': getEventV2,
  },
};
