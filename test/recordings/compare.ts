// Holds what was recorded by Datadog's own client against what came back through the gateway and what the journal has.
import { operationByKey } from '../../src/datadog/catalogue.ts';
import { redactBody } from '../../src/datadog/secrets.ts';
import type { Fingerprint } from '../../src/exchange/keys.ts';
import type { RecordedExchange } from '../harness/journal.ts';
import type { ClientResult } from './client-process.ts';
import type { RecordedInteraction } from './corpus.ts';

export interface Counts {
  /** Interactions of the corpus. */
  interactions: number;
  /** Came back with the recorded status and body bytes. */
  returned: number;
  /** Found in the journal. */
  journalled: number;
  /** Request body in the journal byte for byte. */
  requestExact: number;
  /** Request body in the journal, with its secrets replaced by fingerprints and every other byte the same. */
  requestRedacted: number;
  responseExact: number;
  responseRedacted: number;
  /** Recordings with a body that HTTP does not allow: left out on both sides. */
  impossibleBodies: number;
  /** Resolved to an operation of the catalogue whose method and path fit. */
  resolved: number;
  /** Journalled with the identity whose token the client had. */
  identified: number;
}

export interface Comparison {
  readonly counts: Counts;
  /** Operations by how often they were not resolved. */
  readonly unresolved: ReadonlyMap<string, number>;
  /** What was replaced by fingerprints: operation, direction and JSON path, by how often. */
  readonly redactedPaths: ReadonlyMap<string, number>;
  readonly differing: readonly string[];
}

export interface Seen {
  readonly result: ClientResult | undefined;
  readonly recorded: RecordedExchange | undefined;
  /** Subject of the token that the client had. */
  readonly subject: string;
}

export function compare(
  corpus: readonly RecordedInteraction[],
  seenBy: (interaction: RecordedInteraction) => Seen,
  fingerprint: Fingerprint,
): Comparison {
  const counts: Counts = {
    interactions: corpus.length,
    returned: 0,
    journalled: 0,
    requestExact: 0,
    requestRedacted: 0,
    responseExact: 0,
    responseRedacted: 0,
    impossibleBodies: corpus.filter(({ impossibleBody }) => impossibleBody).length,
    resolved: 0,
    identified: 0,
  };
  const unresolved = new Map<string, number>();
  const redactedPaths = new Map<string, number>();
  const differing: string[] = [];
  for (const interaction of corpus) {
    const { result, recorded, subject } = seenBy(interaction);
    const differ = (what: string): void => {
      differing.push(`${interaction.id} ${interaction.method} ${interaction.url} (${interaction.scenario}): ${what}`);
    };
    const body = Buffer.from(result?.body ?? '', 'base64');
    if (result?.status === interaction.status && body.equals(interaction.responseBody)) counts.returned++;
    else
      differ(
        result?.error ??
          `came back as ${result?.status} with ${body.length} of ${interaction.responseBody.length} bytes`,
      );
    if (!recorded) {
      differ('is not in the journal');
      continue;
    }
    counts.journalled++;
    const { operation } = recorded.intent.classification;
    if (recorded.intent.identity?.subject === subject) counts.identified++;
    else differ(`is journalled for ${recorded.intent.identity?.subject}, was made by ${subject}`);
    if (recorded.outcome?.response?.status !== interaction.status) {
      differ(`is journalled with status ${recorded.outcome?.response?.status}`);
    }
    if (fits(operation, interaction)) counts.resolved++;
    else note(unresolved, operation);
    const type = {
      request: interaction.requestHeaders['content-type'],
      response: interaction.responseHeaders['content-type'],
    };
    for (const direction of ['request', 'response'] as const) {
      const original = interaction[`${direction}Body`];
      const kept = recorded[direction];
      if (kept.equals(original)) counts[`${direction}Exact`]++;
      else {
        const redacted = redactBody(operation, direction, original, type[direction], fingerprint);
        if (
          redacted !== 'unparseable' &&
          redacted.redacted.length > 0 &&
          kept.equals(redacted.bytes) &&
          onlySecretsReplaced(original, kept)
        ) {
          for (const path of redacted.redacted) note(redactedPaths, `${operation} ${direction} ${path}`);
          counts[`${direction}Redacted`]++;
        } else
          differ(`the ${direction} body in the journal has ${kept.length} bytes, recorded were ${original.length}`);
      }
    }
  }
  return { counts, unresolved, redactedPaths, differing };
}

const note = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/**
 * Whether every byte outside what was replaced is the original's: the pieces between stand there, in order, to both ends.
 * A URL is replaced whole; its origin is kept, without a default port.
 */
function onlySecretsReplaced(original: Buffer, kept: Buffer): boolean {
  const pieces = kept.toString('latin1').split(/(?:https?:\/\/[^"]*\/)?redacted:dwfp_[A-Za-z0-9_-]{22}/);
  const text = original.toString('latin1');
  let at = 0;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0 || (at === 0 && found > 0)) return false;
    at = found + piece.length;
  }
  return pieces.length > 1 && text.endsWith(pieces.at(-1) ?? '');
}

/** Whether the operation is one of the catalogue, and its method and path template are those of the call. */
function fits(key: string, { method, url }: RecordedInteraction): boolean {
  const operation = operationByKey(key);
  if (!operation || operation.method !== method) return false;
  const pattern = operation.path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(new URL(url).pathname);
}

/** Whether nothing differs, and no more operations are unresolved than recordings of operations that left the catalogue. */
export function passes({ counts, differing }: Comparison, tolerated = 3): boolean {
  return differing.length === 0 && counts.interactions > 0 && counts.interactions - counts.resolved <= tolerated;
}
