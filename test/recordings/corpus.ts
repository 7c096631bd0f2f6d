// Reads the recorded Datadog exchanges: NDJSON, gzipped or not, one scenario a line.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface RecordedInteraction {
  /** `<scenario>.<n>`, both counted from 0. */
  readonly id: string;
  readonly scenario: string;
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: Buffer;
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: Buffer;
  /** The recording has a body where HTTP has none (RFC 9110 section 15.3.5); it cannot have been on the wire, and is left out. */
  readonly impossibleBody: boolean;
}

/** A body is text, null when there was none, or base64 when it is not text. */
type WrittenBody = string | null | { readonly base64: string };

interface WrittenScenario {
  readonly scenario: string;
  readonly interactions: readonly {
    readonly method: string;
    readonly url: string;
    readonly requestHeaders: Record<string, string>;
    readonly requestBody: WrittenBody;
    readonly status: number;
    readonly responseHeaders: Record<string, string>;
    readonly responseBody: WrittenBody;
  }[];
}

/** All scenarios in order, each a list of its interactions in order. */
export function readCorpus(file: string): RecordedInteraction[][] {
  const raw = readFileSync(file);
  const text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, number) => {
      const { scenario, interactions } = JSON.parse(line) as WrittenScenario;
      return interactions.map((each, n) => {
        const bodiless = each.status === 204 || each.status === 304;
        const responseBody = bytesOf(each.responseBody);
        return {
          ...each,
          id: `${number}.${n}`,
          scenario,
          requestBody: bytesOf(each.requestBody),
          responseBody: bodiless ? Buffer.alloc(0) : responseBody,
          impossibleBody: bodiless && responseBody.length > 0,
        };
      });
    });
}

function bytesOf(body: WrittenBody): Buffer {
  if (body === null) return Buffer.alloc(0);
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body.base64, 'base64');
}
