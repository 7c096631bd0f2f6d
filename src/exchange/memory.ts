// What remembers something of what was recorded, beside the journal and its index: it has to forget with them.

/** What the record still holds, of what somebody remembers. */
export interface Remains {
  /** Of these identities, `issuer#subject`, those of whom there is no exchange any more. */
  strangers(identities: Iterable<string>): Promise<Set<string>>;
  /** Of the findings of these ids, those of which the record says nothing any more. */
  unheard(findings: Iterable<string>): Promise<Set<string>>;
}

export interface Memory {
  /** Forgets what the record holds no more; nothing of it is on disk when it resolves. May be called again, after a crash as well. */
  forget(remains: Remains): Promise<void>;
}
