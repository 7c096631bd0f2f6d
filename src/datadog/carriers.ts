// Credential carriers: every place in which a Datadog client sends a credential, emptied before anything is recorded.
import type { Header } from '../exchange/exchange.ts';
import { byName } from './by-name.ts';
import type { Target } from './target.ts';

/** What takeCredentials found, and the request without it. */
export interface Taken {
  /** Credentials in order of appearance, without duplicates: those that look like tokens; when none does, the others. */
  readonly candidates: string[];
  /** The headers without credential carriers, otherwise as received. Control headers are still there. */
  readonly headers: Header[];
  /** The target without credentials in path or query. */
  readonly target: Target;
}

/** Headers that speak to Dogwatch; it reads them and never forwards them. All begin with `x-dogwatch-`. */
export const CONTROL_HEADERS = ['x-dogwatch-session', 'x-dogwatch-agent', 'x-dogwatch-connection'] as const;

/** Whether a header speaks to Dogwatch alone and must not reach Datadog. */
export const isControlHeader = (name: string): boolean => canonicalName(name).startsWith('x-dogwatch-');

/** Credential-bearing headers, by canonical name; proxies and CGI-style clients write `_` for `-`. */
const HEADER_CARRIERS = new Set(['authorization', 'dd-api-key', 'dd-application-key', 'dd-app-key']);
/** Dropped unread: no business of Datadog's API. */
const DROPPED_HEADERS = new Set(['cookie', 'cookie2', 'proxy-authorization']);
const QUERY_CARRIERS = new Set(['api-key', 'application-key', 'app-key', 'dd-api-key', 'dd-application-key']);
/** The old log intake takes the API key as a path segment: /v1/input/<key>. */
const KEY_IN_PATH = ['v1', 'input'];

const canonicalName = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/** What a header is to credentials: it carries one, with or without a scheme, is dropped, or stays. */
const roleOf = byName((name): 'scheme' | 'bare' | 'dropped' | 'kept' => {
  const canonical = canonicalName(name);
  if (HEADER_CARRIERS.has(canonical)) return canonical === 'authorization' ? 'scheme' : 'bare';
  return DROPPED_HEADERS.has(canonical) ? 'dropped' : 'kept';
});

/** Takes all credentials out of a request. Never throws; the caller decides what no or several candidates mean. */
export function takeCredentials(headers: readonly Header[], target: Target): Taken {
  const found: string[] = [];
  const kept: Header[] = [];
  for (const header of headers) {
    const role = roleOf(header[0]);
    if (role === 'kept') kept.push(header);
    else if (role !== 'dropped') found.push(role === 'scheme' ? credentialsOf(header[1]) : header[1].trim());
  }
  const rest = takeFromPath(takeFromQuery(target, found), found);
  const present = [...new Set(found)].filter((value) => value !== '');
  const tokens = present.filter(looksLikeToken);
  return { candidates: tokens.length > 0 ? tokens : present, headers: kept, target: rest };
}

/** A JWS in compact serialisation (RFC 7515 section 7.1) by its looks, or a token of Dogwatch's own. */
export const looksLikeToken = (value: string): boolean =>
  value.startsWith('dw_') || /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(value);

/** What stands behind the scheme (RFC 9110 section 11.4); all of it when there is no scheme. */
function credentialsOf(value: string): string {
  const trimmed = value.trim();
  const space = trimmed.indexOf(' ');
  return space < 0 ? (/^bearer$/i.test(trimmed) ? '' : trimmed) : trimmed.slice(space + 1).trim();
}

function takeFromQuery(target: Target, found: string[]): Target {
  if (target.query === '') return target;
  const pairs = target.query.split('&');
  const kept = pairs.filter((pair) => {
    const equals = pair.indexOf('=');
    if (!QUERY_CARRIERS.has(canonicalName(formDecoded(equals < 0 ? pair : pair.slice(0, equals))))) return true;
    found.push(equals < 0 ? '' : formDecoded(pair.slice(equals + 1)).trim());
    return false;
  });
  return kept.length === pairs.length ? target : { ...target, query: kept.join('&') };
}

function takeFromPath(target: Target, found: string[]): Target {
  const { segments } = target;
  if (segments.length < 3 || segments[0] !== KEY_IN_PATH[0] || segments[1] !== KEY_IN_PATH[1]) return target;
  found.push(...segments.slice(2));
  return { path: `/${KEY_IN_PATH.join('/')}`, query: target.query, segments: KEY_IN_PATH };
}

/** Decodes application/x-www-form-urlencoded text; text with escapes that are not UTF-8 stays as it is. */
function formDecoded(text: string): string {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
