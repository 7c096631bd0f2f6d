// The sandbox's state: an organisation's resources by collection, its clock, and who is calling.
import { IdSequence } from './ids.ts';
import { copy, type Json, type JsonObject } from './json.ts';

/** A resource as it is served: `data` of a JSON:API answer, or the whole flat body. */
export type Item = JsonObject;

/** Resources of one collection by id, in the order in which they were made. */
export type Collection = Map<string, Item>;

export const STATE_VERSION = 1;

/** A state as it is saved and loaded. */
export interface SavedState {
  readonly version: typeof STATE_VERSION;
  /** ISO 8601; null while the clock runs as the machine's does. */
  readonly now: string | null;
  readonly sequence: number;
  readonly collections: Readonly<Record<string, readonly (readonly [id: string, item: Item])[]>>;
  readonly documents: Readonly<Record<string, Json>>;
}

/** The one who calls: in the sandbox, every pair of keys is this user's. */
export interface SandboxUser {
  readonly id: string;
  readonly numericId: number;
  readonly handle: string;
  /** Null, as of a user who has not told one. */
  readonly name: string | null;
  readonly email: string;
  readonly icon: string;
  readonly orgId: number;
  readonly orgUuid: string;
}

export class World {
  readonly user: SandboxUser;
  /** Collections by path, `/api/v1/monitor` or `/api/v2/team/<id>/memberships`. */
  readonly collections = new Map<string, Collection>();
  /** Single documents by path: settings and orders. */
  readonly documents = new Map<string, Json>();
  #ids = new IdSequence();
  /** Milliseconds that the sandbox's clock is ahead of the machine's. */
  #ahead = 0;
  #frozen: number | undefined;

  /** The site that links and configurations name: `datadoghq.com`. */
  readonly site: string;

  constructor(site = 'datadoghq.com') {
    this.user = SANDBOX_USER;
    this.site = site;
  }

  get ids(): IdSequence {
    return this.#ids;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#frozen ?? Date.now() + this.#ahead;
  }

  /** Stops the clock at a time, or lets it run with the machine's. */
  setClock(now: number | undefined): void {
    this.#frozen = now;
  }

  collection(path: string): Collection {
    let found = this.collections.get(path);
    if (!found) {
      found = new Map();
      this.collections.set(path, found);
    }
    return found;
  }

  find(path: string, id: string): Item | undefined {
    return this.collections.get(path)?.get(id);
  }

  /** Takes a resource away with all that stands below it. */
  remove(path: string, id: string): boolean {
    const below = `${path}/${id}/`;
    for (const key of this.collections.keys()) if (key.startsWith(below)) this.collections.delete(key);
    for (const key of this.documents.keys()) if (key.startsWith(below)) this.documents.delete(key);
    return this.collections.get(path)?.delete(id) ?? false;
  }

  reset(): void {
    this.collections.clear();
    this.documents.clear();
    this.#ids = new IdSequence();
    this.#frozen = undefined;
  }

  save(): SavedState {
    const collections: Record<string, [string, Item][]> = {};
    for (const [path, items] of this.collections) if (items.size > 0) collections[path] = copyEntries(items);
    return {
      version: STATE_VERSION,
      now: this.#frozen === undefined ? null : new Date(this.#frozen).toISOString(),
      sequence: this.#ids.next,
      collections,
      documents: Object.fromEntries([...this.documents].map(([path, value]) => [path, copy(value)])),
    };
  }

  load(state: SavedState): void {
    this.reset();
    for (const [path, items] of Object.entries(state.collections)) {
      this.collections.set(path, new Map(items.map(([id, item]) => [id, copy(item)])));
    }
    for (const [path, value] of Object.entries(state.documents)) this.documents.set(path, copy(value));
    this.#ids = new IdSequence(state.sequence);
    this.#frozen = state.now === null ? undefined : Date.parse(state.now);
  }
}

const copyEntries = (items: Collection): [string, Item][] => [...items].map(([id, item]) => [id, copy(item)]);

/** The one organisation of a sandbox. */
export const ORGANISATION = {
  id: 540_071,
  uuid: '0b7f6a52-6f0e-4c1b-8a55-5d1c9e0a77f4',
  name: 'Dogwatch sandbox',
  publicId: 'dwq3sandboxorg7k',
} as const;

const SANDBOX_USER: SandboxUser = {
  id: '5a4db70e-0c3f-4d0b-9d35-2f6a7c1f00d1',
  numericId: 2_340_017,
  handle: 'sandbox@example.com',
  name: null,
  email: 'sandbox@example.com',
  icon: 'https://secure.gravatar.com/avatar/00000000000000000000000000000000?s=48&d=retro',
  orgId: ORGANISATION.id,
  orgUuid: ORGANISATION.uuid,
};
