// Reads what a session is replayed from, and verifies all of it before anything is executed.

import { PART_NAMES, type PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { ExchangeIntent, ExchangeOutcome, Header } from '../exchange/exchange.ts';
import type { ResourceImage } from '../exchange/image.ts';
import { decodedBody } from '../export/decoded-body.ts';
import { headerOf, type JoinedExchange, requestBodyInfo, touchedResources } from '../export/recorded-exchange.ts';
import { SALT } from '../journal/leaf.ts';
import type { NoteVerifier } from '../journal/note.ts';
import type { ProofLine } from '../journal/proof-line.ts';
import { verifyProof } from '../journal/verify-proof.ts';
import type { ErasedCall, RecordedCall, Recording } from '../replay/recording.ts';

const HEAD = '{"dogwatch":"exchange-proof"';
const MAX_BYTES = 2 ** 30;

/**
 * Reads proof files one after another. Every entry is held against its commitments, its place in the tree and a signed checkpoint.
 *
 * @throws DogwatchError `proof_invalid` when a call is not as it was recorded
 */
export async function readRecording(
  proofs: AsyncIterable<string | Uint8Array>,
  session: string,
  keys: readonly NoteVerifier[],
): Promise<Recording> {
  const calls: (RecordedCall | ErasedCall)[] = [];
  const earlier: RecordedCall[] = [];
  const seen = new Set<string>();
  let verified = { entries: 0, size: 0, origin: '' };
  let last = -1;
  for await (const file of filesOf(proofs)) {
    const opened: ProofLine[] = [];
    const report = await verifyProof(once(file), { log: keys, witnesses: [] }, (line) => opened.push(line));
    const [first] = report.entries;
    if (first === undefined || seen.has(report.exchange)) throw tampered(`exchange ${report.exchange} stands twice`);
    seen.add(report.exchange);
    verified = {
      entries: verified.entries + report.entries.length,
      size: Math.max(verified.size, report.size),
      origin: report.origin,
    };
    const call = callOf(report.exchange, first.time, report.asked, report.ended, opened);
    const own = report.asked === undefined || report.asked.session === session;
    if (own) {
      if (first.index <= last) throw tampered('calls are not in the order of the log');
      last = first.index;
      calls.push(call);
    } else if (!('erased' in call)) earlier.push(call);
  }
  return { session, calls, earlier, verified };
}

const tampered = (what: string): DogwatchError =>
  new DogwatchError('proof_invalid', `the recording does not verify: ${what}`, {
    remedy: 'nothing was executed; run `dogwatch verify` over the record',
  });

/** The bytes of each proof file, by the lines that begin one. */
async function* filesOf(proofs: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let rest: Buffer[] = [];
  let total = 0;
  const line = function* (bytes: Buffer): Generator<Buffer> {
    if (bytes.subarray(0, HEAD.length).toString('latin1') === HEAD && pieces.length > 0) {
      yield Buffer.concat(pieces);
      pieces = [];
    }
    pieces.push(bytes);
  };
  for await (const piece of proofs) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece);
    total += bytes.length;
    if (total > MAX_BYTES) throw new DogwatchError('bad_parameter', `the recording is longer than ${MAX_BYTES} bytes`);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield* line(Buffer.concat([...rest, bytes.subarray(from, end + 1)]));
      rest = [];
      from = end + 1;
    }
    if (from < bytes.length) rest.push(bytes.subarray(from));
  }
  if (rest.length > 0) pieces.push(Buffer.concat(rest));
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** One call out of its opened entries. */
function callOf(
  exchange: string,
  time: number,
  asked: ExchangeIntent | undefined,
  ended: ExchangeOutcome | undefined,
  lines: readonly ProofLine[],
): RecordedCall | ErasedCall {
  if (asked === undefined) return { exchange, time, erased: true };
  const summary: JoinedExchange = { ...asked, ...ended };
  const { classification, request, response } = summary;
  const closed = new Set(PART_NAMES.filter((part) => lines.some((line) => line.closed[part] !== undefined)));
  const endErased = ended === undefined && lines.some((line) => line.leaf.includes('"k":"exchange.outcome"'));
  const requestInfo = requestBodyInfo(summary);
  const sent = decoded(bodyOf(lines, 'request'), request.headers, requestInfo.decoded !== undefined);
  const got = decoded(bodyOf(lines, 'response'), response?.headers ?? [], response?.body.decoded !== undefined);
  const contentType = headerOf(request.headers, 'content-type');
  const cannotSend = closed.has('request')
    ? 'its body is no longer in the record, or too long to be replayed'
    : requestInfo.withheld !== undefined
      ? `its body was not recorded in full (${requestInfo.withheld})`
      : sent === undefined && requestInfo.recorded > 0
        ? 'its body cannot be decoded'
        : undefined;
  const responseMissing =
    closed.has('response') || response?.body.withheld !== undefined || (got === undefined && response !== undefined)
      ? 'its answer is not in the record in full'
      : undefined;
  const [before, after] = [imagesOf(lines, 'before'), imagesOf(lines, 'after')];
  return {
    exchange,
    time: summary.receivedAt,
    connection: summary.connection ?? '',
    operation: classification.operation,
    action: classification.action,
    risk: classification.risk,
    tags: classification.tags,
    resources: touchedResources(summary),
    method: request.method,
    target: request.target,
    ...(contentType !== undefined && { contentType }),
    ...(sent && sent.length > 0 && { request: sent }),
    outcome: endErased ? 'unknown' : (summary.outcome ?? 'pending'),
    ...(response && { status: response.status }),
    ...(got && got.length > 0 && { response: got }),
    ...(before && { before }),
    ...(after && { after }),
    ...(cannotSend !== undefined && { cannotSend }),
    ...((requestInfo.redacted?.length ?? 0) > 0 && { redacted: true }),
    ...(responseMissing !== undefined && { responseMissing }),
  };
}

/** A body out of one part or the pieces of a long one. */
function bodyOf(lines: readonly ProofLine[], part: 'request' | 'response'): Buffer {
  const pieces = lines.flatMap((line) => {
    const salted = line.parts[part];
    return salted === undefined ? [] : [salted.subarray(SALT)];
  });
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/** Undefined when it cannot be decoded. */
function decoded(bytes: Buffer, headers: readonly Header[], done: boolean): Uint8Array | undefined {
  const result = decodedBody(bytes, done ? undefined : headerOf(headers, 'content-encoding'));
  return result.failed === undefined ? result.bytes : undefined;
}

function imagesOf(lines: readonly ProofLine[], part: PartName): ResourceImage[] | undefined {
  for (const line of lines) {
    const salted = line.parts[part];
    if (salted !== undefined) return JSON.parse(salted.subarray(SALT).toString('utf8')) as ResourceImage[];
  }
  return undefined;
}
