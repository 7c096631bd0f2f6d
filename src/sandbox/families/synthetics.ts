// Synthetic tests of all types with the monitor that each brings along.
import { type Answer, type Call, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { applyPatch } from '../json-patch.ts';
import { isoMicroseconds } from '../times.ts';
import type { Item, World } from '../world.ts';
import { MONITORS } from './monitors.ts';
import { LOCATIONS } from './synthetics-locations.ts';

const TESTS = '/api/v1/synthetics/tests';

/** The calling user as synthetics name one. */
export const author = ({ user }: World): JsonObject => ({ name: user.name, handle: user.handle, email: user.email });

/** What certificates and secret variables hold is taken and never told again. */
function withoutSecrets(config: JsonObject): JsonObject {
  const hide = (variable: Json): Json => {
    if (!isObject(variable) || variable.secure !== true) return variable;
    const { example: _example, pattern: _pattern, ...rest } = variable;
    return rest;
  };
  const result: JsonObject = { ...config };
  for (const field of ['variables', 'configVariables']) {
    if (Array.isArray(config[field])) result[field] = config[field].map(hide);
  }
  const certificate = at(config, 'request', 'certificate');
  if (isObject(certificate)) {
    const bare = Object.fromEntries(
      Object.entries(certificate).map(([name, each]) => {
        const { content: _content, ...rest } = objectOf(each);
        return [name, rest];
      }),
    );
    result.request = { ...objectOf(config.request), certificate: bare };
  }
  return result;
}

/** Steps of multistep tests have ids of their own; they keep them when a test is sent back with them. */
function withStepIds(config: JsonObject, world: World, before: Json | undefined): JsonObject {
  if (!Array.isArray(config.steps)) return config;
  const known = new Set(arrayOf(at(before, 'config', 'steps')).map((step) => at(step, 'id')));
  const steps = config.steps.map((step) =>
    isObject(step) ? { ...step, id: step.id !== undefined && known.has(step.id) ? step.id : world.ids.short() } : step,
  );
  return { ...config, steps };
}

const MONITOR_OPTIONS: JsonObject = {
  on_missing_data: 'show_no_data',
  notify_audit: false,
  new_host_delay: 300,
  include_tags: true,
};

function optionsOf(sent: JsonObject): JsonObject {
  const { monitor_options: options } = sent;
  if (!isObject(options) || Object.keys(options).length === 0) return sent;
  return { ...sent, monitor_options: { ...MONITOR_OPTIONS, ...options } };
}

function refuse(call: Call, given: JsonObject): Answer | undefined {
  const faults: string[] = [];
  const type = textOf(given.type) || /tests\/(\w+)/.exec(call.operation.path)?.[1];
  if (textOf(given.name) === '') faults.push("Required parameter 'name' is missing");
  const config = objectOf(given.config);
  if (
    type === 'api' &&
    given.subtype !== 'multi' &&
    config.steps === undefined &&
    arrayOf(config.assertions).length === 0
  ) {
    faults.push("Minimum number of elements in parameter 'assertions' should be 1");
  }
  if (at(given, 'options', 'tick_every') === undefined) faults.push("Required parameter 'tick_every' is missing");
  if (type !== 'mobile' && arrayOf(given.locations).length === 0)
    faults.push("Minimum number of elements in parameter 'locations' should be 1");
  return faults.length > 0 ? textFailure(400, faults.join('\n')) : undefined;
}

const tests: CollectionRule = {
  at: TESTS,
  idField: 'public_id',
  newId: (ids) => ids.short(),
  strict: false,
  check: (call, given) => refuse(call, given),
  update: 'replace',
  finish: (item, { world }, before, given) =>
    finished({ ...item, status: given.status ?? before?.status ?? null, steps: item.steps ?? null }, world, before),
  notFound: () => textFailure(404, 'Synthetics test not found'),
};

function finished(item: Item, world: World, before: Item | undefined): Item {
  const now = isoMicroseconds(world.now());
  const type = textOf(item.type ?? before?.type) || 'api';
  const monitorId = before?.monitor_id ?? world.ids.integer(160_000_000);
  const { stepCount: _count, ...kept } = item;
  const test: Item = {
    ...kept,
    name: item.name ?? '',
    status: item.status ?? (type === 'browser' ? 'paused' : 'live'),
    type,
    tags: item.tags ?? [],
    created_at: before?.created_at ?? now,
    modified_at: now,
    config: withStepIds(withoutSecrets(objectOf(item.config)), world, before),
    message: item.message ?? '',
    options: optionsOf(objectOf(item.options)),
    locations: arrayOf(item.locations).length > 0 ? item.locations! : ['aws:us-west-2'],
    created_by: before?.created_by ?? author(world),
    creator: before?.creator ?? author(world),
    deleted_at: null,
    monitor_id: monitorId,
    org_id: world.user.orgId,
    modified_by: author(world),
    ...(before && { overall_state: 2, overall_state_modified: null }),
    ...(type === 'api' && { subtype: item.subtype ?? 'http' }),
    ...(type !== 'api' && {
      steps: arrayOf(item.steps).map((step) =>
        isObject(step) ? { ...step, public_id: step.public_id ?? world.ids.short() } : step,
      ),
      stepCount: {
        assertions: arrayOf(item.steps).filter((step) => textOf(at(step, 'type')).startsWith('assert')).length,
        subtests: arrayOf(item.steps).filter((step) => at(step, 'type') === 'playSubTest').length,
        total: arrayOf(item.steps).length,
      },
    }),
  };
  keepMonitor(test, world);
  return test;
}

/** The monitor of a test: there as long as the test is, and changed with it alone. */
function keepMonitor(test: Item, world: World): void {
  const id = String(test.monitor_id);
  const { user } = world;
  const now = isoMicroseconds(world.now());
  const before = world.find(MONITORS, id);
  world.collection(MONITORS).set(id, {
    id: test.monitor_id ?? 0,
    org_id: user.orgId,
    type: 'synthetics alert',
    name: at(test, 'options', 'monitor_name') ?? `[Synthetics] ${textOf(test.name)}`,
    message: test.message ?? '',
    tags: [
      ...arrayOf(test.tags),
      `check_type:${textOf(test.type)}`,
      `check_status:${textOf(test.status)}`,
      ...arrayOf(test.locations).map((each) => `probe_dc:${textOf(each)}`),
    ],
    query: 'no_query',
    options: {
      notify_audit: false,
      locked: false,
      include_tags: true,
      new_host_delay: 300,
      notify_no_data: false,
      renotify_interval: 0,
      silenced: {},
      synthetics_check_id: test.public_id ?? '',
    },
    multi: false,
    created_at: Math.floor(world.now() / 1000) * 1000,
    created: before?.created ?? now,
    modified: now,
    deleted: null,
    priority: at(test, 'options', 'monitor_priority') ?? null,
    restricted_roles: null,
    restriction_policy: null,
    overall_state_modified: null,
    overall_state: 'No Data',
    creator: { ...author(world), id: user.numericId },
    matching_downtimes: [],
  });
}

function deleteTests({ world, body }: Call): Answer {
  const ids = arrayOf(at(body, 'public_ids')).map(textOf);
  if (ids.length === 0) return textFailure(400, "Minimum number of elements in parameter 'public_ids' should be 1");
  const missing = ids.find((id) => !world.find(TESTS, id));
  if (missing !== undefined) return textFailure(404, 'Synthetics test not found');
  const deleted_at = isoMicroseconds(world.now());
  for (const id of ids) {
    world.remove(MONITORS, String(world.find(TESTS, id)!.monitor_id));
    world.remove(TESTS, id);
  }
  return ok({ deleted_tests: ids.map((public_id) => ({ public_id, deleted_at })) });
}

/** Runs with the test that the path names. */
function withTest(call: Call, run: (test: Item, id: string) => Answer): Answer {
  const id = call.params.public_id ?? '';
  const test = call.world.find(TESTS, id);
  return test ? run(test, id) : textFailure(404, 'Synthetics test not found');
}

function patchTest(call: Call): Answer {
  return withTest(call, (before, id) => {
    const patched = applyPatch(before, arrayOf(at(call.body, 'data')));
    if (typeof patched === 'string') return textFailure(400, patched);
    const test = finished(objectOf(patched), call.world, before);
    call.world.collection(TESTS).set(id, test);
    return ok(test);
  });
}

function setStatus(call: Call): Answer {
  return withTest(call, (test) => {
    const status = textOf(at(call.body, 'new_status'));
    if (status !== 'live' && status !== 'paused')
      return textFailure(400, "Parameter 'new_status' should be one of live, paused");
    test.status = status;
    return ok(true);
  });
}

function listTests({ world, query }: Call): Answer {
  const size = Number(query.get('page_size') ?? 100);
  const page = Number(query.get('page_number') ?? 0);
  const all = [...world.collection(TESTS).values()];
  return ok({
    tests: all.slice(page * size, (page + 1) * size).map(({ steps: _steps, ...test }) => test),
    total: all.length,
  });
}

function searchTests({ world, query }: Call): Answer {
  const text = (query.get('text') ?? '').toLowerCase();
  const found = [...world.collection(TESTS).values()].filter((test) => textOf(test.name).toLowerCase().includes(text));
  const start = Number(query.get('start') ?? 0);
  const tests = found.slice(start, start + Number(query.get('count') ?? 50));
  return ok({ tests, facets: [], total: found.length });
}

function trigger({ world, body }: Call): Answer {
  const ids = arrayOf(at(body, 'tests')).map((each) => textOf(at(each, 'public_id')));
  if (ids.length === 0) return textFailure(400, "Minimum number of elements in parameter 'tests' should be 1");
  const locations = LOCATIONS.map(([name, shown, region], i) => ({
    id: 30_000 + i,
    name,
    display_name: shown,
    region,
    is_active: true,
    is_public: true,
    metadata: null,
  }));
  const asked = ids.flatMap((id) =>
    arrayOf(world.find(TESTS, id)?.locations ?? ['aws:us-east-2']).map((name) => ({ id, name })),
  );
  const used = locations.filter(({ name }) => asked.some((each) => each.name === name));
  return ok({
    batch_id: null,
    triggered_check_ids: ids,
    locations: used,
    results: asked.map(({ id, name }) => ({
      public_id: id,
      location: used.find((each) => each.name === name)?.id ?? 0,
      result_id: String(world.ids.integer(2_147_451_725_290_613)),
      device: null,
    })),
  });
}

function uptimes({ world, body }: Call): Answer {
  const ids = arrayOf(at(body, 'public_ids')).map(textOf);
  if (ids.length === 0) return textFailure(400, "Minimum number of elements in parameter 'public_ids' should be 1");
  const [from, to] = [Number(at(body, 'from_ts')), Number(at(body, 'to_ts'))];
  return ok(
    ids.map((public_id) => ({
      public_id,
      from_ts: from,
      to_ts: to,
      groups: [],
      overall: {
        errors: null,
        group: 'total',
        history: [[from, 0]],
        monitor_modified: Math.floor(world.now() / 1000),
        monitor_type: 'synthetics alert',
        name: `[Synthetics] ${textOf(world.find(TESTS, public_id)?.name)}`,
        preview: false,
        span_precision: 0,
        uptime: 100,
      },
    })),
  );
}

const NO_RESULTS = ok({ results: [], last_timestamp_fetched: 0 });
const noSuchResult = (call: Call): Answer => withTest(call, () => textFailure(404, 'Result not found'));

export const syntheticsFamily: Family = {
  name: 'synthetics',
  collections: {
    [TESTS]: tests,
    [`${TESTS}/api`]: tests,
    [`${TESTS}/browser`]: tests,
    [`${TESTS}/mobile`]: tests,
  },
  handlers: {
    'v1.ListTests': listTests,
    'v1.SearchTests': searchTests,
    'v1.DeleteTests': deleteTests,
    'v1.PatchTest': patchTest,
    'v1.UpdateTestPauseStatus': setStatus,
    'v1.TriggerTests': trigger,
    'v1.TriggerCITests': trigger,
    'v1.FetchUptimes': uptimes,
    'v1.GetAPITestLatestResults': (call) => withTest(call, () => NO_RESULTS),
    'v1.GetBrowserTestLatestResults': (call) => withTest(call, () => NO_RESULTS),
    'v1.GetAPITestResult': noSuchResult,
    'v1.GetBrowserTestResult': noSuchResult,
  },
};
