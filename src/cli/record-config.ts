// Records that the configuration is another than at the last start: which sections changed, and the digest of each.
import { createHash } from 'node:crypto';
import { auditInto } from '../api/audit.ts';
import { localOperator } from '../api/local-operator.ts';
import { summaryOf } from '../api/read-exchange.ts';
import type { Config } from '../config/config.ts';
import { canonicalJson } from '../exchange/canonical.ts';
import type { AuditEvent } from '../exchange/entry.ts';
import { parseQuery } from '../index/query.ts';
import type { OpenData } from './open-data.ts';
import { osUser } from './open-records.ts';

/** `section=<16 hex digits of SHA-256>` of each section, as it is used: defaults filled in, overrides applied. It holds no secrets. */
export function configDigests(config: Config): string[] {
  return Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .map(
      ([section, value]) =>
        `${section}=${createHash('sha256')
          .update(canonicalJson(plain(value)))
          .digest('hex')
          .slice(0, 16)}`,
    )
    .sort();
}

/** As JSON: what JSON leaves out is left out. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/**
 * Appends an entry when something changed. The index holds all that was recorded before this start.
 *
 * @param size leaves of the journal at the start
 */
export async function recordConfig(config: Config, { index, reader, journal }: OpenData, size: number): Promise<void> {
  const now = configDigests(config);
  const { items } = await index.search(parseQuery('kind:admin.config'), { limit: 1, details: false });
  const [row] = items;
  let before: readonly string[] = [];
  if (row !== undefined && row.leaf < size) {
    const { details } = summaryOf<AuditEvent>(await reader.read(row.leaf));
    if (Array.isArray(details.digests)) before = details.digests as readonly string[];
  }
  const names = (digests: readonly string[]): string[] => digests.map((each) => each.slice(0, each.indexOf('=')));
  const changed = [
    ...names(now.filter((each) => !before.includes(each))),
    ...names(before.filter((each) => !names(now).includes(each.slice(0, each.indexOf('='))))),
  ];
  if (changed.length === 0) return;
  await auditInto((entry) => journal.append(entry))(
    { identity: localOperator(osUser()) },
    'admin.config',
    before.length === 0 ? 'started with a configuration' : `started with another configuration: ${changed.join(', ')}`,
    { changed, digests: now },
  );
}
