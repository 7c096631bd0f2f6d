// Alerts: who is told what of a finding, by the routes of the configuration.
import type { AlertRoute, Delivery } from '../../exchange/alert.ts';
import type { Containment, Finding, FindingDecision } from '../../exchange/finding.ts';
import type { Memory } from '../../exchange/memory.ts';
import { compileFindingMatch, rankOf } from '../match.ts';
import { forgetIn } from './alert-log.ts';
import { createDispatch, type DispatchOptions } from './dispatch.ts';
import { told } from './message.ts';

export interface Alerts extends Memory {
  routes(): readonly AlertRoute[];
  /** Newest first. */
  deliveries(): Delivery[];
  /**
   * Tells of a finding, where that is new: that there is one, that it is more severe, that it led to containment, that it is over.
   * Resolves when the messages are on disk; they are sent at once.
   *
   * @param contained by which rules, upon this finding
   */
  tell(
    finding: Finding,
    contained: readonly { readonly rule: string; readonly containment: Containment }[],
  ): Promise<void>;
  /** Tells that a finding is over, since somebody dismissed it or said that it is resolved. */
  decided(decision: FindingDecision): Promise<void>;
  /** Whether anything was told of a finding. */
  knows(finding: string): boolean;
  /** Rules that contained something upon a finding. */
  rulesOf(finding: string): readonly string[];
  /** Sends a test message, once. @returns what became of it */
  test(route: string): Promise<Delivery>;
  /** Sends again at once what waits or was given up. @returns what became of that attempt; undefined when there is no such message */
  retry(id: string): Promise<Delivery | undefined>;
  /** Sends what waits no more. What is under way has a moment; what was not delivered is, after the next start. */
  close(): Promise<void>;
}

export function createAlerts(options: DispatchOptions): Alerts {
  const { config, senders, store } = options;
  const routes = config.routes.map((route) => ({ ...route, matches: compileFindingMatch(route.match) }));
  const { send, test, retry, close } = createDispatch(options);

  const tell: Alerts['tell'] = async (finding, contained) => {
    const { id, severity } = finding;
    const before = store.toldOf(id);
    const ended = finding.ended !== undefined;
    const worse = before === undefined || rankOf(severity) > rankOf(before.severity);
    if (contained.length === 0 && !worse && (before.ended || !ended)) return;
    const about = {
      finding: told(finding),
      ...(contained.length > 0 && { containments: contained.map(({ containment }) => containment) }),
    };
    // Who heard that it began hears that it ended, also when it has become less severe.
    const worst = before === undefined || worse ? severity : before.severity;
    const matching = routes.filter((route) => route.matches({ ...finding, severity: worst }));
    // That somebody was contained is told in any case.
    for (const { name, raised, ended: tellsEnd, matches } of contained.length > 0 && matching.length === 0
      ? routes
      : matching) {
      const heard = before !== undefined && matches({ ...finding, severity: before.severity });
      if (contained.length > 0) await send(name, 'contained', about);
      else if (!heard && (worse || !ended)) await send(name, 'opened', about);
      else if (worse && raised) await send(name, 'raised', about);
      if (ended && before?.ended !== true && tellsEnd) await send(name, 'ended', { finding: about.finding });
    }
    await store.tell({
      finding: id,
      severity: worst,
      ended: ended || before?.ended === true,
      rules: [...(before?.rules ?? []), ...contained.map(({ rule }) => rule)],
      ...(!ended && { last: about.finding }),
    });
  };

  return {
    routes: () =>
      config.routes.map(({ name, match, raised, ended }) => {
        const { severity, detectors, identities, connections } = match;
        return {
          name,
          to: senders.get(name)?.to ?? 'webhook',
          where: senders.get(name)?.where ?? '',
          match: {
            severity,
            ...(detectors && { detectors }),
            ...(identities && { identities }),
            ...(connections && { connections }),
          },
          events: [
            'opened',
            ...(raised ? (['raised'] as const) : []),
            'contained',
            ...(ended ? (['ended'] as const) : []),
          ],
        };
      }),
    deliveries: () => store.all().map(({ delivery }) => delivery),
    knows: (finding) => store.toldOf(finding) !== undefined,
    rulesOf: (finding) => store.toldOf(finding)?.rules ?? [],
    tell,
    async decided({ finding, state, time }) {
      const last = store.toldOf(finding)?.last;
      if (last !== undefined && (state === 'dismissed' || state === 'resolved'))
        await tell({ ...last, ended: time }, []);
    },
    forget: (remains) => forgetIn(store, remains),
    test,
    retry,
    close,
  };
}
