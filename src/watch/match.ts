// Which findings a route of alerts, or a rule of containment, is about.
import type { FindingMatch } from '../config/alerts.ts';
import { type Finding, SEVERITIES, type Severity } from '../exchange/finding.ts';
import { compileGlobs } from '../exchange/glob.ts';

export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Every list given must match; what a finding does not tell apart matches no list. */
export function compileFindingMatch(
  match: FindingMatch,
): (finding: Pick<Finding, 'severity' | 'detector' | 'subject'>) => boolean {
  const least = rankOf(match.severity);
  const identities = match.identities && compileGlobs(match.identities);
  const connections = match.connections && compileGlobs(match.connections);
  return ({ severity, detector, subject }) => {
    if (rankOf(severity) < least) return false;
    if (match.detectors !== undefined && !match.detectors.includes(detector)) return false;
    if (identities !== undefined) {
      const { identity } = subject;
      if (identity === undefined) return false;
      const { name, subject: who, issuer } = identity;
      if (!identities(name) && !identities(who) && !identities(`${issuer}#${who}`)) return false;
    }
    return connections === undefined || (subject.connection !== undefined && connections(subject.connection));
  };
}
