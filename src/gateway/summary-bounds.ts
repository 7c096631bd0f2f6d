// Cuts a summary that is too long for an entry: its lists, visibly, and nothing else. What they were taken from is recorded in full.
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';

type Summary = Partial<ExchangeIntent & ExchangeOutcome>;

/** Bytes of JSON that a list may take once it is cut. All of them and the headers together stay well under an entry's limit. */
const LIST = 96 * 1024;
/** The leaves of a long body's chunks: without them it is not found from here. */
const CHUNKS = 384 * 1024;

/** The same summary with the beginnings of its lists; `cut` names those that lack something. */
export function shortened(summary: Summary): Summary {
  const cut: string[] = [];
  const beginning = <T>(list: readonly T[], name: string, limit = LIST): readonly T[] => {
    let size = 0;
    for (const [at, item] of list.entries()) {
      size += Buffer.byteLength(JSON.stringify(item)) + 1;
      if (size <= limit) continue;
      cut.push(name);
      return list.slice(0, at);
    }
    return list;
  };
  const { classification, resources, response } = summary;
  const shorter: Summary = {
    ...summary,
    ...(classification && {
      classification: {
        ...classification,
        resources: beginning(classification.resources, 'resources'),
        asked: {
          ...(classification.asked.metrics && { metrics: beginning(classification.asked.metrics, 'metrics') }),
          ...(classification.asked.queries && { queries: beginning(classification.asked.queries, 'queries') }),
        },
      },
    }),
    ...(resources && { resources: beginning(resources, 'resources') }),
    ...(response?.body.chunks && {
      response: { ...response, body: { ...response.body, chunks: beginning(response.body.chunks, 'chunks', CHUNKS) } },
    }),
  };
  return { ...shorter, cut };
}
