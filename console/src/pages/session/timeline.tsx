// The session on a time axis: a lane for each kind of call, changes and refusals marked, a cursor that is dragged, stepped or played.
import { type KeyboardEvent, type PointerEvent, type ReactElement, useEffect, useMemo, useRef, useState } from 'react';
import type { Row } from '../../api/types.ts';
import { Button, IconButton } from '../../design/button.tsx';
import { classes } from '../../design/classes.ts';
import { count, duration, localClock, plural } from '../../design/format.ts';
import { Segments } from '../../design/tabs.tsx';
import { cssColour, useIsDark } from '../../design/theme.ts';
import { useShortcut } from '../../shell/shortcuts.ts';
import { axisOf } from './axis.ts';
import { failed, LANES, type Lane, laneOf } from './calls.ts';
import { type Player, SPEEDS } from './player.ts';
import styles from './session.module.css';

const LANE = 28;
const COLOURS: Readonly<Record<Lane, string>> = {
  read: '--grey-mark',
  create: '--green-mark',
  update: '--amber-mark',
  delete: '--red-mark',
  execute: '--violet-mark',
  refused: '--red-mark',
};

export function Timeline({ calls, player }: { calls: readonly Row[]; player: Player }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const dark = useIsDark();
  const axis = useMemo(() => axisOf(calls.map(({ time }) => time)), [calls]);
  const lanes = useMemo(() => LANES.filter((lane) => calls.some((call) => laneOf(call) === lane)), [calls]);
  const height = lanes.length * LANE;

  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew when the theme changes
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = devicePixelRatio;
    element.width = width * ratio;
    element.height = height * ratio;
    context.scale(ratio, ratio);
    context.clearRect(0, 0, width, height);
    const inner = width - 2;
    for (const [at, lane] of lanes.entries()) {
      const columns = new Uint32Array(width);
      const bad = new Uint32Array(width);
      for (const call of calls) {
        if (laneOf(call) !== lane) continue;
        const x = Math.min(width - 1, Math.round(axis.at(call.time) * inner));
        columns[x]! += 1;
        if (failed(call)) bad[x]! += 1;
      }
      const most = columns.reduce((max, each) => Math.max(max, each), 1);
      const bottom = (at + 1) * LANE - 4;
      for (const [x, number] of columns.entries()) {
        if (number === 0) continue;
        // A single call can be seen beside a burst, and a burst is read by its height.
        const tall = 6 + (LANE - 12) * Math.sqrt(number / most);
        context.fillStyle = cssColour(COLOURS[lane]);
        context.fillRect(x, bottom - tall, 2, tall);
        if (bad[x]! > 0 && lane !== 'refused') {
          context.fillStyle = cssColour('--red');
          context.fillRect(x - 1, bottom - tall - 3, 4, 3);
        }
      }
    }
  }, [calls, axis, lanes, width, height, dark]);

  const moveTo = (event: PointerEvent<HTMLDivElement>): void => {
    const { left } = event.currentTarget.getBoundingClientRect();
    const time = axis.timeAt(Math.max(0, Math.min(1, (event.clientX - left) / width)));
    player.seek(callsUntil(calls, time + 0.5));
  };
  const current = calls[player.cursor - 1];
  const where = player.cursor === 0 ? 0 : axis.at(current?.time ?? 0);
  const said =
    current === undefined
      ? 'before the first call'
      : `call ${count(player.cursor)} of ${count(calls.length)}, ${localClock(current.time)}`;
  const key = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    const to = step !== undefined ? player.cursor + step : { Home: 0, End: calls.length }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    player.seek(to);
  };
  useShortcut(' ', 'Play or pause', (event) => {
    event.preventDefault();
    player.toggle();
  });
  useShortcut('l', 'Next call', () => player.seek(player.cursor + 1));
  useShortcut('h', 'Previous call', () => player.seek(player.cursor - 1));

  return (
    <div className={styles.timeline}>
      <div className={styles.lanes}>
        <div className={styles.names} aria-hidden="true">
          {lanes.map((lane) => (
            <span key={lane} style={{ height: LANE }}>
              {lane}
              <em>{count(calls.filter((call) => laneOf(call) === lane).length)}</em>
            </span>
          ))}
        </div>
        <div
          ref={area}
          className={styles.area}
          style={{ height }}
          role="slider"
          tabIndex={0}
          aria-label="Place in the session"
          aria-valuemin={0}
          aria-valuemax={calls.length}
          aria-valuenow={player.cursor}
          aria-valuetext={said}
          onKeyDown={key}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            moveTo(event);
          }}
          onPointerMove={(event) => {
            if (event.currentTarget.hasPointerCapture(event.pointerId)) moveTo(event);
          }}
        >
          {lanes.map((lane, at) => (
            <span key={lane} className={styles.ground} style={{ top: (at + 1) * LANE - 4 }} />
          ))}
          <canvas ref={canvas} className={styles.canvas} style={{ width, height }} />
          {axis.stretches.slice(1).map((stretch, at) => (
            <span
              key={stretch.from}
              className={styles.gap}
              style={{
                left: `${(axis.stretches[at]?.right ?? 0) * 100}%`,
                width: `${(stretch.left - (axis.stretches[at]?.right ?? 0)) * 100}%`,
              }}
              data-tip={`nothing for ${duration(stretch.from - (axis.stretches[at]?.to ?? 0))}`}
            />
          ))}
          <span className={styles.past} style={{ left: `${where * 100}%` }} />
          <span className={styles.cursor} style={{ left: `${where * 100}%` }} />
        </div>
      </div>
      <div className={styles.ticks} aria-hidden="true">
        {axis.stretches.map(({ from, left }, at) => (
          <span
            key={from}
            style={{ left: `${left * 100}%` }}
            className={classes(at > 0 && left < 0.08 && styles.crowded)}
          >
            {localClock(from, { ms: false })}
          </span>
        ))}
      </div>
      <div className={styles.controls}>
        <Button kind="primary" icon={player.playing ? 'pause' : 'play'} onClick={player.toggle}>
          {player.playing ? 'Pause' : 'Play'}
        </Button>
        <IconButton
          icon="left"
          label="Previous call"
          disabled={player.cursor === 0}
          onClick={() => player.seek(player.cursor - 1)}
        />
        <IconButton
          icon="right"
          label="Next call"
          disabled={player.cursor >= calls.length}
          onClick={() => player.seek(player.cursor + 1)}
        />
        <Segments
          label="Speed"
          options={SPEEDS.map((speed) => ({ id: String(speed), label: `${speed}×` }))}
          value={String(player.speed)}
          onChange={(speed) => player.setSpeed(SPEEDS.find((each) => String(each) === speed) ?? 1)}
        />
        <span className="quiet" role="status">
          {said}
          {current && calls[0] && `, ${duration(current.time - calls[0].time)} in`}
          {axis.stretches.length > 1 && ` · ${plural(axis.stretches.length - 1, 'idle time')} shortened`}
        </span>
      </div>
    </div>
  );
}

/** How many calls there are until that moment, by halving. */
function callsUntil(calls: readonly Row[], time: number): number {
  let [low, high] = [0, calls.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((calls[middle]?.time ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
