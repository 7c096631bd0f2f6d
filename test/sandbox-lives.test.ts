// Datadog's own TypeScript client makes, reads, changes and deletes what every family of the sandbox keeps; every other write is called too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Operation, operations } from '../src/datadog/catalogue.ts';
import { shapeOf } from '../src/sandbox/models.ts';
import { planOf } from '../src/sandbox/plan.ts';
import { type SandboxServer, startSandbox } from '../src/sandbox/server.ts';
import { BODIES } from './harness/bodies.ts';
import { type Outcome, type RealClient, realClient, unparsedIn } from './harness/real-client.ts';
import { sampleOf } from './harness/samples.ts';

let sandbox: SandboxServer;
let client: RealClient;
before(async () => {
  sandbox = await startSandbox({ port: 0 });
  client = realClient(sandbox.url);
});
after(() => sandbox?.close());

const all = operations().filter(({ host }) => host === 'api');
/** Files are uploaded by tests of their own. */
const takesFile = ({ request }: Operation): boolean => request?.mediaTypes.includes('multipart/form-data') === true;
const bodyFor = ({ key, version, request }: Operation): unknown =>
  request?.model === undefined ? undefined : (BODIES[key] ?? sampleOf(shapeOf(version, request.model)));

/** Calls an operation. What the client could not read is told, not thrown. */
async function call(operation: Operation, found: string[], path = {}, body = bodyFor(operation)) {
  try {
    const outcome = await client.call(operation, { path, ...(body !== undefined && { body }) });
    const unparsed = outcome && 'value' in outcome ? unparsedIn(outcome.value) : undefined;
    const told = unparsed && `${operation.key} has what the client does not know: ${unparsed}`;
    if (told && !KNOWN.test(told)) found.push(told);
    return outcome;
  } catch (error) {
    found.push(`${operation.key}: ${String(error).slice(0, 200)}`);
    return undefined;
  }
}

/** What Datadog itself includes though its client has no type for it: the permissions of a key's owner. */
const KNOWN = /^v2\.GetCurrentUserApplicationKey has what the client does not know: \.included\./;

const IDS = ['id', 'publicId', 'token', 'name', 'serviceName', 'handle'];

/** What may be the id of what was made, in a value of the client. */
function idsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const here = value as Record<string, unknown>;
  const inner = here.data ?? here.privateLocation ?? here;
  const one = (Array.isArray(inner) ? inner[0] : inner) as Record<string, unknown> | undefined;
  return IDS.flatMap((name) => (one?.[name] === undefined || one[name] === '' ? [] : [String(one[name])]));
}

const good = (outcome: Outcome | undefined): outcome is { value: unknown } =>
  outcome !== undefined && 'value' in outcome;
const statusOf = (outcome: Outcome | undefined): number => (outcome && 'status' in outcome ? outcome.status : 200);

/** What is there after its deletion: users are disabled, downtimes are cancelled. */
const STAYS = new Set(['/api/v2/users', '/api/v1/downtime', '/api/v2/downtime']);
/** What is unknown is a bad request to the log pipelines. */
const UNKNOWN: Readonly<Record<string, number>> = { '/api/v1/logs/config/pipelines': 400 };

test('what is made is read, changed, deleted, and then gone', async () => {
  const found: string[] = [];
  const lived: string[] = [];
  for (const create of all) {
    const plan = planOf(create);
    if (plan.role !== 'create' || plan.parent || takesFile(create)) continue;
    const of = (role: string) =>
      all.find((each) => planOf(each).role === role && planOf(each).collection === create.path && !takesFile(each));
    const [get, update, remove] = [of('get'), of('update'), of('delete')];
    const made = await call(create, found);
    if (!good(made)) {
      if (create.key in BODIES) found.push(`${create.key} is refused: ${JSON.stringify(made)}`);
      continue;
    }
    if (!get || !remove) continue;
    const named = (operation: Operation, id: string) => ({ [planOf(operation).param ?? '']: id });
    let id: string | undefined;
    for (const each of idsIn(made.value)) {
      if (good(await call(get, found, named(get, each)))) {
        id = each;
        break;
      }
    }
    if (id === undefined) continue;
    if (update) await call(update, found, named(update, id));
    const removed = await call(remove, found, named(remove, id));
    if (!good(removed)) {
      found.push(`${remove.key} of what was made answers ${statusOf(removed)}`);
      continue;
    }
    const gone = STAYS.has(create.path) ? 200 : (UNKNOWN[create.path] ?? 404);
    const then = statusOf(await call(get, found, named(get, id)));
    if (then !== gone) found.push(`${get.key} answers ${then} after ${remove.key}`);
    lived.push(create.key);
  }
  assert.deepEqual(found, []);
  assert.ok(lived.length >= 75, `only ${lived.length} lived`);
});

test('every write is answered in a way that the client reads', async () => {
  const found: string[] = [];
  let answered = 0;
  for (const operation of all) {
    if (operation.method === 'GET' || takesFile(operation)) continue;
    if (good(await call(operation, found))) answered += 1;
  }
  assert.deepEqual(found, []);
  assert.ok(answered > 300, `only ${answered} writes were answered with success`);
});
