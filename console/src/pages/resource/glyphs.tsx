// A small drawing for each type of widget: what it looks like in Datadog, without any data.
import type { ReactElement } from 'react';
import styles from './sketch.module.css';

const LINES =
  'M0 30C10 26 16 10 26 14S42 34 54 26 68 6 80 12 92 24 100 20M0 36C14 34 22 26 34 28S58 38 70 32 88 26 100 30';
const BARS = 'M3 40V24M13 40V18M23 40V28M33 40V10M43 40V20M53 40V30M63 40V14M73 40V22M83 40V6M93 40V16';
const AREA = 'M0 40V30C12 24 20 12 32 16S52 30 64 22 84 8 100 14V40Z';
const RANKS = 'M2 8H92M2 18H70M2 28H46M2 38H24';
const ROWS = 'M2 8H98M2 18H98M2 28H98M2 38H98M30 4V40M64 4V40';
const LOGS = 'M2 8H8M14 8H90M2 18H8M14 18H72M2 28H8M14 28H84M2 38H8M14 38H60';
const DOTS = 'M12 30h.1M24 22h.1M30 32h.1M42 16h.1M50 26h.1M58 12h.1M66 20h.1M74 8h.1M84 14h.1M90 6h.1';
const PIE = 'M50 22m-16 0a16 16 0 1 0 32 0a16 16 0 1 0 -32 0M50 22V6M50 22L64 30';
const NODES =
  'M20 22m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M50 10m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M78 30m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M26 20L44 12M56 12L73 26';
const TREE = 'M4 4H56V40H4ZM56 4H96V22H56ZM56 22H76V40H56ZM76 22H96V40H76Z';
const GRID = Array.from(
  { length: 10 },
  (_, x) => `M${5 + x * 10} 8v.1M${5 + x * 10} 18v.1M${5 + x * 10} 28v.1M${5 + x * 10} 38v.1`,
).join('');
const VALUE = 'M30 38H70M38 8V28M34 12L38 8M50 12C50 6 62 6 62 13C62 18 50 22 50 28H62';
const FUNNEL = 'M6 6H94L74 18H26ZM26 22H74L62 32H38ZM38 35H62';
const GLOBE = 'M50 22m-17 0a17 17 0 1 0 34 0a17 17 0 1 0-34 0M33 22H67M50 5C40 14 40 30 50 39M50 5C60 14 60 30 50 39';
const FRAME = 'M20 6H80V38H20ZM20 14H80M25 10h.1M30 10h.1';
const IMAGE = 'M20 6H80V38H20ZM20 32L40 20L54 30L64 24L80 34M66 14h.1';
const CHECK = 'M10 12L15 17L24 7M34 12H90M10 30L15 35L24 25M34 30H78';
const GAUGE = 'M18 36A32 32 0 0 1 82 36M50 36L66 18';

const DRAWN: Readonly<Record<string, readonly [string, Style]>> = {
  timeseries: [LINES, 'line'],
  query_value: [VALUE, 'line'],
  toplist: [RANKS, 'thick'],
  heatmap: [GRID, 'dots'],
  distribution: [BARS, 'thick'],
  change: [RANKS, 'thick'],
  query_table: [ROWS, 'thin'],
  list_stream: [LOGS, 'thin'],
  log_stream: [LOGS, 'thin'],
  event_stream: [LOGS, 'thin'],
  event_timeline: [BARS, 'thick'],
  alert_graph: [LINES, 'line'],
  alert_value: [VALUE, 'line'],
  check_status: [CHECK, 'thin'],
  manage_status: [CHECK, 'thin'],
  slo: [GAUGE, 'thick'],
  slo_list: [CHECK, 'thin'],
  scatterplot: [DOTS, 'dots'],
  sunburst: [PIE, 'line'],
  treemap: [TREE, 'thin'],
  hostmap: [GRID, 'dots'],
  servicemap: [NODES, 'thin'],
  topology_map: [NODES, 'thin'],
  service_summary: [ROWS, 'thin'],
  trace_service: [ROWS, 'thin'],
  geomap: [GLOBE, 'thin'],
  funnel: [FUNNEL, 'thin'],
  iframe: [FRAME, 'thin'],
  image: [IMAGE, 'thin'],
  run_workflow: [NODES, 'thin'],
};
type Style = 'line' | 'thick' | 'thin' | 'dots' | 'area';
/** These fill whatever room there is; the others are figures that keep their shape. */
const STRETCHED: ReadonlySet<string> = new Set([LINES, BARS, AREA, RANKS, ROWS, LOGS, GRID, DOTS]);
const WIDTHS: Readonly<Record<Style, number>> = { line: 1.6, thick: 5, thin: 1.2, dots: 5, area: 0 };

/** @param display how a time series is drawn: `line`, `bars` or `area` */
export function WidgetGlyph({ type, display }: { type: string; display: string | undefined }): ReactElement | null {
  const [path, style]: readonly [string, Style] =
    type === 'timeseries' && display === 'bars'
      ? [BARS, 'thick']
      : type === 'timeseries' && display === 'area'
        ? [AREA, 'area']
        : (DRAWN[type] ?? [FRAME, 'thin']);
  return (
    <svg
      className={styles.glyph}
      viewBox="0 0 100 44"
      preserveAspectRatio={STRETCHED.has(path) ? 'none' : 'xMidYMid meet'}
      aria-hidden="true"
      focusable="false"
    >
      <path
        d={path}
        fill={style === 'area' ? 'currentColor' : 'none'}
        stroke={style === 'area' ? 'none' : 'currentColor'}
        strokeWidth={WIDTHS[style]}
        strokeLinecap="round"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
