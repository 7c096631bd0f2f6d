// Rules over verified claims: which tokens of an issuer are accepted at all, and which groups they get.
import { compileGlobs, type Matcher } from '../exchange/glob.ts';
import type { IssuerConfig } from './config.ts';
import { type Facts, PRESETS } from './presets.ts';
import { quoted, RefusedCredential } from './refused.ts';

/** Claims, by name or dotted path, and patterns of which one must fit. All of them must. */
export type Conditions = Readonly<Record<string, readonly string[]>>;

interface Compiled {
  readonly claim: string;
  readonly patterns: readonly string[];
  readonly fits: Matcher;
}

interface Rules {
  readonly match: readonly Compiled[];
  readonly groups: readonly { readonly when: readonly Compiled[]; readonly add: readonly string[] }[];
}

const compiled = new WeakMap<IssuerConfig, Rules>();

function rulesOf(config: IssuerConfig): Rules {
  let rules = compiled.get(config);
  if (rules === undefined) {
    rules = {
      match: compile(config.match),
      groups: config.groupRules.map(({ when, add }) => ({ when: compile(when), add })),
    };
    compiled.set(config, rules);
  }
  return rules;
}

const compile = (conditions: Conditions): Compiled[] =>
  Object.entries(conditions).map(([claim, patterns]) => ({ claim, patterns, fits: compileGlobs(patterns) }));

/** What rules may speak of: the claims, and what the preset reads out of them. */
export interface Spoken {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly facts: Facts;
}

export const spokenOf = (claims: Readonly<Record<string, unknown>>, { preset }: IssuerConfig): Spoken => ({
  claims,
  facts: PRESETS[preset].facts?.(claims) ?? {},
});

/**
 * Lets a token in whose claims fit every condition of its issuer.
 *
 * @throws RefusedCredential `token_unmatched`, its reason naming the first claim that does not
 */
export function checkMatch(spoken: Spoken, config: IssuerConfig): void {
  for (const { claim, patterns, fits } of rulesOf(config).match) {
    if (!holds(spoken, claim, fits)) {
      const said = quoted(factOf(spoken, claim));
      throw new RefusedCredential('token_unmatched', `${claim} is ${said}; ${config.name} accepts ${quoted(patterns)}`);
    }
  }
}

/** The groups that rules derive from a token. */
export function derivedGroups(spoken: Spoken, config: IssuerConfig): string[] {
  return rulesOf(config)
    .groups.filter(({ when }) => when.every(({ claim, fits }) => holds(spoken, claim, fits)))
    .flatMap(({ add }) => add);
}

/** Whether a claim is there and fits: of a list one member is enough; what is no text, number or truth value never does. */
function holds(spoken: Spoken, claim: string, fits: Matcher): boolean {
  const value = factOf(spoken, claim);
  const values = Array.isArray(value) ? value : [value];
  return values.some((each) => {
    if (typeof each === 'string') return each.length <= 2048 && fits(each);
    return (typeof each === 'number' || typeof each === 'boolean') && fits(String(each));
  });
}

/** A fact of the preset; else a claim of that whole name; else what stands at the dotted path. */
export function factOf({ claims, facts }: Spoken, name: string): unknown {
  if (Object.hasOwn(facts, name)) return facts[name];
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
