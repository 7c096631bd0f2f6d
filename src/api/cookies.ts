// Cookies of the API (RFC 6265bis): read from a request strictly, written with everything that keeps them where they belong.

/** The value of the one cookie of that name; undefined when there is none, or two: which is whose cannot be told. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > 16_384) return undefined;
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 && /^[A-Za-z0-9_-]{1,256}$/.test(values[0] ?? '') ? values[0] : undefined;
}

/** Names of cookies, and how they are set: for a site that browsers reach by TLS, or on loopback without. */
export interface Cookies {
  /** The session's. */
  readonly session: string;
  /** Of a sign-in under way. */
  readonly signIn: string;
  /** A Set-Cookie value; without `seconds` the cookie ends with the browser. */
  set(name: string, value: string, seconds?: number): string;
  /** A Set-Cookie value that removes it. */
  clear(name: string): string;
}

/** @param site `Lax` unless nothing ever comes back from another site */
export function cookiesFor(origin: string, site: 'Lax' | 'Strict' = 'Lax'): Cookies {
  const secure = origin.startsWith('https:');
  // `__Host-` binds the cookie to this very host: no neighbour under the same domain can set or overwrite it.
  const prefix = secure ? '__Host-' : '';
  // Lax, since a sign-in comes back from the identity provider by a navigation that begins there.
  const attributes = `Path=/; HttpOnly; SameSite=${site}${secure ? '; Secure' : ''}`;
  return {
    session: `${prefix}dogwatch-session`,
    signIn: `${prefix}dogwatch-sign-in`,
    set: (name, value, seconds) =>
      `${name}=${value}; ${attributes}${seconds === undefined ? '' : `; Max-Age=${Math.floor(seconds)}`}`,
    clear: (name) => `${name}=; ${attributes}; Max-Age=0`,
  };
}
