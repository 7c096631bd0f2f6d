// What is asked of the API about agents and people, by their list, by the page of one and by the navigation.
import { queryOptions } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';
import type { Approvals, Identities, Revocations, ServiceAccounts } from '../api/types.ts';

const DAY = 86_400_000;
const LONG: Readonly<Record<SpanId, number>> = { '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY };
/** Spans of time that counts are offered for. */
export const SPANS = [
  { id: '24h', label: '24 hours' },
  { id: '7d', label: '7 days' },
  { id: '30d', label: '30 days' },
] as const;
export type SpanId = (typeof SPANS)[number]['id'];
/** The span that a URL names; 7 days when it names none. */
export const spanOf = (text: string | undefined): SpanId => SPANS.find(({ id }) => id === text)?.id ?? '7d';

/** Identities seen in that time; `identity` is `issuer#subject`, for one alone. */
export const identitiesQuery = (span: SpanId, identity?: string) =>
  queryOptions({
    queryKey: ['identities', span, identity],
    refetchInterval: 60_000,
    queryFn: ({ signal }) =>
      getJson<Identities>('/api/v1/identities', { from: Date.now() - LONG[span], identity }, signal),
  });

export const accountsQuery = queryOptions({
  queryKey: ['service-accounts'],
  queryFn: async ({ signal }) => (await getJson<ServiceAccounts>('/api/v1/agents', {}, signal)).items,
});

export const revocationsQuery = queryOptions({
  queryKey: ['revocations'],
  queryFn: async ({ signal }) => (await getJson<Revocations>('/api/v1/revocations', {}, signal)).items,
});

export const approvalsQuery = queryOptions({
  queryKey: ['approvals'],
  refetchInterval: 10_000,
  queryFn: async ({ signal }) => (await getJson<Approvals>('/api/v1/approvals', {}, signal)).items,
});

/** `issuer#subject`. */
export const keyOf = ({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string =>
  `${issuer}#${subject}`;

/** The issuer under which service accounts appear in the record (src/identity). */
export const SERVICE_ACCOUNTS = 'dogwatch:agents';
