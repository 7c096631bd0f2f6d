// The calling user as answers name it: by reference, or in full.
import type { Answer } from './call.ts';
import type { Json, JsonObject } from './json.ts';
import type { World } from './world.ts';

/** A JSON:API relationship to one resource, or to none. */
export const relation = (type: string, id: Json | undefined): JsonObject => ({
  data: id === undefined || id === null ? null : { id, type },
});

/** A relationship to the calling user. */
export const caller = ({ user }: World): JsonObject => relation('users', user.id);

/** The calling user as an included resource. */
export function callerRecord({ user }: World): JsonObject {
  const { id, handle, email, name, icon } = user;
  return { id, type: 'users', attributes: { uuid: id, handle, email, name, icon } };
}

/** A user of the organisation as an included resource; undefined when there is none of that id. */
export function userRecord(world: World, id: string): JsonObject | undefined {
  if (id === world.user.id) return callerRecord(world);
  const user = world.find('/api/v2/users', id);
  if (!user) return undefined;
  const of = (user.attributes ?? {}) as JsonObject;
  const { handle = null, email = null, name = null, icon = null } = of;
  return { id, type: 'users', attributes: { uuid: id, handle, email, name, icon } };
}

/** Errors of the newer services: a title and what was wrong, without a status. */
export const genericError = (status: number, detail: string, title = 'Generic Error'): Answer => ({
  status,
  body: { errors: [{ title, detail }] },
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** The refusal of a path parameter that has not the form of its type. */
export const badPathParameter = (name: string, type = 'uuid'): Answer => ({
  status: 400,
  body: {
    errors: [
      {
        status: '400',
        title: 'Invalid Parameter',
        detail: `invalid parameter "${name}" in "path"; expected type "${type}"`,
      },
    ],
  },
});
