// Which fields of a resource Datadog makes itself: times, authors, counters, computed states. The one table, reviewed by people.
// Changes leave them out, and what is put back does not send them.

/** Fields of any kind, at the top of a resource or among its attributes. */
const ANY = `
  created created_at createdAt creation_date created_by creator createdBy creation_author_id creationAuthorId
  modified modified_at modifiedAt updated_at updatedAt update_date last_updated lastUpdated modified_by modifiedBy modifier
  updated_by updater updateAuthorId update_author_id last_modified_by last_modifier_email last_modifier_name
  created_by_handle updated_by_handle deleted_at url public_url org_id included errors
  relationships.created_by relationships.created_by_user relationships.modified_by relationships.last_modified_by
  relationships.last_modified_by_user relationships.creator relationships.updated_by relationships.owned_by
`;

/** Fields of one kind beside those; `[]` goes over the items of a list. What stands under a field goes with it. */
const OF_KIND: Readonly<Record<string, string>> = {
  'api-key': 'last4 date_last_used used_in_last_24_hours',
  app: 'meta relationship',
  'apm-retention-filter': 'editable execution_order',
  'application-key': 'last4 last_used_at',
  'catalog-entity': 'meta',
  dashboard: 'id author_handle author_name author_info widgets[].id widgets[].definition.widgets[].id',
  'dashboard-list': 'id author dashboard_count is_favorite type',
  downtime:
    'id active active_child canceled creator_id downtime_type parent_id updater_id uuid status relationships.monitor',
  'feature-flag': 'archived_at',
  incident: `
    archived case_id customer_impact_duration declared_by declared_by_uuid detected_duration non_datadog_creator public_id
    time_to_detect time_to_internal_response time_to_repair time_to_resolve relationships.attachments
    relationships.impacts relationships.responders relationships.user_defined_fields relationships.integrations
  `,
  'logs-archive': 'state',
  'logs-index': 'is_rate_limited',
  'logs-pipeline': 'id is_read_only type',
  monitor: `
    id deleted matching_downtimes multi overall_state overall_state_modified state
    assets[].created_at assets[].modified_at
  `,
  notebook: 'author cells[].id',
  'personal-access-token': 'last_used_at',
  powerpack: 'relationships.author',
  'resource-evaluation-filter': 'id uuid',
  role: 'user_count role_count',
  'rum-application': 'application_id client_token hash api_key_id is_active remote_config_id',
  'security-filter': 'version is_builtin meta',
  'security-notification-rule': 'version',
  'security-rule': 'id version isDefault isDeleted isPartner isBeta isDeprecated deprecationDate defaultTags',
  'security-suppression': 'version editable',
  'sds-group': 'meta',
  'sds-rule': 'meta',
  'service-definition': 'id meta',
  slo: 'id configured_alert_ids monitor_tags overall_status',
  'synthetics-test': 'public_id monitor_id version version_uuid steps[].public_id overall_state overall_state_modified',
  'synthetics-variable': 'id last_error parse_test_extracted_at',
  team: 'user_count link_count summary is_managed relationships.user_team_permissions',
  user: 'handle icon last_login_time mfa_enabled service_account status uuid verified user_count',
  workflow: 'webhookSecret',
};

const words = (text: string): string[] => text.trim().split(/\s+/);
const COMMON: ReadonlySet<string> = new Set(words(ANY));
const kinds = new Map(Object.entries(OF_KIND).map(([kind, fields]) => [kind, new Set(words(fields))]));

/** The kinds with fields of their own, and those fields. */
export const serverMadeKinds = (): ReadonlyMap<string, ReadonlySet<string>> => kinds;

/** Around a resource: JSON:API's data and attributes, and the list in which some answers have their one item. */
const AROUND = /^(?:data(?:\[\])?\.)?(?:\[\]\.)?(?:attributes\.)?/;

/**
 * Whether Datadog makes a field of a kind itself.
 *
 * @returns a test of paths without indexes, `data.attributes.modified_at`, `widgets[].id`; what stands under such a field counts too
 */
export function serverMade(kind: string): (fieldPath: string) => boolean {
  const own = kinds.get(kind);
  return (fieldPath) => {
    const path = fieldPath.replace(AROUND, '');
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
      const part = path.slice(0, end).replace(/\[\]$/, '');
      if (COMMON.has(part) || own?.has(part) === true) return true;
      if (end <= 0) break;
    }
    return false;
  };
}
