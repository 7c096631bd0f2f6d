// Where a command reads the record from: a running gateway's API, or the data directory itself when none runs.

import type { InquirySource } from '../api/inquiries.ts';
import type { ExchangeView } from '../api/schemas-exchange.ts';
import type { PartName } from '../exchange/entry.ts';
import type { Page, Row, SessionRow } from '../index/search-index.ts';
import type { SearchOrder } from '../index/search-order.ts';
import type { ExploreSource } from './explore-source.ts';
import type { FindingSource } from './finding-source.ts';

export interface PageQuery {
  readonly query: string;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly timeZone?: string | undefined;
}

export interface SessionPage {
  readonly session: SessionRow;
  readonly exchanges: readonly Row[];
  readonly next?: string;
}

/** The record, whichever way it is reached. Everything asked of it is audited. */
export interface RecordSource {
  /** Questions about changes, reads and runs. */
  readonly ask: InquirySource;
  /** For people: `the gateway at http://127.0.0.1:8090`. */
  readonly where: string;
  /** Whether new rows can appear: a gateway runs. */
  readonly live: boolean;
  /** Counts, saved queries, exports. */
  readonly explore: ExploreSource;
  /** What was noticed, and current rates. */
  readonly findings: FindingSource;
  search(page: PageQuery & { readonly order?: SearchOrder | undefined }): Promise<Page<Row>>;
  sessions(page: PageQuery): Promise<Page<SessionRow>>;
  session(
    id: string,
    page: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<SessionPage>;
  exchange(id: string): Promise<ExchangeView>;
  har(id: string): Promise<object>;
  curl(id: string): Promise<string>;
  /** A proof file, in pieces. @param without parts that are not opened */
  proof(id: string, without: readonly PartName[]): Promise<AsyncIterable<string | Uint8Array>>;
  /**
   * What a session is replayed from, as proof files one after another, and the verifier keys of the log.
   * @param against what it is to be replayed against, for the audit
   */
  recording(
    session: string,
    against: string,
  ): Promise<{ readonly proofs: AsyncIterable<string | Uint8Array>; readonly keys: string }>;
  /** The last few matching rows, then new ones as they are recorded; ends when the gateway ends it, or none runs. */
  tail(options: {
    readonly query: string;
    readonly last: number;
    readonly timeZone?: string | undefined;
  }): AsyncIterable<Row>;
  close(): Promise<void>;
}
