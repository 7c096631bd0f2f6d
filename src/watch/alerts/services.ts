// Messages for services that keep incidents and events: PagerDuty (Events API v2) and Datadog (events).
import type { Severity } from '../../exchange/finding.ts';
import { factsOf, reasonOf, severityOf, type Told, titleOf } from './message.ts';

const PAGERDUTY: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
  info: 'info',
};

/**
 * Bodies of POSTs to PagerDuty, in order: a finding triggers under its own id, which later messages update, and resolves at its end. A
 * test triggers and resolves, so that no incident stays.
 */
export function pagerDutyBodies(routingKey: string, message: Told): string[] {
  const { finding, event, link, id, time } = message;
  const key = { routing_key: routingKey, dedup_key: finding?.id ?? id };
  const trigger = {
    ...key,
    event_action: 'trigger',
    client: 'Dogwatch',
    ...(link !== undefined && { client_url: link, links: [{ href: link, text: 'Open in Dogwatch' }] }),
    payload: {
      summary: titleOf(message, 1000),
      source: finding?.subject.identity?.name ?? finding?.subject.connection ?? 'dogwatch',
      severity: PAGERDUTY[severityOf(message)],
      timestamp: new Date(finding?.latest ?? time).toISOString(),
      component: finding?.subject.connection ?? 'dogwatch',
      group: finding?.subject.family ?? 'dogwatch',
      class: finding?.detector ?? 'test',
      custom_details: { reason: reasonOf(message), ...Object.fromEntries(factsOf(message)) },
    },
  };
  const resolve = { ...key, event_action: 'resolve' };
  const bodies = event === 'ended' ? [resolve] : event === 'test' ? [trigger, resolve] : [trigger];
  return bodies.map((body) => JSON.stringify(body));
}

const DATADOG: Readonly<Record<Severity, string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'info',
  info: 'info',
};

/** Body of a POST to Datadog's `/api/v1/events`. Lengths are Datadog's limits; tags hold no commas. */
export function datadogBody(message: Told): string {
  const { finding, event, link, time } = message;
  const tag = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`${name}:${value.replace(/[\s,]+/g, '_').slice(0, 180)}`];
  const facts = factsOf(message).map(([name, value]) => `${name}: ${value}`);
  return JSON.stringify({
    title: titleOf(message, 100),
    text: [reasonOf(message), '', ...facts, ...(link === undefined ? [] : [link])].join('\n').slice(0, 3900),
    alert_type: event === 'ended' ? 'success' : DATADOG[severityOf(message)],
    aggregation_key: finding?.id ?? message.id,
    date_happened: Math.floor((finding?.latest ?? time) / 1000),
    priority: 'normal',
    source_type_name: 'dogwatch',
    tags: [
      'source:dogwatch',
      `event:${event}`,
      ...tag('detector', finding?.detector),
      ...tag('severity', finding?.severity),
      ...tag('identity', finding?.subject.identity?.name),
      ...tag('connection', finding?.subject.connection),
    ],
  });
}
