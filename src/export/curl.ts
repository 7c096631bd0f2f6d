// One request as a curl command that sends it to Datadog again. What was recorded is data: nothing of it may act in the shell.
import { asText } from './decoded-body.ts';
import { type RecordedExchange, requestBodyInfo } from './recorded-exchange.ts';

/** Headers that curl makes itself, or that belong to the connection the request came by (RFC 9110 section 7.6.1). */
const OMITTED = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'accept-encoding',
  'proxy-connection',
]);

/**
 * The command, over several lines, for bash or zsh. Credentials are taken from `$DD_API_KEY` and `$DD_APP_KEY`, since none were recorded.
 * What the record does not hold in full is said in comments before the command.
 */
export function toCurl({ summary, requestBody }: RecordedExchange): string {
  const { method, host, target, headers } = summary.request;
  const info = requestBodyInfo(summary);
  const notes: string[] = [];
  if (info.withheld)
    notes.push(
      `# The request body is not recorded in full (${info.withheld}): ${info.recorded} of ${info.size} bytes.`,
    );
  if (info.redacted?.length)
    notes.push(`# Secrets were replaced by fingerprints: ${info.redacted.map(comment).join(', ')}.`);

  const words = ['curl --globoff --path-as-is'];
  words.push(method === 'HEAD' ? '--head' : `--request ${quoted(method)}`);
  words.push(quoted(`https://${host}${target}`));
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (OMITTED.has(key) || (info.decoded && key === 'content-encoding')) continue;
    // `Name;` is how curl is told to send a header without a value.
    words.push(`--header ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`);
  }
  if (headers.some(([name]) => name.toLowerCase() === 'accept-encoding')) words.push('--compressed');
  words.push('--header "DD-API-KEY: $DD_API_KEY"', '--header "DD-APPLICATION-KEY: $DD_APP_KEY"');

  let before = '';
  if (requestBody.length > 0) {
    const text = asText(requestBody);
    if (text !== undefined && !text.includes('\0')) words.push(`--data-raw ${quoted(text)}`);
    else {
      before = `printf %s ${quoted(Buffer.from(requestBody).toString('base64'))} | base64 -d | `;
      words.push('--data-binary @-');
    }
  }
  return `${[...notes, before + words.join(' \\\n  ')].join('\n')}\n`;
}

/** The text as one shell word: `'…'`, or `$'…'` when it holds characters that do something in a terminal. */
function quoted(text: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/u.test(text.replaceAll('\n', ''))) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/['\\]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, (character) => {
    if (character === "'" || character === '\\') return `\\${character}`;
    if (character === '\n') return '\\n';
    // By bytes, since \u in $'…' depends on the locale; three digits, so that what follows cannot lengthen it.
    return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  });
  return `$'${escaped}'`;
}

const comment = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
