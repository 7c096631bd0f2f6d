// The tables that hold findings.

/** Numbers and names only; what people read comes from the journal. `cause` is the finding itself when it has none. */
export const FINDING_TABLES = `
CREATE TABLE finding(
  id BLOB PRIMARY KEY, first INTEGER NOT NULL, snapshot INTEGER NOT NULL, leaf INTEGER NOT NULL,
  noticed INTEGER NOT NULL, started INTEGER NOT NULL, latest INTEGER NOT NULL, state INTEGER NOT NULL, severity INTEGER NOT NULL,
  detector INTEGER NOT NULL, cause BLOB NOT NULL, principal TEXT, subject TEXT, name TEXT, connection TEXT, session TEXT,
  family TEXT, operation TEXT) WITHOUT ROWID;
CREATE INDEX finding_noticed ON finding(noticed, first);
CREATE INDEX finding_cause ON finding(cause);
CREATE TABLE finding_decision(leaf INTEGER PRIMARY KEY, finding BLOB NOT NULL);
CREATE INDEX finding_decided ON finding_decision(finding);
`;
