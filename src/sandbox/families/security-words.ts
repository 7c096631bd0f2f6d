// How the security products word things: who made what, and what is wrong.
import { type Answer, type Call, textFailure } from '../call.ts';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';

/** The calling user. A name that was never told is empty. */
export const author = ({ user }: World): JsonObject => ({ handle: user.handle, name: user.name ?? '' });

const SHORT = /^[a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3}$/;

/** An id that has not the form of one is no path at all. */
export const badShortId = (_call: Call, id: string): Answer | undefined =>
  SHORT.test(id) ? undefined : textFailure(404, 'Not found');

/** `not_found(Suppression with ID abc-def-ghi not found)` */
export const notFound = (detail: string): Answer => textFailure(404, `not_found(${detail})`);

/** `input_validation_error(Field 'tags' is invalid: …)` */
export const invalidField = (field: string, why: string): Answer =>
  textFailure(400, `input_validation_error(Field '${field}' is invalid: ${why})`);

export interface Detail {
  readonly message: string;
  readonly target: string;
}

/** The error of the rules' newer calls: a code, and details of the fields that are wrong. */
export const coded = (status: number, code: string, message: string, details?: readonly Detail[]): Answer => ({
  status,
  body: {
    error: {
      code,
      message,
      ...(details && { details: details.map((each) => ({ code, message: each.message, target: each.target })) }),
    },
  },
});
