// The history as a list: who made which version when; two of them are chosen to be compared.
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Resource } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { classes } from '../../design/classes.ts';
import { count, plural } from '../../design/format.ts';
import { visible } from '../../design/hostile.ts';
import { ActionTag, IdentityChip, operationInWords, ResourceName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { Time } from '../../design/time.tsx';
import { pathText } from '../../record/diff-view.tsx';
import styles from './resource.module.css';
import { type Entry, type HistoryItem, isOf, type Version } from './versions.ts';

export function VersionList({
  resource,
  entries,
  from,
  to,
  numbered,
  onCompare,
}: {
  resource: Pick<Resource, 'kind' | 'id'>;
  entries: readonly Entry[];
  from: Version | undefined;
  to: Version | undefined;
  /** Whether the oldest version is known, so that numbers mean something. */
  numbered: boolean;
  onCompare: (from: Version | undefined, to: Version) => void;
}): ReactElement {
  const versions = entries.flatMap(({ version }) => (version ? [version] : []));
  const nameOf = (version: Version): string => (numbered ? `version ${version.number}` : 'this version');
  const [low, high] = [from?.number ?? 0, to?.number ?? 0].sort((a, b) => a - b) as [number, number];
  return (
    <fieldset className={styles.versions}>
      <legend className="visually-hidden">Versions to compare</legend>
      <div className={styles.columnNames} aria-hidden="true">
        <span>from</span>
        <span>to</span>
      </div>
      <ol>
        {entries.map(({ key, item, version }) => {
          const between = version && version.number >= low && version.number <= high && from && to;
          return (
            <li
              key={key}
              className={classes(styles.version, between && styles.between, version === to && styles.shown)}
            >
              {version ? (
                <span className={styles.choice}>
                  <input
                    type="radio"
                    name="from"
                    aria-label={`Compare from ${nameOf(version)}, ${told(item)}`}
                    checked={version.key === from?.key}
                    disabled={version.key === to?.key}
                    onChange={() => to && onCompare(version, to)}
                  />
                  <input
                    type="radio"
                    name="to"
                    aria-label={`Compare to ${nameOf(version)}, ${told(item)}`}
                    checked={version.key === to?.key}
                    disabled={version.key === from?.key}
                    onChange={() => onCompare(from, version)}
                  />
                </span>
              ) : (
                <span />
              )}
              <div className={styles.what}>
                <div className="spread">
                  <span className="row wrap">
                    {numbered && version && <b>v{version.number}</b>}
                    <What item={item} version={version} resource={resource} />
                  </span>
                  <When item={item} />
                </div>
                {item?.type === 'change' && (
                  <span className={styles.who}>
                    {item.identity ? <IdentityChip identity={item.identity} /> : <span className="quiet">nobody</span>}
                    <Link to="/exchange/$id" params={{ id: item.exchange }} className="truncate">
                      {operationInWords(item.operation)}
                    </Link>
                  </span>
                )}
                <First item={item} />
                {version && version.key !== to?.key && (
                  <button
                    type="button"
                    className={styles.show}
                    onClick={() => onCompare(versions[versions.indexOf(version) + 1], version)}
                  >
                    {version.item ? `Show what ${nameOf(version)} changed` : `Show ${nameOf(version)}`}
                  </button>
                )}
              </div>
            </li>
          );
        })}
      </ol>
    </fieldset>
  );
}

const told = (item: HistoryItem | undefined): string =>
  item === undefined
    ? 'as it was found'
    : item.type === 'outside'
      ? 'changed elsewhere'
      : `${operationInWords(item.operation)} by ${visible(item.identity?.name ?? 'nobody')}`;

function What({
  item,
  version,
  resource,
}: {
  item: HistoryItem | undefined;
  version: Version | undefined;
  resource: Pick<Resource, 'kind' | 'id'>;
}): ReactElement {
  if (item === undefined) return <Badge>as the record found it</Badge>;
  if (item.type === 'outside')
    return (
      <Badge tone="violet" tip="No call through this gateway did it: it was other than our last change had left it">
        {item.became === 'absent'
          ? 'deleted elsewhere'
          : item.became === 'there'
            ? 'made again elsewhere'
            : 'changed elsewhere'}
      </Badge>
    );
  if (!isOf(item, resource))
    return (
      <>
        <ActionTag action={item.action} />
        <Link to="/resource/$kind/$id" params={{ kind: item.resource.kind, id: item.resource.id }}>
          <ResourceName resource={item.resource} titleFirst />
        </Link>
        <span className="quiet">reaches it</span>
      </>
    );
  return (
    <>
      <ActionTag action={item.action} />
      {version === undefined && (
        <Badge tone={item.made === 'no' ? 'red' : 'grey'}>
          {item.made === 'no' ? 'not carried out' : item.effect === 'none' ? 'left as it was' : 'state not known'}
        </Badge>
      )}
      {item.made === 'unknown' && version && <Badge tone="amber">not known whether it was carried out</Badge>}
    </>
  );
}

function When({ item }: { item: HistoryItem | undefined }): ReactElement | null {
  if (item === undefined) return null;
  return (
    <span className={classes(styles.when, 'quiet')}>
      {item.type === 'change' ? (
        <Time time={item.time} show="ago" />
      ) : (
        <>
          before <Time time={item.to} show="ago" />
        </>
      )}
    </span>
  );
}

/** The first difference in a line, and how many there are besides. */
function First({ item }: { item: HistoryItem | undefined }): ReactElement | null {
  const changes = item?.changes ?? [];
  const first = changes.find(({ type }) => type === 'changed') ?? changes[0];
  if (first === undefined) return null;
  const value = (given: unknown): string => {
    const text = typeof given === 'string' ? given : (JSON.stringify(given) ?? '');
    return text.length > 40 ? `${text.slice(0, 39)}…` : text;
  };
  return (
    <span className={styles.first}>
      <span className="mono">
        <SafeText text={pathText(first.path)} most={80} />
      </span>{' '}
      {first.type === 'changed' ? (
        <>
          <del>
            <SafeText text={value(first.before)} />
          </del>{' '}
          →{' '}
          <ins>
            <SafeText text={value(first.after)} />
          </ins>
        </>
      ) : (
        first.type
      )}
      {changes.length > 1 && <span data-tip={plural(changes.length, 'difference')}> +{count(changes.length - 1)}</span>}
    </span>
  );
}
