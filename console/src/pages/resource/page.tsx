// One resource: its versions, who made them, and how any two of them differ.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactElement, useMemo } from 'react';
import { getJson } from '../../api/client.ts';
import type { History } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button, buttonClass } from '../../design/button.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { plural } from '../../design/format.ts';
import { visible } from '../../design/hostile.ts';
import { Page, Panel } from '../../design/panel.tsx';
import { quoteValue } from '../../design/query-text.ts';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { useShortcut } from '../../shell/shortcuts.ts';
import { Compared, isDrawn, type Side, type View } from './compared.tsx';
import { Readers } from './readers.tsx';
import styles from './resource.module.css';
import { VersionList } from './version-list.tsx';
import { chosen, entriesOf, type Version } from './versions.ts';

export function ResourcePage(): ReactElement {
  const { kind, id } = useParams({ from: '/inside/resource/$kind/$id' });
  const search = useSearch({ from: '/inside/resource/$kind/$id' });
  const navigate = useNavigate({ from: '/resource/$kind/$id' });
  const name = `${kind}/${id}`;
  const history = useInfiniteQuery({
    queryKey: ['history', name],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      getJson<History>('/api/v1/history', { resource: name, limit: 100, cursor: pageParam }, signal),
    getNextPageParam: (last: History) => last.next,
  });
  const pages = history.data?.pages;
  const entries = useMemo(() => entriesOf(pages?.flatMap(({ items }) => items) ?? [], { kind, id }), [pages, kind, id]);
  const { from, to } = chosen(entries, search);
  const versions = entries.flatMap(({ version }) => (version ? [version] : []));

  const compare = (earlier: Version | undefined, later: Version): void =>
    void navigate({
      search: (now) =>
        ({ ...now, to: later.key, ...(earlier ? { from: earlier.key } : { from: undefined }) }) as Record<
          string,
          string
        >,
      replace: true,
      resetScroll: false,
    });
  const set = (what: Record<string, string>): void =>
    void navigate({ search: (now) => ({ ...now, ...what }), replace: true, resetScroll: false });
  const step = (by: number): void => {
    const at = versions.findIndex(({ key }) => key === to?.key) + by;
    const next = versions[at];
    if (next) compare(versions[at + 1], next);
  };
  useShortcut('j', 'The version before', () => step(1));
  useShortcut('k', 'The version after', () => step(-1));

  const resource = pages?.[0]?.resource;
  const title = resource?.title ?? name;
  const last = versions[0];
  return (
    <Page
      title={visible(title).slice(0, 120)}
      heading={
        <span className={styles.heading}>
          <SafeText text={title} most={300} />
          {last && !last.there && <Badge tone="red">deleted</Badge>}
        </span>
      }
      lead={
        <span className="row wrap">
          <CopyableId id={name} what="resource" />
          {pages && <span>{plural(versions.length, 'version')} in the record</span>}
        </span>
      }
      actions={
        <Link to="/search" search={{ q: `resource:${quoteValue(name)}` }} className={buttonClass()}>
          All calls about it
        </Link>
      }
    >
      {history.error ? (
        <Panel>
          <ErrorState error={history.error} onRetry={() => void history.refetch()} />
        </Panel>
      ) : pages === undefined ? (
        <Panel>
          <Loading rows={8} what="The history loads" />
        </Panel>
      ) : (
        <div className={styles.columns}>
          <div className="stack">
            {to ? (
              <Compared
                kind={kind}
                id={id}
                from={from}
                to={to}
                numbered={!history.hasNextPage}
                view={viewOf(search.view, kind)}
                side={sideOf(search.side)}
                onView={(view) => set({ view })}
                onSide={(side) => set({ side })}
              />
            ) : (
              <Panel>
                <EmptyState
                  icon="clock"
                  title={entries.length === 0 ? 'Nobody has changed it' : 'No state of it is known'}
                >
                  {entries.length === 0
                    ? 'No call through this gateway has changed it. Who read it is told here all the same.'
                    : 'Calls were made that change it, but what it was before and after was not seen.'}
                </EmptyState>
              </Panel>
            )}
          </div>
          <div className="stack">
            {entries.length > 0 && (
              <Panel title="Versions" note={plural(entries.length, 'entry', 'entries')} flush>
                <VersionList
                  resource={{ kind, id }}
                  entries={entries}
                  from={from}
                  to={to}
                  numbered={!history.hasNextPage}
                  onCompare={compare}
                />
                {history.hasNextPage && (
                  <p className={styles.more}>
                    <Button busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
                      Earlier ones
                    </Button>
                  </p>
                )}
              </Panel>
            )}
            <Readers name={name} />
          </div>
        </div>
      )}
    </Page>
  );
}

const viewOf = (text: string | undefined, kind: string): View =>
  text === 'sketch' || text === 'fields' || text === 'json' ? text : isDrawn(kind) ? 'sketch' : 'fields';
const sideOf = (text: string | undefined): Side => (text === 'before' || text === 'both' ? text : 'after');
