// The auditors are audited: who searched, viewed, followed or exported what becomes an entry before the answer is given.
import { newId } from '../exchange/canonical.ts';
import type { AuditEvent, Entry, EntryKind } from '../exchange/entry.ts';
import type { Identity } from '../exchange/identity.ts';
import type { Grant } from '../identity/grant.ts';

/** Who asks, as the audit entries name them. */
export interface Caller {
  readonly identity: Identity;
  /** Address the question came from; absent for a command that reads the data directory. */
  readonly source?: string;
  /** When it came with a token of Dogwatch's own: what that grants. */
  readonly grant?: Grant;
  /** The token that calls of the gateway are made with under the caller's own name; a function, so that it is never printed. */
  readonly token?: () => string;
}

export type AuditKind = Extract<
  EntryKind,
  | `audit.${string}`
  | `admin.${string}`
  | 'identity.sign-in'
  | 'identity.sign-out'
  | 'identity.token'
  | 'identity.revoked'
  | 'finding.decided'
>;
export type Details = AuditEvent['details'];

/** Appends an entry about `caller`; resolves when it is durable. `more` is what entries of that kind say besides (entry.ts). */
export type Audit = (caller: Caller, kind: AuditKind, what: string, details: Details, more?: object) => Promise<void>;

/** Audits into a journal. */
export function auditInto(append: (entry: Entry) => Promise<number>): Audit {
  return async ({ identity, source }, kind, what, details, more) => {
    const event: AuditEvent = {
      who: { id: `${identity.issuer}#${identity.subject}`, name: identity.name, groups: identity.groups },
      what,
      details,
      ...(source !== undefined && { source }),
      ...more,
    };
    await append({ id: newId(), time: Date.now(), kind, parts: { summary: Buffer.from(JSON.stringify(event)) } });
  };
}
