// What one exchange changed, as its view tells it: of each resource, whether it was seen before and after, and what is different.
import type { Change, Difference, PatchOperation } from '../change/diff.ts';
import type { Effect } from '../datadog/restore.ts';
import type { Resource } from '../exchange/operation.ts';
import type { ExchangeChanges, Made, ResourceChange, ResourceState } from './resource-changes.ts';

/** A state without its value. */
export type ToldState = { readonly state: 'there' | 'absent' } | { readonly state: 'unknown'; readonly why: string };

/** What a call did to one resource. */
export interface ToldChange {
  readonly resource: Resource;
  readonly effect: Effect;
  readonly made: Made;
  readonly before: ToldState;
  readonly after: ToldState;
  /** What is different, without what Datadog makes itself; absent unless it was there before and after. */
  readonly changes?: readonly Change[];
  /** All of it, as RFC 6902. */
  readonly patch?: readonly PatchOperation[];
  readonly serverMade?: number;
}

/** A change whose difference is left out when it does not fit. */
export interface BoundedChange extends ToldChange {
  /** Bytes of JSON that `changes` and `patch` would take. */
  readonly omitted?: number;
}

/** A state with its value, or with the bytes of JSON that it would take. */
export type ImageState = ResourceState | { readonly state: 'there'; readonly omitted: number };

/** A change with the whole resource before and after. */
export interface ImagedChange extends Omit<BoundedChange, 'before' | 'after'> {
  readonly before: ImageState;
  readonly after: ImageState;
}

export function toldChange({ resource, effect, before, after, difference }: ResourceChange, made: Made): ToldChange {
  return { resource, effect, made, before: told(before), after: told(after), ...difference };
}

/** @param most bytes of JSON that the differences may have together */
export function toldChanges({ made, changes }: ExchangeChanges, most: number): BoundedChange[] {
  const room = new Room(most);
  return changes.map(({ difference, ...change }) => ({ ...toldChange(change, made), ...room.difference(difference) }));
}

/** @param most bytes of JSON that states and differences may have together; what does not fit is left out and counted */
export function imagedChanges({ made, changes }: ExchangeChanges, most: number): ImagedChange[] {
  const room = new Room(most);
  return changes.map(({ difference, ...change }) => ({
    ...toldChange(change, made),
    before: room.state(change.before),
    after: room.state(change.after),
    ...room.difference(difference),
  }));
}

const told = (state: ResourceState): ToldState => (state.state === 'unknown' ? state : { state: state.state });

/** Bytes that an answer still has room for. */
class Room {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  state(state: ResourceState): ImageState {
    if (state.state !== 'there') return state;
    const bytes = this.#take(state.value);
    return bytes === undefined ? state : { state: 'there', omitted: bytes };
  }

  difference(difference: Difference | undefined): Partial<Difference> & { readonly omitted?: number } {
    if (difference === undefined) return {};
    const bytes = this.#take([difference.changes, difference.patch]);
    return bytes === undefined ? difference : { serverMade: difference.serverMade, omitted: bytes };
  }

  /** The bytes of a value when there is no room for it. */
  #take(value: unknown): number | undefined {
    const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
    if (bytes > this.#left) return bytes;
    this.#left -= bytes;
    return undefined;
  }
}
