// The operations whose resource is read in a way that their path does not tell. The one table, reviewed by people.
/** The item of the list at `list` (`data`, empty for the body itself) of which the field `by` has the value. */
export interface Pick {
  readonly list: string;
  readonly by: string;
  readonly value: string;
}

/** The operation that shows it, with the id in its path, as a query parameter, or picked from a list; or why there is none. */
export type KnownRead =
  | { readonly read: string; readonly query?: string; readonly pick?: Omit<Pick, 'value'> }
  | { readonly none: string };

const awsAccount: KnownRead = {
  read: 'v1.ListAWSAccounts',
  query: 'account_id',
  pick: { list: 'accounts', by: 'account_id' },
};
const azureAccount: KnownRead = { read: 'v1.ListAzureIntegration', pick: { list: '', by: 'tenant_name' } };
const gcpAccount: KnownRead = { read: 'v1.ListGCPIntegration', pick: { list: '', by: 'project_id' } };
const test: KnownRead = { read: 'v1.GetTest' };
const scanner: KnownRead = { read: 'v2.ListScanningGroups', pick: { list: 'included', by: 'id' } };
const mutedHost: KnownRead = { read: 'v1.ListHosts', query: 'filter', pick: { list: 'host_list', by: 'name' } };
const flag: KnownRead = { read: 'v2.GetFeatureFlag' };
const signal: KnownRead = { read: 'v2.GetSecurityMonitoringSignal' };
const contentPacks: KnownRead = { read: 'v2.GetContentPacksStates', pick: { list: 'data', by: 'id' } };
const client: KnownRead = { read: 'v2.GetOrgAuthorizedClient' };

export const KNOWN_READS: Readonly<Record<string, KnownRead>> = {
  'v1.DeleteAWSAccount': awsAccount,
  'v1.UpdateAWSAccount': awsAccount,
  'v1.CreateAWSTagFilter': { read: 'v1.ListAWSTagFilters', query: 'account_id' },
  'v1.DeleteAWSTagFilter': { read: 'v1.ListAWSTagFilters', query: 'account_id' },
  'v1.DeleteAWSLambdaARN': { read: 'v1.ListAWSLogsIntegrations', pick: { list: '', by: 'account_id' } },
  'v1.EnableAWSLogServices': { read: 'v1.ListAWSLogsIntegrations', pick: { list: '', by: 'account_id' } },
  'v1.DeleteAzureIntegration': azureAccount,
  'v1.UpdateAzureIntegration': azureAccount,
  'v1.UpdateAzureHostFilters': azureAccount,
  'v1.DeleteGCPIntegration': gcpAccount,
  'v1.UpdateGCPIntegration': gcpAccount,
  'v1.CancelDowntimesByScope': { none: 'only the answer tells which downtimes were cancelled' },
  'v1.RestoreDashboards': { none: 'a deleted dashboard cannot be read' },
  // Tests are shown whatever their type is; the typed GETs answer 404 to other types.
  'v1.UpdateAPITest': test,
  'v1.UpdateBrowserTest': test,
  'v1.UpdateMobileTest': test,
  'v1.PatchTest': test,
  'v1.UpdateTestPauseStatus': test,
  'v1.DeleteTests': test,
  'v1.TriggerTests': { none: 'it runs tests and changes none' },
  'v1.TriggerCITests': { none: 'it runs tests and changes none' },
  'v2.DeleteSyntheticsTests': test,
  'v2.CreateBulkTagsMetricsConfiguration': {
    none: 'it goes to all metrics with a prefix, each of which can be read by its name',
  },
  'v2.DeleteBulkTagsMetricsConfiguration': {
    none: 'it goes to all metrics with a prefix, each of which can be read by its name',
  },
  'v2.UpdateScanningRule': scanner,
  'v2.DeleteScanningRule': scanner,
  'v2.UpdateScanningGroup': scanner,
  'v2.DeleteScanningGroup': scanner,
  'v2.ReorderScanningGroups': { read: 'v2.ListScanningGroups' },
  'v2.ReorderApmRetentionFilters': { read: 'v2.ListApmRetentionFilters' },
  'v2.OrderRetentionFilters': { read: 'v2.ListRetentionFilters' },
  'v2.UpdateTeamMembership': {
    read: 'v2.GetTeamMemberships',
    pick: { list: 'data', by: 'relationships.user.data.id' },
  },
  'v2.DeleteTeamMembership': {
    read: 'v2.GetTeamMemberships',
    pick: { list: 'data', by: 'relationships.user.data.id' },
  },
  'v2.UpdateTeamPermissionSetting': {
    read: 'v2.GetTeamPermissionSettings',
    pick: { list: 'data', by: 'attributes.action' },
  },
  'v2.DeleteCatalogEntity': { read: 'v2.ListCatalogEntity', query: 'filter[id]', pick: { list: 'data', by: 'id' } },
  'v2.CreateOrUpdateServiceDefinitions': { read: 'v2.GetServiceDefinition' },
  'v2.CreateTagConfiguration': { none: 'what it creates was not there before' },
  'v1.DeleteAWSEventBridgeSource': {
    read: 'v1.ListAWSEventBridgeSources',
    pick: { list: 'accounts', by: 'accountId' },
  },
  'v2.DeleteAWSEventBridgeSource': {
    read: 'v2.ListAWSEventBridgeSources',
    pick: { list: 'data.attributes.accounts', by: 'account_id' },
  },
  'v1.MuteHost': mutedHost,
  'v1.UnmuteHost': mutedHost,
  'v1.AddSecurityMonitoringSignalToIncident': signal,
  'v1.EditSecurityMonitoringSignalAssignee': signal,
  'v1.EditSecurityMonitoringSignalState': signal,
  'v2.PatchGlobalVariable': { read: 'v1.GetGlobalVariable' },
  'v2.ActivateContentPack': contentPacks,
  'v2.DeactivateContentPack': contentPacks,
  'v2.EnableFeatureFlagEnvironment': flag,
  'v2.DisableFeatureFlagEnvironment': flag,
  'v2.UpdateAllocationsForFeatureFlagInEnvironment': flag,
  'v2.UpdateVariantForFeatureFlag': flag,
  'v2.DeleteVariantFromFeatureFlag': flag,
  'v2.DeleteOrgAuthorizedClientAllUserAuthorizations': client,
  'v2.DeleteOrgAuthorizedClientUserAuthorization': client,
  'v2.AddTestToSyntheticsDowntime': { read: 'v2.GetSyntheticsDowntime' },
  'v2.RemoveTestFromSyntheticsDowntime': { read: 'v2.GetSyntheticsDowntime' },
  'v2.DeleteConnection': {
    read: 'v2.ListConnections',
    pick: { list: 'data.attributes.connections', by: 'id' },
  },
  'v2.UpdateConnection': {
    read: 'v2.ListConnections',
    pick: { list: 'data.attributes.connections', by: 'id' },
  },
  'v2.UpdateOrgSamlConfigurations': { read: 'v2.ListSAMLConfigurations' },
  'v2.UpdateLoginOrgConfigsMaxSessionDuration': { read: 'v2.ListOrgConfigs' },
  'v2.DisableCustomerOrg': { none: 'a child organisation is not shown by its id' },
  'v2.DeleteLLMObsPatternsConfig': {
    read: 'v2.ListLLMObsPatternsConfigs',
    pick: { list: 'data.attributes.configs', by: 'id' },
  },
};
