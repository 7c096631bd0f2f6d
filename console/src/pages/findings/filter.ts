// Which findings are listed, as the URL says it and as the API is asked; and whether a new one belongs among them.
import type { Params } from '../../api/client.ts';
import type { Finding } from '../../api/types.ts';
import { DETECTOR_NAMES, type Detector, identityKey, SEVERITIES } from '../../response/finding-words.ts';

export const LISTS = ['open', 'acknowledged', 'dismissed', 'resolved', 'all'] as const;
export type ListName = (typeof LISTS)[number];

export interface Filter {
  readonly severities: readonly Finding['severity'][];
  readonly detectors: readonly Detector[];
  /** Name or subject of an identity, or `issuer#subject`. */
  readonly who: string;
}

const some = <T extends string>(text: string | undefined, names: readonly T[]): T[] =>
  names.filter((name) => text?.split(',').includes(name));

export const filterOf = (search: Readonly<Record<string, string | undefined>>): Filter => ({
  severities: some(search.severity, SEVERITIES),
  detectors: some(search.detector, DETECTOR_NAMES),
  who: search.who ?? '',
});

/** Without the state, so that the states can be counted. */
export const paramsOf = ({ severities, detectors, who }: Filter): Params => ({
  severity: severities.join(','),
  detector: detectors.join(','),
  identity: who,
});

export function belongs({ severity, detector, state, subject }: Finding, list: ListName, filter: Filter): boolean {
  const { severities, detectors, who } = filter;
  const { identity } = subject;
  return (
    (list === 'all' || list === state) &&
    (severities.length === 0 || severities.includes(severity)) &&
    (detectors.length === 0 || detectors.includes(detector)) &&
    (who === '' || (identity !== undefined && [identity.name, identity.subject, identityKey(identity)].includes(who)))
  );
}

/** The list with the finding as it is now: in its place by when it was noticed, or out of it. */
export function placed(items: readonly Finding[], finding: Finding, isIn: boolean): readonly Finding[] {
  const others = items.filter(({ id }) => id !== finding.id);
  if (!isIn) return others.length === items.length ? items : others;
  const at = others.findIndex(
    ({ noticed, id }) => noticed < finding.noticed || (noticed === finding.noticed && id < finding.id),
  );
  return at === -1 ? [...others, finding] : others.toSpliced(at, 0, finding);
}
