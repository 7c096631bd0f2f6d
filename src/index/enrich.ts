// What the bodies of a change tell beyond its summary: the titles of what it touched, and the metrics that what it wrote looks at.
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { askedFor } from '../datadog/asked-for.ts';
import { imageIn } from '../datadog/before.ts';
import { titled } from '../datadog/touched.ts';
import type { ExchangeIntent, ExchangeOutcome, Header } from '../exchange/exchange.ts';
import type { ResourceImage } from '../exchange/image.ts';
import type { Action, Asked, Resource } from '../exchange/operation.ts';
import type { StoredParts } from './row.ts';

/** Bytes of a body or image that are looked at; longer ones are told by their summaries alone. */
const MOST = 256 * 1024;
/** Metrics of one row. */
const METRICS = 100;

/** An exchange as far as it is recorded: its first entry, and that of its outcome when there is one. */
export interface Enrichable {
  readonly intent: ExchangeIntent;
  readonly first: StoredParts;
  readonly outcome?: ExchangeOutcome | undefined;
  readonly last?: StoredParts | undefined;
}

interface Told {
  readonly action?: Action;
  readonly resources: readonly Resource[];
  readonly asked: Asked;
}

/** The same with titles and metrics. Of reads nothing more is told: their bodies are the bulk of the record. */
export function enriched<T extends Told>(row: T, { intent, first, outcome, last }: Enrichable): T {
  if (intent.classification.action === 'read') return row;
  const { operation } = intent.classification;
  const { request: asked, response } = { request: intent.request, response: outcome?.response };
  const body = plain(first.parts.request, asked.headers, asked.body.decoded !== undefined);
  const answer = plain((last ?? first).parts.response, response?.headers ?? [], response?.body.decoded !== undefined);
  const resources = withImageTitles(titled(operation, row.resources, body, answer), first.parts.before);
  const metrics = body === undefined ? [] : askedFor(operation, intent.request.target, body).metrics.slice(0, METRICS);
  const all = [...new Set([...(row.asked.metrics ?? []), ...metrics])];
  return { ...row, resources, asked: all.length > 0 ? { ...row.asked, metrics: all } : row.asked };
}

function plain(bytes: Uint8Array | undefined, headers: readonly Header[], decoded: boolean): Uint8Array | undefined {
  if (bytes === undefined || bytes.length === 0 || bytes.length > MOST) return undefined;
  const coding = decoded ? undefined : headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
  try {
    switch (coding?.trim().toLowerCase() ?? 'identity') {
      case 'identity':
        return bytes;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, { maxOutputLength: MOST });
      case 'br':
        return brotliDecompressSync(bytes, { maxOutputLength: MOST });
      case 'zstd':
        return zstdDecompressSync(bytes, { maxOutputLength: MOST });
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

const NAMES = ['title', 'name', 'display_name', 'summary'];

/** A deletion tells no title; the image before it does. */
function withImageTitles(resources: readonly Resource[], part: Uint8Array | undefined): readonly Resource[] {
  if (part === undefined || part.length > MOST || resources.every(({ title }) => title !== undefined)) return resources;
  const images = parsed(part);
  return resources.map((resource) => {
    const image = images.find(({ kind, id }) => kind === resource.kind && id === resource.id);
    if (resource.title !== undefined || image?.answer === undefined) return resource;
    const value = (image.picked ? image.answer : imageIn(image.answer)) as Record<string, unknown> | null | undefined;
    const holders = [value, value?.attributes as Record<string, unknown> | undefined];
    const title = holders
      .flatMap((holder) => NAMES.map((name) => holder?.[name]))
      .find((text) => typeof text === 'string' && text !== '');
    return title === undefined || title === resource.id
      ? resource
      : { ...resource, title: String(title).slice(0, 256) };
  });
}

function parsed(part: Uint8Array): ResourceImage[] {
  try {
    return JSON.parse(Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('utf8')) as ResourceImage[];
  } catch {
    return [];
  }
}
