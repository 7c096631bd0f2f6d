// The signs of findings: which detector noticed, and what became of it.
import type { ReactElement } from 'react';
import { Badge, type Tone } from '../design/badge.tsx';
import { type Detector, detectorInWords, detectorMeans, type FindingState } from './finding-words.ts';

export const DetectorName = ({ detector }: { detector: Detector }): ReactElement => (
  <span data-tip={detectorMeans(detector)}>{detectorInWords(detector)}</span>
);

const STATES: Readonly<Record<FindingState, Tone>> = {
  open: 'amber',
  acknowledged: 'blue',
  dismissed: 'grey',
  resolved: 'green',
};
export const StateBadge = ({ state }: { state: FindingState }): ReactElement => (
  <Badge tone={STATES[state]}>{state}</Badge>
);
