// The security products' families.
import type { Family } from '../family.ts';
import { agentlessFamily } from './agentless.ts';
import { cloudSecurityFamily } from './cloud-security.ts';
import { dataScannerFamily } from './data-scanner.ts';
import { findingRuleFamily } from './finding-rules.ts';
import { findingFamily } from './findings.ts';
import { securityConfigFamily } from './security-config.ts';
import { securityExportFamily } from './security-exports.ts';
import { securityRuleFamily } from './security-rules.ts';
import { signalFamily } from './signals.ts';
import { wafFamily } from './waf.ts';
import { workloadRuleFamily } from './workload-rules.ts';

export const securityFamilies: readonly Family[] = [
  securityRuleFamily,
  securityConfigFamily,
  securityExportFamily,
  workloadRuleFamily,
  wafFamily,
  findingRuleFamily,
  findingFamily,
  agentlessFamily,
  cloudSecurityFamily,
  signalFamily,
  dataScannerFamily,
];
