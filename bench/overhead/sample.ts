// The exchange that is measured: a POST of 490 B that creates a monitor, or reads a timeseries, and a JSON answer of 6.7 KB.
// Bodies vary from one exchange to the next, so that compression is not flattered.
import { randomBytes, randomInt } from 'node:crypto';

export const REQUEST_BYTES = 490;
export const RESPONSE_BYTES = 6_700;

export type SampleKind = 'mutation' | 'read';

export const PATHS: Readonly<Record<SampleKind, string>> = {
  mutation: '/api/v1/monitor',
  read: '/api/v2/query/timeseries',
};

const word = (): string => randomBytes(randomInt(3, 7)).toString('hex');

/** One request body of exactly REQUEST_BYTES. */
export function requestBody(kind: SampleKind): string {
  const body =
    kind === 'mutation'
      ? {
          name: `errors of ${word()} on ${word()}`,
          type: 'query alert',
          query: `avg(last_5m):sum:trace.http.errors{service:${word()}} by {host} > ${randomInt(1000)}`,
          tags: [`team:${word()}`, 'env:prod'],
          options: { thresholds: { critical: randomInt(1000) }, notify_no_data: false },
          message: '',
        }
      : {
          data: {
            type: 'timeseries_request',
            attributes: {
              formulas: [{ formula: 'a' }],
              from: 1732281234000,
              to: 1732284834000,
              interval: 5000,
              queries: [
                { data_source: 'metrics', name: 'a', query: `avg:system.cpu.user{service:${word()}} by {host}` },
              ],
            },
          },
          pad: '',
        };
  return padded(body, kind === 'mutation' ? 'message' : 'pad', REQUEST_BYTES);
}

/** One response body of about RESPONSE_BYTES, as Datadog writes them: many repeated names, many ids, some prose. */
export function responseBody(): string {
  const items = [];
  for (let size = 0; size < RESPONSE_BYTES - 420; ) {
    const item = {
      id: randomInt(2 ** 40),
      org_id: 321_813,
      type: 'query alert',
      name: `${word()} ${word()} on ${word()}`,
      query: `avg(last_5m):sum:trace.http.errors{service:${word()}} by {host} > ${randomInt(1000)}`,
      message: `Check ${word()} and ${word()} before ${word()}. @slack-${word()}`,
      created: new Date(1.7e12 + randomInt(1e9)).toISOString(),
      creator: { id: randomInt(1e6), name: null, handle: `${word()}@example.com`, email: `${word()}@example.com` },
      options: { thresholds: { critical: randomInt(1000) }, notify_no_data: false, include_tags: true, silenced: {} },
      overall_state: 'OK',
      tags: [`team:${word()}`, 'env:prod'],
    };
    items.push(item);
    size += JSON.stringify(item).length + 1;
  }
  return padded({ monitors: items, pad: '' }, 'pad', RESPONSE_BYTES);
}

function padded(body: Record<string, unknown>, field: string, bytes: number): string {
  const bare = JSON.stringify({ ...body, [field]: '' }).length;
  return JSON.stringify({
    ...body,
    [field]: randomBytes(bytes)
      .toString('hex')
      .slice(0, Math.max(0, bytes - bare)),
  });
}
