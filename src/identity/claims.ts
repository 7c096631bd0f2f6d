// Verified claims in, Identity out. Everything is bounded; what cannot be represented faithfully is refused, not bent.
import type { Actor, Identity } from '../exchange/identity.ts';
import type { ClaimPath, IssuerConfig } from './config.ts';
import { checkMatch, derivedGroups, factOf, type Spoken, spokenOf } from './match.ts';
import { quoted, RefusedCredential } from './refused.ts';

const MAX_TEXT = 512;
const MAX_GROUPS = 256;
const MAX_ACTORS = 8;
/** Characters that could make two identities look the same, or a terminal misbehave. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

const badClaims = (reason: string) => new RefusedCredential('token_bad_claims', reason);

/**
 * The identity that verified claims describe, as the issuer's configuration reads them.
 *
 * @throws RefusedCredential `token_unmatched` when they do not fit what is asked of them; `token_bad_claims` when a claim has the wrong form, or there are too many groups or actors.
 */
export function identityOf(claims: Readonly<Record<string, unknown>>, config: IssuerConfig): Identity {
  const subject = required(claims.sub, 'sub');
  const spoken = spokenOf(claims, config);
  checkMatch(spoken, config);
  const agent = optional(claims, config.claims.agent);
  // An address the issuer itself calls unverified is self-declared.
  const email =
    claims.email_verified === false || config.claims.email === undefined
      ? undefined
      : optional(claims, config.claims.email);
  const session = config.claims.session === undefined ? undefined : optional(claims, config.claims.session);
  const kept: Record<string, string> = {};
  for (const path of config.keep) {
    const value = typeof path === 'string' ? asOneText(factOf(spoken, path), path) : optional(claims, path);
    if (value !== undefined) kept[pathName(path)] = value;
  }
  if (agent !== undefined) kept.agent = agent;
  return Object.freeze({
    issuer: config.issuer,
    subject,
    kind: config.kind,
    name: nameOf(claims, config) ?? agent ?? email ?? subject,
    ...(email !== undefined && { email }),
    groups: Object.freeze(groupsOf(claims, spoken, config)),
    onBehalfOf: Object.freeze(actorsOf(claims.act, config.issuer)),
    claims: Object.freeze(kept),
    ...(session !== undefined && { session }),
  });
}

/** The value at a path. A claim whose whole name is the dotted text comes first: such names are common (`https://example.com/groups`). */
function at(claims: Readonly<Record<string, unknown>>, path: ClaimPath): unknown {
  if (typeof path === 'string' && Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const key of typeof path === 'string' ? path.split('.') : path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

const pathName = (path: ClaimPath): string => (typeof path === 'string' ? path : path.join('.'));

function required(value: unknown, what: string): string {
  const text = typeof value === 'string' ? asText(value, what) : undefined;
  if (text === undefined) throw badClaims(`${what} is ${quoted(value)}`);
  return text;
}

function optional(claims: Readonly<Record<string, unknown>>, path: ClaimPath): string | undefined {
  return asOneText(at(claims, path), pathName(path));
}

function nameOf(claims: Readonly<Record<string, unknown>>, config: IssuerConfig): string | undefined {
  for (const path of config.claims.names) {
    const name = optional(claims, path);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** A value as text, a list's members joined by commas. */
function asOneText(value: unknown, what: string): string | undefined {
  if (!Array.isArray(value)) return asText(value, what);
  const parts = value.map((each) => asText(each, what)).filter((each) => each !== undefined);
  return asText(parts.join(','), what);
}

/** A claim's value as text: undefined when it is absent or empty. */
function asText(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string') throw badClaims(`${what} is not a text but ${quoted(value)}`);
  if (text.length > MAX_TEXT) throw badClaims(`${what} is longer than ${MAX_TEXT} characters`);
  if (UNFIT.test(text)) throw badClaims(`${what} holds control or invisible characters: ${quoted(text)}`);
  return text;
}

/** Groups from an array, or from a text separated by commas or blanks; without duplicates, in order. */
function groupsOf(claims: Readonly<Record<string, unknown>>, spoken: Spoken, config: IssuerConfig): string[] {
  const what = pathName(config.claims.groups);
  const value = at(claims, config.claims.groups);
  let given: readonly unknown[];
  if (Array.isArray(value)) given = value;
  else if (typeof value === 'string') given = value.split(value.includes(',') ? /\s*,\s*/ : /\s+/);
  else if (value === undefined || value === null) given = [];
  else throw badClaims(`${what} is neither a list nor a text`);
  // Dropping some would be worse than refusing: a rule might deny by one of the dropped.
  if (given.length > MAX_GROUPS) throw badClaims(`${what} has ${given.length} members; more than ${MAX_GROUPS}`);
  const groups = new Set<string>([...config.groups, ...derivedGroups(spoken, config)]);
  for (const each of given) {
    const group = asText(typeof each === 'string' ? each.trim() : each, what);
    if (group !== undefined) groups.add(group);
  }
  return [...groups];
}

/** The `act` chain (RFC 8693 section 4.1), outermost actor first. */
function actorsOf(act: unknown, issuer: string): Actor[] {
  const actors: Actor[] = [];
  let next = act;
  while (next !== undefined) {
    if (actors.length === MAX_ACTORS) throw badClaims(`the act chain is deeper than ${MAX_ACTORS}`);
    if (typeof next !== 'object' || next === null || Array.isArray(next)) throw badClaims('act is not an object');
    const { sub, iss, act: inner }: { sub?: unknown; iss?: unknown; act?: unknown } = next;
    const actor = { issuer: iss === undefined ? issuer : required(iss, 'act.iss'), subject: required(sub, 'act.sub') };
    actors.push(Object.freeze(actor));
    next = inner;
  }
  return actors;
}
