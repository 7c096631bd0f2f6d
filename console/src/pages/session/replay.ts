// A replay as it runs: its steps as they come, what it came to, and why it failed.
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { streamOnce } from '../../api/sse.ts';
import type { ReplayDone, ReplayStep } from '../../api/types.ts';

export interface ReplayRun {
  readonly state: 'idle' | 'running' | 'done' | 'failed';
  /** How many calls there are to replay, once that is known. */
  readonly calls?: number;
  readonly steps: readonly ReplayStep[];
  readonly done?: ReplayDone;
  readonly error?: unknown;
}

const IDLE: ReplayRun = { state: 'idle', steps: [] };

export function useReplay(session: string) {
  const [run, setRun] = useState<ReplayRun>(IDLE);
  const stop = useRef<AbortController>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const start = useCallback(
    async (skip: readonly number[]): Promise<void> => {
      stop.current?.abort();
      const aborted = new AbortController();
      stop.current = aborted;
      setRun({ state: 'running', steps: [] });
      const path = `/api/v1/sessions/${encodeURIComponent(session)}/replay`;
      const steps: ReplayStep[] = [];
      let shown = 0;
      try {
        for await (const { name, data } of streamOnce(path, { skip: skip.join(',') }, aborted.signal)) {
          if (name === 'begin') {
            const { calls } = JSON.parse(data) as { calls: number };
            setRun((now) => ({ ...now, calls }));
          } else if (name === 'step') {
            steps.push(JSON.parse(data) as ReplayStep);
            // Thousands of steps a second are not thousands of renderings.
            if (performance.now() - shown > 80) {
              shown = performance.now();
              setRun((now) => ({ ...now, steps: [...steps] }));
            }
          } else if (name === 'failed') {
            const { error } = JSON.parse(data) as { error: { code: string; message: string; remedy?: string } };
            throw new ApiError(400, error);
          } else if (name === 'done') {
            const done = JSON.parse(data) as ReplayDone;
            setRun((now) => ({ ...now, state: 'done', steps: [...steps], done }));
            return;
          }
        }
        throw new ApiError(0, { code: 'unreachable', message: 'the replay broke off', remedy: 'run it again' });
      } catch (error) {
        if (!aborted.signal.aborted) setRun((now) => ({ ...now, state: 'failed', steps: [...steps], error }));
      }
    },
    [session],
  );
  const cancel = useCallback(() => {
    stop.current?.abort();
    setRun(IDLE);
  }, []);
  return { run, start, cancel };
}
