// What opens Datadog: a pair of keys or an access token. Checked on the way in, and never shown by accident.
import { inspect } from 'node:util';
import { DogwatchError } from '../exchange/error.ts';

/** The secrets of one connection. */
export type Credential = { readonly apiKey: string; readonly appKey: string } | { readonly accessToken: string };

export type SecretField = 'apiKey' | 'appKey' | 'accessToken';

/** The fields a credential may consist of. */
export const FIELD_SETS: readonly (readonly SecretField[])[] = [['apiKey', 'appKey'], ['accessToken']];

/** Visible ASCII, so that it can stand in a header; long enough that finding it in a response is no accident. */
const FIT = /^[\x21-\x7e]{8,4096}$/;

/**
 * A credential from its named secrets. It serialises and prints as `[credential]`.
 *
 * @param secrets exactly `apiKey` and `appKey`, or exactly `accessToken`
 * @param whose for the message: `connection prod`
 * @throws DogwatchError `connection_invalid` when fields are missing or too many, `key_invalid` when one cannot be a key.
 */
export function credentialOf(secrets: Readonly<Partial<Record<SecretField, string>>>, whose: string): Credential {
  const given = Object.keys(secrets).sort().join(',');
  const fields = FIELD_SETS.find((set) => set.join(',') === given);
  if (fields === undefined) {
    throw new DogwatchError(
      'connection_invalid',
      `${whose} needs an API key and an application key, or an access token`,
    );
  }
  for (const field of fields) {
    if (!FIT.test(secrets[field] ?? '')) {
      throw new DogwatchError('key_invalid', `the ${field} of ${whose} does not have the form of a key`, {
        remedy: 'It should be one line of at least 8 visible ASCII characters, without blanks.',
      });
    }
  }
  const show = { value: () => '[credential]', enumerable: false };
  const credential = Object.defineProperties({ ...secrets }, { toJSON: show, [inspect.custom]: show });
  return Object.freeze(credential) as Credential;
}

/** The secrets of a credential with their names. */
export const secretsIn = (credential: Credential): [SecretField, string][] =>
  Object.entries(credential) as [SecretField, string][];
