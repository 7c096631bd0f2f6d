// A sandbox as the target of a replay: in process, its clock where the recording's was.
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { resourcesIn } from '../sandbox/take-in.ts';
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
