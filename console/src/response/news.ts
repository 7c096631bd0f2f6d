// Findings as they are opened, grow, end and are decided about.
import { useEffect, useRef, useState } from 'react';
import { follow, type StreamState } from '../api/sse.ts';
import type { Finding } from '../api/types.ts';

export interface FindingNews {
  readonly change: 'opened' | 'updated' | 'ended' | 'decided';
  readonly finding: Finding;
}

/** Follows them while the component is there; `onGap` is told when some may have been missed. */
export function useFindingNews(onNews: (news: FindingNews) => void, onGap: () => void): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  const told = useRef({ onNews, onGap });
  told.current = { onNews, onGap };
  useEffect(() => {
    const stop = new AbortController();
    let begun = false;
    void follow('/api/v1/findings/tail', {
      signal: stop.signal,
      onEvent: ({ name, data }) => {
        if (name === 'finding') told.current.onNews(JSON.parse(data) as FindingNews);
        if (name === 'lagging') told.current.onGap();
      },
      onState: (now) => {
        setState(now);
        // What came between two streams is in neither of them.
        if (now === 'live' && begun) told.current.onGap();
        if (now === 'live') begun = true;
      },
    });
    return () => stop.abort();
  }, []);
  return state;
}
