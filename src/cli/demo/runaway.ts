// The demo's runaway agent: a loop of metric queries, until Dogwatch has noticed it; then it is quarantined, and its next call refused.
import type { Finding } from '../../exchange/finding.ts';

/** It stops by itself when nobody notices: after so many calls, or milliseconds. */
const MOST = { calls: 3000, time: 60_000 } as const;
/** Milliseconds between two looks at the findings. */
const LOOK = 100;
/** For how long it is quarantined, in milliseconds. */
const HELD = 3_600_000;

export interface Runaway {
  readonly calls: number;
  /** Milliseconds from the first call to the finding in the API. */
  readonly time: number;
  /** Undefined when nothing was noticed. */
  readonly finding: Finding | undefined;
  /** What the next call was answered once the agent was quarantined. */
  readonly refusal: string | undefined;
}

interface Parties {
  /** What the agent is called, and its token. */
  readonly name: string;
  readonly token: string;
  /** Token of somebody who may look at findings and quarantine. */
  readonly operator: string;
}

/** Queries a metric again and again as the agent, while the operator looks at the findings about it, and quarantines it at the first. */
export async function runAway(
  gateway: { readonly gatewayUrl: string; readonly apiUrl: string },
  { name, token, operator }: Parties,
): Promise<Runaway> {
  const query = async (): Promise<string> => {
    const to = Math.floor(Date.now() / 1000);
    const asked = new URLSearchParams({ query: 'avg:http.requests.errors{*}', from: `${to - 60}`, to: `${to}` });
    const response = await fetch(`${gateway.gatewayUrl}/api/v1/query?${asked}`, { headers: { 'dd-api-key': token } });
    return response.text();
  };
  const began = Date.now();
  let looked = began;
  let calls = 0;
  while (calls < MOST.calls && Date.now() - began < MOST.time) {
    await query();
    calls++;
    if (Date.now() - looked < LOOK) continue;
    looked = Date.now();
    const { items } = (await ask(gateway.apiUrl, operator, 'findings?limit=50')) as { items: readonly Finding[] };
    const finding = items.find((each) => isSurgeOf(each, name) && each.noticed >= began);
    if (!finding) continue;
    const time = Date.now() - began;
    const { issuer, subject } = finding.subject.identity ?? {};
    await ask(gateway.apiUrl, operator, 'containments', {
      level: 'quarantine',
      identity: `${issuer}#${subject}`,
      for: HELD,
      reason: 'it loops',
      finding: finding.id,
    });
    const { errors } = JSON.parse(await query()) as { errors?: readonly string[] };
    return { calls, time, finding, refusal: errors?.[0] };
  }
  return { calls, time: Date.now() - began, finding: undefined, refusal: undefined };
}

const isSurgeOf = ({ detector, subject }: Finding, name: string): boolean =>
  detector === 'surge' && subject.identity?.name === name;

async function ask(apiUrl: string, token: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${apiUrl}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the API answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
