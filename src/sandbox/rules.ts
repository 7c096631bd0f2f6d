// What the families say, put together: rules by collection, handlers by operation, seeds.
import type { Handler } from './call.ts';
import { families } from './families.ts';
import type { CollectionRule } from './family.ts';
import type { Rules } from './generic.ts';
import type { World } from './world.ts';

export const rules: Rules = new Map<string, CollectionRule>(
  families.flatMap((family) => Object.entries(family.collections ?? {})),
);
export const handlers: ReadonlyMap<string, Handler> = new Map(
  families.flatMap((family) => Object.entries(family.handlers ?? {})),
);
export const seeds: readonly ((world: World) => void)[] = families.flatMap((family) => family.seed ?? []);
