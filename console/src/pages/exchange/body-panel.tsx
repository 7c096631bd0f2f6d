// One direction of an exchange: the line, the headers, the body.
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useMemo, useState } from 'react';
import { getText } from '../../api/client.ts';
import { bodyUrl, wantedWhole } from '../../api/early.ts';
import type { Exchange } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button, buttonClass } from '../../design/button.tsx';
import { CopyButton } from '../../design/copy-button.tsx';
import { bytes, plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { HttpStatus } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { linesOf, wholeText } from '../../record/json-lines.ts';
import { JsonView } from '../../record/json-view.tsx';
import styles from './exchange.module.css';

type Direction = 'request' | 'response';
type Body = Exchange['request']['body'];

export function BodyPanel({ exchange, direction }: { exchange: Exchange; direction: Direction }): ReactElement {
  const { request, response } = exchange;
  const message = direction === 'request' ? request : response;
  if (message === undefined) {
    return (
      <Panel>
        <EmptyState icon="info" title="There is no response" small>
          {exchange.outcome === 'pending' ? 'The call is under way.' : 'Nothing came back that could be recorded.'}
        </EmptyState>
      </Panel>
    );
  }
  return (
    <div className="stack">
      <Panel
        title={
          direction === 'request' ? (
            <span className="mono">{request.method}</span>
          ) : (
            <HttpStatus status={response?.status ?? 0} />
          )
        }
        note={plural(message.headers.length, 'header')}
      >
        {direction === 'request' && (
          <p className={styles.target}>
            <span className="quiet">
              https://
              <SafeText text={request.host} />
            </span>
            <SafeText text={request.target} most={4000} />
          </p>
        )}
        <Headers headers={message.headers} />
        {direction === 'response' && response?.trailers && <Headers headers={response.trailers} />}
      </Panel>
      <Panel title="Body" note={bytes(message.body.size)} flush>
        <BodyText exchange={exchange} direction={direction} body={message.body} headers={message.headers} />
      </Panel>
    </div>
  );
}

type HeaderLines = Exchange['request']['headers'];

function Headers({ headers }: { headers: HeaderLines }): ReactElement {
  const [all, setAll] = useState(false);
  const shown = all ? headers : headers.slice(0, 8);
  return (
    <>
      <dl className={styles.headers}>
        {shown.map(([name, value], at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: headers may repeat, and their order is evidence
          <div key={at}>
            <dt>
              <SafeText text={name} />
            </dt>
            <dd>
              <SafeText text={value} most={1000} />
            </dd>
          </div>
        ))}
      </dl>
      {headers.length > shown.length && (
        <Button kind="ghost" size="small" onClick={() => setAll(true)}>
          {plural(headers.length - shown.length, 'more header')}
        </Button>
      )}
    </>
  );
}

function BodyText({
  exchange,
  direction,
  body,
  headers,
}: {
  exchange: Exchange;
  direction: Direction;
  body: Body;
  headers: HeaderLines;
}): ReactElement {
  const { content } = body;
  const path = bodyUrl(exchange.id, direction);
  const whole = wantedWhole(body, headers);
  const fetched = useQuery({
    queryKey: ['body', exchange.id, direction],
    queryFn: ({ signal }) => getText(path, {}, signal),
    enabled: whole,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  // Its beginning stands there while the rest is on its way.
  const begun = whole && fetched.data === undefined;
  const text = fetched.data ?? content?.text;
  const lines = useMemo(() => (text === undefined ? undefined : linesOf(text, begun)), [text, begun]);
  const note = withheldNote(body);

  if (fetched.error) return <ErrorState error={fetched.error} small />;
  if (content === undefined) {
    return (
      <EmptyState icon="info" title={body.size === 0 ? 'No body' : 'The body is not here'} small>
        {note}
      </EmptyState>
    );
  }
  if (lines === undefined) return <Loading what="The body loads" />;
  return (
    <>
      {(note || (body.redacted?.length ?? 0) > 0 || content.undecodable !== undefined) && (
        <div className={styles.bodyNotes}>
          {note && <p>{note}</p>}
          {content.undecodable !== undefined && (
            <p>
              It could not be decoded: <SafeText text={content.undecodable} />
            </p>
          )}
          {(body.redacted?.length ?? 0) > 0 && (
            <p className="row wrap">
              Secrets replaced by fingerprints:
              {body.redacted?.slice(0, 12).map((each) => (
                <Badge key={each} tone="violet">
                  <SafeText text={each} />
                </Badge>
              ))}
            </p>
          )}
        </div>
      )}
      <JsonView
        // Laid out anew when the rest is there, with the folds of so many lines.
        key={begun ? 'beginning' : 'whole'}
        lines={lines}
        more={begun}
        label={direction === 'request' ? 'Request body' : 'Response body'}
        actions={
          <>
            <CopyButton
              word="Copy"
              label={`Copy the ${direction} body`}
              text={async () => (lines.json ? wholeText(lines) : (text ?? ''))}
            />
            <a href={path} download={`${exchange.id}-${direction}`} className={buttonClass('plain', 'small')}>
              Download
            </a>
          </>
        }
      />
      {content.truncated && !whole && (
        <p className={styles.bodyNotes}>Only the beginning is shown; download it for the rest.</p>
      )}
      {content.encoding === 'base64' && <p className={styles.bodyNotes}>It is not text: this is its base64.</p>}
    </>
  );
}

const REASONS: Readonly<Record<string, string>> = {
  cap: 'Recorded up to a configured limit; the hash of all of it is kept.',
  'unparseable-secrets':
    'It may hold secrets and could not be read as what it should be, so nothing of it was recorded.',
  'not-read': 'The call was refused before its body was read.',
  'holds-credential': 'It held a credential, so nothing of it was recorded.',
  erased: 'It was erased.',
  withheld: 'It is withheld.',
};

const withheldNote = ({ withheld }: Body): string | undefined =>
  withheld === undefined ? undefined : (REASONS[withheld] ?? `Not recorded in full: ${withheld}.`);
