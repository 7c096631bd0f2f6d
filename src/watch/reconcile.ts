// After a restart: what the engine says of the time it caught up with, beside the findings that the journal already has of it.
import type { Finding } from '../exchange/finding.ts';
import type { Episodes, Told } from './episodes.ts';

/** A finding as the journal knows it last. */
export interface Journalled {
  readonly finding: Finding;
  readonly ended: boolean;
}

/**
 * What is still to be told. An episode that the journal has already goes on under that finding's id; what the journal has open and the
 * engine knows nothing of is told to be over.
 */
export function reconciled(
  events: readonly Told[],
  journalled: ReadonlyMap<string, Journalled>,
  episodes: Pick<Episodes, 'has' | 'rename' | 'forget'>,
): Told[] {
  const said = new Set(events.map(({ finding }) => finding.id));
  const free = new Map([...journalled].filter(([id]) => !said.has(id) && !episodes.has(id)));
  const names = new Map<string, string>();
  const rest: Told[] = [];
  for (const { event, finding } of events) {
    const twin = event === 'opened' ? twinOf(finding, free) : undefined;
    if (twin !== undefined) {
      free.delete(twin);
      names.set(finding.id, twin);
      episodes.rename(finding.id, twin);
      continue;
    }
    const id = names.get(finding.id) ?? finding.id;
    const known = journalled.get(id);
    if (known?.ended || (event === 'opened' && known)) continue;
    if (event === 'updated' && known && known.finding.evidence.count >= finding.evidence.count) continue;
    const cause = finding.cause === undefined ? undefined : (names.get(finding.cause) ?? finding.cause);
    rest.push({ event, finding: { ...finding, id, ...(cause !== undefined && { cause }) } });
  }
  for (const [id, { ended }] of journalled) if (ended) episodes.forget(id);
  for (const { finding, ended } of free.values())
    if (!ended) rest.push({ event: 'ended', finding: { ...finding, ended: finding.latest } });
  return rest;
}

/** The id of the journal's finding of the same episode: same detector and subject, at the same time. */
function twinOf(finding: Finding, among: ReadonlyMap<string, Journalled>): string | undefined {
  for (const [id, { finding: other, ended }] of among) {
    if (other.detector !== finding.detector || !sameSubject(other, finding)) continue;
    const until = ended ? (other.ended ?? other.latest) : Number.POSITIVE_INFINITY;
    if (finding.started <= until && (finding.ended ?? Number.POSITIVE_INFINITY) >= other.started) return id;
  }
  return undefined;
}

function sameSubject({ subject: one }: Finding, { subject: other }: Finding): boolean {
  return (
    one.identity?.issuer === other.identity?.issuer &&
    one.identity?.subject === other.identity?.subject &&
    one.connection === other.connection &&
    one.session === other.session &&
    one.family === other.family &&
    one.operation === other.operation
  );
}
