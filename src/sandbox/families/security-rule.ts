// A detection rule as Datadog keeps it: what it fills in by the rule's type and detection method, and what it refuses.
import type { Answer } from '../call.ts';
import { textFailure } from '../call.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import type { Item, World } from '../world.ts';
import { author, coded, type Detail } from './security-words.ts';

/** What an update leaves as it is when it does not name it. */
const KEPT = [
  'queries',
  'options',
  'cases',
  'filters',
  'thirdPartyCases',
  'referenceTables',
  'calculatedFields',
  'schedulingOptions',
  'groupSignalsBy',
  'complianceSignalOptions',
  'customName',
  'customMessage',
  'tags',
  'name',
  'message',
  'isEnabled',
  'hasExtendedTitle',
];

const SOURCES: ReadonlyMap<string, string> = new Map([
  ['log_detection', 'logs'],
  ['application_security', 'app_sec_spans'],
  ['api_security', 'app_sec_spans'],
]);

/** Seconds that a signal may be kept alive. */
const KEEP_ALIVE = [0, 1, 5, 10, 15, 30, 60, 120, 180, 360].map((minutes) => minutes * 60);

/** A field that may be absent, and is when it is empty. */
function some(name: string, value: Json | undefined): JsonObject {
  const none = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
  return none ? {} : { [name]: value };
}

function query(given: JsonObject, type: string): JsonObject {
  const { metric, metrics, indexes, index, ...rest } = given;
  const measured = arrayOf(metrics).length > 0 ? arrayOf(metrics) : metric ? [metric] : [];
  const searched = arrayOf(indexes).length > 0 ? arrayOf(indexes) : index ? [index] : [];
  return {
    groupByFields: [],
    hasOptionalGroupByFields: false,
    distinctFields: [],
    aggregation: 'count',
    name: '',
    ...some('dataSource', SOURCES.get(type)),
    ...rest,
    ...(measured.length > 0 && { metric: measured[0]!, metrics: measured }),
    ...(searched.length > 0 && { index: searched[0]!, indexes: searched }),
  };
}

function queries(rule: JsonObject, type: string): Json[] {
  if (type === 'cloud_configuration' || type === 'infrastructure_configuration') {
    const resource = textOf(at(rule.options, 'complianceRuleOptions', 'resourceType'));
    const by = { query: `resource_type:${resource}`, groupByFields: ['resource_type', 'resource_id'], name: 'a' };
    return [query(by, type)];
  }
  const third = arrayOf(rule.thirdPartyCases);
  if (third.length > 0)
    return third.map((each) => query({ query: at(each, 'query') ?? '', aggregation: 'none' }, type));
  return arrayOf(rule.queries).map((each) => query(objectOf(each), type));
}

/** What the options of each detection method hold when they are not told. */
const METHOD_OPTIONS: Readonly<Record<string, readonly [field: string, options: JsonObject]>> = {
  anomaly_detection: [
    'anomalyDetectionOptions',
    {
      bucketDuration: 300,
      learningDuration: 24,
      detectionTolerance: 5,
      instantaneousBaseline: false,
      instantaneousBaselineTimeoutMinutes: 30,
    },
  ],
  impossible_travel: ['impossibleTravelOptions', { baselineUserLocations: false, detectIpTransition: false }],
  new_value: [
    'newValueOptions',
    {
      forgetAfter: 28,
      learningMethod: 'duration',
      learningDuration: 7,
      learningThreshold: 0,
      instantaneousBaseline: false,
    },
  ],
  third_party: ['thirdPartyRuleOptions', { defaultNotifications: [] }],
};

function options(rule: JsonObject, type: string): JsonObject {
  const given = objectOf(rule.options);
  const detectionMethod = textOf(given.detectionMethod) || 'threshold';
  if (type === 'cloud_configuration' || type === 'infrastructure_configuration') {
    const compliance = { complexRule: false, ...objectOf(given.complianceRuleOptions) };
    const times = { keepAlive: 21_600, maxSignalDuration: 86_400, evaluationWindow: 7200 };
    return { ...times, ...given, detectionMethod, complianceRuleOptions: compliance };
  }
  const extra = Object.hasOwn(METHOD_OPTIONS, detectionMethod) ? METHOD_OPTIONS[detectionMethod] : undefined;
  return {
    evaluationWindow: 0,
    keepAlive: 0,
    maxSignalDuration: 0,
    ...given,
    detectionMethod,
    // Anomalies are looked for in windows of half an hour at least.
    ...(detectionMethod === 'anomaly_detection' && {
      evaluationWindow: Math.max(Number(given.evaluationWindow ?? 0), 1800),
    }),
    ...(extra && { [extra[0]]: { ...extra[1], ...objectOf(given[extra[0]]) } }),
  };
}

function cases(rule: JsonObject, type: string): Json[] {
  const third = arrayOf(rule.thirdPartyCases);
  const given = third.length > 0 ? third : arrayOf(rule.cases);
  return given.map((each) => {
    const { query: _query, ...rest } = objectOf(each);
    return {
      name: '',
      notifications: [],
      ...rest,
      ...(type === 'cloud_configuration' && { condition: 'a > 0' }),
    };
  });
}

/** The events of an application that a rule waits for, by its queries. */
const dependencies = (rule: JsonObject): string[] =>
  arrayOf(rule.queries).flatMap((each) => {
    const event = /@appsec\.security_activity:([\w.]+)/.exec(textOf(at(each, 'query')))?.[1];
    return event === undefined ? [] : [event];
  });

/** The whole rule from what was sent; on an update, over the one before. */
export function wholeRule(given: JsonObject, world: World, before: Item | undefined): Item {
  const rule: JsonObject = { ...given };
  if (before)
    for (const field of KEPT)
      if (rule[field] === undefined && before[field] !== undefined) rule[field] = before[field]!;
  const type = textOf(before?.type ?? rule.type) || 'log_detection';
  const compliance = type === 'cloud_configuration';
  const { user } = world;
  const made = cases(rule, type);
  return {
    id: before?.id ?? world.ids.short(),
    version: before ? Number(before.version) + 1 : 1,
    name: rule.name ?? '',
    createdAt: before?.createdAt ?? world.now(),
    creationAuthorId: before?.creationAuthorId ?? user.numericId,
    creator: before?.creator ?? author(world),
    updater: before ? author(world) : { handle: '', name: '' },
    ...(before && { updateAuthorId: user.numericId, updatedAt: world.now() }),
    isDefault: false,
    isPartner: false,
    isEnabled: rule.isEnabled ?? true,
    isBeta: false,
    isDeleted: false,
    isDeprecated: false,
    blocking: made.some((each) =>
      arrayOf(at(each, 'actions')).some((action) => /^block/.test(textOf(at(action, 'type')))),
    ),
    metadata: { entities: null, sources: null },
    queries: before && !given.queries && !compliance ? rule.queries! : queries(rule, type),
    options: options(rule, type),
    cases: made,
    message: rule.message ?? '',
    tags: rule.tags ?? [],
    hasExtendedTitle: rule.hasExtendedTitle ?? compliance,
    type,
    filters: rule.filters ?? [],
    ...(compliance && {
      complianceSignalOptions: {
        defaultActivationStatus: null,
        defaultGroupByFields: null,
        userActivationStatus: null,
        userGroupByFields: null,
        ...objectOf(rule.complianceSignalOptions),
      },
    }),
    ...(type === 'application_security' && some('dependencies', dependencies(rule))),
    ...some(
      'thirdPartyCases',
      arrayOf(rule.thirdPartyCases).map((each) => ({ notifications: [], ...objectOf(each) })),
    ),
    ...some('referenceTables', rule.referenceTables),
    ...some('calculatedFields', rule.calculatedFields),
    ...some('groupSignalsBy', rule.groupSignalsBy),
    ...some('schedulingOptions', rule.schedulingOptions),
    ...some('customName', rule.customName),
    ...some('customMessage', rule.customMessage),
  };
}

/** The refusal of a rule that Datadog would not run. */
export function refuseRule(given: JsonObject, type = textOf(given.type) || 'log_detection'): Answer | undefined {
  const asked = arrayOf(given.queries);
  if (asked.some((each) => isObject(each) && each.query === '' && each.ruleId === undefined))
    return textFailure(400, 'Invalid rule configuration', 'Query filter cannot be empty');
  const details: Detail[] = [];
  const rule = objectOf(given.options);
  const keepAlive = Number(rule.keepAlive ?? 0);
  if (type !== 'cloud_configuration' && rule.keepAlive !== undefined) {
    if (rule.maxSignalDuration !== undefined && Number(rule.maxSignalDuration) < keepAlive)
      details.push({
        message: 'Max signal duration must be greater than or equal to keep alive',
        target: 'maxSignalDuration',
      });
    if (!KEEP_ALIVE.includes(keepAlive)) {
      const allowed = KEEP_ALIVE.map((each) => each / 60).join(', ');
      details.push({ message: `Keep alive is not in allowed durations: ${allowed} (in minutes)`, target: 'keepAlive' });
    }
  }
  const scheduling = given.schedulingOptions;
  if (isObject(scheduling) && !/(^|;)FREQ=/.test(textOf(scheduling.rrule)))
    details.push({ message: 'The RRULE schedule is invalid for scheduled rules', target: 'schedulingOptions.rrule' });
  return details.length > 0 ? coded(400, 'InvalidArgument', 'Invalid rule configuration', details) : undefined;
}
