// Plays a session: a cursor that moves over its calls as they came, faster or slower, idle times shortened.
import { useEffect, useRef, useState } from 'react';

export const SPEEDS = [1, 5, 20, 100] as const;
export type Speed = (typeof SPEEDS)[number];
/** A pause between two calls lasts at most so many milliseconds while it plays. */
const LONGEST_PAUSE = 1500;

export interface Player {
  /** Calls up to the cursor: 0 is before the first. */
  readonly cursor: number;
  readonly playing: boolean;
  readonly speed: Speed;
  seek(cursor: number): void;
  toggle(): void;
  setSpeed(speed: Speed): void;
}

/** @param times of the calls, in their order */
export function usePlayer(times: readonly number[]): Player {
  const [cursor, setCursor] = useState<number>();
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>(5);
  // Until somebody moves it, the cursor is at the end: the session as it is known.
  const at = Math.min(cursor ?? times.length, times.length);
  const latest = useRef(times);
  latest.current = times;
  useEffect(() => {
    if (!playing) return;
    if (at >= latest.current.length) {
      setPlaying(false);
      return;
    }
    const pause = at === 0 ? 0 : (latest.current[at] ?? 0) - (latest.current[at - 1] ?? 0);
    const timer = setTimeout(() => setCursor(at + 1), Math.max(16, Math.min(LONGEST_PAUSE, pause / speed)));
    return () => clearTimeout(timer);
  }, [playing, at, speed]);
  return {
    cursor: at,
    playing,
    speed,
    seek: (to) => setCursor(Math.max(0, Math.min(times.length, to))),
    toggle() {
      if (!playing && at >= times.length) setCursor(0);
      setPlaying(!playing);
    },
    setSpeed,
  };
}
