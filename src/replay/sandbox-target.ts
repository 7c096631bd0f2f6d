// A sandbox as the target of a replay: in process, its clock where the recording's was.
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { resourcesIn } from '../sandbox/take-in.ts';
import { takeOrigin } from './origin-state.ts';
import { isErased, type Recording } from './recording.ts';
import type { Replay } from './report.ts';
import type { Image, ReplayTarget } from './target.ts';

/** Ids that a replay gives begin far from those that a recording of a sandbox has. */
const IDS_FROM = 1_000_000;

/** An empty sandbox that gives other ids than a recording has. */
export function sandboxForReplay(): Sandbox {
  const sandbox = createSandbox();
  sandbox.world.load({ ...sandbox.world.save(), sequence: IDS_FROM });
  return sandbox;
}

export function sandboxTarget(sandbox: Sandbox): ReplayTarget {
  return {
    name: 'sandbox',
    async send({ method, target, contentType, body, time }) {
      sandbox.world.setClock(time);
      const answer = sandbox.answer({
        method,
        target,
        ...(contentType !== undefined && { contentType }),
        ...(body && { body: Buffer.from(body) }),
      });
      return { status: answer.status, ...(answer.type === undefined && { body: answer.body }) };
    },
    async look() {
      const images = new Map<string, Image>();
      for (const { kind, id, path, item } of resourcesIn(sandbox.world)) {
        images.set(`${path}\n${id}`, { kind, id, text: JSON.stringify(item) });
      }
      return images;
    },
  };
}

/** Targets by the connections of a recording, and what is known of their state before it. */
export interface Targets {
  readonly targets: ReadonlyMap<string, ReplayTarget>;
  readonly origin: Replay['origin'];
}

/** A fresh sandbox for each connection that a session used, in the state that the record shows of its organisation. */
export function sandboxTargets(recording: Recording): Targets {
  const names = new Set(recording.calls.flatMap((call) => (isErased(call) ? [] : [call.connection])));
  const targets = new Map<string, ReplayTarget>();
  let [resources, calls] = [0, 0];
  const guessed: string[] = [];
  for (const name of names) {
    const sandbox = sandboxForReplay();
    const known = takeOrigin(
      sandbox,
      recording.earlier.filter(({ connection }) => connection === name),
      recording.calls.filter((call) => isErased(call) || call.connection === name),
    );
    resources += known.resources;
    calls += known.calls;
    guessed.push(...known.guessed);
    targets.set(name, sandboxTarget(sandbox));
  }
  return { targets, origin: { resources, calls, guessed } };
}
