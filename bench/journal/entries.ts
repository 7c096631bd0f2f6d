// Entries of a given size that compress as recorded exchanges do.
import { hash, randomInt } from 'node:crypto';
import { newId } from '../../src/exchange/canonical.ts';
import type { Entry } from '../../src/exchange/entry.ts';

const SUMMARY = 600;
const REQUEST = 490;

/** A maker of entries of about `size` bytes: a summary, a request body and a response body of JSON. */
export function entriesOf(size: number): () => Entry {
  // Made once: making texts is no part of what is measured.
  const pool = Array.from({ length: 64 }, () => ({
    summary: jsonOf(SUMMARY),
    request: jsonOf(REQUEST),
    response: jsonOf(Math.max(64, size - SUMMARY - REQUEST)),
  }));
  let next = 0;
  return () => ({ id: newId(), time: Date.now(), kind: 'exchange', parts: pool[next++ % pool.length]! });
}

/** JSON of so many bytes, with names that repeat and values that do not. */
function jsonOf(length: number): Buffer {
  let text = '{"items":[';
  for (let n = 0; text.length < length; n++) {
    const id = hash('sha256', `${n} ${randomInt(1e9)}`);
    text += `${n > 0 ? ',' : ''}{"id":"${id.slice(0, 16)}","type":"query alert","name":"service ${randomInt(1000)} is slow","tags":["team:sre","env:prod"],"created":${1_700_000_000 + randomInt(1e7)},"options":{"notify_no_data":false,"thresholds":{"critical":${randomInt(100)}}}}`;
  }
  return Buffer.from(`${text.slice(0, length - 2).padEnd(length - 2, ' ')}]}`);
}
