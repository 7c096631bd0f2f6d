// Signals and the jobs that look for them in the past. The sandbox detects nothing by itself; what is made of a signal is kept.
import { type Answer, type Call, created, errorFailure, noContent, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isUuid } from '../people.ts';
import type { Item, World } from '../world.ts';
import { USERS } from './access.ts';
import { wholeRule } from './security-rule.ts';
import { RULES } from './security-rules.ts';
import { author } from './security-words.ts';

const TRIAGE = '/api/v2/security_monitoring/signals/triage';
const JOBS = '/api/v2/siem-historical-detections/jobs';
const INDEXES = '/api/v1/logs/config/indexes';
const JOB = 'historicalDetectionsJob';
/** Milliseconds that a job waits, and then runs. */
const [WAITS, RUNS] = [30_000, 60_000];

/** Ids of events are base64url of a time and more. */
const isSignalId = (id: string): boolean => /^[\w-]{20,}$/.test(id);
const noSignal = (): Answer => textFailure(404, 'Signal not found');

const UNASSIGNED: JsonObject = { id: -1, name: 'Unassigned', uuid: '' };

function assigneeOf(world: World, asked: Json | undefined): JsonObject {
  const uuid = isObject(asked) ? textOf(asked.uuid) : textOf(asked);
  if (uuid === '') return UNASSIGNED;
  const { name, handle, icon } = objectOf(world.find(USERS, uuid)?.attributes);
  return { id: world.user.numericId, name: name ?? null, handle: handle ?? null, icon: icon ?? null, uuid };
}

/** What was made of a signal, with one change more. */
function triaged(world: World, id: string, change: JsonObject): Item {
  const { user } = world;
  const { numericId, name, handle, icon } = user;
  const before = objectOf(world.find(TRIAGE, id)?.attributes);
  const item: Item = {
    id,
    type: 'signal_metadata',
    attributes: {
      incident_ids: [],
      assignee: UNASSIGNED,
      state: 'open',
      archive_reason: 'none',
      ...before,
      ...change,
      state_update_user: { id: numericId, uuid: user.id, name, handle, icon },
      state_update_timestamp: world.now(),
    },
  };
  world.collection(TRIAGE).set(id, item);
  return item;
}

const STATES = ['open', 'archived', 'under_review'];

function stateChange(given: JsonObject): JsonObject | undefined {
  if (!STATES.includes(textOf(given.state))) return undefined;
  const { state, archive_reason, archive_comment, archiveReason, archiveComment } = given;
  return {
    state: state!,
    archive_reason: archive_reason ?? archiveReason ?? 'none',
    ...((archive_comment ?? archiveComment) && { archive_comment: (archive_comment ?? archiveComment)! }),
  };
}

/** A change to one signal, by what was sent. */
const edit =
  (change: (given: JsonObject, world: World) => JsonObject | undefined, older: boolean) =>
  ({ world, params, body }: Call): Answer => {
    const id = params.signal_id ?? '';
    if (!isSignalId(id)) return noSignal();
    const changed = change(older ? objectOf(body) : objectOf(at(body, 'data', 'attributes')), world);
    if (!changed) return textFailure(400, 'Invalid signal state');
    const data = triaged(world, id, changed);
    return older
      ? ok({ status: 'done', elapsed: 4, hitCount: 1, type: 'status', requestId: world.ids.hash() })
      : ok({ data });
  };

const assign = (given: JsonObject, world: World): JsonObject => ({ assignee: assigneeOf(world, given.assignee) });
const incidents = (given: JsonObject): JsonObject => ({
  incident_ids: given.incident_id === undefined ? arrayOf(given.incident_ids) : [given.incident_id],
});

const noSignals = (): Answer => ok({ data: [], meta: { page: {} } });

const badJob = (): Answer => errorFailure(400, { status: '400', detail: 'invalid jobId' });
const time = (now: number): string => new Date(now).toISOString().replace('T', ' ').replace('Z', '000+00');

/** A job as it stands at a time: it waits, runs, and is done. */
function shownJob({ attributes, ...job }: Item, world: World): Item {
  const { startedAt, ...kept } = objectOf(attributes);
  const age = world.now() - Number(startedAt);
  const jobStatus = kept.jobStatus ?? (age < WAITS ? 'pending' : age < WAITS + RUNS ? 'running' : 'completed');
  return { ...job, attributes: { ...kept, jobStatus } };
}

function runJob({ world, body }: Call): Answer {
  const { jobDefinition, fromRule } = objectOf(at(body, 'data', 'attributes'));
  const rule = isObject(fromRule) ? world.find(RULES, textOf(fromRule.id)) : undefined;
  if (isObject(fromRule) && !rule) return errorFailure(404, { status: '404', title: 'Not Found' });
  const given = objectOf(rule ? { ...rule, ...objectOf(fromRule), id: null } : jobDefinition);
  const index = textOf(given.index);
  if (index !== 'main' && !world.find(INDEXES, index))
    return textFailure(400, "input_validation_error(Field 'index' is invalid: Invalid index): Index must exist");
  if (Number(given.to) <= Number(given.from))
    return textFailure(400, "input_validation_error(Field 'to' is invalid: it must be after from)");
  const id = world.ids.uuid();
  const { name, cases, queries, options, message, tags, type } = wholeRule(given, world, undefined);
  const { handle, name: by } = author(world);
  const definition = { from: given.from!, to: given.to!, index, name, cases, queries, options, message, tags, type };
  world.collection(JOBS).set(id, {
    id,
    type: JOB,
    attributes: {
      startedAt: world.now(),
      createdAt: time(world.now()),
      createdByHandle: handle!,
      createdByName: by!,
      ...(rule && { createdFromRuleId: rule.id! }),
      jobDefinition: definition as JsonObject,
      jobName: name ?? '',
      modifiedAt: time(world.now()),
      signalOutput: false,
    },
  });
  return created({ data: { id, type: JOB } });
}

function listJobs({ world, query }: Call): Answer {
  const asked = query.get('filter[query]') ?? '';
  const id = /\bid:([\w-]+)/.exec(asked)?.[1];
  const all = [...world.collection(JOBS).values()]
    .reverse()
    .filter((job) => (id === undefined ? textOf(at(job, 'attributes', 'jobName')).includes(asked) : job.id === id));
  return ok({ data: all.map((job) => shownJob(job, world)), meta: { totalCount: all.length } });
}

/** Runs with the job that the path names. */
function withJob(call: Call, lost: (id: string) => JsonObject, run: (job: Item, id: string) => Answer): Answer {
  const id = call.params.job_id ?? '';
  if (!isUuid(id)) return badJob();
  const job = call.world.find(JOBS, id);
  return job ? run(job, id) : errorFailure(404, lost(id));
}

const nowhere = (): JsonObject => ({ status: '404', detail: 'Not Found' });

const getJob = (call: Call): Answer =>
  withJob(
    call,
    (id) => ({ status: '404', title: 'Not Found', detail: `Job ${id} was not found.` }),
    (job) => ok({ data: shownJob(job, call.world) }),
  );

const cancelJob = (call: Call): Answer =>
  withJob(call, nowhere, (job) => {
    Object.assign(objectOf(job.attributes), { jobStatus: 'cancelled', modifiedAt: time(call.world.now()) });
    return noContent;
  });

function deleteJob(call: Call): Answer {
  if (!isUuid(call.params.job_id ?? ''))
    return errorFailure(400, { status: '400', title: 'Generic Error', detail: 'invalid jobId' });
  return withJob(call, nowhere, (_job, id) => {
    call.world.remove(JOBS, id);
    return noContent;
  });
}

function convertResults({ body }: Call): Answer {
  const ids = arrayOf(at(body, 'data', 'attributes', 'jobResultIds'));
  return ids.length === 0 || ids.includes('')
    ? errorFailure(400, { status: '400', title: 'Generic Error', detail: 'empty jobResultId provided' })
    : noContent;
}

export const signalFamily: Family = {
  name: 'signals',
  handlers: {
    'v2.ListSecurityMonitoringSignals': noSignals,
    'v2.SearchSecurityMonitoringSignals': noSignals,
    'v2.GetSecurityMonitoringSignal': noSignal,
    'v2.EditSecurityMonitoringSignalAssignee': edit(assign, false),
    'v2.EditSecurityMonitoringSignalIncidents': edit(incidents, false),
    'v2.EditSecurityMonitoringSignalState': edit(stateChange, false),
    'v1.EditSecurityMonitoringSignalAssignee': edit(assign, true),
    'v1.EditSecurityMonitoringSignalState': edit(stateChange, true),
    'v1.AddSecurityMonitoringSignalToIncident': edit(incidents, true),
    'v2.RunHistoricalJob': runJob,
    'v2.ListHistoricalJobs': listJobs,
    'v2.GetHistoricalJob': getJob,
    'v2.CancelHistoricalJob': cancelJob,
    'v2.DeleteHistoricalJob': deleteJob,
    'v2.ConvertJobResultToSignal': convertResults,
  },
};
