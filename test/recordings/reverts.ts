// Plays recorded scenarios into the sandbox, and undoes each change at once by the plan that Dogwatch makes of its images: is the
// resource then as it was before? `npm run reverts -- --corpus FILE`.
import { parseArgs } from 'node:util';
import { difference } from '../../src/change/diff.ts';
import { fieldPathOf } from '../../src/change/path.ts';
import { imageIn, type Read, readOf } from '../../src/datadog/before.ts';
import { classify, createdResources } from '../../src/datadog/classify.ts';
import { effectOf, inSafeOrder, type RestoreCall, restoreOf } from '../../src/datadog/restore.ts';
import { serverMade } from '../../src/datadog/server-made.ts';
import { hostKindOf } from '../../src/datadog/sites.ts';
import { normaliseTarget } from '../../src/datadog/target.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { type RecordedInteraction, readCorpus } from './corpus.ts';

interface Count {
  changes: number;
  /** As it was, but for what Datadog makes itself. */
  restored: number;
  /** The plan says that it cannot be put back, or why not all of it. */
  told: number;
  wrong: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Reverts {
  readonly kinds: ReadonlyMap<string, Count>;
  readonly wrong: readonly string[];
}

type Ask = (method: string, target: string, body?: string) => Promise<Answer>;

/** @param most scenarios of each kind of resource that are played; all when absent */
export async function compareReverts(corpus: readonly RecordedInteraction[][], most = Number.POSITIVE_INFINITY) {
  const kinds = new Map<string, Count>();
  const wrong: string[] = [];
  const played = new Map<string, number>();
  for (const scenario of corpus) {
    const about = scenario.map(kindOf).find((kind) => kind !== undefined);
    if (about === undefined || (played.get(about) ?? 0) >= most) continue;
    played.set(about, (played.get(about) ?? 0) + 1);
    // One Datadog for each scenario, as each was recorded by itself.
    const sandbox = await startSandbox({ port: 0 });
    const ask: Ask = async (method, target, body) => {
      const response = await fetch(sandbox.url + target, {
        method,
        headers: {
          'dd-api-key': 'a'.repeat(32),
          'dd-application-key': 'b'.repeat(40),
          'content-type': 'application/json',
        },
        ...(body !== undefined && body !== '' && method !== 'GET' && { body }),
      });
      return { status: response.status, text: await response.text() };
    };
    try {
      await play(scenario, ask, kinds, wrong);
    } finally {
      await sandbox.close();
    }
  }
  return { kinds, wrong } satisfies Reverts;
}

function classified(method: string, url: URL, body: string) {
  const host = hostKindOf(url.hostname.replace('.datadoghq.com', ''));
  const target = normaliseTarget(url.pathname + url.search);
  return classify({ method, target, host, body: Buffer.from(body) }, (secret) => `dwfp_${Buffer.from(secret).length}`)
    .classification;
}

function kindOf({ method, url, requestBody, status }: RecordedInteraction): string | undefined {
  const { operation, resources } = classified(method, new URL(url), requestBody.toString('utf8'));
  return status < 300 && effectOf(operation) !== 'none' ? resources[0]?.kind : undefined;
}

async function play(
  scenario: readonly RecordedInteraction[],
  ask: Ask,
  kinds: Map<string, Count>,
  wrong: string[],
): Promise<void> {
  /** Ids as recorded, and as the sandbox made them. */
  const ids = new Map<string, string>();
  const mapped = (text: string): string => {
    let result = text;
    for (const [old, now] of ids) result = result.replaceAll(old, now);
    return result;
  };
  for (const recorded of scenario) {
    const url = new URL(mapped(recorded.url));
    const body = mapped(recorded.requestBody.toString('utf8'));
    const { operation } = classified(recorded.method, url, body);
    const target = url.pathname + url.search;
    const effect = recorded.status < 300 ? effectOf(operation) : 'none';
    const reads = effect === 'update' || effect === 'delete' ? readOf(operation, target, Buffer.from(body)) : [];
    const read = 'none' in reads || reads.length !== 1 ? undefined : reads[0];
    const before = read && (await imageOf(read, ask));
    const answer = await ask(recorded.method, target, body);
    learn(recorded.responseBody.toString('utf8'), answer.text, ids);
    if (answer.status >= 300 || read === undefined || before === undefined) continue;
    const { kind, id } = read;
    const count = kinds.get(kind) ?? { changes: 0, restored: 0, told: 0, wrong: 0 };
    kinds.set(kind, count);
    count.changes++;
    const after = await imageOf(read, ask);
    const { calls, cannot } = restoreOf({
      operation,
      target,
      kind,
      id,
      request: Buffer.from(body),
      before,
      ...(after !== undefined && { after }),
    });
    const now = await restore(inSafeOrder(calls), read, ask);
    const differences =
      now === undefined
        ? ['it is not there']
        : difference(before, now, serverMade(kind)).changes.map(({ path }) => fieldPathOf(path));
    if (differences.length === 0) count.restored++;
    else if (cannot.length > 0) count.told++;
    else {
      count.wrong++;
      wrong.push(`${recorded.id} ${operation} ${kind}/${id}: ${[...new Set(differences)].slice(0, 5).join(', ')}`);
    }
    // The scenario goes on from the change; one whose resource has a new id by now ends here.
    if (effect === 'delete') return;
    await ask(recorded.method, target, body);
  }
}

async function imageOf({ target, pick }: Read, ask: Ask): Promise<unknown> {
  const { status, text } = await ask('GET', target);
  if (status !== 200) return undefined;
  return imageIn(JSON.parse(text), pick);
}

/** Sends the calls of a plan, and reads the resource, by its new id when it has one. */
async function restore(calls: readonly RestoreCall[], read: Read, ask: Ask): Promise<unknown> {
  let id = read.id;
  for (const call of calls) {
    const { status, text } = await ask(
      call.method,
      call.target,
      call.body === undefined ? '' : JSON.stringify(call.body),
    );
    if (call.does !== 'create' || status >= 300) continue;
    const made = createdResources(call.operation, status, Buffer.from(text));
    id = made.find(({ kind }) => kind === read.kind)?.id ?? id;
  }
  // What keeps its name is where it was.
  const there = await imageOf(read, ask);
  if (there !== undefined) return there;
  const changed = (text: string, from: string, to: string): string => (from === to ? text : text.replaceAll(from, to));
  const image = await imageOf(
    {
      ...read,
      target: changed(read.target, encodeURIComponent(read.id), encodeURIComponent(id)),
      ...(read.pick && { pick: { ...read.pick, value: changed(read.pick.value, read.id, id) } }),
    },
    ask,
  );
  return image === undefined ? undefined : JSON.parse(changed(JSON.stringify(image), id, read.id));
}

/** Scalars of two answers that stand at the same place and look like ids. */
function learn(recorded: string, answered: string, ids: Map<string, string>): void {
  const walk = (old: unknown, now: unknown, name: string): void => {
    if (typeof old === 'object' && typeof now === 'object' && old !== null && now !== null) {
      for (const [key, value] of Object.entries(old)) walk(value, (now as Record<string, unknown>)[key], key);
    } else if (
      /id$|^key$|handle|uuid/i.test(name) &&
      ['string', 'number'].includes(typeof now) &&
      String(old) !== String(now)
    ) {
      if (String(old).length >= 5) ids.set(String(old), String(now));
    }
  };
  try {
    walk(JSON.parse(recorded), JSON.parse(answered), '');
  } catch {
    // No JSON: no ids.
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string', default: '../shared/datadog/recordings.ndjson.gz' },
      most: { type: 'string' },
      wrong: { type: 'boolean' },
    },
  });
  const { kinds, wrong } = await compareReverts(
    readCorpus(values.corpus),
    values.most === undefined ? undefined : Number(values.most),
  );
  console.log(`${'kind'.padEnd(36)} changes  restored  told  wrong`);
  for (const [kind, { changes, restored, told, wrong: other }] of [...kinds].sort()) {
    console.log(
      `${kind.padEnd(36)} ${String(changes).padStart(7)}  ${String(restored).padStart(8)}  ${String(told).padStart(4)}  ${String(other).padStart(5)}`,
    );
  }
  const sum = (of: keyof Count): number => [...kinds.values()].reduce((all, count) => all + count[of], 0);
  console.log(`${sum('changes')} changes: ${sum('restored')} restored, ${sum('told')} told, ${sum('wrong')} wrong`);
  if (values.wrong) for (const line of wrong) console.log(line);
}
