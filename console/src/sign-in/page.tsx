// Signing in: by an identity provider, or on the gateway's own machine by a link that is good once.
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { ApiError, postJson, urlOf } from '../api/client.ts';
import { providersQuery, queryClient, sessionQuery } from '../api/queries.ts';
import { buttonClass } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Icon, Mark } from '../design/icons.tsx';
import { useTitle } from '../design/panel.tsx';
import { SafeText } from '../design/safe-text.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { TooltipLayer } from '../design/tooltip.tsx';
import styles from './sign-in.module.css';

const CODE = /^#local=([A-Za-z0-9_-]{43})$/;

export function SignInPage(): ReactElement {
  useTitle('Sign in');
  const { return: back = '/' } = useSearch({ from: '/sign-in' });
  const local = useLocalLink(back);
  const { data, error, refetch } = useQuery(providersQuery);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <Mark size={36} />
          <h1>Sign in to Dogwatch</h1>
        </div>
        {local.state === 'trying' ? (
          <Loading rows={2} what="Signing you in" />
        ) : (
          <>
            {local.state === 'failed' && (
              <div className={classes(styles.note, styles.bad)} role="alert">
                <strong>The link did not work.</strong> {local.why}
              </div>
            )}
            {error ? (
              <ErrorState error={error} onRetry={() => void refetch()} small />
            ) : data === undefined ? (
              <Loading rows={2} />
            ) : (
              <Ways names={data.providers} back={back} />
            )}
          </>
        )}
      </div>
      <TooltipLayer />
    </main>
  );
}

function Ways({
  names,
  back,
}: {
  names: readonly { name: string; kind: 'oidc' | 'saml' }[];
  back: string;
}): ReactElement {
  return (
    <>
      {names.length > 0 && (
        <nav className={styles.list} aria-label="Identity providers">
          {names.map(({ name, kind }, at) => (
            <a
              key={name}
              href={urlOf('/auth/login', { provider: name, return: back })}
              className={buttonClass(at === 0 ? 'primary' : 'plain', 'large')}
            >
              <Icon name="verified" />
              <span>
                Continue with <SafeText text={name} />
              </span>
              <span>{kind === 'oidc' ? 'OpenID Connect' : 'SAML'}</span>
            </a>
          ))}
        </nav>
      )}
      <div className={styles.note}>
        {names.length === 0 && (
          <p>No identity provider is configured yet: name one under signIn.providers, and people can sign in here.</p>
        )}
        <p>On the machine of the gateway, this prints a link that signs you in, once:</p>
        <pre>dogwatch console</pre>
        <p>It works for who may read the gateway’s keys.</p>
      </div>
    </>
  );
}

/** The code of a one-time link stands behind the #, where no server, log or referrer sees it; it is taken out of the address at once. */
function useLocalLink(back: string): { state: 'none' | 'trying' } | { state: 'failed'; why: string } {
  const [code] = useState(() => CODE.exec(location.hash)?.[1]);
  const [why, setWhy] = useState<string>();
  const navigate = useNavigate();
  const sent = useRef(false);
  useEffect(() => {
    if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search);
    if (code === undefined || sent.current) return;
    sent.current = true;
    postJson('/auth/local/finish', { code })
      .then(async () => {
        await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
        await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
        await navigate({ href: back, replace: true });
      })
      .catch((error: unknown) => {
        const { message, remedy } = error instanceof ApiError ? error : { message: String(error), remedy: undefined };
        setWhy(remedy === undefined ? `${message}.` : `${message}: ${remedy}.`);
      });
  }, [code, back, navigate]);
  if (code === undefined) return { state: 'none' };
  return why === undefined ? { state: 'trying' } : { state: 'failed', why };
}
