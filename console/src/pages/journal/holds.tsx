// Legal holds: what nobody and no rule erases. Set and released by admins.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useState } from 'react';
import { getJson, postJson, urlOf } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { toastError } from '../../design/toast.tsx';
import styles from './journal.module.css';

interface Hold {
  readonly id: string;
  readonly query: string;
  readonly why: string;
  readonly by: string;
  readonly since: number;
}
const KEY = ['holds'];

export function Holds(): ReactElement | null {
  const may = useMay('admin');
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await getJson<{ items: Hold[] }>('/api/v1/holds', {}, signal)).items,
    enabled: may,
  });
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Hold>();
  const close = (): void => {
    setAdding(false);
    setEnding(undefined);
    void client.invalidateQueries({ queryKey: KEY });
  };
  const columns: Column<Hold>[] = [
    {
      title: 'What is held',
      cell: ({ query }) => (
        <code>
          <SafeText text={query} />
        </code>
      ),
    },
    { title: 'Why', cell: ({ why }) => <SafeText text={why} most={200} /> },
    { title: 'By', cell: ({ by }) => <SafeText text={by} />, optional: true, width: 140 },
    { title: 'Since', cell: ({ since }) => <Time time={since} show="ago" />, optional: true, width: 120 },
    {
      title: ' ',
      cell: (hold) => (
        <Button size="small" onClick={() => setEnding(hold)}>
          Release…
        </Button>
      ),
      width: 96,
      end: true,
    },
  ];
  if (!may) return null;
  return (
    <Panel
      title="Legal holds"
      flush
      actions={
        <Button icon="plus" onClick={() => setAdding(true)}>
          Hold…
        </Button>
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : data === undefined ? (
        <Loading rows={2} />
      ) : (
        <Table
          caption="Legal holds"
          columns={columns}
          items={data}
          keyOf={({ id }) => id}
          empty={
            <EmptyState icon="shield" title="Nothing is held" small>
              What a hold selects is not erased, by nobody and no rule of retention.
            </EmptyState>
          }
        />
      )}
      {adding && (
        <Ask
          title="Hold what a query finds"
          act="Hold"
          query
          send={({ q, why }) => postJson(urlOf('/api/v1/holds', { q, why }))}
          onClose={close}
        />
      )}
      {ending && (
        <Ask
          title="Release this hold?"
          act="Release"
          send={({ why }) => postJson(urlOf(`/api/v1/holds/${encodeURIComponent(ending.id)}/release`, { why }))}
          onClose={close}
        >
          <p>
            What <SafeText text={ending.query} /> selects may be erased again, by hand and by the rules of retention.
          </p>
        </Ask>
      )}
    </Panel>
  );
}

/** Asks for a reason, which the record keeps, and does it. `query`: also for what it is about. */
function Ask({
  title,
  act,
  query,
  send,
  onClose,
  children,
}: {
  title: string;
  act: string;
  query?: boolean;
  send: (given: { q: string; why: string }) => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}): ReactElement {
  const [q, setQ] = useState('');
  const [why, setWhy] = useState('');
  const doIt = useMutation({ mutationFn: () => send({ q, why }), onSuccess: onClose, onError: toastError('Not done') });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={doIt.isPending}
            disabled={(query && q.trim() === '') || why.trim() === ''}
            onClick={() => doIt.mutate()}
          >
            {act}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        {children}
        {query && (
          <label>
            Query
            <input value={q} onChange={(event) => setQ(event.target.value)} placeholder="who:ci-* since:2026-11-01" />
          </label>
        )}
        <label>
          Reason, for the record
          <textarea rows={3} value={why} onChange={(event) => setWhy(event.target.value)} />
        </label>
      </div>
    </Dialog>
  );
}
