// Which reads are asked again, and which are answered from the recording: data that nobody can make again.
import { operationByKey, operations } from '../datadog/catalogue.ts';
import { effectOf } from '../datadog/restore.ts';
import { planOf } from '../sandbox/plan.ts';

/** Paths at which resources are made or changed, and the kinds that can be changed. */
const changed = new Set<string>();
const kinds = new Set<string>();
for (const operation of operations()) {
  if (operation.action === 'read') continue;
  const plan = planOf(operation);
  if (plan.role !== 'execute') changed.add(plan.collection);
  const effect = effectOf(operation.key);
  if (effect === 'update' || effect === 'delete') kinds.add(operation.resource.kind);
}

/** Reads that tell of resources at a path of their own. */
const TELL_OF_STATE: ReadonlySet<string> = new Set([
  'v1.CheckCanDeleteMonitor',
  'v1.CheckCanDeleteSLO',
  'v1.GetSLOCorrections',
  'v1.ListMonitorDowntimes',
  'v1.SearchMonitors',
  'v1.SearchSLO',
  'v1.SearchTests',
  'v2.ListMonitorDowntimes',
  'v2.ListUserPermissions',
]);

/** Whether a read shows what calls have made and changed. All else it may ask for (metrics, logs, usage) is data. */
export function readsState(operationKey: string): boolean {
  const operation = operationByKey(operationKey);
  if (operation === undefined || operation.method !== 'GET' || operation.action !== 'read') return false;
  if (TELL_OF_STATE.has(operationKey)) return true;
  return (
    operation.asked === undefined && kinds.has(operation.resource.kind) && changed.has(planOf(operation).collection)
  );
}
