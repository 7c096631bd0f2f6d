// Saved queries: one's own and those that are shared; saving this one, and removing.
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactElement, useId, useState } from 'react';
import { postJson } from '../../api/client.ts';
import { queryClient, savedQueriesQuery } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import type { SavedQuery } from '../../api/types.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { Menu, type MenuItem } from '../../design/menu.tsx';
import { toast, toastError } from '../../design/toast.tsx';
import styles from './search.module.css';

export function SavedQueries({ q, onTake }: { q: string; onTake: (q: string) => void }): ReactElement {
  const { data } = useQuery(savedQueriesQuery);
  const { identity } = useSession();
  const [saving, setSaving] = useState(false);
  const refresh = (): Promise<void> => queryClient.invalidateQueries({ queryKey: savedQueriesQuery.queryKey });
  const remove = async (name: string): Promise<void> => {
    await postJson('/api/v1/queries/remove', { name });
    await refresh();
    toast(`Removed ${name}`);
  };
  const all = data?.queries ?? [];
  const own = (query: SavedQuery): boolean => query.by === `${identity.issuer}#${identity.subject}` || !query.shared;
  const items: MenuItem[] = [
    { label: 'Save this query…', icon: 'plus', disabled: q === '', onSelect: () => setSaving(true) },
    ...(all.length > 0 ? (['rule'] as const) : []),
    ...all.map(
      (query): MenuItem => ({
        label: query.name,
        icon: 'star',
        note: query.shared ? 'shared' : undefined,
        onSelect: () => onTake(`saved:${query.name}`),
      }),
    ),
    ...(all.some(own) ? (['rule', { heading: 'Remove' }] as const) : []),
    ...all.filter(own).map(
      (query): MenuItem => ({
        label: `Remove ${query.name}`,
        icon: 'trash',
        danger: true,
        onSelect: () => void remove(query.name).catch(toastError('Not removed')),
      }),
    ),
  ];
  return (
    <>
      <Menu
        label="Saved queries"
        items={items}
        align="end"
        trigger={(props) => (
          <Button icon="star" {...props}>
            Saved
          </Button>
        )}
      />
      {saving && (
        <SaveDialog
          q={q}
          onClose={() => setSaving(false)}
          onSaved={async (name) => {
            setSaving(false);
            await refresh();
            toast(`Saved as ${name}`, { text: `saved:${name} stands for it in any query.` });
          }}
        />
      )}
    </>
  );
}

function SaveDialog({
  q,
  onClose,
  onSaved,
}: {
  q: string;
  onClose: () => void;
  onSaved: (name: string) => void;
}): ReactElement {
  const id = useId();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const { mutate, isPending } = useMutation({
    mutationFn: () => postJson<SavedQuery>('/api/v1/queries', { name, query: q, shared }),
    onSuccess: () => onSaved(name),
    onError: toastError('Not saved'),
  });
  return (
    <Dialog
      title="Save this query"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={id} busy={isPending} disabled={name === ''}>
            Save
          </Button>
        </>
      }
    >
      <form
        id={id}
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          mutate();
        }}
      >
        <pre className={styles.told}>{q}</pre>
        <label className={styles.label}>
          Name
          <input
            className={styles.field}
            value={name}
            maxLength={64}
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
            required
            onChange={(event) => setName(event.target.value)}
            placeholder="risky-changes"
          />
        </label>
        <label className="row">
          <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
          For everybody who may search
        </label>
      </form>
    </Dialog>
  );
}
