// Which session a call belongs to: the one it names, the token's, or the identity's current one, ended by 30 idle minutes.
import { createHash } from 'node:crypto';
import { newId } from '../exchange/canonical.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Identity } from '../exchange/identity.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;
const MAX_IDENTITIES = 100_000;

interface Current {
  readonly id: string;
  readonly mark: string;
  last: number;
}

/** Finds the last implicit session of an identity before this process started; undefined when there is none. */
export type LastSession = (issuer: string, subject: string) => Promise<{ id: string; last: number } | undefined>;

/**
 * Sessions by identity. A named session's id is `<name>~<mark>`, the mark being the identity's: two agents that choose the same
 * name do not share a session, and none can write into another's.
 */
export class Sessions {
  #current = new Map<string, Current>();
  /** The verifier gives one object for one token again and again, so its session is found without making a key. */
  #byToken = new WeakMap<Identity, Current>();
  #idle: number;
  #lastSession: LastSession | undefined;

  /** @param idle milliseconds without a call that end an implicit session */
  constructor(idle: number, lastSession?: LastSession) {
    this.#idle = idle;
    this.#lastSession = lastSession;
  }

  /** @throws DogwatchError bad_parameter when the session's name has the wrong form. */
  of(identity: Identity, named: string | undefined, now: number): string | Promise<string> {
    const last = this.#byToken.get(identity);
    if (last && named === undefined && now - last.last <= this.#idle) {
      last.last = now;
      return last.id;
    }
    const key = `${identity.issuer}\0${identity.subject}`;
    const known = this.#current.get(key);
    if (known && named === undefined && identity.session === undefined && now - known.last <= this.#idle) {
      known.last = now;
      this.#byToken.set(identity, known);
      return known.id;
    }
    const name = named ?? identity.session;
    const mark = known?.mark ?? markOf(key);
    if (name !== undefined) {
      if (!NAME.test(name))
        throw new DogwatchError(
          'bad_parameter',
          'the session name is not made of 1 to 128 letters, digits and . _ : @ / -',
          { remedy: 'correct the x-dogwatch-session header' },
        );
      return `${name}~${mark}`;
    }
    if (known || !this.#lastSession) return this.#begin(key, mark, now);
    return this.#resume(key, mark, identity, now);
  }

  #begin(key: string, mark: string, now: number, id = newId()): string {
    this.#current.delete(key);
    this.#current.set(key, { id, mark, last: now });
    if (this.#current.size > MAX_IDENTITIES) this.#current.delete(this.#current.keys().next().value!);
    return id;
  }

  async #resume(key: string, mark: string, identity: Identity, now: number): Promise<string> {
    const previous = await this.#lastSession!(identity.issuer, identity.subject).catch(() => undefined);
    const begun = this.#current.get(key); // by a call that came in meanwhile
    if (begun) return begun.id;
    const resumed = previous && now - previous.last <= this.#idle ? previous.id : undefined;
    return this.#begin(key, mark, now, resumed);
  }
}

const markOf = (key: string): string =>
  createHash('sha256').update(key).digest('base64url').replaceAll(/[-_]/g, '').slice(0, 8).toLowerCase();
