// What a run of `dogwatch exec` did, counted from the index once that has caught up with the journal.
import type { Identity } from '../exchange/identity.ts';
import type { RunSummary } from '../identity/token-endpoint.ts';
import type { SearchIndex } from '../index/search-index.ts';

const PATIENCE = 5_000;

/**
 * Counts of a session; undefined when the index cannot tell them in time.
 * @param size leaves that are durable now
 * @param apiUrl where the console is served, with a page for the session
 */
export async function summariseRun(
  index: Pick<SearchIndex, 'reached' | 'session' | 'countFindings'>,
  size: number,
  apiUrl: string,
  identity: Identity,
  session: string,
): Promise<RunSummary | undefined> {
  const url = `${apiUrl}/session/${encodeURIComponent(session)}`;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), PATIENCE);
  });
  try {
    if ((await Promise.race([index.reached(size), late])) === 'late') return undefined;
    const row = await index.session(session);
    if (row === undefined) return { session, calls: 0, changes: 0, refusals: 0, errors: 0, findings: {}, url };
    // A session's id says whose it is; this makes sure of it.
    if (row.identity?.issuer !== identity.issuer || row.identity.subject !== identity.subject) return undefined;
    const { severities } = await index.countFindings({ session });
    return {
      session,
      calls: row.calls,
      changes: row.mutations,
      refusals: row.refusals,
      errors: row.errors,
      findings: severities,
      url,
    };
  } finally {
    clearTimeout(timer);
  }
}
