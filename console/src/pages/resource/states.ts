// The state of the resource in one version, fetched with the exchange that made it or found it.
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { getJson } from '../../api/client.ts';
import type { ExchangeChanges } from '../../api/types.ts';
import { bytes } from '../../design/format.ts';
import type { Version } from './versions.ts';

export type VersionState =
  | { readonly state: 'there'; readonly value: unknown }
  | { readonly state: 'absent' }
  /** `why` in words: it is not known, or too large to be told. */
  | { readonly state: 'unknown'; readonly why: string };

/** Idle without a version. */
export function useVersionState(kind: string, id: string, version: Version | undefined): UseQueryResult<VersionState> {
  const exchange = version?.exchange ?? '';
  return useQuery({
    queryKey: ['exchange', exchange, 'changes'],
    queryFn: ({ signal }) =>
      getJson<ExchangeChanges>(`/api/v1/exchanges/${encodeURIComponent(exchange)}/changes`, {}, signal),
    enabled: version !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    select: ({ changes }): VersionState => {
      const own = changes.find(({ resource }) => resource.kind === kind && resource.id === id);
      const state = version && own?.[version.side];
      if (state === undefined) return { state: 'unknown', why: 'the call does not tell what it was' };
      if (state.state !== 'there') return state;
      if ('value' in state) return { state: 'there', value: state.value };
      return { state: 'unknown', why: `its ${bytes(state.omitted)} are more than is shown` };
    },
  });
}
