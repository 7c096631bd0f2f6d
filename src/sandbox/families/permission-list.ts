// The catalogue of permissions that Datadog publishes (docs.datadoghq.com/account_management/rbac/permissions): names, groups and
// descriptions of the product, the same in every organisation, oldest first. No id of any organisation is in it: access.ts makes them of the names.

/** One on a line: name, display name, group, kind of access, first day, description. */
export const PERMISSION_LIST = `\
admin|Privileged Access|General|other|2018-10-19|Deprecated. Privileged Access (also known as Admin permission) has been replaced by more specific permissions: Access Management, Org Management, Billing Read/Write, Usage Read/Write.
standard|Standard Access|General|other|2018-10-19|Deprecated. Standard Access has been replaced by more specific permissions.
logs_read_index_data|Logs Read Index Data|Log Management|read|2018-10-31|Read log data, possibly scoped to one or more indexes. In order to read log data, a user must have both this permission and Logs Read Data. This permission can be granted in a limited capacity per index from the Logs interface or APIs. If granted via the Roles interface or API the permission has global scope. Restrictions are limited to the Log Management product.
logs_modify_indexes|Logs Modify Indexes|Log Management|write|2018-10-31|Read and modify all indexes in your account. This includes the ability to grant the Logs Read Index Data and Logs Write Exclusion Filters permission to other roles, for some or all indexes.
logs_live_tail|Logs Live Tail|Log Management|read|2018-10-31|View the live tail feed for all log indexes, even if otherwise specifically restricted.
logs_write_exclusion_filters|Logs Write Exclusion Filters|Log Management|write|2018-10-31|Add and change exclusion filters for all or some log indexes. Can be granted in a limited capacity per index to specific roles via the Logs interface or API. If granted from the Roles interface or API, the permission has global scope.
logs_write_pipelines|Logs Write Pipelines|Log Management|write|2018-10-31|Add and change log pipeline configurations, including the ability to grant the Logs Write Processors permission to other roles, for some or all pipelines.
logs_write_processors|Logs Write Processors|Log Management|write|2018-10-31|Add and change some or all log processor configurations. Can be granted in a limited capacity per pipeline to specific roles via the Logs interface or API. If granted via the Roles interface or API the permission has global scope.
logs_write_archives|Logs Write Archives|Log Management|write|2018-10-31|Add and edit Log Archives.
logs_generate_metrics|Logs Generate Metrics|Log Management|write|2019-07-25|Create custom metrics from logs.
dashboards_read|Dashboards Read|Dashboards|read|2019-09-10|View dashboards.
dashboards_write|Dashboards Write|Dashboards|write|2019-09-10|Create and change dashboards.
dashboards_public_share|Shared Dashboards Public Write|Dashboards|write|2019-09-10|Create, modify and delete shared dashboards with share type 'Public'. These dashboards can be accessed by anyone on the internet.
monitors_read|Monitors Read|Monitors|read|2019-09-16|View monitors.
monitors_write|Monitors Write|Monitors|write|2019-09-16|Edit, delete, and resolve individual monitors.
monitors_downtime|Manage Downtimes|Monitors|write|2019-09-16|Set downtimes to suppress alerts from any monitor in an organization. Mute and unmute monitors. The ability to write monitors is not required to set downtimes.
logs_read_data|Logs Read Data|Log Management|read|2020-04-06|Read log data. In order to read log data, a user must have both this permission and Logs Read Index Data. This permission can be restricted with restriction queries. Restrictions are limited to the Log Management product.
logs_read_archives|Logs Read Archives|Log Management|read|2020-04-23|Read Log Archives location and use it for rehydration.
security_monitoring_rules_read|Security Rules Read|Cloud Security Platform|read|2020-06-09|Read Detection Rules.
security_monitoring_rules_write|Security Rules Write|Cloud Security Platform|write|2020-06-09|Create and edit Detection Rules.
security_monitoring_signals_read|Security Signals Read|Cloud Security Platform|read|2020-06-09|View Security Signals.
security_monitoring_signals_write|Security Signals Write|Cloud Security Platform|write|2021-08-17|Modify Security Signals.
user_access_invite|User Access Invite|Access Management|write|2020-08-25|Invite other users to your organization.
user_access_manage|User Access Manage|Access Management|write|2020-08-25|Disable users, manage user roles, manage SAML-to-role mappings, and configure logs restriction queries.
user_app_keys|User App Keys|API and Application Keys|write|2020-09-01|View and manage Application Keys owned by the user.
org_app_keys_read|Org App Keys Read|API and Application Keys|read|2020-09-01|View Application Keys owned by all users in the organization.
org_app_keys_write|Org App Keys Write|API and Application Keys|write|2020-09-01|Manage Application Keys owned by all users in the organization.
synthetics_private_location_read|Synthetics Private Locations Read|Synthetic Monitoring|read|2020-09-01|View, search, and use Synthetics private locations.
synthetics_private_location_write|Synthetics Private Locations Write|Synthetic Monitoring|write|2020-09-01|Create and delete private locations in addition to having access to the associated installation guidelines.
billing_read|Billing Read|Billing and Usage|read|2020-09-01|View your organization's subscription and payment method but not make edits.
billing_edit|Billing Edit|Billing and Usage|write|2020-09-01|Manage your organization's subscription and payment method.
usage_read|Usage Read|Billing and Usage|read|2020-09-01|View your organization's usage and usage attribution.
usage_edit|Usage Edit|Billing and Usage|write|2020-09-01|Manage your organization's usage attribution set-up.
metric_tags_write|Metric Tags Write|Metrics|write|2020-09-01|Edit and save tag configurations for custom metrics.
logs_write_historical_view|Logs Write Historical Views|Log Management|write|2020-09-16|Rehydrate logs from Archives.
audit_logs_read|Audit Trail Read|Compliance|read|2020-09-17|View Audit Trail in your organization.
api_keys_read|API Keys Read|API and Application Keys|read|2020-09-17|List and retrieve the key values of all API Keys in your organization.
api_keys_write|API Keys Write|API and Application Keys|write|2020-09-17|Create and rename API Keys for your organization.
synthetics_global_variable_read|Synthetics Global Variable Read|Synthetic Monitoring|read|2020-09-17|View, search, and use Synthetics global variables.
synthetics_global_variable_write|Synthetics Global Variable Write|Synthetic Monitoring|write|2020-09-17|Create, edit, and delete global variables for Synthetics.
synthetics_read|Synthetics Read|Synthetic Monitoring|read|2020-09-17|List and view configured Synthetic tests and test results.
synthetics_write|Synthetics Write|Synthetic Monitoring|write|2020-09-17|Create, edit, and delete Synthetic tests.
synthetics_default_settings_read|Synthetics Default Settings Read|Synthetic Monitoring|read|2020-09-17|View the default settings for Synthetic Monitoring.
synthetics_default_settings_write|Synthetics Default Settings Write|Synthetic Monitoring|write|2020-09-17|Edit the default settings for Synthetic Monitoring.
logs_write_facets|Logs Write Facets|Log Management|write|2020-10-14|Create or edit Log Facets.
service_account_write|Service Account Write|Access Management|write|2020-10-22|Create, disable, and use Service Accounts in your organization.
integrations_api|Integrations API|Integrations|other|2020-11-16|Deprecated. Use the Integrations APIs to configure integrations. In order to configure integrations from the UI, a user must also have Standard Access.
apm_read|APM Read|APM|read|2020-11-23|Read and query APM and Trace Analytics.
apm_retention_filter_read|APM Retention Filters Read|APM|read|2020-11-23|Read trace retention filters. A user with this permission can view the retention filters page, list of filters, their statistics, and creation info.
apm_retention_filter_write|APM Retention Filters Write|APM|write|2020-11-23|Create, edit, and delete trace retention filters. A user with this permission can create new retention filters, and update or delete to existing retention filters.
apm_service_ingest_read|APM Service Ingest Read|APM|read|2020-11-23|Access service ingestion pages. A user with this permission can view the service ingestion page, list of root services, their statistics, and creation info.
apm_service_ingest_write|APM Service Ingest Write|APM|write|2020-11-23|Edit service ingestion pages' root services. A user with this permission can edit the root service ingestion and generate a code snippet to increase ingestion per service.
apm_apdex_manage_write|APM Apdex Manage Write|APM|write|2020-11-23|Set Apdex T value on any service. A user with this permission can set the T value from the Apdex graph on the service page.
apm_tag_management_write|APM Tag Management Write|APM|write|2020-11-23|Edit second primary tag selection. A user with this permission can modify the second primary tag dropdown in the APM settings page.
apm_primary_operation_write|APM Primary Operation Write|APM|write|2020-11-23|Edit the operation name value selection. A user with this permission can modify the operation name list in the APM settings page and the operation name controller on the service page.
audit_logs_write|Audit Trail Write|Compliance|write|2020-12-01|Configure Audit Trail in your organization.
rum_apps_write|RUM Apps Write|Real User Monitoring|write|2021-01-12|Create, edit, and delete RUM applications. Creating a RUM application automatically generates a Client Token. In order to create Client Tokens directly, a user needs the Client Tokens Write permission.
debugger_write|Dynamic Instrumentation Write|APM|write|2021-03-08|Edit Dynamic Instrumentation configuration. Create or modify Dynamic Instrumentation probes that do not capture function state.
debugger_read|Dynamic Instrumentation Read|APM|read|2021-03-08|View Dynamic Instrumentation configuration.
data_scanner_read|Data Scanner Read|Compliance|read|2021-03-29|View Sensitive Data Scanner configurations and scanning results.
data_scanner_write|Data Scanner Write|Compliance|write|2021-03-29|Edit Sensitive Data Scanner configurations.
org_management|Org Management|Access Management|write|2021-04-23|Edit org configurations, including authentication and certain security preferences such as configuring SAML, renaming an org, configuring allowed login methods, creating child orgs, subscribing & unsubscribing from apps in the marketplace, and enabling & disabling Remote Configuration for the entire organization.
security_monitoring_filters_read|Security Filters Read|Cloud Security Platform|read|2021-05-10|Read Security Filters.
security_monitoring_filters_write|Security Filters Write|Cloud Security Platform|write|2021-05-10|Create, edit, and delete Security Filters.
incident_read|Incidents Read|Case and Incident Management|read|2021-06-22|View incidents in Datadog.
incident_write|Incidents Write|Case and Incident Management|write|2021-06-22|Create, view, and manage incidents in Datadog.
incident_settings_read|Incident Settings Read|Case and Incident Management|read|2021-06-22|View Incident Settings.
incident_settings_write|Incident Settings Write|Case and Incident Management|write|2021-06-22|Configure Incident Settings.
appsec_event_rule_read|Application Security Management Event Rules Read|Cloud Security Platform|read|2021-07-19|View Application Security Management Event Rules.
appsec_event_rule_write|Application Security Management Event Rules Write|Cloud Security Platform|write|2021-07-19|Edit Application Security Management Event Rules.
rum_apps_read|RUM Apps Read|Real User Monitoring|read|2021-08-02|View RUM Applications data.
rum_session_replay_read|RUM Session Replay Read|Real User Monitoring|read|2021-08-02|View Session Replays.
security_monitoring_notification_profiles_read|Security Notification Rules Read|Cloud Security Platform|read|2021-09-16|Read Notification Rules.
security_monitoring_notification_profiles_write|Security Notification Rules Write|Cloud Security Platform|write|2021-09-16|Create, edit, and delete Notification Rules.
apm_generate_metrics|APM Generate Metrics|APM|write|2021-09-16|Create custom metrics from spans.
security_monitoring_cws_agent_rules_read|Cloud Workload Security Agent Rules Read|Cloud Security Platform|read|2021-11-17|Read Cloud Workload Security Agent Rules.
security_monitoring_cws_agent_rules_write|Cloud Workload Security Agent Rules Write|Cloud Security Platform|write|2021-11-17|Create, edit, and delete Cloud Workload Security Agent Rules.
apm_pipelines_write|APM Pipelines Write|APM|write|2021-12-06|Add and change APM pipeline configurations.
apm_pipelines_read|APM Pipelines Read|APM|read|2021-12-07|View APM pipeline configurations.
observability_pipelines_read|Observability Pipelines Read|Observability Pipelines|read|2021-12-09|View pipelines in your organization.
observability_pipelines_write|Observability Pipelines Write|Observability Pipelines|write|2021-12-09|Edit pipelines in your organization.
workflows_read|Workflows Read|App Builder & Workflow Automation|read|2022-02-03|View workflows.
workflows_write|Workflows Write|App Builder & Workflow Automation|write|2022-02-03|Create, edit, and delete workflows.
workflows_run|Workflows Run|App Builder & Workflow Automation|write|2022-02-03|Run workflows.
connections_read|Connections Read|App Builder & Workflow Automation|read|2022-02-03|List and view available connections. Connections contain secrets that cannot be revealed.
connections_write|Connections Write|App Builder & Workflow Automation|write|2022-02-03|Create and delete connections.
incidents_private_global_access|Private Incidents Global Access|Case and Incident Management|read|2022-02-11|Access all private incidents in Datadog, even when not added as a responder.
notebooks_read|Notebooks Read|Notebooks|read|2022-03-02|View notebooks.
notebooks_write|Notebooks Write|Notebooks|write|2022-03-02|Create and change notebooks.
logs_delete_data|Logs Delete Data|Log Management|write|2022-02-25|Delete data from your Logs, including entire indexes.
rum_generate_metrics|RUM Generate Metrics|Real User Monitoring|write|2022-04-11|Create custom metrics from RUM events.
aws_configurations_manage|AWS Configurations Manage|Integrations|write|2022-04-26|Add or remove but not edit AWS integration configurations.
azure_configurations_manage|Azure Configurations Manage|Integrations|write|2022-04-26|Add or remove but not edit Azure integration configurations.
gcp_configurations_manage|GCP Configurations Manage|Integrations|write|2022-04-26|Add or remove but not edit GCP integration configurations.
manage_integrations|Integrations Manage|Integrations|write|2022-04-26|Install, uninstall, and configure integrations.
usage_notifications_read|Usage Notifications Read|Billing and Usage|read|2022-05-17|Receive notifications and view currently configured notification settings.
usage_notifications_write|Usage Notifications Write|Billing and Usage|write|2022-05-17|Receive notifications and configure notification settings.
generate_dashboard_reports|Dashboards Report Write|Dashboards|write|2022-06-06|Schedule PDF reports from a dashboard.
slos_read|SLOs Read|Service Level Objectives|read|2022-06-08|View SLOs and status corrections.
slos_write|SLOs Write|Service Level Objectives|write|2022-06-08|Create, edit, and delete SLOs.
slos_corrections|SLOs Status Corrections|Service Level Objectives|write|2022-06-08|Apply, edit, and delete SLO status corrections. A user with this permission can make status corrections, even if they do not have permission to edit those SLOs.
monitor_config_policy_write|Monitor Configuration Policy Write|Monitors|write|2022-06-23|Create, update, and delete monitor configuration policies.
apm_service_catalog_write|Service Catalog Write|APM|write|2022-08-08|Add, modify, and delete service catalog definitions when those definitions are maintained by Datadog.
apm_service_catalog_read|Service Catalog Read|APM|read|2022-08-08|View service catalog and service definitions.
logs_write_forwarding_rules|Logs Write Forwarding Rules|Log Management|write|2022-08-08|Add and edit forwarding destinations and rules for logs.
watchdog_insights_read|Watchdog Insights Read|Watchdog|read|2022-08-15|Deprecated. Watchdog Insights endpoints are now OPEN.
connections_resolve|Connections Resolve|App Builder & Workflow Automation|read|2022-08-25|Resolve connections.
appsec_protect_read|Application Security Management Protect Read|Cloud Security Platform|read|2022-10-27|View blocked attackers.
appsec_protect_write|Application Security Management Protect Write|Cloud Security Platform|write|2022-10-27|Manage blocked attackers.
appsec_activation_read|Application Security Management 1-click Enablement Read|Cloud Security Platform|read|2022-10-27|View whether Application Security Management has been enabled or disabled on services via 1-click enablement with Remote Configuration.
appsec_activation_write|Application Security Management 1-click Enablement Write|Cloud Security Platform|write|2022-10-27|Enable or disable Application Security Management on services via 1-click enablement.
apps_run|Apps View|App Builder & Workflow Automation|write|2022-11-01|View and run Apps in App Builder.
apps_write|Apps Write|App Builder & Workflow Automation|write|2022-11-01|Create, edit, publish, and delete Apps in App Builder.
cases_read|Cases Read|Case and Incident Management|read|2022-12-12|View Cases.
cases_write|Cases Write|Case and Incident Management|write|2022-12-12|Create and update cases.
apm_remote_configuration_write|APM Remote Configuration Write|APM|write|2022-12-12|Edit APM Remote Configuration.
apm_remote_configuration_read|APM Remote Configuration Read|APM|read|2022-12-12|View APM Remote Configuration.
ci_visibility_read|CI Visibility Read|Software Delivery|read|2022-12-13|View CI Visibility.
ci_visibility_write|CI Visibility Tests Write|Software Delivery|write|2022-12-13|Edit flaky tests and delete Test Services.
ci_provider_settings_write|CI Provider Settings Write|Software Delivery|write|2022-12-13|Edit CI Provider settings. Manage GitHub accounts and repositories for enabling CI Visibility and job logs collection.
ci_visibility_settings_write|CI Visibility Settings Write|Software Delivery|write|2022-12-13|Configure CI Visibility settings. Set a repository default branch, enable GitHub comments, and delete test services.
intelligent_test_runner_activation_write|Intelligent Test Runner Activation Write|Software Delivery|write|2022-12-13|Deprecated. Enable or disable Intelligent Test Runner.
intelligent_test_runner_settings_write|Intelligent Test Runner Settings Write|Software Delivery|write|2022-12-13|Deprecated. Edit Intelligent Test Runner settings, such as modifying ITR excluded branch list.
continuous_profiler_read|Continuous Profiler Read|APM|read|2022-12-16|View data in Continuous Profiler.
teams_manage|Teams Manage|Teams|write|2023-01-18|Manage Teams. Create, delete, rename, and edit metadata of all Teams. To control Team membership across all Teams, use the User Access Manage permission.
security_monitoring_findings_read|Security Monitoring Findings Read|Cloud Security Platform|read|2023-02-24|View a list of findings that include both misconfigurations and identity risks.
incident_notification_settings_read|Incident Notification Settings Read|Case and Incident Management|read|2023-02-24|View Incidents Notification settings.
incident_notification_settings_write|Incident Notification Settings Write|Case and Incident Management|write|2023-02-24|Configure Incidents Notification settings.
ci_ingestion_control_write|CI Visibility Ingestion Control Write|Software Delivery|write|2023-03-24|Edit CI Ingestion Control exclusion filters.
error_tracking_write|Error Tracking Issue Write|Error Tracking|write|2023-03-27|Edit Error Tracking issues.
watchdog_alerts_write|Watchdog Alerts Write|Watchdog|write|2023-04-15|Manage Watchdog Alerts.
saved_views_write|Saved Views Write|Cross-Product Features|write|2023-04-15|Modify Saved Views across all Datadog products.
client_tokens_read|Client Tokens Read|API and Application Keys|read|2023-04-19|Read Client Tokens. Unlike API keys, client tokens may be exposed client-side in JavaScript code for web browsers and other clients to send data to Datadog.
client_tokens_write|Client Tokens Write|API and Application Keys|write|2023-04-19|Create and edit Client Tokens. Unlike API keys, client tokens may be exposed client-side in JavaScript code for web browsers and other clients to send data to Datadog.
event_correlation_config_read|Event Correlation Config Read|Events|read|2023-05-16|Read Event Correlation Configuration data such as Correlation Rules and Settings.
event_correlation_config_write|Event Correlation Config Write|Events|write|2023-05-16|Manage Event Correlation Configuration such as Correlation Rules and Settings.
event_config_write|Event Config Write|Events|write|2023-05-20|Manage general event configuration such as API Emails.
security_monitoring_findings_write|Security Monitoring Findings Write|Cloud Security Platform|write|2023-05-23|Mute CSPM Findings.
cloud_cost_management_read|Cloud Cost Management Read|Cloud Cost Management|read|2023-05-31|View Cloud Cost pages and the cloud cost data source in dashboards and notebooks. For more details, see the Cloud Cost Management docs.
cloud_cost_management_write|Cloud Cost Management Write|Cloud Cost Management|write|2023-05-31|Configure cloud cost accounts and global customizations. For more details, see the Cloud Cost Management docs.
host_tags_write|Host Tags Write|Metrics|write|2023-05-31|Add and change tags on hosts.
ci_visibility_pipelines_write|CI Visibility Pipelines Write|Software Delivery|write|2023-06-01|Create CI Visibility pipeline spans using the API.
quality_gate_rules_read|PR Gate Rules Read|Software Delivery|read|2023-06-19|View PR Gate Rules.
quality_gate_rules_write|PR Gate Rules Write|Software Delivery|write|2023-06-19|Edit PR Gate Rules.
metrics_metadata_write|Metrics Metadata Write|Metrics|write|2023-06-23|Edit metadata on metrics.
rum_delete_data|RUM Delete Data|Real User Monitoring|write|2023-06-12|Delete data from RUM.
appsec_vm_write|Vulnerability Management Write|Cloud Security Platform|write|2023-06-12|Update status or assignee of vulnerabilities.
reference_tables_write|Reference Tables Write|Reference Tables|write|2023-06-12|Create or modify Reference Tables.
rum_playlist_write|RUM Playlist Write|Real User Monitoring|write|2023-07-07|Create, update, and delete RUM playlists. Add and remove sessions from RUM playlists.
observability_pipelines_delete|Observability Pipelines Delete|Observability Pipelines|write|2023-07-13|Delete pipelines from your organization.
observability_pipelines_deploy|Observability Pipelines Deploy|Observability Pipelines|write|2023-07-13|Deploy pipelines in your organization.
processes_generate_metrics|Processes Generate Metrics|Processes|write|2023-07-12|Create custom metrics from processes.
api_keys_delete|API Keys Delete|API and Application Keys|write|2023-07-12|Delete API Keys for your organization.
agent_flare_collection|Agent Flare Collection|Fleet Automation|write|2023-07-13|Collect an Agent flare with Fleet Automation.
org_connections_write|Org Connections Write|Access Management|write|2023-07-20|Control which organizations can query your organization's data.
org_connections_read|Org Connections Read|Access Management|read|2023-07-20|View which organizations can query data from your organization. Query data from other organizations.
facets_write|Facets Write|Cross-Product Features|write|2023-07-27|Manage facets for products other than Log Management, such as APM Traces. To modify Log Facets, use Logs Write Facets.
security_monitoring_suppressions_read|Security Suppressions Read|Cloud Security Platform|read|2023-08-17|Read Rule Suppressions.
security_monitoring_suppressions_write|Security Suppressions Write|Cloud Security Platform|write|2023-08-17|Write Rule Suppressions.
static_analysis_settings_write|Static Analysis Settings Write|Software Delivery|write|2023-08-18|Edit Static Analysis settings.
cd_visibility_read|CD Visibility Read|Software Delivery|read|2023-09-09|View CD Visibility.
ndm_netflow_port_mappings_write|NDM Netflow Enrichments Write|Network Device Monitoring|write|2023-10-12|Write NDM Netflow enrichment mappings.
appsec_vm_read|Vulnerability Management Read|Cloud Security Platform|read|2023-10-13|View infrastructure, application code and library vulnerabilities. This does not restrict access to the vulnerability data source through the API or inventory SQL.
debugger_capture_variables|Dynamic Instrumentation Capture Variables|APM|write|2023-10-20|Create or modify Dynamic Instrumentation probes that capture function state: local variables, method arguments, fields, and return value or thrown exception.
error_tracking_settings_write|Error Tracking Settings Write|Error Tracking|write|2023-12-11|Disable Error Tracking, edit inclusion filters, and edit rate limit.
error_tracking_exclusion_filters_write|Error Tracking Exclusion Filters Write|Error Tracking|write|2023-12-11|Add or change Error Tracking exclusion filters.
integrations_read|Integrations Read|Integrations|read|2024-01-23|View integrations and their configurations.
apm_api_catalog_write|API Catalog Write|APM|write|2024-02-02|Add, modify, and delete API catalog definitions.
apm_api_catalog_read|API Catalog Read|APM|read|2024-02-02|View API catalog and API definitions.
containers_generate_image_metrics|Containers Write Image Trend Metrics|Containers|write|2024-02-16|Create or edit trend metrics from container images.
rum_extend_retention|RUM Session Replay Extend Retention|Real User Monitoring|write|2024-03-14|Extend the retention of Session Replays.
on_prem_runner_read|Private Action Runner Read|App Builder & Workflow Automation|read|2024-03-18|View and search Private Action Runners for Workflow Automation and App Builder.
on_prem_runner_use|Private Action Runner Contribute|App Builder & Workflow Automation|write|2024-03-18|Attach a Private Action Runner to a connection.
on_prem_runner_write|Private Action Runner Write|App Builder & Workflow Automation|write|2024-03-18|Create and edit Private Action Runners for Workflow Automation and App Builder.
dora_settings_write|DORA Settings Write|Software Delivery|write|2024-04-08|Edit the settings for DORA.
agent_upgrade_write|Agent Upgrade|Fleet Automation|write|2024-04-22|Upgrade Datadog Agents with Fleet Automation.
continuous_profiler_pgo_read|Read Continuous Profiler Profile-Guided Optimization (PGO) Data|APM|read|2024-04-23|Read and query Continuous Profiler data for Profile-Guided Optimization (PGO).
oci_configurations_manage|OCI Configurations Manage|Integrations|write|2024-04-23|Add or remove but not edit Oracle Cloud integration configurations.
aws_configuration_read|AWS Configuration Read|Integrations|read|2024-04-23|View but not add, remove, or edit AWS integration configurations.
azure_configuration_read|Azure Configuration Read|Integrations|read|2024-04-23|View but not add, remove, or edit Azure integration configurations.
gcp_configuration_read|GCP Configuration Read|Integrations|read|2024-04-23|View but not add, remove, or edit GCP integration configurations.
oci_configuration_read|OCI Configuration Read|Integrations|read|2024-04-23|View but not add, remove, or edit Oracle Cloud integration configurations.
aws_configuration_edit|AWS Configuration Edit|Integrations|write|2024-05-02|Edit but not add or remove AWS integration configurations.
azure_configuration_edit|Azure Configuration Edit|Integrations|write|2024-05-02|Edit but not add or remove Azure integration configurations.
gcp_configuration_edit|GCP Configuration Edit|Integrations|write|2024-05-02|Edit but not add or remove GCP integration configurations.
oci_configuration_edit|OCI Configuration Edit|Integrations|write|2024-05-02|Edit but not add or remove Oracle Cloud integration configurations.
llm_observability_read|LLM Observability Read|LLM Observability|read|2024-05-03|View LLM Observability.
flex_logs_config_write|Flex Logs Configuration Write|Log Management|write|2024-05-16|Manage your organization's flex logs configuration.
reference_tables_read|Reference Tables Read|Reference Tables|read|2024-06-04|View Reference Tables.
fleet_policies_write|Agent Configuration Management|Fleet Automation|write|2024-07-02|Create and deploy Agent configurations.
orchestration_custom_resource_definitions_write|Custom Resource Definition Write|Orchestration|write|2024-07-02|Enable, disable and update custom resource indexing.
code_analysis_read|Code Analysis Read|Software Delivery|read|2024-08-06|View Code Analysis.
orchestration_workload_scaling_write|Workload Scaling Write|Orchestration|write|2024-08-06|Enable, disable, and configure workload autoscaling. Apply workload scaling recommendations.
llm_observability_write|LLM Observability Write|LLM Observability|write|2024-08-13|Create, Update, and Delete LLM Observability resources including User Defined Evaluations, OOTB Evaluations, and User Defined Topics.
observability_pipelines_capture_read|Observability Pipelines Live Capture Read|Observability Pipelines|read|2024-08-28|View captured events of pipelines in your organization.
observability_pipelines_capture_write|Observability Pipelines Live Capture Write|Observability Pipelines|write|2024-08-28|Capture live events of pipelines in your organization.
apps_datastore_read|Actions Datastore Read|App Builder & Workflow Automation|read|2024-08-22|Allows read access to the data within the Actions Datastore.
apps_datastore_write|Actions Datastore Write|App Builder & Workflow Automation|write|2024-08-22|Allows modification of data within the Actions Datastore, including adding, editing, and deleting records.
apps_datastore_manage|Actions Datastore Manage|App Builder & Workflow Automation|write|2024-08-22|Allows management of the Actions Datastore, including creating, updating, and deleting the datastore itself.
security_pipelines_read|Security Pipelines Read|Cloud Security Platform|read|2024-08-30|View Security Pipelines.
security_pipelines_write|Security Pipelines Write|Cloud Security Platform|write|2024-08-30|Create, edit, and delete Security Pipelines.
connection_groups_write|Connection Groups Write|App Builder & Workflow Automation|write|2024-09-17|Create, delete and update connection groups.
quality_gates_evaluations_read|Quality Gates Evaluations|Software Delivery|read|2024-09-23|Allow quality gates evaluations.
connection_groups_read|Connection Groups Read|App Builder & Workflow Automation|read|2024-09-26|Read and use connection groups.
security_monitoring_cws_agent_rules_actions|Cloud Workload Security Agent Actions|Cloud Security Platform|write|2024-09-26|Managing actions on Cloud Workload Security Agent Rules.
rum_retention_filters_read|RUM Retention Filters Read|Real User Monitoring|read|2024-10-03|View RUM Retention filters data.
rum_retention_filters_write|RUM Retention Filters Write|Real User Monitoring|write|2024-10-03|Write RUM Retention filters.
ddsql_editor_read|DDSQL Editor Read|DDSQL Editor|read|2024-10-14|View and use DDSQL Editor.
disaster_recovery_status_read|Datadog Disaster Recovery Read|Disaster Recovery|read|2024-11-01|View the disaster recovery status.
disaster_recovery_status_write|Datadog Disaster Recovery Write|Disaster Recovery|write|2024-11-01|Update the disaster recovery status.
rum_settings_write|RUM Settings Write|Real User Monitoring|write|2024-11-07|Write RUM Settings.
test_optimization_read|Test Optimization Read|Software Delivery|read|2024-11-07|View Test Optimization.
test_optimization_write|Test Optimization Write|Software Delivery|write|2024-11-07|Manage flaky tests for Test Optimization.
test_optimization_settings_write|Test Optimization Settings Write|Software Delivery|write|2024-11-19|Create, delete and update Test Optimization settings.
security_comments_write|Security Comments Write|Cloud Security Platform|write|2024-11-22|Write comments into vulnerabilities.
security_comments_read|Security Comments Read|Cloud Security Platform|read|2024-11-22|Read comments of vulnerabilities.
dashboards_invite_share|Shared Dashboards Invite-only Write|Dashboards|write|2024-12-10|Create, modify and delete shared dashboards with share type 'Invite-only'. These dashboards can only be accessed by user-specified email addresses.
dashboards_embed_share|Shared Dashboards Embed Write|Dashboards|write|2024-12-10|Create, modify and delete shared dashboards with share type 'Embed'. These dashboards can be embedded on user-specified domains.
embeddable_graphs_share|Shared Graphs Write|Dashboards|write|2024-12-10|Generate public links to share embeddable graphs externally.
logs_read_workspaces|Read Logs Workspaces|Log Management|read|2024-12-11|View Logs Workspaces.
logs_write_workspaces|Write Logs Workspaces|Log Management|write|2024-12-11|Create, update, and delete Logs Workspaces.
audience_management_read|Profiles Read|Product Analytics|read|2025-01-07|View Audience Management data.
audience_management_write|Profiles Write|Product Analytics|write|2025-01-07|Modify Audience Management data.
logs_read_config|Logs Configuration Read|Log Management|read|2025-01-14|Read logs configuration.
on_call_read|On-Call Read|On-Call|read|2025-01-24|View On-Call teams, schedules, escalation policies and overrides.
on_call_write|On-Call Write|On-Call|write|2025-01-24|Create, update, and delete On-Call teams, schedules and escalation policies.
on_call_page|On-Call Page|On-Call|write|2025-01-24|Page On-Call teams and users.
dora_metrics_read|DORA Metrics Read|Software Delivery|read|2025-01-30|View DORA metrics.
error_tracking_read|Error Tracking Read|Error Tracking|read|2025-01-30|View Error Tracking data, including stack traces, error messages, and context. Also includes issue classifications and statuses such as For Review and Reviewed.
on_call_respond|On-Call Responder|On-Call|write|2025-02-04|Acknowledge, resolve pages and edit overrides. Allow users to configure their On-Call profile.
process_tags_read|Process Tags Read|Processes|read|2025-02-11|View Process Tag Rules.
process_tags_write|Process Tags Write|Processes|write|2025-02-11|Create, edit and delete Process Tag Rules.
network_connections_read|Network Connections Read|Cloud Network Monitoring|read|2025-02-11|Read Cloud Network Connections.
serverless_aws_instrumentation_read|Serverless AWS Instrumentation Read|Serverless|read|2025-02-11|View remote instrumentation configuration for serverless workloads.
serverless_aws_instrumentation_write|Serverless AWS Instrumentation Write|Serverless|write|2025-02-11|Add, update, and remove remote instrumentation configuration for serverless workloads.
coterm_write|CoTerm Write|CoTerm|write|2025-02-28|Write terminal recordings.
coterm_read|CoTerm Read|CoTerm|read|2025-02-28|Read terminal recordings.
data_streams_monitoring_capture_messages|Data Streams Monitoring Kafka Consume|Data Streams Monitoring|write|2025-03-07|Capture messages from Kafka topics in the Data Streams Monitoring product.
cloudcraft_read|Cloudcraft Read|Infrastructure|read|2025-03-17|View infrastructure diagrams in the Cloudcraft product.
ndm_device_profiles_view|NDM Device Profiles View|Network Device Monitoring|read|2025-04-02|View NDM device profiles.
ndm_device_profiles_edit|NDM Device Profiles Edit|Network Device Monitoring|write|2025-04-02|Edit NDM device profiles.
generate_log_reports|CSV Report Schedules Write|Cross-Product Features|write|2025-04-04|Schedule CSV reports. View CSV report schedules created by other users.
manage_log_reports|CSV Report Schedules Manage|Cross-Product Features|write|2025-04-04|Edit CSV report schedules created by other users.
ndm_devices_read|NDM Read|Network Device Monitoring|read|2025-04-24|Read NDM data directly. Note: even without this permission, NDM data can be retrieved via general infrastructure query APIs.
ndm_device_tags_write|NDM Device Tags Write|Network Device Monitoring|write|2025-04-24|Write NDM device tags.
bits_investigations_read|Bits Investigations Read|Bits AI|read|2025-04-29|Read Bits investigations.
sheets_read|Sheets Read|Sheets|read|2025-05-01|View Sheets.
sheets_write|Sheets Write|Sheets|write|2025-05-01|Create and change Sheets.
status_pages_settings_read|Status Pages Settings Read|Status Pages|read|2025-05-05|View pages and settings in Status Pages.
status_pages_settings_write|Status Pages Settings Write|Status Pages|write|2025-05-05|Configure page settings in Status Pages.
status_pages_incident_write|Status Pages Notice Write|Status Pages|write|2025-05-05|Publish notices in Status Pages.
on_call_admin|On-Call Admin|On-Call|write|2025-05-14|Manage sensitive and advanced On-Call settings.
orchestration_autoscaling_manage|Autoscaling Manage|Orchestration|write|2025-05-19|Manage autoscaling cluster level configuration.
code_coverage_read|Code Coverage read|Software Delivery|read|2025-05-26|View Code Coverage data.
cases_shared_settings_write|Case Management Shared Settings Write|Case and Incident Management|write|2025-06-17|Configure shared settings for Case Management.
product_analytics_apps_write|Product Analytics Apps Write|Product Analytics|write|2025-06-23|Edit Product Analytics application configuration, including enabling and disabling. Enabling or disabling also requires RumAppsWrite permission.
actions_interface_run|Actions Interface Run|App Builder & Workflow Automation|write|2025-07-01|Execute actions in the Bits AI Action Interface.
ai_guard_evaluate|AI Guard Evaluate|Application Security|write|2025-07-09|Evaluate AI Guard rules.
generate_ccm_report_schedules|Cloud Cost Report Schedules Write|Cloud Cost Management|write|2025-07-10|View all report schedules and manage only the ones they've created.
manage_ccm_report_schedules|Cloud Cost Report Schedules Manage|Cloud Cost Management|write|2025-07-10|View, create, and fully manage all report schedules across the organization.
governance_console_read|Governance Console Read|Access Management|read|2025-08-04|View the Governance Console.
data_scanner_unmask|Data Scanner Unmask|Compliance|read|2025-08-15|Unmask (view) sensitive data that was previouly masked.
apps_form_read|Forms Read|App Builder & Workflow Automation|read|2025-08-18|View and respond to Forms.
apps_form_manage|Forms Manage|App Builder & Workflow Automation|write|2025-08-18|Create, update, and manage Forms.
dora_metrics_write|DORA Metrics Write|Software Delivery|write|2025-08-20|Edit DORA metrics.
bits_investigations_write|Bits Investigations Write|Bits AI|write|2025-08-27|Run and configure Bits investigations.
debugger_write_pre_prod|Dynamic Instrumentation Write Pre-Prod|APM|write|2025-08-28|Edit Dynamic Instrumentation configuration. Create or Modify Dynamic Instrumentation probes targeted at pre-prod environments.
network_health_insights_read|Network Health Insights Read|Cloud Network Monitoring|read|2025-09-09|Read Network Health Insights.
security_monitoring_datasets_read|Security Dataset Read|Cloud Security Platform|read|2025-09-09|Read Detection Datasets.
security_monitoring_datasets_write|Security Dataset Write|Cloud Security Platform|write|2025-09-09|Create and edit Detection Datasets.
feature_flag_config_write|Feature Flag Write|Feature Flags|write|2025-09-10|Edit Feature Flag Configurations.
feature_flag_config_read|Feature Flag Read|Feature Flags|read|2025-09-10|View Feature Flag Configurations.
feature_flag_environment_config_write|Feature Flag Environment Write|Feature Flags|write|2025-09-10|Ability to modify Feature Flag Environment settings.
feature_flag_environment_config_read|Feature Flag Environment Read|Feature Flags|read|2025-09-10|Ability to view Feature Flag Environment settings.
assistant_access|Assistant Access|Assistant|read|2025-09-11|Ability to access the Datadog Assistant.
dbm_read|Database Monitoring Read|Database Monitoring|read|2025-09-12|View Database Monitoring data.
ndm_geomap_locations_write|NDM Geomap Locations Write|Network Device Monitoring|write|2025-09-12|Write NDM Geomap locations.
ndm_device_config_read|NDM Device Config Read|Network Device Monitoring|read|2025-09-25|Read NDM device configurations.
dbm_parameterized_queries_read|Database Monitoring Parameterized Queries Read|Database Monitoring|read|2025-10-13|View Parameterized SQL Queries in Database Monitoring.
apm_service_renaming_write|APM Service Renaming Write|APM|write|2025-10-09|Edit service renaming. A user with this permission can modify service renaming rules.
deployment_gates_read|Deployment Gates Read|Software Delivery|read|2025-10-13|View Deployment Gates.
deployment_gates_write|Deployment Gates Write|Software Delivery|write|2025-10-13|Edit Deployment Gates configuration. Create or update Deployment Gates or Rules.
deployment_gates_evaluate|Deployment Gates Evaluate|Software Delivery|write|2025-10-13|Evaluate Deployment Gates.
product_analytics_saved_widgets_read|Product Analytics Saved Charts Read|Product Analytics|read|2025-10-22|View saved Product Analytics charts.
product_analytics_saved_widgets_write|Product Analytics Saved Charts Write|Product Analytics|write|2025-10-22|Create, edit, and delete saved Product Analytics charts.
mcp_write|MCP Write|MCP|write|2025-11-19|Write data via the MCP server.
mcp_read|MCP Read|MCP|read|2025-11-19|Read data via the MCP server.
external_provider_status_notifications_read|External Provider Status Notifications Read|Watchdog|read|2025-12-15|View notification rules for External Provider Status.
external_provider_status_notifications_write|External Provider Status Notifications Write|Watchdog|write|2025-12-15|Create and modify notification rules for External Provider Status.
governance_console_write|Governance Console Write|Access Management|write|2025-11-25|Enforce Governance controls via the Governance Console.
infrastructure_resource_policies_read|Infrastructure Resource Policies Read|Infrastructure|read|2026-01-05|View Resource Policies under infrastructure products.
infrastructure_resource_policies_write|Infrastructure Resource Policies Write|Infrastructure|write|2026-01-05|Create, edit, and delete Resource Policies under infrastructure products.
agent_builder_read|Agent Builder Read|App Builder & Workflow Automation|read|2026-01-15|View Agents in AgentBuilder.
agent_builder_write|Agent Builder Write|App Builder & Workflow Automation|write|2026-01-15|Create, edit, and delete Agents in AgentBuilder.
agent_builder_run|Agent Builder Run|App Builder & Workflow Automation|write|2026-01-15|Run agents in AgentBuilder.`;
