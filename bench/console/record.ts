// What the console's bench looks at: the calls of some agents over thirty days, a million of them, and one whose answer has 5 MB.
import { newId } from '../../src/exchange/canonical.ts';
import { type ApiHarness, intentOf, outcomeOf } from '../../test/harness/api-parts.ts';

const AT_ONCE = 512;
const CHUNK = 256 << 10;

/** Records so many exchanges, spread over thirty days. @returns the id of the one whose answer has 5 MB */
export async function record({ journal, index }: Pick<ApiHarness, 'journal' | 'index'>, rows: number): Promise<string> {
  const actions = ['read', 'read', 'read', 'read', 'update', 'create'] as const;
  const large = newId();
  const end = Date.now();
  let next = 0;
  const write = async (): Promise<void> => {
    for (let n = next++; n < rows; n = next++) {
      const id = n === rows - 1 ? large : newId();
      const time = end - (rows - n) * (2_592_000_000 / rows);
      const action = actions[n % actions.length] ?? 'read';
      const intent = intentOf(id, {
        receivedAt: time,
        session: `nightly-${n % 4000}~1`,
        identity: {
          issuer: 'https://idp',
          subject: `agent-${n % 40}`,
          kind: 'agent',
          name: `claude-${n % 40}`,
          groups: ['sre'],
          onBehalfOf: [],
          claims: {},
        },
        classification: {
          operation: action === 'read' ? `v1.Read${n % 60}` : `v1.Change${n % 30}`,
          action,
          risk: 'low',
          tags: [],
          resources: [{ kind: 'monitor', id: String(n % 50_000), title: `Checkout latency ${n % 50_000}` }],
          asked: action === 'read' ? { metrics: [`service.${n % 500}.latency`] } : {},
        },
      });
      const part = (summary: object): Buffer => Buffer.from(JSON.stringify(summary));
      await journal.append({ id, time, kind: 'exchange.intent', parts: { summary: part(intent) } });
      const body = id === large ? await chunked(journal, id) : { size: 2048, recorded: 0 };
      await journal.append({
        id,
        time: time + 20,
        kind: 'exchange.outcome',
        parts: {
          summary: part(
            outcomeOf(id, {
              resources: [],
              response: {
                status: n % 50 === 0 ? 404 : 200,
                headers: [['content-type', 'application/json']],
                body,
              },
            }),
          ),
        },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
  await index.reached(journal.size);
  return large;
}

/** A body of 5 MB in chunk entries, as the gateway records it. @returns its description */
async function chunked(journal: ApiHarness['journal'], exchange: string) {
  const series = Array.from({ length: 83_000 }, (_, at) => ({
    at: 1_000_000 + at,
    value: at / 8,
    tags: ['env:prod', 'service:web'],
  }));
  const bytes = Buffer.from(JSON.stringify({ series }));
  const chunks: number[] = [];
  for (let offset = 0; offset < bytes.length; offset += CHUNK) {
    const summary = { exchange, direction: 'response', n: chunks.length, offset };
    const parts = { summary: Buffer.from(JSON.stringify(summary)), response: bytes.subarray(offset, offset + CHUNK) };
    chunks.push(await journal.append({ id: newId(), time: Date.now(), kind: 'exchange.chunk', parts }));
  }
  return { size: bytes.length, recorded: bytes.length, chunks };
}
