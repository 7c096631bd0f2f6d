// The security products' families.
import type { Family } from '../family.ts';
import { securityConfigFamily } from './security-config.ts';
import { securityRuleFamily } from './security-rules.ts';
import { wafFamily } from './waf.ts';
import { workloadRuleFamily } from './workload-rules.ts';

export const securityFamilies: readonly Family[] = [
  securityRuleFamily,
  securityConfigFamily,
  workloadRuleFamily,
  wafFamily,
];
