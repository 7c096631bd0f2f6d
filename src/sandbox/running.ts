// What a running sandbox server keeps beside the state.
import type { Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';
import type { Sandbox } from './sandbox.ts';

export interface Running {
  readonly sandbox: Sandbox;
  readonly log: RequestLog;
  faults: Faults;
}
