// What the catalogue does not tell of putting things back: opposites, restoring operations, what is lost, and a safe order.
// The one table, reviewed by people.

/** Operations that undo each other when sent with the same parameters and body. */
const OPPOSITES: readonly (readonly [string, string])[] = [
  ['v1.MuteHost', 'v1.UnmuteHost'],
  ['v1.MuteMonitor', 'v1.UnmuteMonitor'],
  ['v1.MuteAllMonitors', 'v1.UnmuteAllMonitors'],
  ['v2.CreateBulkTagsMetricsConfiguration', 'v2.DeleteBulkTagsMetricsConfiguration'],
  ['v2.AddUserToRole', 'v2.RemoveUserFromRole'],
  ['v2.AddPermissionToRole', 'v2.RemovePermissionFromRole'],
  ['v2.AddReadRoleToArchive', 'v2.RemoveRoleFromArchive'],
  ['v2.AddRoleToRestrictionQuery', 'v2.RemoveRoleFromRestrictionQuery'],
  ['v2.CreateDashboardListItems', 'v2.DeleteDashboardListItems'],
  ['v2.ArchiveCase', 'v2.UnarchiveCase'],
  ['v2.ArchiveFeatureFlag', 'v2.UnarchiveFeatureFlag'],
  ['v2.EnableFeatureFlagEnvironment', 'v2.DisableFeatureFlagEnvironment'],
  ['v2.PublishApp', 'v2.UnpublishApp'],
  ['v2.PublishStatusPage', 'v2.UnpublishStatusPage'],
  ['v2.ActivateContentPack', 'v2.DeactivateContentPack'],
  ['v2.PinModelLabRun', 'v2.UnpinModelLabRun'],
  ['v2.StarModelLabProject', 'v2.UnstarModelLabProject'],
];

export const OPPOSITE: ReadonlyMap<string, string> = new Map(
  OPPOSITES.flatMap(([one, other]) => [
    [one, other],
    [other, one],
  ]),
);

/** Bodies of operations that bring back, or take away, by id. */
export interface KnownCall {
  readonly operation: string;
  readonly body?: (id: string) => unknown;
}

/** A deleted resource that Datadog itself can bring back, with its id. */
export const RESTORES: Readonly<Record<string, KnownCall>> = {
  'v1 dashboard': { operation: 'v1.RestoreDashboards', body: (id) => ({ data: [{ id, type: 'dashboard' }] }) },
  'v2 user': {
    operation: 'v2.UpdateUser',
    body: (id) => ({ data: { type: 'users', id, attributes: { disabled: false } } }),
  },
};

/** Kinds that are made of something else than their image: what of it that is, and whether it gets a new id then. */
export const MADE_OF: Readonly<
  Record<string, { readonly from: (image: unknown) => unknown; readonly newId: boolean }>
> = {
  // With an id it would be a change of a budget that is there.
  'v2 budget': { from: (image) => ({ ...(image as object), id: undefined }), newId: true },
  'v2 service-definition': {
    from: (image) => (image as { attributes?: { schema?: unknown } }).attributes?.schema,
    newId: false,
  },
};

/** Kinds that are deleted by another call than DELETE on their path. */
export const DELETES: Readonly<Record<string, KnownCall>> = {
  'v1 synthetics-test': { operation: 'v1.DeleteTests', body: (id) => ({ public_ids: [id] }) },
  'v2 synthetics-test': {
    operation: 'v2.DeleteSyntheticsTests',
    body: (id) => ({ data: { type: 'delete_tests_request', attributes: { public_ids: [id] } } }),
  },
  'v2 synthetics-suite': {
    operation: 'v2.DeleteSyntheticsSuites',
    body: (id) => ({ data: { type: 'delete_suites_request', attributes: { public_ids: [id] } } }),
  },
  'v2 sds-group': { operation: 'v2.DeleteScanningGroup', body: () => ({ meta: {} }) },
  'v2 sds-rule': { operation: 'v2.DeleteScanningRule', body: () => ({ meta: {} }) },
  'v2 service-account': { operation: 'v2.DisableUser' },
  'v2 team-connection': {
    operation: 'v2.DeleteTeamConnections',
    body: (id) => ({ data: [{ type: 'team_connection', id }] }),
  },
  'v1 aws-account': { operation: 'v1.DeleteAWSAccount', body: (id) => ({ account_id: id }) },
  'v1 azure-account': { operation: 'v1.DeleteAzureIntegration', body: (id) => ({ tenant_name: id }) },
  'v1 gcp-account': { operation: 'v1.DeleteGCPIntegration', body: (id) => ({ project_id: id }) },
};

/** Operations by the `type` of the resource: synthetic tests are created and updated by what they are. */
export const BY_TYPE: Readonly<
  Record<string, Readonly<Record<string, { readonly create: string; readonly update: string }>>>
> = {
  'synthetics-test': {
    api: { create: 'v1.CreateSyntheticsAPITest', update: 'v1.UpdateAPITest' },
    browser: { create: 'v1.CreateSyntheticsBrowserTest', update: 'v1.UpdateBrowserTest' },
    mobile: { create: 'v1.CreateSyntheticsMobileTest', update: 'v1.UpdateMobileTest' },
  },
};

/** PUTs that leave alone what they are not told, as a PATCH does. */
export const PARTIAL_PUTS: ReadonlySet<string> = new Set([
  'v1.UpdateMonitor',
  'v1.UpdateDowntime',
  'v1.UpdateUser',
  'v1.UpdateGCPIntegration',
]);

/** Fields that an update does not unset by leaving them out, and what it says instead. */
export const UNSETS: Readonly<
  Record<string, { readonly field: string; readonly by: Readonly<Record<string, unknown>> }>
> = {
  'v1.UpdateLogsIndex': { field: 'daily_limit', by: { disable_daily_limit: true } },
};

/** Updates that must name the version that the resource has now, `attributes.version`, so that nobody overwrites what they have not seen. */
export const NAMES_VERSION: ReadonlySet<string> = new Set([
  'v2.PatchSignalNotificationRule',
  'v2.PatchVulnerabilityNotificationRule',
]);

/** Kinds of which a deletion, or anything, cannot be undone, and why. */
export const LOST: Readonly<Record<string, string>> = {
  'api-key': "a deleted key's value is gone; make a new one and give it to whoever used the old one",
  'application-key': "a deleted key's value is gone; make a new one and give it to whoever used the old one",
  'personal-access-token': 'a revoked token is gone; make a new one',
  'service-account-token': 'a revoked token is gone; make a new one',
  'logs-index': 'Datadog does not let the name of a deleted index be used again, and its logs are gone',
  'data-deletion': 'deleted data is gone',
  'shared-dashboard': 'a shared dashboard gets a new link',
  org: 'an organisation cannot be brought back by its API',
};

/** Kinds whose creation cannot be undone: what was sent in stays. */
export const SENT: ReadonlySet<string> = new Set([
  'log',
  'event',
  'metric-points',
  'service-check',
  'ci-pipeline-event',
  'product-analytics-event',
  'on-call-page',
  'user-invitation',
]);

/** What others refer to comes first: kinds by the step in which they are put back. Kinds that are not listed come in between. */
const STEPS: readonly (readonly [RegExp, number])[] = [
  [/^(?:org|org-.*|permission|role|authn-mapping|saml-configuration|identity-provider)$/, 0],
  [/^(?:user|service-account|team|team-.*)$/, 1],
  [/^(?:aws|azure|gcp|oci)-|-account$|^(?:webhook|slack|pagerduty|opsgenie|ms-teams|google-chat)/, 2],
  [/^(?:logs-archive|logs-index|logs-pipeline|logs-metric|logs-custom-destination|spans-metric|rum-metric|metric)$/, 3],
  [/-order$/, 4],
  [/^(?:on-call-schedule)$/, 4],
  [/^(?:monitor-.*|synthetics-variable|synthetics-private-location|on-call-.*)$/, 5],
  [/^(?:synthetics-.*)$/, 6],
  [/^monitor$/, 7],
  [/^slo$/, 9],
  [/^(?:downtime|synthetics-downtime|slo-correction)$/, 10],
  [/^(?:dashboard|notebook|powerpack)$/, 11],
  [/^(?:dashboard-list|shared-dashboard|report-schedule)$/, 12],
  [/^restriction-policy$/, 13],
];
const BETWEEN = 8;

/** The step in which a kind is put back, 0 first. Deletions go the other way round, after everything else. */
export const stepOf = (kind: string): number => STEPS.find(([pattern]) => pattern.test(kind))?.[1] ?? BETWEEN;
