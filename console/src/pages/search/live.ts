// The live tail of a search: the latest rows, newest first, gathered for a frame before they are shown.
import { useEffect, useState } from 'react';
import { follow, type StreamState } from '../../api/sse.ts';
import type { Row } from '../../api/types.ts';
import { viewerZone } from '../../design/zone.ts';

/** Rows that are kept: what is older is a search away. */
const KEPT = 2000;
/** Rows come faster than anybody reads: shown so often. */
const GATHER = 250;

export interface Live {
  readonly rows: readonly Row[];
  readonly state: StreamState;
  readonly error: unknown;
  /** Rows that were missed since this browser was too slow. */
  readonly missed: number;
}

const NOTHING: Live = { rows: [], state: 'connecting', error: undefined, missed: 0 };

/** Follows while `on`; `paused` holds what is shown, and lets it go on after. */
export function useLive(q: string, on: boolean, paused: boolean): Live {
  const [live, setLive] = useState(NOTHING);
  const [held, setHeld] = useState<readonly Row[]>();
  useEffect(() => {
    if (!on) return;
    const stop = new AbortController();
    let gathered: Row[] = [];
    let timer: number | undefined;
    const show = (): void => {
      timer = undefined;
      const fresh = gathered;
      gathered = [];
      setLive((was) => ({ ...was, rows: merged(fresh, was.rows) }));
    };
    setLive(NOTHING);
    void follow('/api/v1/tail', {
      params: { q, tz: viewerZone(), last: 100 },
      signal: stop.signal,
      onEvent: ({ name, data }) => {
        if (name === 'lagging') {
          const { missed } = JSON.parse(data) as { missed: number };
          setLive((was) => ({ ...was, missed: was.missed + missed }));
        }
        if (name !== 'row') return;
        gathered.push(JSON.parse(data) as Row);
        timer ??= window.setTimeout(show, GATHER);
      },
      onState: (state, error) => setLive((was) => ({ ...was, state, error })),
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [q, on]);
  useEffect(() => setHeld(paused ? (was) => was ?? live.rows : undefined), [paused, live.rows]);
  return held ? { ...live, rows: held } : live;
}

/** New rows before old ones; a call that has ended takes the place of itself under way. */
function merged(fresh: readonly Row[], old: readonly Row[]): readonly Row[] {
  const latest = new Map<string, Row>();
  for (const row of fresh) latest.set(row.id, row);
  const rest = old.map((row) => {
    const again = latest.get(row.id);
    if (again) latest.delete(row.id);
    return again ?? row;
  });
  return [...[...latest.values()].reverse(), ...rest].slice(0, KEPT);
}
