// Findings: what the detectors noticed, by state, as it comes; what is not told any more; where alerts went; who is contained.
import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { getJson } from '../../api/client.ts';
import type { FindingCounts, FindingsResult } from '../../api/types.ts';
import { Severity, Status } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { count } from '../../design/format.ts';
import { visible } from '../../design/hostile.ts';
import { Menu } from '../../design/menu.tsx';
import { Page, Panel } from '../../design/panel.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { type Tab, Tabs } from '../../design/tabs.tsx';
import { DETECTOR_NAMES, detectorInWords, SEVERITIES } from '../../response/finding-words.ts';
import { useFindingNews } from '../../response/news.ts';
import { AlertsPanel } from './alerts.tsx';
import { ContainedPanel } from './contained.tsx';
import { belongs, type Filter, filterOf, LISTS, type ListName, paramsOf, placed } from './filter.ts';
import styles from './findings.module.css';
import { FindingList } from './list.tsx';
import { SuppressionsPanel } from './suppressions.tsx';

const OTHERS = ['suppressions', 'contained', 'alerts'] as const;
type TabName = ListName | (typeof OTHERS)[number];
const TABS: readonly TabName[] = [...LISTS, ...OTHERS];
const NAMES: Readonly<Record<TabName, string>> = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  dismissed: 'Dismissed',
  resolved: 'Resolved',
  all: 'All',
  suppressions: 'Suppressions',
  contained: 'Contained',
  alerts: 'Alerts',
};
const isList = (tab: TabName): tab is ListName => (LISTS as readonly string[]).includes(tab);

export function FindingsPage(): ReactElement {
  const search = useSearch({ from: '/inside/findings' });
  const navigate = useNavigate({ from: '/findings' });
  const tab = TABS.find((name) => name === search.tab) ?? 'open';
  const filter = filterOf(search);
  const set = (what: Record<string, string | undefined>): void =>
    void navigate({
      search: (now) =>
        Object.fromEntries(Object.entries({ ...now, ...what }).filter(([, value]) => value)) as Record<string, string>,
      replace: true,
      resetScroll: false,
    });
  const counts = useQuery({
    queryKey: ['findings', 'counts', filter],
    queryFn: ({ signal }) => getJson<FindingCounts>('/api/v1/findings/counts', paramsOf(filter), signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const states = counts.data?.states;
  const note = (name: TabName): number | undefined =>
    name === 'all' || !isList(name) ? undefined : states && (states[name] ?? 0);
  return (
    <Page
      title="Findings"
      lead="What the detectors noticed in the calls of agents."
      actions={<Live list={tab} filter={filter} />}
    >
      <Tabs
        label="Findings by state"
        tabs={TABS.map((id): Tab<TabName> => {
          const many = note(id);
          return { id, label: NAMES[id], ...(many !== undefined && { note: count(many) }) };
        })}
        value={tab}
        onChange={(next) => set({ tab: next === 'open' ? undefined : next })}
      >
        <div className={styles.tab}>
          {isList(tab) ? (
            <>
              <Filters filter={filter} counts={counts.data} onChange={set} />
              <List list={tab} filter={filter} />
            </>
          ) : tab === 'suppressions' ? (
            <SuppressionsPanel />
          ) : tab === 'contained' ? (
            <ContainedPanel />
          ) : (
            <AlertsPanel />
          )}
        </div>
      </Tabs>
    </Page>
  );
}

type Pages = InfiniteData<FindingsResult, string | undefined>;
const listKey = (list: ListName, filter: Filter) => ['findings', 'list', list, filter] as const;

/** Whether findings arrive by themselves. What arrives is put into the list that is shown. */
function Live({ list, filter }: { list: TabName; filter: Filter }): ReactElement {
  const client = useQueryClient();
  const state = useFindingNews(
    ({ change, finding }) => {
      void client.invalidateQueries({ queryKey: ['findings', 'counts'] });
      if (!isList(list)) return;
      if (change === 'opened')
        client.setQueryData<ReadonlySet<string>>(['findings', 'fresh'], (was) => new Set(was).add(finding.id));
      client.setQueryData<Pages>(listKey(list, filter), (was) => {
        const [first, ...rest] = was?.pages ?? [];
        if (was === undefined || first === undefined) return was;
        const later = rest.find(({ items }) => items.some(({ id }) => id === finding.id));
        const isIn = belongs(finding, list, filter);
        const put = (page: FindingsResult): FindingsResult => ({ ...page, items: placed(page.items, finding, isIn) });
        return {
          ...was,
          pages: later ? was.pages.map((page) => (page === later ? put(page) : page)) : [put(first), ...rest],
        };
      });
    },
    () => void client.invalidateQueries({ queryKey: ['findings'] }),
  );
  if (state === 'ended') return <span />;
  return state === 'live' ? (
    <Status tone="green" live>
      live
    </Status>
  ) : (
    <Status tone="grey">connecting</Status>
  );
}

function List({ list, filter }: { list: ListName; filter: Filter }): ReactElement {
  const pages = useInfiniteQuery({
    queryKey: listKey(list, filter),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      getJson<FindingsResult>(
        '/api/v1/findings',
        { ...paramsOf(filter), state: list === 'all' ? '' : list, cursor: pageParam, limit: 50 },
        signal,
      ),
    getNextPageParam: (last: FindingsResult) => last.next,
  });
  const { data: fresh } = useQuery({
    queryKey: ['findings', 'fresh'],
    queryFn: (): ReadonlySet<string> => new Set(),
    enabled: false,
    initialData: new Set<string>() as ReadonlySet<string>,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Panel flush>
        {pages.error ? (
          <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
        ) : pages.data === undefined ? (
          <Loading what="Findings load" />
        ) : items.length === 0 ? (
          <Nothing list={list} filter={filter} />
        ) : (
          <FindingList items={items} fresh={fresh} withState={list === 'all'} />
        )}
      </Panel>
      {pages.hasNextPage && (
        <p className={styles.more}>
          <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Earlier ones
          </Button>
        </p>
      )}
      <p className="visually-hidden" aria-live="polite">
        {fresh.size > 0 && `${fresh.size} noticed since this page was opened`}
      </p>
    </>
  );
}

function Nothing({ list, filter }: { list: ListName; filter: Filter }): ReactElement {
  if (filter.severities.length + filter.detectors.length > 0 || filter.who !== '')
    return <EmptyState title="No finding is like that">Fewer filters may show more.</EmptyState>;
  if (list === 'open' || list === 'all')
    return (
      <EmptyState icon="check" title={list === 'open' ? 'Nothing is open' : 'Nothing was noticed yet'}>
        The detectors watch how often agents call, what they change, read and try. What is unusual appears here by
        itself.
      </EmptyState>
    );
  return <EmptyState icon="findings" title={`Nothing is ${list}`} />;
}

const toggled = <T extends string>(list: readonly T[], name: T): string =>
  (list.includes(name) ? list.filter((each) => each !== name) : [...list, name]).join(',');

function Filters({
  filter,
  counts,
  onChange,
}: {
  filter: Filter;
  counts: FindingCounts | undefined;
  onChange: (what: Record<string, string | undefined>) => void;
}): ReactElement {
  const { severities, detectors, who } = filter;
  const [name, setName] = useState(who);
  return (
    <div className={styles.filters}>
      <fieldset className={styles.severities}>
        <legend className="visually-hidden">Severity</legend>
        {SEVERITIES.map((severity) => (
          <Button
            key={severity}
            aria-pressed={severities.includes(severity)}
            onClick={() => onChange({ severity: toggled(severities, severity) })}
          >
            <Severity level={severity} />
            {(counts?.severities[severity] ?? 0) > 0 && (
              <span className="quiet" data-tip="open or acknowledged">
                {count(counts?.severities[severity] ?? 0)}
              </span>
            )}
          </Button>
        ))}
      </fieldset>
      <Menu
        label="Detectors"
        items={DETECTOR_NAMES.map((detector) => ({
          label: detectorInWords(detector),
          note: counts?.detectors[detector] === undefined ? undefined : count(counts.detectors[detector]),
          checked: detectors.includes(detector),
          stays: true,
          onSelect: () => onChange({ detector: toggled(detectors, detector) }),
        }))}
        trigger={(props) => (
          <Button {...props} icon="filter">
            {detectors.length === 0 ? 'Detector' : detectors.map(detectorInWords).join(', ')}
          </Button>
        )}
      />
      <form
        className={styles.who}
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ who: name.trim() });
        }}
      >
        <input
          type="search"
          aria-label="Identity"
          placeholder="Identity: name or subject"
          value={name}
          maxLength={4096}
          onChange={(event) => {
            setName(event.target.value);
            if (event.target.value === '') onChange({ who: undefined });
          }}
        />
      </form>
      {(severities.length + detectors.length > 0 || who !== '') && (
        <Button
          kind="ghost"
          onClick={() => {
            setName('');
            onChange({ severity: undefined, detector: undefined, who: undefined });
          }}
        >
          Clear{who !== '' && ` ${visible(who).slice(0, 40)}`}
        </Button>
      )}
    </div>
  );
}
