// What goes over the wire, by kind of route; what agents worded is text there and nothing else.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { findingOf } from '../../../test/harness/findings.ts';
import { closeHttp, listen } from '../../../test/harness/listening.ts';
import {
  eventually,
  startHttpReceiver,
  startSmtpReceiver,
  startSyslogReceiver,
} from '../../../test/harness/receivers.ts';
import { temporaryFolder } from '../../../test/harness/temporary.ts';
import { alertsSchema } from '../../config/alerts.ts';
import { slackBody, teamsBody } from './chat.ts';
import { factsOf, oneLine, type Told, titleOf } from './message.ts';
import { post } from './post.ts';
import { type Means, type Sender, senderOf } from './sender.ts';
import { datadogBody, pagerDutyBodies } from './services.ts';
import { webhookPost, webhookSecret } from './webhook.ts';

const HOSTILE = 'evil\r\nBcc: all@example.com <!channel> [click](https://evil.example) \u202e*x*\u001b[2J';
const message = (more: Partial<Told> = {}): Told => ({
  id: 'm1',
  event: 'opened',
  time: Date.parse('2026-11-22T10:00:00Z'),
  link: 'https://dw.example.com/findings/f1',
  finding: findingOf({
    id: 'f1',
    title: `412 calls by ${HOSTILE}`,
    subject: {
      identity: { issuer: 'https://idp', subject: 's', name: HOSTILE },
      connection: 'main',
      family: 'Metrics',
    },
  }),
  ...more,
});
const stopping = new AbortController().signal;
const means = (secrets: Record<string, string> = {}, timeout = 3000): Means => ({
  secret: (ref) => ('env' in ref ? (secrets[ref.env] ?? '') : ''),
  datadog: () => ({ origin: 'http://127.0.0.1:1', headers: {} }),
  timeout,
  stopping,
});
function sender(to: object, secrets?: Record<string, string>, timeout?: number): Sender {
  const [route] = alertsSchema.parse({ routes: [{ name: 'r', to }] }).routes;
  assert.ok(route);
  return senderOf(route, means(secrets, timeout));
}

test('a webhook is signed as Standard Webhooks say, over id, time and body', () => {
  const secret = webhookSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'x');
  const { headers, body } = webhookPost('https://x', secret, message(), 1_614_265_330_000);
  const expected = createHmac('sha256', Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'))
    .update(`m1.1614265330.${body}`)
    .digest('base64');
  assert.deepEqual(headers, {
    'webhook-id': 'm1',
    'webhook-timestamp': '1614265330',
    'webhook-signature': `v1,${expected}`,
  });
  const { type, timestamp, data } = JSON.parse(body);
  assert.deepEqual([type, timestamp, data.finding.id], ['finding.opened', '2026-11-22T10:00:00.000Z', 'f1']);
  for (const short of ['', 'whsec_', 'whsec_c2hvcnQ=', 'short'])
    assert.throws(() => webhookSecret(short, 'x'), /24 bytes/);
});

test('texts are one line, bounded, without anything that steers', () => {
  assert.equal(oneLine('a\u0000\u202eb\nc\u200b', 99), 'a b c');
  assert.equal(oneLine('abcdef', 4), 'abc…');
  assert.equal(oneLine('ab\u{1F600}d', 4), 'ab…');
  for (const text of [titleOf(message()), ...factsOf(message()).flat()]) assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
});

test('chats show it as plain text: no mention, no link, no markup of an agent', () => {
  const slack = JSON.parse(slackBody(message()));
  assert.match(slack.text, /&lt;!channel&gt;/);
  const markup = slack.blocks.flatMap(({ elements = [] }: { elements?: object[] }) => elements);
  assert.deepEqual(markup, [{ type: 'mrkdwn', text: '<https://dw.example.com/findings/f1|Open in Dogwatch>' }]);
  for (const { text, fields = [] } of slack.blocks)
    for (const each of [text, ...fields].filter(Boolean)) assert.equal(each.type, 'plain_text');
  assert.ok(slack.blocks[0].text.text.length <= 150);
  const card = JSON.parse(teamsBody(message())).attachments[0].content;
  assert.equal(card.version, '1.4');
  for (const { type } of card.body) assert.equal(type, 'RichTextBlock', 'a TextBlock would read Markdown');
  assert.equal(card.actions[0].url, 'https://dw.example.com/findings/f1');
});

test('PagerDuty triggers and resolves under the id of the finding; Datadog gets an event that belongs to it', () => {
  const [trigger = ''] = pagerDutyBodies('key', message());
  const event = JSON.parse(trigger);
  assert.deepEqual([event.event_action, event.dedup_key, event.payload.severity], ['trigger', 'f1', 'error']);
  const ends = pagerDutyBodies('key', message({ event: 'ended' })).map((body) => JSON.parse(body));
  assert.deepEqual(ends, [{ routing_key: 'key', dedup_key: 'f1', event_action: 'resolve' }]);
  const datadog = JSON.parse(datadogBody(message()));
  assert.deepEqual([datadog.alert_type, datadog.aggregation_key], ['error', 'f1']);
  assert.ok(datadog.title.length <= 100 && datadog.text.length <= 4000);
  for (const tag of datadog.tags) assert.doesNotMatch(tag, /[\s,]/);
  assert.equal(JSON.parse(datadogBody(message({ event: 'ended' }))).alert_type, 'success');
});

test('a receiver that redirects, fails, is silent or endless is a failure that names no secret', async (t) => {
  const http = await startHttpReceiver();
  t.after(() => http.close());
  const url = `${http.url}/services/s3cr3t`;
  const slack = sender({ slack: { url: { env: 'U' } } }, { U: url });
  assert.equal(slack.where, new URL(http.url).host);
  await slack.send(message());
  const failure = (to: Sender) =>
    to.send(message()).then(
      () => 'delivered',
      (error: Error & { wait?: number }) => [error.name, error.message, error.wait],
    );
  http.status = 302;
  http.headers = { location: `${http.url}/elsewhere` };
  assert.deepEqual(await failure(slack), [
    'NotDelivered',
    'it answered with status 302; redirects are not followed',
    undefined,
  ]);
  http.status = 429;
  http.headers = { 'retry-after': '7' };
  assert.deepEqual(await failure(slack), ['NotDelivered', 'it answered with status 429', 7000]);
  assert.ok(http.received.every(({ path }) => path === '/services/s3cr3t'));

  const stubborn = createServer((_request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
    response.on('close', () => clearInterval(timer)).on('error', () => undefined);
  });
  const silent = createServer(() => undefined);
  const [endless, never] = [await listen(stubborn), await listen(silent)];
  t.after(() => Promise.all([closeHttp(stubborn), closeHttp(silent)]));
  assert.match(
    String(await failure(sender({ slack: { url: { env: 'U' } } }, { U: `http://127.0.0.1:${never}/s3cr3t` }, 100))),
    /in time/,
  );
  await Promise.race([
    post({ url: `http://127.0.0.1:${endless}/`, body: '{}' }, AbortSignal.timeout(2000)).catch(() => undefined),
    new Promise((_, reject) => setTimeout(() => reject(new Error('it reads for ever')), 2500).unref()),
  ]);
  const gone = sender({ slack: { url: { env: 'U' } } }, { U: 'http://127.0.0.1:1/s3cr3t' });
  assert.deepEqual(await failure(gone), ['NotDelivered', 'it cannot be reached (ECONNREFUSED)', undefined]);
  assert.throws(
    () => sender({ slack: { url: { env: 'U' } } }, { U: 'http://hooks.example.com/s3cr3t' }),
    (error: Error) => {
      assert.match(error.message, /must begin with https/);
      assert.doesNotMatch(error.message, /s3cr3t/);
      return true;
    },
  );
});

test('mail: one conversation a finding, no header of an agent; a refusal names no password', async (t) => {
  const smtp = await startSmtpReceiver();
  t.after(() => smtp.close());
  const mail = sender(
    {
      email: {
        ...{ host: '127.0.0.1', port: smtp.port, tls: 'none', user: 'u', password: { env: 'P' } },
        ...{ from: 'dogwatch@example.com', to: ['a@example.com', 'b@example.com'] },
      },
    },
    { P: 'pa55word' },
  );
  await mail.send(message());
  const [received] = smtp.mails;
  assert.deepEqual(received?.to, ['a@example.com', 'b@example.com']);
  const [headers = '', ...body] = (received?.data ?? '').split('\n\n');
  assert.doesNotMatch(headers, /^Bcc:/im);
  assert.match(headers, /^References: <f1@dogwatch>$/m);
  assert.match(headers, /^Message-ID: <m1@dogwatch>$/im);
  assert.match(body.join('\n\n'), /Detector: surge/);
  smtp.rcpt = '550 pa55word is not for you';
  await assert.rejects(mail.send(message()), (error: Error) => {
    assert.match(error.message, /not taken \(EENVELOPE 550\)/);
    return true;
  });
});

test('syslog: RFC 5424 in octet counting, by severity, in one line', async (t) => {
  const syslog = await startSyslogReceiver();
  t.after(() => syslog.close());
  const route = sender({ syslog: { url: syslog.url } });
  await route.send(message());
  await route.send(message({ event: 'ended' }));
  await eventually(() => syslog.messages.length === 2);
  assert.match(
    syslog.messages[0] ?? '',
    /^<107>1 \d{4}-\S+Z \S+ dogwatch \d+ alert - 412 calls by evil .*event=opened severity=high finding=f1 detector=surge identity="https:\/\/idp#s" connection="main"$/,
  );
  assert.match(syslog.messages[1] ?? '', /^<109>1 /);
  for (const each of syslog.messages) assert.doesNotMatch(each, /[\p{Cc}]/u);
});

function script(text: string): { file: string; dir: string } {
  const dir = temporaryFolder('command');
  const file = join(dir, 'run');
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o700 });
  return { file, dir };
}

test('a command: no shell, JSON on stdin, an environment of its own, ended with its children when it takes too long', async (t) => {
  process.env.DW_TEST_SECRET = 'hidden';
  t.after(() => delete process.env.DW_TEST_SECRET);
  const note = script('cd "$(dirname "$0")"; { env; cat; printf "%s" "$1"; } > note');
  await sender({ command: { run: [note.file, '$(touch owned); `id`'] } }).send(message());
  const text = readFileSync(join(note.dir, 'note'), 'utf8');
  assert.doesNotMatch(text, /DW_TEST_SECRET/);
  assert.match(text, /"title":"412 calls by evil/);
  assert.ok(text.endsWith('$(touch owned); `id`'));
  assert.ok(!existsSync(join(note.dir, 'owned')));

  const failing = script('exit 3');
  await assert.rejects(sender({ command: { run: [failing.file] } }).send(message()), /ended with status 3/);
  await assert.rejects(
    sender({ command: { run: ['/nonexistent/program'] } }).send(message()),
    /cannot be started \(ENOENT\)/,
  );
  const slow = script('cd "$(dirname "$0")"; sleep 30 & echo $! > child; wait');
  await assert.rejects(sender({ command: { run: [slow.file], timeout: '400ms' } }).send(message()), /within 400 ms/);
  const child = Number(readFileSync(join(slow.dir, 'child'), 'utf8'));
  await eventually(() => {
    try {
      // A zombie whose parent is gone is reaped by init; until then it has no command line.
      return readFileSync(`/proc/${child}/cmdline`, 'utf8') === '';
    } catch {
      return true;
    }
  });
});
