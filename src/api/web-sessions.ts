// Sessions of browsers, kept by the server: an unguessable id in a cookie, its hash here, and a token of Dogwatch's own behind it.
import { hash, randomBytes } from 'node:crypto';
import type { Identity } from '../exchange/identity.ts';
import { sameText } from '../identity/pending.ts';

/** Sessions at once; of one person, the oldest makes room for the newest. */
const MAX_SESSIONS = 10_000;
const MAX_OF_ONE = 16;
const SWEEP_EVERY = 30_000;

export interface WebSession {
  /** Public: names the session in entries. It is the id of the token behind it. */
  readonly id: string;
  readonly identity: Identity;
  /** The token behind it: revoking that ends the session. It never leaves this process. */
  readonly token: string;
  readonly provider: string;
  /** To be repeated in `x-dogwatch-csrf` by whatever changes something. */
  readonly csrf: string;
  /** Milliseconds since the epoch. */
  readonly begun: number;
  readonly until: number;
  lastSeen: number;
}

/** Why a session ended. */
export type SessionEnd = 'signed out' | 'idle' | 'expired' | 'revoked' | 'replaced';

export interface WebSessionsOptions {
  /** Milliseconds. */
  readonly idle: number;
  readonly absolute: number;
  readonly now: () => number;
  /** Called for every session that ended, after it cannot be used any more. */
  readonly onEnd: (session: WebSession, why: SessionEnd) => Promise<void>;
}

/**
 * All of them. They are in memory alone: when the gateway starts anew, nobody is signed in, and no cookie of before is believed.
 */
export class WebSessions {
  readonly #options: WebSessionsOptions;
  readonly #byHash = new Map<string, WebSession>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: WebSessionsOptions) {
    this.#options = options;
    this.#sweep = setInterval(() => this.#endStale(), SWEEP_EVERY).unref();
  }

  get size(): number {
    return this.#byHash.size;
  }

  /** Begins a session, always under a new id. @returns the cookie's value, told this once */
  begin(who: { identity: Identity; token: string; tokenId: string; provider: string }): string {
    const { now, absolute } = this.#options;
    const id = randomBytes(32).toString('base64url');
    const time = now();
    this.#makeRoom(who.identity);
    this.#byHash.set(keyOf(id), {
      id: who.tokenId,
      identity: who.identity,
      token: who.token,
      provider: who.provider,
      csrf: randomBytes(32).toString('base64url'),
      begun: time,
      until: time + absolute,
      lastSeen: time,
    });
    return id;
  }

  /** The live session of a cookie, which counts as seen now. */
  find(cookie: string | undefined): WebSession | undefined {
    if (cookie === undefined) return undefined;
    const key = keyOf(cookie);
    const session = this.#byHash.get(key);
    if (session === undefined) return undefined;
    const why = this.#staleness(session);
    if (why !== undefined) {
      this.#end(key, session, why);
      return undefined;
    }
    session.lastSeen = this.#options.now();
    return session;
  }

  /** Ends the session of a cookie. Resolves when `onEnd` has done its part; rejects as it does, and the session is over all the same. */
  async end(cookie: string | undefined, why: SessionEnd): Promise<void> {
    if (cookie === undefined) return;
    const key = keyOf(cookie);
    const session = this.#byHash.get(key);
    if (session === undefined) return;
    this.#byHash.delete(key);
    await this.#options.onEnd(session, why);
  }

  /** Whether a change may be made with this session: the page that asks has read the token, and is of this origin. */
  allows(session: WebSession, request: { csrf: unknown; origin: unknown; site: unknown }, origin: string): boolean {
    if (typeof request.csrf !== 'string' || !sameText(request.csrf, session.csrf)) return false;
    if (request.origin !== undefined && request.origin !== origin) return false;
    return request.site === undefined || request.site === 'same-origin';
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#byHash.clear();
  }

  #staleness({ lastSeen, until }: WebSession): SessionEnd | undefined {
    const time = this.#options.now();
    if (until <= time) return 'expired';
    return lastSeen + this.#options.idle <= time ? 'idle' : undefined;
  }

  #endStale(): void {
    for (const [key, session] of this.#byHash) {
      const why = this.#staleness(session);
      if (why !== undefined) this.#end(key, session, why);
    }
  }

  #makeRoom({ issuer, subject }: Identity): void {
    const own = [...this.#byHash].filter(
      ([, { identity }]) => identity.issuer === issuer && identity.subject === subject,
    );
    const [oldest] = own.length >= MAX_OF_ONE ? own : this.#byHash.size >= MAX_SESSIONS ? this.#byHash : [];
    if (oldest !== undefined) this.#end(oldest[0], oldest[1], 'replaced');
  }

  #end(key: string, session: WebSession, why: SessionEnd): void {
    this.#byHash.delete(key);
    // Nobody waits for it; onEnd tells the log of its own failures.
    this.#options.onEnd(session, why).catch(() => undefined);
  }
}

const keyOf = (id: string): string => hash('sha256', id, 'base64url');
