// Error Tracking: the issues that an organisation's errors amount to, their state and who looks after them.
import { type Answer, type Call, jsonApiFailure, noContent, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { at, type JsonObject, objectOf, textOf } from '../json.ts';
import { isUuid, relation } from '../people.ts';
import type { Item, World } from '../world.ts';

const ISSUES = '/api/v2/error-tracking/issues';
const TRACKS = ['trace', 'logs', 'rum'];
const STATES = ['OPEN', 'ACKNOWLEDGED', 'RESOLVED', 'IGNORED', 'EXCLUDED'];
const DAY = 86_400_000;

const noIssue = (): Answer => jsonApiFailure(404, 'issue not found');

const withIssue =
  (run: (call: Call, issue: Item) => Answer) =>
  (call: Call): Answer => {
    const id = call.params.issue_id ?? '';
    if (!isUuid(id)) return jsonApiFailure(400, 'issue id is not an uuid');
    const issue = call.world.find(ISSUES, id);
    return issue ? run(call, issue) : noIssue();
  };

/** An issue as it is now: it was first seen a week ago and is still seen. */
function shown(issue: Item, world: World): Item {
  const { track: _track, sessions: _sessions, total: _total, ...attributes } = objectOf(issue.attributes);
  const now = world.now();
  return { ...issue, attributes: { ...attributes, first_seen: now - 7 * DAY, last_seen: now - 60_000 } };
}

const show = withIssue(({ world }, issue) => ok({ data: shown(issue, world) }));

const dropAssignee = withIssue((_call, issue) => {
  const { assignee: _gone, ...rest } = objectOf(issue.relationships);
  issue.relationships = rest;
  return noContent;
});

/** Takes a user as assignee; an id that is none is refused before the issue is looked for. */
function assign(call: Call): Answer {
  const id = textOf(at(call.body, 'data', 'id'));
  if (!isUuid(id)) return jsonApiFailure(400, `invalid UUID length: ${id.length}`);
  return withIssue(({ world }, issue) => {
    issue.relationships = { ...objectOf(issue.relationships), assignee: relation('user', id) };
    return ok({ data: shown(issue, world) });
  })(call);
}

function setState(call: Call): Answer {
  const state = textOf(at(call.body, 'data', 'attributes', 'state'));
  if (!STATES.includes(state.toUpperCase()))
    return jsonApiFailure(400, `invalid json value for IssueState: ${JSON.stringify(state)}`);
  return withIssue(({ world }, issue) => {
    objectOf(issue.attributes).state = state.toUpperCase();
    return ok({ data: shown(issue, world) });
  })(call);
}

function search({ world, body, query }: Call): Answer {
  const given = objectOf(at(body, 'data', 'attributes'));
  const track = textOf(given.track);
  if (track !== '' && !TRACKS.includes(track)) return jsonApiFailure(400, `invalid json value for TrackType: ${track}`);
  const service = /service:([\w.-]+\*?)/.exec(textOf(given.query))?.[1];
  const fits = (name: string): boolean =>
    service === undefined || (service.endsWith('*') ? name.startsWith(service.slice(0, -1)) : name === service);
  const found = [...world.collection(ISSUES).values()].filter(
    (issue) =>
      (track === '' || at(issue, 'attributes', 'track') === track) && fits(textOf(at(issue, 'attributes', 'service'))),
  );
  const results = found.map((issue): JsonObject => {
    const { sessions = 0, total = 0 } = objectOf(issue.attributes);
    return {
      id: issue.id ?? '',
      type: 'error_tracking_search_result',
      attributes: { impacted_sessions: sessions, total_count: total },
      relationships: { issue: relation('issue', issue.id) },
    };
  });
  const include = (query.get('include') ?? '').split(',');
  return ok({
    data: results,
    ...(include.includes('issue') && { included: found.map((issue) => shown(issue, world)) }),
  });
}

/** Issues that the sandbox's services are known by. */
const FIRST: readonly JsonObject[] = [
  { service: 'web-store', error_type: 'TypeError', error_message: 'Cannot read properties of undefined', track: 'rum' },
  { service: 'payments', error_type: 'TimeoutError', error_message: 'upstream request timed out', track: 'trace' },
  { service: 'orders', error_type: 'ValueError', error_message: 'invalid literal for int()', track: 'logs' },
];

export const errorTrackingFamily: Family = {
  name: 'error tracking',
  handlers: {
    'v2.GetIssue': show,
    'v2.SearchIssues': search,
    'v2.UpdateIssueState': setState,
    'v2.UpdateIssueAssignee': assign,
    'v2.DeleteIssueAssignee': dropAssignee,
  },
  seed(world) {
    for (const [i, issue] of FIRST.entries()) {
      const id = `9d1c3c5e-0b1f-11f0-8a28-da7ad09000${String(i + 10)}`;
      world.collection(ISSUES).set(id, {
        id,
        type: 'issue',
        attributes: {
          ...issue,
          file_path: '',
          first_seen_version: '',
          function_name: '',
          is_crash: false,
          languages: [issue.track === 'rum' ? 'JAVASCRIPT' : 'PYTHON'],
          last_seen_version: '',
          platform: issue.track === 'rum' ? 'BROWSER' : 'BACKEND',
          state: 'OPEN',
          sessions: issue.track === 'rum' ? 42 : 0,
          total: 1200 + i,
        },
        relationships: {},
      });
    }
  },
};
