// The policy: compiled once, then (identity, operation, request) -> verdict. The first matching rule decides.
import { DogwatchError } from '../exchange/error.ts';
import type { Verdict } from '../exchange/exchange.ts';
import { compileGlobs } from '../exchange/glob.ts';
import { type Condition, compileCondition } from './condition.ts';
import type { MatchConfig, PolicyConfig, RuleConfig } from './config.ts';
import type { PolicyInput } from './input.ts';

export type { PolicyInput } from './input.ts';

type Test = (input: PolicyInput) => boolean;

interface Rule {
  readonly name: string;
  readonly tests: readonly Test[];
  readonly condition: Condition | undefined;
  readonly verdict: Verdict;
  /** When the condition cannot be evaluated. */
  readonly failed: Verdict;
}

const READ_ONLY: Verdict = Object.freeze({
  decision: 'deny',
  rule: 'connection-read-only',
  reason: 'The connection may be used for reading only.',
});

/**
 * Compiles a policy. Its judgement never throws: where a condition cannot be evaluated, the answer is deny.
 *
 * Dogwatch's own rules stand around those of the configuration: `connection-read-only` before them, `unknown-operation`
 * (for `unknown.<METHOD>`) and `default` after them. A rule that allows (or holds, where unknown ones are refused) speaks of unknown operations only when its
 * `operations` name them (`unknown.*`): an allowance for a group is no allowance for what nobody knows.
 *
 * @throws DogwatchError `config_invalid`, its message naming the rule.
 */
export function compilePolicy(config: PolicyConfig): (input: PolicyInput) => Verdict {
  const rules = config.rules.map((rule) => compileRule(rule, config.unknown));
  const unknown: Verdict = Object.freeze({
    decision: config.unknown,
    rule: 'unknown-operation',
    ...(config.unknown === 'deny' && { reason: 'This is no Datadog operation that Dogwatch knows.' }),
  });
  const preset: Verdict = Object.freeze({
    decision: config.default,
    rule: 'default',
    ...(config.default === 'deny' && { reason: 'No rule allows this operation.' }),
  });
  return (input) => {
    const { action, operation } = input.classification;
    if (input.connection.readOnly && action !== 'read') return READ_ONLY;
    for (const rule of rules) {
      const verdict = judge(rule, input);
      if (verdict !== undefined) return verdict;
    }
    return isUnknown(operation) ? unknown : preset;
  };
}

const isUnknown = (operation: string): boolean => operation.startsWith('unknown.');

function judge({ tests, condition, verdict, failed }: Rule, input: PolicyInput): Verdict | undefined {
  for (const test of tests) if (!test(input)) return undefined;
  if (condition === undefined) return verdict;
  try {
    return condition(input) ? verdict : undefined;
  } catch {
    return failed;
  }
}

function compileRule({ name, match, when, decision, reason }: RuleConfig, unknown: PolicyConfig['unknown']): Rule {
  let condition: Condition | undefined;
  try {
    condition = when === undefined ? undefined : compileCondition(when);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DogwatchError('config_invalid', `rule ${name}: the condition in \`when\` is wrong: ${why}`, {
      remedy: 'Write a CEL expression that yields true or false.',
      cause: error,
    });
  }
  const failed = 'The condition of this rule could not be evaluated for this request.';
  return {
    name,
    tests: compileMatch(match, decision, unknown),
    condition,
    verdict: Object.freeze({ decision, rule: name, ...(reason !== undefined && { reason }) }),
    failed: Object.freeze({ decision: 'deny', rule: name, reason: failed }),
  };
}

/** One test for each list given, cheap and telling ones first. */
function compileMatch(match: MatchConfig, decision: RuleConfig['decision'], unknown: PolicyConfig['unknown']): Test[] {
  const tests: Test[] = [];
  const { operations, actions, risk, tags, kinds, connections, groups, notGroups, identities, resources } = match;
  // To hold what would be refused is an allowance; to hold what would be allowed is none.
  const allowance = decision === 'allow' || (decision === 'hold' && unknown === 'deny');
  if (allowance && !operations?.some(isUnknown)) {
    tests.push(({ classification }) => !isUnknown(classification.operation));
  }
  if (actions !== undefined) tests.push(({ classification }) => actions.includes(classification.action));
  if (risk !== undefined) tests.push(({ classification }) => risk.includes(classification.risk));
  if (kinds !== undefined) tests.push(({ identity }) => kinds.includes(identity.kind));
  if (tags !== undefined) tests.push(({ classification }) => classification.tags.some((tag) => tags.includes(tag)));
  if (operations !== undefined) {
    const matches = compileGlobs(operations);
    tests.push(({ classification }) => matches(classification.operation));
  }
  if (connections !== undefined) {
    const matches = compileGlobs(connections);
    tests.push(({ connection }) => matches(connection.name));
  }
  if (groups !== undefined) {
    const matches = compileGlobs(groups);
    tests.push(({ identity }) => identity.groups.some(matches));
  }
  if (notGroups !== undefined) {
    const matches = compileGlobs(notGroups);
    tests.push(({ identity }) => !identity.groups.some(matches));
  }
  if (identities !== undefined) {
    const matches = compileGlobs(identities);
    tests.push(
      ({ identity: { name, subject, issuer } }) => matches(name) || matches(subject) || matches(`${issuer}#${subject}`),
    );
  }
  if (resources !== undefined) {
    const matches = compileGlobs(resources);
    const one: Test = ({ classification }) => classification.resources.some(({ kind, id }) => matches(`${kind}/${id}`));
    const all: Test = ({ classification }) =>
      classification.resources.length > 0 && classification.resources.every(({ kind, id }) => matches(`${kind}/${id}`));
    // Leave to touch some resources is no leave to touch others in the same call.
    tests.push(decision === 'allow' ? all : one);
  }
  return tests;
}
