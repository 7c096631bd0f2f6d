// Asks the demo's running API, as an auditor would, what was recorded.
import type { Page, Row } from '../../index/search-index.ts';

const DEADLINE = 15_000;

/** The record as the API shows it to one auditor. */
export interface DemoRecord {
  search(query: string): Promise<readonly Row[]>;
  /** Searches until so many are found, since what is recorded is searchable only a moment later. */
  searchFor(query: string, count: number): Promise<readonly Row[]>;
}

export function demoRecord(apiUrl: string, token: string): DemoRecord {
  const search = async (query: string): Promise<readonly Row[]> => {
    const url = `${apiUrl}/api/v1/search?${new URLSearchParams({ q: query, limit: '100' })}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`the API answered ${response.status}: ${await response.text()}`);
    return ((await response.json()) as Page<Row>).items;
  };
  return {
    search,
    searchFor: async (query, count) => {
      const deadline = Date.now() + DEADLINE;
      let rows = await search(query);
      while (rows.length < count && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        rows = await search(query);
      }
      return rows;
    },
  };
}
