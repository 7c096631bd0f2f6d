// The families of incident response and software delivery.
import type { Family } from '../family.ts';
import { incidentConfigFamily } from './incident-config.ts';
import { incidentRecordFamily } from './incident-records.ts';
import { incidentFamily } from './incidents.ts';

export const operationFamilies: readonly Family[] = [incidentConfigFamily, incidentFamily, incidentRecordFamily];
