// Sign-ins of `dogwatch login`: begun with a challenge (RFC 7636), ended by the provider's ID token, or by the one-time code that a browser brought.
import { createHash, randomBytes } from 'node:crypto';
import type { Identity } from '../exchange/identity.ts';
import type { OidcProvider } from './oidc.ts';
import { Pending, sameText } from './pending.ts';
import { quoted, RefusedCredential } from './refused.ts';

/** Sign-ins under way at once, of browsers and of the command each. */
export const MAX_PENDING = 10_000;
/** Wrong verifiers after which a sign-in of the command ends. */
const MAX_ATTEMPTS = 5;

export const secret = (): string => randomBytes(32).toString('base64url');
export const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** What `dogwatch login` is told of a provider. Nothing of it is secret. */
export type ProviderView = { readonly name: string } & (
  | { readonly kind: 'saml' }
  | {
      readonly kind: 'oidc';
      readonly issuer: string;
      readonly clientId: string;
      readonly scopes: readonly string[];
    }
);

/** A sign-in that came to its end. */
export interface SignedIn {
  readonly identity: Identity;
  readonly provider: string;
}

export interface CommandPending {
  readonly id: string;
  readonly provider: string;
  /** S256 challenge of the command's verifier. */
  readonly challenge: string;
  readonly way: 'browser' | 'device';
  readonly nonce: string;
  readonly began: number;
  readonly redirect?: { readonly port: number; readonly state: string };
  /** Of SAML: the one-time code and the person, once the assertion has come. */
  done?: { readonly code: string; readonly identity: Identity; readonly until: number };
  attempts: number;
}

/** What `dogwatch login` begins with. */
export interface CommandRequest {
  readonly provider: string | undefined;
  readonly way: 'browser' | 'device';
  /** S256 challenge (RFC 7636 section 4.2). */
  readonly challenge: string;
  readonly method: string;
  /** Loopback port, and the state that the redirect to it must repeat; of a SAML sign-in. */
  readonly redirect: { readonly port: number; readonly state: string } | undefined;
}

export interface CommandAnswer {
  readonly id: string;
  readonly verifier: string;
  readonly idToken: string | undefined;
  readonly code: string | undefined;
}

/** What it needs of the sign-in as a whole. */
export interface CommandContext {
  readonly viewOf: (name: string | undefined) => ProviderView;
  readonly oidc: (name: string) => Pick<OidcProvider, 'acceptIdToken'> | undefined;
  /** Remembers a browser's sign-in. @returns where to send the browser */
  readonly send: (pending: { provider: string; returnTo: string; command: CommandPending }) => Promise<string>;
  readonly now: () => number;
}

/** Too many sign-ins are under way. */
export function busy(): never {
  throw new RefusedCredential('sign_in_unavailable', `${MAX_PENDING} sign-ins are under way`);
}

/** Everything here throws RefusedCredential. */
export interface CommandSignIn {
  /** Begins a sign-in of the command. */
  beginCommand(request: CommandRequest): Promise<{ id: string; nonce: string; provider: ProviderView; url?: string }>;
  /** Ends it: by an ID token of the provider, or by the one-time code that the browser brought to the command. */
  finishCommand(answer: CommandAnswer): Promise<SignedIn & { readonly way: 'browser' | 'device' }>;
}

export function createCommandSignIn({ viewOf, oidc: oidcOf, send, now }: CommandContext): CommandSignIn {
  const commands = new Pending<CommandPending>(MAX_PENDING, now);
  return {
    async beginCommand({ provider: name, way, challenge, method, redirect }) {
      if (method !== 'S256' || !SECRET.test(challenge)) {
        throw new RefusedCredential('login_challenge_refused', `the challenge method is ${quoted(method)}`);
      }
      const provider = viewOf(name);
      const pending: CommandPending = {
        id: secret(),
        provider: provider.name,
        challenge,
        way,
        nonce: secret(),
        began: now(),
        ...(redirect !== undefined && { redirect }),
        attempts: 0,
      };
      const { id, nonce } = pending;
      if (!commands.add(id, pending)) busy();
      if (provider.kind === 'oidc') return { id, nonce, provider };
      if (redirect === undefined || way === 'device') {
        commands.take(id);
        throw new RefusedCredential('login_challenge_refused', 'a SAML sign-in needs a browser and a loopback port');
      }
      return { id, nonce, provider, url: await send({ provider: provider.name, returnTo: '/', command: pending }) };
    },

    async finishCommand({ id, verifier, idToken, code }) {
      const pending = SECRET.test(id) ? commands.peek(id) : undefined;
      if (pending === undefined)
        throw new RefusedCredential('login_code_refused', 'no sign-in is under way under this id');
      const fail = (codeOf: 'login_verifier_mismatch' | 'login_code_refused', reason: string): never => {
        pending.attempts += 1;
        if (pending.attempts < MAX_ATTEMPTS) throw new RefusedCredential(codeOf, reason);
        commands.take(id);
        throw new RefusedCredential('login_attempts_exceeded', `${reason}, for the ${MAX_ATTEMPTS}th time`);
      };
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      if (!sameText(challenge, pending.challenge))
        fail('login_verifier_mismatch', 'the verifier is not of this sign-in');
      const oidc = oidcOf(pending.provider);
      const { provider, way, done } = pending;
      if (oidc === undefined) {
        const fits = done !== undefined && code !== undefined && done.until > now() && sameText(done.code, code);
        if (!fits) return fail('login_code_refused', 'the one-time code is not of this sign-in');
        commands.take(id);
        return { identity: done.identity, provider, way };
      }
      if (idToken === undefined) return fail('login_code_refused', 'there is no ID token');
      // One token for one sign-in: the next attempt begins anew.
      commands.take(id);
      const nonce = way === 'browser' ? pending.nonce : undefined;
      return { identity: await oidc.acceptIdToken(idToken, { nonce, since: pending.began }), provider, way };
    },
  };
}
