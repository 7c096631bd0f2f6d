// What a family of resources says of itself where it deviates from the generic engine.
import type { Answer, Call, Handler } from './call.ts';
import type { IdSequence } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { Item, World } from './world.ts';

/** How the resources of one collection differ. All of it is optional: the catalogue says the rest. */
export interface CollectionRule {
  /** The template of the collection in which these resources really stand: several paths may lead to one kind. */
  readonly at?: string;
  /** The field of the resource that is its id in paths; `id` unless told. */
  readonly idField?: string;
  /** Makes an id, when the caller does not choose it. */
  readonly newId?: (ids: IdSequence, given: Item) => string | number;
  /** What Datadog fills in: merged under what was sent, before the model's own defaults. */
  readonly defaults?: (call: Call, given: JsonObject) => JsonObject;
  /** Refuses a create or an update that the model alone would allow. `before` is the resource on an update. */
  readonly check?: (call: Call, given: JsonObject, before: Item | undefined) => Answer | undefined;
  /** Whether the model's required fields, types and enums are checked first; they are unless told. */
  readonly strict?: boolean;
  /** The last hand on a resource that was made or changed; `given` is what was sent. */
  readonly finish?: (item: Item, call: Call, before: Item | undefined, given: JsonObject) => Item;
  /** How an update takes what was sent: `merge` (the rule for PATCH) or `replace` (for PUT). */
  readonly update?: 'merge' | 'replace';
  /** The answer when there is none of that id. */
  readonly notFound?: (call: Call, id: string) => Answer;
  /** Refuses an id that has not the form of one. */
  readonly badId?: (call: Call, id: string) => Answer | undefined;
  /** Refuses a deletion. */
  readonly mayDelete?: (call: Call, item: Item) => Answer | undefined;
  readonly onDelete?: (call: Call, item: Item) => void;
  /** The answer to a deletion, where the catalogue's status and model do not tell it. */
  readonly deleted?: (call: Call, item: Item) => Answer;
  /** Which of the collection a list shows, by the query's filters. */
  readonly matches?: (item: Item, call: Call) => boolean;
  /** Items on a page of a list when the call does not say how many. */
  readonly pageSize?: number;
  /** What is served of a resource in a list or by itself, when it is not all that is kept. */
  readonly view?: (item: Item, call: Call) => Item;
  /** The rest of an answer beside the resource: `included`, `meta`. */
  readonly beside?: (call: Call, items: readonly Item[], total: number) => JsonObject;
  /** Answers of a bad body; else the operation's own error style. */
  readonly badBody?: (
    call: Call,
    faults: readonly { path: string; why: string; value?: Json; wanted: readonly (string | number)[] }[],
  ) => Answer;
}

export interface Family {
  readonly name: string;
  readonly collections?: Readonly<Record<string, CollectionRule>>;
  /** By operation key; wins over the generic engine. */
  readonly handlers?: Readonly<Record<string, Handler>>;
  /** What every organisation has from its first day. */
  readonly seed?: (world: World) => void;
}
