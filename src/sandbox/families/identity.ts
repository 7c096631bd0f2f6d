// The families of an organisation's people: who they are, what they may do, and with which keys.
import type { Family } from '../family.ts';
import { keyFamily } from './keys.ts';
import { orgGroupFamily } from './org-groups.ts';
import { organisationFamily } from './organisation.ts';
import { orgFamily } from './orgs.ts';
import { roleFamily } from './roles.ts';
import { teamTieFamily } from './team-ties.ts';
import { teamFamily } from './teams.ts';
import { userFamily } from './users.ts';

export const identityFamilies: readonly Family[] = [
  userFamily,
  roleFamily,
  keyFamily,
  teamFamily,
  teamTieFamily,
  organisationFamily,
  orgFamily,
  orgGroupFamily,
];
