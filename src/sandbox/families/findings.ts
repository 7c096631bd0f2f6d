// Findings: muting them, and the cases and Jira issues that they are attached to. The sandbox scans nothing, so that any id in the form of a finding's is one.
import { type Answer, type Call, created, errorFailure, noContent, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isUuid, relation } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const CASES = '/api/v2/cases';
const NIL = '00000000-0000-0000-0000-000000000000';

const refused = (status: number, title: string, detail: string): Answer =>
  errorFailure(status, { status: String(status), title, detail });
const noFinding = (): Answer => refused(400, 'Bad Request', 'no finding provided');

/** The two halves of a finding's id: what was found, and where. Undefined when it is none. */
function halves(id: string): readonly [what: string, where: string] | undefined {
  if (!/^[\w-]+={0,2}$/.test(id)) return undefined;
  const [what, where] = Buffer.from(id, 'base64url').toString('latin1').split('~');
  return what && where && /^[\x20-\x7e]+$/.test(what) ? [what, where] : undefined;
}

const findingsOf = (resource: Json | undefined): string[] =>
  arrayOf(at(resource, 'relationships', 'findings', 'data')).map((each) => textOf(at(each, 'id')));

/** The refusal of a resource's findings: there has to be one, and each has to be one. */
function refuseFindings(resource: Json | undefined): Answer | undefined {
  const ids = findingsOf(resource);
  if (ids.length === 0) return noFinding();
  return ids.every(halves) ? undefined : refused(404, 'Not Found', 'finding not found');
}

const projectOf = (resource: Json | undefined): string =>
  textOf(at(resource, 'relationships', 'project', 'data', 'id'));

const insights = (ids: readonly string[]): Json[] =>
  ids.map((id) => ({
    type: 'SECURITY_FINDING',
    ref: `/security/csm/vm?vulnerability=${encodeURIComponent(halves(id)?.[0] ?? '')}`,
    resource_id: id,
  }));

function makeCase(resource: JsonObject, world: World, more: JsonObject): Item {
  const id = world.ids.uuid();
  const { title, description, priority } = objectOf(resource.attributes);
  const ids = findingsOf(resource);
  const made: Item = {
    id,
    type: 'cases',
    attributes: {
      created_at: isoZulu(world.now()),
      creation_source: 'CS_SECURITY_FINDING',
      description: description ?? '',
      insights: insights(ids),
      ...more,
      key: `CSMINV-${world.collection(CASES).size + 1}`,
      priority: priority ?? 'NOT_DEFINED',
      status: 'OPEN',
      status_group: 'SG_OPEN',
      status_name: 'Open',
      title: title ?? `Security finding ${halves(ids[0] ?? '')?.[0] ?? ''}`,
      type: 'SECURITY',
    },
    relationships: {
      created_by: relation('users', world.user.id),
      project: relation('projects', projectOf(resource)),
    },
  };
  world.collection(CASES).set(id, made);
  return made;
}

function createCases(call: Call, more: (resource: JsonObject) => JsonObject): Answer {
  const { world, body } = call;
  const asked = arrayOf(at(body, 'data')).filter(isObject);
  if (asked.length === 0) return noFinding();
  for (const each of asked) {
    const bad = refuseFindings(each);
    if (bad) return bad;
    const project = projectOf(each);
    if (!isUuid(project) || project === NIL) return refused(404, 'Not Found', 'project not found');
  }
  return created({ data: asked.map((each) => makeCase(each, world, more(each))) });
}

/** An issue of the Jira that a project is bound to. */
function jiraIssue(world: World, url?: string): JsonObject {
  const number = world.ids.integer(100_000);
  const key = url?.split('/').at(-1) ?? `SEC-${number}`;
  return {
    jira_issue: {
      status: 'COMPLETED',
      result: {
        issue_id: String(number),
        issue_key: key,
        issue_url: url ?? `https://sandbox.atlassian.net/browse/${key}`,
        account_id: world.ids.uuid(),
      },
    },
  };
}

/** Attaches findings to a case, and takes them from any other. */
function attach(world: World, found: Item, ids: readonly string[], more: JsonObject): Answer {
  detach(world, ids);
  const attributes = objectOf(found.attributes);
  attributes.insights = [...arrayOf(attributes.insights), ...insights(ids)];
  Object.assign(attributes, more, { modified_at: isoZulu(world.now()) });
  found.relationships = { ...objectOf(found.relationships), modified_by: relation('users', world.user.id) };
  return ok({ data: found });
}

function detach(world: World, ids: readonly string[]): void {
  for (const { attributes } of world.collection(CASES).values()) {
    const kept = objectOf(attributes);
    if (Array.isArray(kept.insights))
      kept.insights = kept.insights.filter((each) => !ids.includes(textOf(at(each, 'resource_id'))));
  }
}

function attachToCase({ world, params, body }: Call): Answer {
  const resource = at(body, 'data');
  const bad = refuseFindings(resource);
  if (bad) return bad;
  const found = world.find(CASES, params.case_id ?? '');
  if (!found) return refused(404, 'Not Found', 'failed to get case: case not found');
  return attach(world, found, findingsOf(resource), {});
}

function attachToJira({ world, body }: Call): Answer {
  const resource = objectOf(at(body, 'data'));
  const bad = refuseFindings(resource);
  if (bad) return bad;
  const url = textOf(at(resource, 'attributes', 'jira_issue_url'));
  if (!/^https:\/\/[^/]+\/browse\/\w+-\d+$/.test(url)) return refused(400, 'Bad Request', 'invalid jira issue url');
  const known = [...world.collection(CASES).values()].find(
    (each) => at(each, 'attributes', 'jira_issue', 'result', 'issue_url') === url,
  );
  const found =
    known ??
    makeCase({ ...resource, relationships: { project: at(resource, 'relationships', 'project') ?? null } }, world, {});
  return attach(world, found, findingsOf(resource), jiraIssue(world, url));
}

function detachFromCases({ world, body }: Call): Answer {
  const resource = at(body, 'data');
  const bad = refuseFindings(resource);
  if (bad) return bad;
  detach(world, findingsOf(resource));
  return noContent;
}

/** Why a finding may be muted, and why no longer. */
const REASONS = {
  mute: ['PENDING_FIX', 'FALSE_POSITIVE', 'ACCEPTED_RISK', 'RISK_ACCEPTED', 'NO_FIX', 'DUPLICATE', 'OTHER'],
  unmute: ['NO_PENDING_FIX', 'HUMAN_ERROR', 'NO_LONGER_ACCEPTED_RISK', 'OTHER'],
};

function mute({ world, body }: Call): Answer {
  const { mute: asked } = objectOf(at(body, 'data', 'attributes'));
  const until = at(asked, 'expire_at');
  if (until !== undefined && until !== null && Number(until) <= world.now()) {
    const detail = 'Invalid expiration date. Please provide an expiration date in the future';
    return refused(422, 'Invalid Request', detail);
  }
  const reasons = at(asked, 'is_muted') === false ? REASONS.unmute : REASONS.mute;
  if (!reasons.includes(textOf(at(asked, 'reason')))) {
    const detail = `The provided reason is not valid for the specified mute action. Possible values: [${reasons.join(' ')}]`;
    return refused(422, 'Invalid Request', detail);
  }
  const bad = refuseFindings(at(body, 'data'));
  return bad ?? { status: 202, body: { data: { id: world.ids.uuid(), type: 'mute' } } };
}

function assign({ world, body }: Call): Answer {
  const bad = refuseFindings(at(body, 'data'));
  return bad ?? { status: 202, body: { data: { id: world.ids.uuid(), type: 'assignee' } } };
}

/** Lists of what scanners found: empty, since none runs. A cursor or token that this list did not give is refused. */
const noneFound =
  (cursor: string, refusal: Answer, meta: JsonObject) =>
  ({ query }: Call): Answer =>
    query.has(cursor) ? refusal : ok({ data: [], meta });

const unknownToken = errorFailure(400, { status: '400', title: 'Unexpected internal error' });
const noneByToken = noneFound('page[token]', unknownToken, { count: 0, token: '', total: 0 });
const SEARCHED = { elapsed: 12, request_id: 'sandbox', status: 'done' };

function searchFindings({ body }: Call): Answer {
  if (!isObject(body) || !('data' in body || 'meta' in body || 'errors' in body)) {
    const members = 'document is missing required top-level members; must have one of: "data", "meta", "errors"';
    return refused(400, 'Bad Request', members);
  }
  return ok({ data: [], meta: SEARCHED });
}

export const findingFamily: Family = {
  name: 'findings',
  handlers: {
    'v2.CreateCases': (call) => createCases(call, () => ({})),
    'v2.CreateJiraIssues': (call) => createCases(call, () => jiraIssue(call.world)),
    'v2.AttachCase': attachToCase,
    'v2.AttachJiraIssue': attachToJira,
    'v2.DetachCase': detachFromCases,
    'v2.MuteSecurityFindings': mute,
    'v2.UpdateFindingsAssignee': assign,
    'v2.ListSecurityFindings': noneFound(
      'page[cursor]',
      errorFailure(400, { status: '400', detail: 'Invalid filters' }),
      SEARCHED,
    ),
    'v2.SearchSecurityFindings': searchFindings,
    'v2.ListVulnerabilities': noneByToken,
    'v2.ListVulnerableAssets': noneByToken,
    'v2.ListScannedAssetsMetadata': noneByToken,
    'v2.ListAssetsSBOMs': noneByToken,
  },
};
