// Why an answer is another: what was skipped, changed or unknown before it, followed from resource to resource.
import type { RecordedCall } from './recording.ts';
import { jsonOf } from './recording.ts';

/** Follows what a call that was not replayed as recorded made different. */
export class Blame {
  /** Recorded ids, and names `kind/id`, to the reason for which they are not as recorded. */
  readonly #reasons = new Map<string, string>();

  /** From here on what this call touched is not as it was recorded. */
  mark(call: Pick<RecordedCall, 'resources' | 'response' | 'operation' | 'action'>, why: string): void {
    for (const { kind, id } of call.resources) this.#put(kind, id, why);
  }

  #put(kind: string, id: string, why: string): void {
    if (!this.#reasons.has(`${kind}/${id}`)) this.#reasons.set(`${kind}/${id}`, why);
    if (id.length >= 4 && !this.#reasons.has(id)) this.#reasons.set(id, why);
    if (!this.#reasons.has(`${kind}/*`)) this.#reasons.set(`${kind}/*`, why);
  }

  /** Why a call may be answered differently; undefined when nothing before it is known to matter. */
  of(call: RecordedCall): string | undefined {
    for (const { kind, id } of call.resources) {
      const why = this.#reasons.get(`${kind}/${id}`);
      if (why !== undefined) return why;
    }
    const mentioned = this.#inTexts(call);
    if (mentioned !== undefined) return mentioned;
    // A list shows what is of its kind.
    const kinds = new Set(call.resources.map(({ kind }) => kind));
    for (const kind of kinds) {
      const why = call.action === 'read' ? this.#reasons.get(`${kind}/*`) : undefined;
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** Whether a resource is not as it was recorded, and why. */
  ofResource(kind: string, id: string): string | undefined {
    return this.#reasons.get(`${kind}/${id}`);
  }

  #inTexts(call: RecordedCall): string | undefined {
    if (this.#reasons.size === 0) return undefined;
    const texts = [call.target];
    for (const body of [call.request, call.response]) {
      const json = jsonOf(body);
      if (json !== undefined) texts.push(JSON.stringify(json));
    }
    for (const text of texts) {
      for (const [token] of text.matchAll(/[A-Za-z0-9_-]{4,128}/g)) {
        const why = this.#reasons.get(token);
        if (why !== undefined) return why;
      }
    }
    return undefined;
  }
}
