// People signing in with a real browser: Chromium, SimpleSAMLphp, LemonLDAP::NG and oidc-provider, and a gateway in a process of its own.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { stringify } from 'yaml';
import { selfSigned } from './harness/certificate.ts';
import { type GatewayProcess, launch, makeSite, type Site, startGateway } from './harness/gateway.ts';
import { startTestIssuer, type TestIssuer } from './harness/issuer.ts';
import { type LemonLdap, startLemonLdap, whyNoLemonLdap } from './harness/lemonldap.ts';
import { CLIENT_SECRET, type OidcIdp, startOidcIdp } from './harness/oidc-idp.ts';
import { type SimpleSamlPhp, startSimpleSamlPhp, whyNoSimpleSamlPhp } from './harness/simplesamlphp.ts';
import { temporaryFolder } from './harness/temporary.ts';

/** LemonLDAP::NG compares secrets without undoing the escapes of RFC 6749, so it is given one that has none. */
const PLAIN_SECRET = 'a-secret-that-needs-no-escapes';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));
const whyNoLemon = whyNoLemonLdap();
const whyNot = CHROMIUM === undefined ? 'Chromium is not installed' : whyNoSimpleSamlPhp();

describe('sign-in with a real browser', { skip: whyNot ?? false }, () => {
  const PASSWORD = 'correct-horse';
  let site: Site;
  let gateway: GatewayProcess;
  let saml: SimpleSamlPhp;
  let oidc: OidcIdp;
  let lemon: LemonLdap | undefined;
  let issuer: TestIssuer;
  let browser: Browser;
  let home: string;

  before(async () => {
    home = temporaryFolder('home');
    issuer = await startTestIssuer();
    saml = await startSimpleSamlPhp({
      ada: {
        password: PASSWORD,
        attributes: { name: ['Ada Lovelace'], email: ['ada@example.com'], groups: ['auditors', 'sre'] },
      },
    });
    site = await makeSite({ issuer: issuer.url, upstream: 'http://127.0.0.1:9' });
    const api = `http://127.0.0.1:${site.apiPort}`;
    const redirectUri = `${api}/auth/callback`;
    oidc = await startOidcIdp(redirectUri, { olga: ['auditors'] });
    if (whyNoLemon === undefined) {
      lemon = await startLemonLdap({ id: 'dogwatch', secret: PLAIN_SECRET, redirectUri });
    }
    const sp = selfSigned(['127.0.0.1'], 7, 'rsa');
    const file = (name: string, text: string, mode = 0o600) =>
      writeFileSync(join(site.directory, name), text, { mode });
    file('sp.key', sp.key);
    file('sp.pem', sp.cert, 0o644);
    file('idp.pem', saml.certificate, 0o644);
    file('client-secret', CLIENT_SECRET);
    file('plain-secret', PLAIN_SECRET);
    appendFileSync(
      site.configFile,
      stringify({
        signIn: {
          providers: [
            {
              name: 'corp',
              kind: 'oidc',
              issuer: oidc.url,
              clientId: 'dogwatch',
              clientSecret: { file: './client-secret' },
              cliClientId: 'dogwatch-cli',
            },
            {
              name: 'saml',
              kind: 'saml',
              entityId: saml.entityId,
              entryPoint: saml.entryPoint,
              certificates: ['./idp.pem'],
              signing: { key: { file: './sp.key' }, certificate: './sp.pem' },
            },
            ...(lemon === undefined
              ? []
              : [
                  {
                    name: 'lemon',
                    kind: 'oidc',
                    issuer: lemon.url,
                    clientId: 'dogwatch',
                    clientSecret: { file: './plain-secret' },
                    scopes: ['openid', 'profile', 'email'],
                  },
                ]),
          ],
        },
      }),
    );
    await saml.trust({
      entityId: `${api}/auth/saml/saml/metadata`,
      acs: `${api}/auth/saml/saml/acs`,
      certificate: sp.cert,
    });
    gateway = await startGateway(site);
    browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      // Tests may run as root, in a container.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    });
  });
  after(async () => {
    await browser?.close();
    await gateway?.end();
    await saml?.close();
    await oidc?.close();
    await lemon?.close();
    await issuer?.close();
  });

  const session = async (page: { content(): Promise<string>; innerText(selector: string): Promise<string> }) =>
    JSON.parse(await page.innerText('body')) as {
      identity: { name: string; subject: string; groups: string[] };
      roles: string[];
      csrf: string;
    };

  async function asAda(page: Awaited<ReturnType<Browser['newPage']>>, url: string): Promise<void> {
    await page.goto(url);
    await page.fill('input[name=username]', 'ada');
    await page.fill('input[name=password]', PASSWORD);
    await page.keyboard.press('Enter');
  }

  test('SAML: SimpleSAMLphp takes the signed request, Dogwatch its assertion, the cookie survives the way back', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await asAda(page, `${gateway.apiUrl}/auth/login?provider=saml`);
    await page.waitForURL(`${gateway.apiUrl}/auth/session`, { timeout: 20_000 }).catch((error: unknown) => {
      throw new Error(`${String(error)}\nat ${page.url()}\n${saml.output()}\n${gateway.output()}`);
    });
    const { identity, roles, csrf } = await session(page);
    assert.equal(identity.name, 'Ada Lovelace');
    assert.equal(identity.subject, 'ada');
    assert.deepEqual(identity.groups, ['auditors', 'sre']);
    assert.deepEqual(roles, ['auditor']);
    const [cookie] = (await context.cookies(gateway.apiUrl)).filter(({ name }) => name === 'dogwatch-session');
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie?.sameSite, 'Lax');
    assert.equal(await page.evaluate('document.cookie').catch(() => ''), '');
    // The record is there to be read, and signing out ends it.
    const search = await context.request.get(`${gateway.apiUrl}/api/v1/search?q=kind:identity.sign-in`);
    assert.match(await search.text(), /Ada Lovelace/);
    const forged = await context.request.post(`${gateway.apiUrl}/auth/logout`);
    assert.equal(forged.status(), 403);
    const out = await context.request.post(`${gateway.apiUrl}/auth/logout`, { headers: { 'x-dogwatch-csrf': csrf } });
    assert.equal(out.status(), 200);
    assert.equal((await context.request.get(`${gateway.apiUrl}/auth/session`)).status(), 401);
    await context.close();
  });

  test('OIDC: the same through oidc-provider', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${gateway.apiUrl}/auth/login`);
    await page.fill('input[name=login]', 'olga');
    await page.fill('input[name=password]', 'any');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /continue/i }).click();
    await page.waitForURL(`${gateway.apiUrl}/auth/session`, { timeout: 20_000 });
    assert.equal((await session(page)).identity.name, 'olga at work');
    await context.close();
  });

  test('OIDC: LemonLDAP::NG, with the groups that it knows', { skip: whyNoLemon ?? false }, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${gateway.apiUrl}/auth/login?provider=lemon`);
    await page.fill('input[name=user]', 'dwho');
    await page.fill('input[name=password]', 'dwho');
    await page.keyboard.press('Enter');
    // It asks what may be told of them.
    await page.click('form button[type=submit]');
    await page.waitForURL(`${gateway.apiUrl}/auth/session`, { timeout: 20_000 }).catch(async (error: unknown) => {
      throw new Error(
        `${String(error)}\nat ${page.url()}\n${(await page.innerText('body')).slice(0, 4000)}\n${lemon?.output()}\n${gateway.output()}`,
      );
    });
    const { identity } = await session(page);
    assert.equal(identity.name, 'Doctor Who');
    assert.equal(identity.subject, 'dwho');
    assert.deepEqual(identity.groups.toSorted(), ['timelords', 'users']);
    await context.close();
  });

  test('dogwatch login by SAML, a search with what it left, and dogwatch logout', async () => {
    const env = { XDG_CONFIG_HOME: home, BROWSER: 'none', DOGWATCH_API: gateway.apiUrl, DOGWATCH_TOKEN: '' };
    const run = async (...args: string[]) => {
      const { ended, output } = launch(args, { env });
      const { code } = await ended;
      return { code, output: output() };
    };
    const login = launch(['login', '--provider', 'saml', '--json'], { env });
    let url: string | undefined;
    for (let tries = 0; tries < 200 && url === undefined; tries++) {
      url = /^ {2}(http\S+)$/m.exec(login.output())?.[1];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const page = await browser.newPage();
    await asAda(page, url ?? '');
    await page.waitForURL(/\/callback\?/, { timeout: 20_000 });
    assert.match(await page.innerText('body'), /close this page/);
    assert.equal((await login.ended).code, 0, login.output());
    assert.match(login.output(), /"Ada Lovelace"/);
    assert.ok(!login.output().includes('dw_'));
    assert.equal(statSync(join(home, 'dogwatch', 'credentials.json')).mode & 0o777, 0o600);
    const search = await run('search', 'kind:identity.sign-in', '--json');
    assert.equal(search.code, 0, search.output);
    assert.match(search.output, /Ada Lovelace/);
    assert.match((await run('logout')).output, /Signed out/);
    const after = await run('search', 'kind:identity.sign-in');
    assert.notEqual(after.code, 0);
    assert.match(after.output, /nobody is signed in/);
    await page.close();
  });

  test('dogwatch check tries both providers', async () => {
    const { ended, output } = launch(['check', '--config', site.configFile]);
    await ended;
    assert.match(output(), /ok +signIn corp: OIDC, 1 key/);
    assert.match(output(), /ok +signIn saml: SAML/);
  });
});
