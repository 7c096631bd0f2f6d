// The words of the record: who (verified apart from claimed), which operation, what it does, how it was judged and how it ended.
import type { ReactElement } from 'react';
import type { Action, ClaimedClient, Identity, Outcome, Resource, Verdict } from '../api/types.ts';
import { Badge, Dot, Status, type Tone } from './badge.tsx';
import { classes } from './classes.ts';
import { visible } from './hostile.ts';
import { Icon } from './icons.tsx';
import styles from './record.module.css';
import { SafeText } from './safe-text.tsx';

const KINDS = { agent: 'AI agent', workload: 'workload', person: 'person' } as const;

/** A verified identity: a shield before the name; subject and issuer on hover. */
export function IdentityChip({
  identity,
}: {
  identity: Pick<Identity, 'name' | 'subject' | 'issuer'> & { kind?: Identity['kind'] };
}): ReactElement {
  const { name, subject, issuer, kind } = identity;
  const tip = `Verified${kind ? ` ${KINDS[kind]}` : ''}: ${visible(subject)}\nissued by ${visible(issuer)}`;
  return (
    <span className={classes(styles.identity, styles.verified)} data-tip={tip}>
      <Icon name="verified" size={14} />
      <span className="visually-hidden">verified</span>
      <span className="truncate">
        <SafeText text={name} />
      </span>
    </span>
  );
}

/** What a caller says of itself: dashed, and never beside a shield. Nothing when it says nothing. */
export function ClaimedChip({ client }: { client: ClaimedClient }): ReactElement | null {
  const text = client.agent ?? client.userAgent;
  if (text === undefined) return null;
  const tip = `The caller says so itself; nobody verified it.${client.userAgent ? `\n${visible(client.userAgent)}` : ''}`;
  return (
    <span className={styles.claimed} data-tip={tip}>
      <Icon name="claimed" size={12} />
      <span className="visually-hidden">claims to be</span>
      <span className="truncate">
        <SafeText text={text} />
      </span>
    </span>
  );
}

/** `v1.UpdateMonitor` in words: `update monitor`. */
export function operationInWords(operation: string): string {
  const name = operation.replace(/^(v\d+|mcp)\./, '');
  const words = name.includes('_')
    ? name.split('_')
    : name
        .replace(/([a-z\d])([A-Z])/g, '$1 $2')
        .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
        .split(' ')
        .map((word) => (/^[A-Z]{2,}s?$/.test(word) ? word : word.toLowerCase()));
  return words.join(' ');
}

/** An operation's id, its version quieter than its name. `words` has it said in words, with the id on hover. */
export function OperationName({ operation, words }: { operation: string; words?: boolean }): ReactElement {
  if (words) return <span data-tip={operation}>{operationInWords(operation)}</span>;
  const [, version, name] = /^(v\d+|mcp)\.(.*)$/.exec(operation) ?? [];
  if (name === undefined) return <SafeText text={operation} />;
  return (
    <span className={classes(styles.operation, 'truncate')} data-tip={operationInWords(operation)}>
      {name}
      <span className={styles.version}> {version}</span>
    </span>
  );
}

const ACTION_TONES: Readonly<Record<Action, Tone>> = {
  create: 'green',
  read: 'grey',
  update: 'amber',
  delete: 'red',
  execute: 'violet',
};

/** What a call does. Reading is quiet, what changes something is not. */
export function ActionTag({ action }: { action: Action }): ReactElement {
  return (
    <span className={classes(styles.action, action === 'read' && 'quiet')}>
      <Dot tone={ACTION_TONES[action]} />
      {action}
    </span>
  );
}

/** Tones of actions, for charts and timelines; `--green-mark` and so on are their colours. */
export const actionTone = (action: Action | undefined): Tone => (action === undefined ? 'grey' : ACTION_TONES[action]);

const DECISIONS: Readonly<Record<Verdict['decision'], readonly [Tone, string]>> = {
  allow: ['green', 'allowed'],
  deny: ['red', 'denied'],
  hold: ['amber', 'held for approval'],
};

/** What policy said, and by which rule. */
export function VerdictBadge({ verdict, withRule }: { verdict: Verdict; withRule?: boolean }): ReactElement {
  const [tone, word] = DECISIONS[verdict.decision];
  return (
    <Badge tone={tone} tip={withRule ? undefined : `by the rule ${visible(verdict.rule)}`}>
      {tone !== 'green' && <Icon name="refused" size={12} />}
      {word}
      {withRule && (
        <span className="truncate">
          by <SafeText text={verdict.rule} />
        </span>
      )}
    </Badge>
  );
}

const OUTCOMES: Readonly<Record<Outcome, readonly [Tone, string]>> = {
  complete: ['green', 'answered in full'],
  refused: ['red', 'refused by Dogwatch'],
  'upstream-failed': ['red', 'Datadog could not be reached, or broke off'],
  'client-aborted': ['amber', 'the caller went away before the end'],
  unknown: ['amber', 'Dogwatch stopped before the end: what became of it is not known'],
  pending: ['blue', 'under way'],
};

/** How a call ended. */
export function OutcomeStatus({ outcome }: { outcome: Outcome }): ReactElement {
  const [tone, means] = OUTCOMES[outcome];
  return (
    <span data-tip={means}>
      <Status tone={tone} live={outcome === 'pending'}>
        {outcome}
      </Status>
    </span>
  );
}

/** An HTTP status; 400 and above stand out. */
export function HttpStatus({ status }: { status: number }): ReactElement {
  return status >= 400 ? (
    <Badge tone={status >= 500 ? 'red' : 'amber'}>{status}</Badge>
  ) : (
    <span className="mono">{status}</span>
  );
}

/** `monitor/123` with its title, when that is known. */
export function ResourceName({ resource, titleFirst }: { resource: Resource; titleFirst?: boolean }): ReactElement {
  const id = (
    <span className="mono truncate">
      <span className={styles.kind}>{resource.kind}/</span>
      <SafeText text={resource.id} />
    </span>
  );
  if (resource.title === undefined) return <span className={styles.resource}>{id}</span>;
  const title = (
    <span className="truncate">
      <SafeText text={resource.title} most={200} />
    </span>
  );
  return (
    <span className={styles.resource}>
      {titleFirst ? title : id}
      <span className="quiet truncate">{titleFirst ? id : title}</span>
    </span>
  );
}
