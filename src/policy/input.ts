// What the policy judges.
import type { Identity } from '../exchange/identity.ts';
import type { Classification } from '../exchange/operation.ts';

/** One request, as far as it is known before it is sent. */
export interface PolicyInput {
  readonly identity: Identity;
  readonly classification: Classification;
  readonly connection: { readonly name: string; readonly readOnly: boolean };
  /** The session's id. */
  readonly session: string;
  /** Address and port the request came from. */
  readonly source: string;
  readonly method: string;
  /** Normalised path and query (without the question mark), as they go upstream. */
  readonly path: string;
  readonly query: string;
}
