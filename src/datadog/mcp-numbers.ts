// What a client counts its MCP messages by: JSON-RPC ids and progress tokens. The same call made again has others.
import { scanJson } from './json-scan.ts';

const NUMBERS = [['id'], ['params', '_meta', 'progressToken']];

/** The bytes of a message, or of a batch, without the values of its ids and progress tokens; the bytes as they are when they are no JSON. */
export function withoutMcpNumbers(message: Uint8Array): Uint8Array {
  const path: (string | undefined)[] = [];
  const pieces: Uint8Array[] = [];
  let from = 0;
  const whole = scanJson(message, {
    field: (name) => void path.push(name),
    item: () => void path.push(undefined),
    leave: () => void path.pop(),
    scalar(start, end) {
      // Of a batch the first step is the message.
      const steps = path[0] === undefined ? path.slice(1) : path;
      if (!NUMBERS.some((number) => number.length === steps.length && number.every((step, at) => step === steps[at])))
        return;
      pieces.push(message.subarray(from, start));
      from = end;
    },
  });
  return whole ? Buffer.concat([...pieces, message.subarray(from)]) : message;
}
