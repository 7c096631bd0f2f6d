// From a link to Datadog's web application, or to its API, to the resource that it shows.
import type { Resource } from '../exchange/operation.ts';
import { matchOperation } from './matcher.ts';
import { normaliseTarget } from './target.ts';

const ID = '([A-Za-z0-9_.%:-]+)';
/** Paths of the web application, by what they show. */
const PATHS: readonly (readonly [RegExp, string])[] = [
  [/^\/monitors(?:\/manage)?\/(\d+)/, 'monitor'],
  [/^\/monitors#(\d+)/, 'monitor'],
  [/^\/(?:dashboard|dash\/integration|dash)\/([a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3}|\d+)/, 'dashboard'],
  [/^\/dashboard\/lists?\/(?:manual\/)?(\d+)/, 'dashboard-list'],
  [/^\/notebook\/(?:[^/]+\/)?(\d+)/, 'notebook'],
  [new RegExp(`^/synthetics/(?:details|edit|tests)/${ID}`), 'synthetics-test'],
  [new RegExp(`^/incidents/${ID}`), 'incident'],
  [new RegExp(`^/logs/pipelines/pipeline/edit/${ID}`), 'logs-pipeline'],
  [new RegExp(`^/security/(?:configuration/)?[a-z-]*/?rules/(?:view|edit)/${ID}`), 'security-rule'],
  [new RegExp(`^/organization-settings/(?:teams|team)/${ID}`), 'team'],
];
/** Parameters of the web application's addresses that name what is shown. */
const PARAMETERS: readonly (readonly [RegExp, string, string])[] = [
  [/^\/slo/, 'slo_id', 'slo'],
  [/^\/monitors\/downtimes/, 'downtimeId', 'downtime'],
  [/^\/organization-settings\/users/, 'user_id', 'user'],
  [/^\/organization-settings\/roles/, 'role_id', 'role'],
  [/^\/organization-settings\/teams/, 'team_id', 'team'],
];

/**
 * The resource that a link shows: one that was copied from a browser, or the address of an API call.
 *
 * @returns undefined when it is no link, or shows nothing that is known
 */
export function resourceOfLink(link: string): Resource | undefined {
  const url = URL.parse(link);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (/^\/api\/v[12]\//.test(url.pathname)) return resourceOfApi(url.pathname);
  const path = url.pathname + (/^#\d/.test(url.hash) ? url.hash : '');
  for (const [at, name, kind] of PARAMETERS) {
    const id = at.test(path) ? url.searchParams.get(name) : null;
    if (id) return { kind, id };
  }
  for (const [pattern, kind] of PATHS) {
    const id = pattern.exec(path)?.[1];
    if (id !== undefined) return { kind, id };
  }
  return undefined;
}

function resourceOfApi(path: string): Resource | undefined {
  try {
    const match = matchOperation('GET', normaliseTarget(path).segments);
    const place = match?.operation.resource.ids[0];
    const id = place?.startsWith('path:') ? match?.params[place.slice('path:'.length)] : undefined;
    return match && id !== undefined ? { kind: match.operation.resource.kind, id } : undefined;
  } catch {
    return undefined;
  }
}
