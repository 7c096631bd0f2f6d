// What a person may decide about a finding, and do about whom it is about. Only operators are offered it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { postJson } from '../../api/client.ts';
import type { Decided, Finding } from '../../api/types.ts';
import { Button } from '../../design/button.tsx';
import { toast, toastError } from '../../design/toast.tsx';
import type { FindingState } from '../../response/finding-words.ts';
import { useShortcut } from '../../shell/shortcuts.ts';
import { type Dismissal, DismissDialog } from './dismiss-dialog.tsx';

const DONE: Readonly<Record<FindingState, string>> = {
  open: 'Opened again',
  acknowledged: 'Acknowledged',
  dismissed: 'Dismissed',
  resolved: 'Resolved',
};

export function Acts({ finding, onContain }: { finding: Finding; onContain: (() => void) | undefined }): ReactElement {
  const client = useQueryClient();
  const [dismissing, setDismissing] = useState(false);
  const decide = useMutation({
    mutationFn: (decision: { state: FindingState } & Partial<Dismissal>) =>
      postJson<Decided>(`/api/v1/findings/${encodeURIComponent(finding.id)}/decide`, decision),
    onSuccess: async ({ suppression }, { state }) => {
      setDismissing(false);
      await client.invalidateQueries({ queryKey: ['finding', finding.id] });
      void client.invalidateQueries({ queryKey: ['findings'] });
      if (suppression) void client.invalidateQueries({ queryKey: ['suppressions'] });
      toast(DONE[state], { text: suppression && 'Its like is not told until the suppression ends.' });
    },
    onError: toastError('Not decided'),
  });
  const { state } = finding;
  const over = state === 'dismissed' || state === 'resolved';
  const busy = (wanted: FindingState): boolean => decide.isPending && decide.variables.state === wanted;
  useShortcut('a', 'Acknowledge the finding', () => {
    if (state === 'open') decide.mutate({ state: 'acknowledged' });
  });
  useShortcut('d', 'Dismiss the finding', () => {
    if (!over) setDismissing(true);
  });
  return (
    <>
      {onContain && (
        <Button kind="danger" icon="shield" onClick={onContain}>
          Contain…
        </Button>
      )}
      {over ? (
        <Button icon="refresh" busy={busy('open')} onClick={() => decide.mutate({ state: 'open' })}>
          Open again
        </Button>
      ) : (
        <>
          <Button onClick={() => setDismissing(true)}>Dismiss…</Button>
          <Button busy={busy('resolved')} onClick={() => decide.mutate({ state: 'resolved' })}>
            Resolve
          </Button>
          {state === 'open' && (
            <Button
              kind="primary"
              icon="check"
              busy={busy('acknowledged')}
              onClick={() => decide.mutate({ state: 'acknowledged' })}
            >
              Acknowledge
            </Button>
          )}
        </>
      )}
      {dismissing && (
        <DismissDialog
          finding={finding}
          busy={busy('dismissed')}
          onDismiss={(dismissal) => decide.mutate({ state: 'dismissed', ...dismissal })}
          onClose={() => setDismissing(false)}
        />
      )}
    </>
  );
}
