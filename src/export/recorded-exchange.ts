// One exchange as read back from the journal, with its bodies: what every export format is made of.
import type { BodyInfo, ExchangeIntent, ExchangeOutcome, Header } from '../exchange/exchange.ts';
import type { Resource } from '../exchange/operation.ts';

/** An exchange's intent and, once it has ended, its outcome. */
export type JoinedExchange = ExchangeIntent & Partial<Omit<ExchangeOutcome, 'exchange'>>;

/** One exchange with its bodies as recorded. */
export interface RecordedExchange {
  readonly summary: JoinedExchange;
  readonly requestBody: Uint8Array;
  readonly responseBody: Uint8Array;
}

/** What is known of the request's body; a streamed one was known only in the end. */
export const requestBodyInfo = (summary: JoinedExchange): BodyInfo => summary.requestBody ?? summary.request.body;

/** Resources of the request, and those that only the response could tell; each once. */
export function touchedResources(summary: JoinedExchange): Resource[] {
  const byName = new Map<string, Resource>();
  for (const resource of [...summary.classification.resources, ...(summary.resources ?? [])]) {
    const name = `${resource.kind}/${resource.id}`;
    if (!byName.has(name) || resource.title) byName.set(name, resource);
  }
  return [...byName.values()];
}

/** The first value of a header; names compare without regard to case (RFC 9110 section 5.1). */
export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}
