// Reads the form that comes to an OAuth endpoint (RFC 6749 section 3.2): bounded, and nothing in it twice.
import { OAuthError } from './oauth-error.ts';

const MAX_PARAMETERS = 32;
const MAX_NAME = 64;

/** A form's parameters, by name. Empty ones count as absent (RFC 6749 section 3.2). */
export type Form = ReadonlyMap<string, string>;

/**
 * Decodes application/x-www-form-urlencoded text, strictly.
 *
 * @throws OAuthError `invalid_request` for what is malformed, or stands twice
 */
export function readForm(text: string): Form {
  const form = new Map<string, string>();
  if (text === '') return form;
  const pairs = text.split('&', MAX_PARAMETERS + 1);
  if (pairs.length > MAX_PARAMETERS) throw new OAuthError('invalid_request', 'there are too many parameters');
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decoded(pair.slice(equals + 1));
    if (name.length > MAX_NAME) throw new OAuthError('invalid_request', 'the name of a parameter is too long');
    if (form.has(name)) throw new OAuthError('invalid_request', `${JSON.stringify(name)} stands twice`);
    form.set(name, value);
  }
  for (const [name, value] of form) if (value === '') form.delete(name);
  return form;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new OAuthError('invalid_request', 'the form is not percent-encoded UTF-8');
  }
}
