// Containment by rule: what the configuration says is to be done upon a finding without asking. Bounded, told, and never done to operators.
import type { ContainmentRule } from '../config/alerts.ts';
import type { Containment, Finding } from '../exchange/finding.ts';
import { compileFindingMatch } from './match.ts';

export interface Party {
  readonly issuer: string;
  readonly subject: string;
}

export interface RuleMeans {
  /** Contains; undefined when somebody has contained it by hand. */
  readonly contain: (
    rule: string,
    request: Pick<Containment, 'level' | 'identity' | 'session' | 'rate' | 'reason' | 'finding'> & {
      readonly for: number;
    },
  ) => Promise<Containment | undefined>;
  /** Whether the identity holds the role operator or admin, as far as anybody has seen. */
  readonly isOperator: (party: Party) => boolean;
  /** Who made an exchange: somebody else for the identity of the finding, that identity itself, or nobody knows any more. */
  readonly actorOf: (exchange: string) => Party | 'itself' | 'unknown';
}

export interface Contained {
  readonly rule: string;
  readonly containment: Containment;
}

/** Why nothing was contained although a rule is about the finding. */
export type NotContained = { readonly rule: string; readonly why: string };

export interface ContainmentRules {
  /**
   * Carries out the rules about a finding that were not carried out upon it before.
   *
   * @param done names of those that were
   */
  apply(finding: Finding, done: readonly string[]): Promise<{ contained: Contained[]; not: NotContained[] }>;
}

export function createContainmentRules(rules: readonly ContainmentRule[], means: RuleMeans): ContainmentRules {
  const compiled = rules.map((rule) => ({ ...rule, matches: compileFindingMatch(rule.match) }));

  /**
   * Who is to be contained: the identity of the finding, if its calls are its own. Where most of them were made by one that acts for it
   * (RFC 8693), that one: nobody shall be able to have another contained. Where they were made by several, or by nobody knows whom,
   * nobody.
   */
  function culprit({ subject, evidence }: Finding): Party | undefined {
    const { identity } = subject;
    if (identity === undefined) return undefined;
    const counts = new Map<string, { party: Party; count: number }>();
    let known = 0;
    for (const exchange of evidence.exchanges) {
      const actor = means.actorOf(exchange);
      if (actor === 'unknown') continue;
      const party = actor === 'itself' ? identity : actor;
      known += 1;
      counts.set(keyOf(party), { party, count: (counts.get(keyOf(party))?.count ?? 0) + 1 });
    }
    const [most] = [...counts.values()].sort((a, b) => b.count - a.count);
    return most !== undefined && most.count >= known * 0.8 ? most.party : undefined;
  }

  return {
    async apply(finding, done) {
      const contained: Contained[] = [];
      const not: NotContained[] = [];
      if (finding.ended !== undefined) return { contained, not };
      for (const { name: rule, level, on, rate, for: time, matches } of compiled) {
        if (done.includes(rule) || !matches(finding)) continue;
        const { identity, session } = finding.subject;
        const party = culprit(finding);
        if (identity === undefined || party === undefined) {
          not.push({
            rule,
            why:
              identity === undefined
                ? 'the finding is of no one identity'
                : 'it is not known that one party made the calls',
          });
          continue;
        }
        if (means.isOperator(party)) {
          not.push({ rule, why: 'it is an operator' });
          continue;
        }
        // A session is the identity's: who acts for it shares it, and is contained as itself.
        const own = keyOf(party) === keyOf(identity);
        if (on === 'session' && own && session === undefined) {
          not.push({ rule, why: 'the finding is of no one session' });
          continue;
        }
        const containment = await means.contain(rule, {
          level,
          ...(on === 'session' && own && session !== undefined ? { session } : { identity: keyOf(party) }),
          ...(rate !== undefined && { rate }),
          reason: finding.title.slice(0, 500),
          finding: finding.id,
          for: time,
        });
        if (containment === undefined) not.push({ rule, why: 'it is contained already' });
        else contained.push({ rule, containment });
      }
      return { contained, not };
    },
  };
}

const keyOf = ({ issuer, subject }: Party): string => `${issuer}#${subject}`;
