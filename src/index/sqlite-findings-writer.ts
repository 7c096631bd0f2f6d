// Writes what entries say of findings: one line a finding, as it is now, and where its decisions stand in the journal.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DecidedEvent } from '../exchange/entry.ts';
import { DETECTORS, FINDING_STATES, type Finding, SEVERITIES } from '../exchange/finding.ts';
import type { ReadEntry } from './documents.ts';
import { isOfValue } from './sqlite-row-writer.ts';
import { uuidBytes } from './sqlite-schema.ts';

export const isOfFinding = (kind: string): boolean => kind.startsWith('finding.');

const OPEN = FINDING_STATES.indexOf('open');
const ACKNOWLEDGED = FINDING_STATES.indexOf('acknowledged');
const RESOLVED = FINDING_STATES.indexOf('resolved');

/** Characters of a name that can be looked for. */
const LONGEST = 1024;
const folded = (text: unknown): string | null =>
  typeof text === 'string' ? text.slice(0, LONGEST).toWellFormed().toLowerCase() : null;
const whole = (time: unknown): number =>
  Number.isSafeInteger(Math.floor(Number(time))) ? Math.floor(Number(time)) : 0;

/** Writes inside the transaction of a batch. */
export class FindingsWriter {
  private readonly stateOf: StatementSync;
  private readonly upsert: StatementSync;
  private readonly decide: StatementSync;
  private readonly insertDecision: StatementSync;

  constructor(db: DatabaseSync) {
    this.stateOf = db.prepare('SELECT state FROM finding WHERE id = ?');
    this.upsert = db.prepare(
      `INSERT INTO finding(id, first, snapshot, leaf, noticed, started, latest, state, severity, detector, cause,
         principal, subject, name, connection, session, family, operation)
       VALUES (?1, ?2, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
       ON CONFLICT(id) DO UPDATE SET snapshot = ?2, leaf = ?2, started = ?4, latest = ?5, state = ?6, severity = ?7, cause = ?9`,
    );
    this.decide = db.prepare('UPDATE finding SET state = ?, leaf = ? WHERE id = ?');
    this.insertDecision = db.prepare('INSERT OR IGNORE INTO finding_decision(leaf, finding) VALUES (?, ?)');
  }

  /** Takes in an entry `finding.*`. One that says nothing, or something else, changes nothing. */
  write({ entry, summary }: ReadEntry): void {
    if (summary === undefined) return;
    try {
      if (entry.kind === 'finding.decided') this.writeDecision(entry.leaf, summary as Partial<DecidedEvent>);
      else this.writeFinding(entry.leaf, summary as Partial<Finding>, entry.kind === 'finding.ended');
    } catch (error) {
      // One entry of another shape must not keep all later ones from being found.
      if (!isOfValue(error)) throw error;
    }
  }

  private writeFinding(leaf: number, finding: Partial<Finding>, over: boolean): void {
    const id = typeof finding.id === 'string' ? uuidBytes(finding.id) : undefined;
    if (!id) return;
    const before = (this.stateOf.get(id) as { state: number } | undefined)?.state ?? OPEN;
    // What ends by itself needs nobody; what somebody has decided stays as it is.
    const ends = over && (before === OPEN || before === ACKNOWLEDGED);
    const { identity, connection, session, family, operation } = finding.subject ?? {};
    this.upsert.run(
      id,
      leaf,
      whole(finding.noticed),
      whole(finding.started),
      whole(finding.latest),
      ends ? RESOLVED : before,
      finding.severity === undefined ? -1 : SEVERITIES.indexOf(finding.severity),
      finding.detector === undefined ? -1 : DETECTORS.indexOf(finding.detector),
      (typeof finding.cause === 'string' && uuidBytes(finding.cause)) || id,
      identity ? folded(`${identity.issuer}#${identity.subject}`) : null,
      folded(identity?.subject),
      folded(identity?.name),
      folded(connection),
      folded(session),
      folded(family),
      folded(operation),
    );
    if (ends) this.insertDecision.run(leaf, id);
  }

  private writeDecision(leaf: number, { decision }: Partial<DecidedEvent>): void {
    const id = typeof decision?.finding === 'string' ? uuidBytes(decision.finding) : undefined;
    const state = decision ? FINDING_STATES.indexOf(decision.state) : -1;
    if (!id || state < 0) return;
    this.decide.run(state, leaf, id);
    this.insertDecision.run(leaf, id);
  }
}
