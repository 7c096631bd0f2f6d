// Search: one line of terms over the whole record, with facets, a histogram and a table to work through.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import {
  lazy,
  type ReactElement,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { getJson } from '../../api/client.ts';
import { type Order, search } from '../../api/queries.ts';
import { useMay } from '../../api/session.ts';
import type { Histogram } from '../../api/types.ts';
import { Button } from '../../design/button.tsx';
import { CopyButton } from '../../design/copy-button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { Page, useTitle } from '../../design/panel.tsx';
import { withRange } from '../../design/query-text.ts';
import { ErrorState, NoPermission, Skeleton } from '../../design/states.tsx';
import { viewerZone } from '../../design/zone.ts';
import type { SearchParams } from '../../shell/search-params.ts';
import { useShortcut } from '../../shell/shortcuts.ts';
import { useColumnModel } from './column-model.ts';
import { Facets } from './facets.tsx';
import { useLive } from './live.ts';
import { ColumnsMenu, ExportMenu, OrderMenu, SpanMenu } from './menus.tsx';
import { placesOf, within } from './places.ts';
import { Preview } from './preview.tsx';
import { focusQuery, QueryBar } from './query-bar.tsx';
import { Found, ResultBody } from './result-state.tsx';
import { Results, type RowSource } from './results.tsx';
import { RowStore } from './row-store.ts';
import { SavedQueries } from './saved.tsx';
import styles from './search.module.css';
import { useWidth } from './use-width.ts';

const HistogramChart = lazy(() => import('./histogram.tsx').then(({ HistogramChart: chart }) => ({ default: chart })));

const histogramQuery = (q: string) =>
  queryOptions({
    queryKey: ['search', 'histogram', q],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      getJson<Histogram>('/api/v1/search/histogram', { q, tz: viewerZone(), buckets: 90 }, signal),
  });

export function SearchPage(): ReactElement {
  if (useMay('auditor')) return <Searching />;
  return (
    <Page title="Search">
      <NoPermission needs="auditor" what="Searching the record" />
    </Page>
  );
}

function Searching(): ReactElement {
  const params = useSearch({ from: '/inside/search' });
  const { q = '', order = 'newest', live = false, open } = params;
  const navigate = useNavigate({ from: '/search' });
  useTitle(q === '' ? 'Search' : q.slice(0, 80));
  const change = useCallback(
    (next: Partial<{ [K in keyof SearchParams]: SearchParams[K] | undefined }>, replace = false): void =>
      void navigate({ search: (was) => clean({ ...was, ...next }), replace }),
    [navigate],
  );
  const [draft, setDraft] = useState(q);
  useEffect(() => setDraft(q), [q]);
  /** The same query asked again is a search too: what came meanwhile is wanted. */
  const [again, setAgain] = useState(0);
  const run = useCallback(
    (text: string): void => {
      const next = text.trim();
      setAgain((n) => n + 1);
      change({ q: next, open: undefined });
    },
    [change],
  );

  const store = useMemo(() => {
    void again;
    return new RowStore(({ cursor, within: place, skip }, limit, signal) =>
      search(place === undefined ? q : within(q, place.term), { order, limit, cursor, skip }, signal),
    );
  }, [q, order, again]);
  useEffect(() => {
    store.want(0, 0);
    return () => store.close();
  }, [store]);
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const tail = useLive(q, live, live && cursor >= 0);
  const histogram = useQuery({ ...histogramQuery(q), enabled: state.known > 0 && !live });
  const refetch = histogram.refetch;
  useEffect(() => {
    if (again > 0) void refetch();
  }, [again, refetch]);

  const source = useMemo(
    (): RowSource =>
      live
        ? { row: (index) => tail.rows[index], subscribe: () => () => undefined, version: () => 0, moving: true }
        : store,
    [live, tail.rows, store],
  );
  const rowAt = source.row;
  // Counted after the first page came, so that what it shows comes first.
  const counted = histogram.isPlaceholderData ? undefined : histogram.data;
  useEffect(() => {
    if (!counted) return;
    const { places, total } = placesOf(counted, order);
    store.place(places, total);
  }, [counted, order, store]);
  const known = live ? tail.rows.length : state.known;
  const rows = live ? tail.rows.length : state.total;
  const matched =
    histogram.data && !histogram.isPlaceholderData
      ? histogram.data.buckets.reduce((sum, bucket) => sum + bucket.count, 0)
      : undefined;
  const chosen = cursor >= 0 ? rowAt(cursor) : undefined;
  const width = useWidth();
  const narrow = width < 720;
  const onColumns = useCallback((columns: string | undefined): void => change({ columns }, true), [change]);
  const onOrder = useCallback((next: Order): void => change({ order: next === 'newest' ? undefined : next }), [change]);
  const columns = useColumnModel(params.columns, order, onColumns, onOrder);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another result begins without a cursor
  useEffect(() => setCursor(-1), [store, live]);
  // A link names the chosen exchange: the cursor goes there, once, when it is among the first.
  const linked = useRef(open);
  useEffect(() => {
    if (linked.current === undefined) return;
    for (let index = 0; index < Math.min(known, 500); index++) {
      if (rowAt(index)?.id === linked.current) {
        linked.current = undefined;
        setCursor(index);
        return;
      }
    }
  }, [known, rowAt]);

  const choose = useCallback(
    (index: number): void => {
      const row = rowAt(index);
      if (!row) return;
      setCursor(index);
      change({ open: row.id }, true);
    },
    [rowAt, change],
  );
  const go = useCallback(
    (index: number): void => {
      const row = rowAt(index);
      if (row?.operation !== undefined) void navigate({ to: '/exchange/$id', params: { id: row.id } });
    },
    [rowAt, navigate],
  );
  const close = useCallback((): void => {
    setCursor(-1);
    change({ open: undefined }, true);
  }, [change]);
  const move = (by: number): void => {
    const next = Math.max(0, Math.min(rows - 1, cursor < 0 ? (by > 0 ? 0 : -1) : cursor + by));
    if (known > 0 && next >= 0) choose(next);
    scroller.current?.focus({ preventScroll: true });
  };
  const onRange = useCallback(
    (from: number, to: number): void => (live ? undefined : store.want(from, to)),
    [live, store],
  );

  useShortcut('/', 'Edit the query', focusQuery);
  useShortcut('j', 'Next exchange', () => move(1));
  useShortcut('k', 'Previous exchange', () => move(-1));
  useShortcut('ArrowDown', undefined, () => move(1));
  useShortcut('ArrowUp', undefined, () => move(-1));
  useShortcut('Enter', 'Open the chosen exchange', (event) => {
    if (event.target instanceof HTMLElement && event.target.closest('button, a') !== null) event.target.click();
    else go(cursor);
  });
  useShortcut('Escape', 'Close the preview', close);
  useShortcut('l', live ? 'Stop following' : 'Follow live', () => change({ live: live ? undefined : true }));
  useShortcut('r', 'Search again', () => run(draft));

  const [filtering, setFiltering] = useState(false);
  const facets = <Facets q={q} enabled={!live && state.known > 0} onChange={run} />;
  const wide = width >= 1100;

  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Search</h1>
      <div className={styles.bars}>
        <QueryBar
          value={draft}
          error={state.error}
          onChange={setDraft}
          onSubmit={run}
          onLeave={() => scroller.current?.focus({ preventScroll: true })}
          early={!live && known === 0 && state.more && state.error === undefined}
        />
        <div className={styles.tools}>
          <SpanMenu q={q} onTake={run} />
          <Button
            icon={live ? 'pause' : 'play'}
            aria-pressed={live}
            onClick={() => change({ live: live ? undefined : true })}
          >
            Live
          </Button>
          <SavedQueries q={q} onTake={run} />
          {!wide && (
            <Button icon="filter" onClick={() => setFiltering(true)}>
              Filter
            </Button>
          )}
        </div>
      </div>
      <div className={styles.body}>
        {wide && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
          <section className={styles.side} aria-label="Filters" tabIndex={0}>
            {facets}
          </section>
        )}
        <section className={styles.main} aria-label="Result">
          {!live && (
            <Suspense fallback={<div className={styles.chart} />}>
              {histogram.data && known > 0 ? (
                <HistogramChart data={histogram.data} onRange={(from, to) => run(withRange(q, from, to))} />
              ) : (
                <div className={styles.chart} />
              )}
            </Suspense>
          )}
          <div className={styles.status}>
            <Found
              live={live}
              known={known}
              more={state.more}
              matched={matched}
              loading={state.loading}
              tail={tail}
              paused={live && cursor >= 0}
            />
            <span className="row">
              <OrderMenu order={order} onTake={onOrder} />
              {!narrow && <ColumnsMenu model={columns} />}
              <ExportMenu q={q} />
              <CopyButton
                text={() => Promise.resolve(location.href)}
                label="Copy a link to this search"
                size="medium"
              />
            </span>
          </div>
          <div className={styles.split}>
            <ResultBody
              known={known}
              error={live ? (tail.state === 'ended' ? tail.error : undefined) : state.error}
              loading={live ? tail.state === 'connecting' : state.loading || state.more}
              live={live}
              q={q}
              onRetry={() => store.retry()}
            >
              <Results
                columns={columns.shown}
                count={rows}
                total={live ? undefined : matched}
                rows={source}
                onRange={onRange}
                cursor={cursor}
                onCursor={narrow ? go : choose}
                onOpen={go}
                narrow={narrow}
                scroller={scroller}
                foot={
                  state.error !== undefined && !live ? (
                    <ErrorState error={state.error} onRetry={() => store.retry()} small />
                  ) : state.loading && !live ? (
                    <Skeleton width="40%" />
                  ) : (
                    <span className="quiet">{live || state.open ? '' : 'That is all.'}</span>
                  )
                }
              />
            </ResultBody>
            {chosen && !narrow && <Preview row={chosen} onClose={close} />}
          </div>
        </section>
      </div>
      {filtering && (
        <Dialog title="Filter" onClose={() => setFiltering(false)}>
          {facets}
        </Dialog>
      )}
    </div>
  );
}

/** Without what is usual or empty: such URLs are short, and one search has one URL. */
function clean(params: { [K in keyof SearchParams]?: SearchParams[K] | undefined }): SearchParams {
  return Object.fromEntries(
    Object.entries(params).filter(([, value]) => value !== undefined && value !== '' && value !== false),
  ) as SearchParams;
}
