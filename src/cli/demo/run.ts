// Runs the demo: an issuer, a Datadog, the gateway between, two agents, and the story of what they did.
import { relative } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../config/config.ts';
import { type ConsoleLink, consoleLink } from '../console-link.ts';
import { DEMO_DIRECTORY } from '../locate-config.ts';
import { runGateway } from '../run-gateway.ts';
import type { AgentName } from './agents.ts';
import { startAgents } from './agents-process.ts';
import { startDatadog } from './datadog.ts';
import { AUDITORS, demoConfigFile, prepareDirectory } from './directory.ts';
import { type DemoClient, type DemoIssuer, startIssuer } from './issuer.ts';
import { requirePackages } from './packages.ts';
import { requirePorts, suggestPorts } from './ports.ts';
import { demoRecord } from './record.ts';
import { runAway } from './runaway.ts';
import { type Story, tellStory } from './story.ts';

export interface DemoOptions {
  readonly directory: string;
  readonly port: number;
  readonly apiPort: number;
  /** End after the story. */
  readonly once: boolean;
}

const AGENTS: Record<AgentName, DemoClient> = {
  sre: { id: 'claude-sre', name: 'claude-sre', groups: ['sre'] },
  ci: { id: 'ci-deploy-bot', name: 'ci-deploy-bot', groups: ['ci'] },
};
const YOU: DemoClient = { id: 'you', name: 'you', groups: ['sre', AUDITORS] };
const LOOPING: DemoClient = { id: 'nightly-report', name: 'nightly-report', groups: ['ci'] };
const CALLS = 8;

/** Runs the demo to the end of its story, or until it is interrupted. Everything it started is gone when it returns. */
export async function runDemo(options: DemoOptions): Promise<void> {
  requirePackages();
  demoConfigFile(options.directory);
  await requirePorts([options.port, options.apiPort]);
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await using running = new AsyncDisposableStack();
  const agents = running.adopt(startAgents(), ({ close }) => close());
  const issuer = running.adopt(await startIssuer([...Object.values(AGENTS), LOOPING, YOU]), ({ close }) => close());
  const upstream = running.adopt(await startDatadog(), ({ close }) => close());
  const configFile = prepareDirectory(options.directory, { ...options, issuer: issuer.url, upstream });
  const config = loadConfig(configFile, {});
  const log = pino({ level: config.log.level }, pino.destination({ dest: 2, sync: true }));
  const gateway = running.adopt(await runGateway(config, { log }).catch(suggestPorts), ({ close }) => close());

  const story = tellStory((line) => process.stdout.write(`${line}\n`));
  story.title('Two AI agents work in one Datadog organisation. Neither of them has a Datadog key.');
  story.text(
    `They were given this gateway as Datadog's address, ${gateway.gatewayUrl}, and a token of their own identity as API key. Both use Datadog's own client, unchanged.`,
  );
  const order = {
    sre: { url: gateway.gatewayUrl, token: await issuer.signIn(AGENTS.sre.id) },
    ci: { url: `${gateway.gatewayUrl}/c/production`, token: await issuer.signIn(AGENTS.ci.id) },
  };
  let speaker: AgentName | undefined;
  const work = agents.work(order, ({ agent, did, saw, refused }) => {
    if (agent !== speaker) story.title(`  ${AGENTS[agent].name} (group ${AGENTS[agent].groups.join(', ')})`);
    speaker = agent;
    story.step(did, saw, refused === true);
  });
  const stopped = Symbol('stopped');
  const made = await Promise.race([work, interrupted.then(() => stopped)]);
  if (typeof made === 'symbol') return;

  const token = await issuer.signIn(YOU.id);
  const dashboard = `op:v1.CreateDashboard resource:dashboard/${made.dashboard}`;
  const record = demoRecord(gateway.apiUrl, token);
  story.title('What Dogwatch recorded');
  const rows = await record.searchFor(`issuer:"${issuer.url}"`, CALLS);
  story.record(rows.toReversed());
  story.title('Who created this dashboard?');
  story.command(searchCommand(dashboard, options));
  const [creation] = await record.searchFor(dashboard, 1);
  if (!creation) throw new Error(`the search ${dashboard} found nothing`);
  story.answer(creation);
  const loop = runaway(story, gateway, await issuer.signIn(LOOPING.id), token);
  if (typeof (await Promise.race([loop, interrupted.then(() => stopped)])) === 'symbol') return;
  if (options.once) return;
  invite(story, issuer, token, gateway, made, options, await consoleLink(configFile));
  await interrupted;
  process.stdout.write('\n');
}

/** What becomes of an agent that loops. */
async function runaway(
  story: Story,
  gateway: { readonly gatewayUrl: string; readonly apiUrl: string },
  token: string,
  operator: string,
): Promise<void> {
  const { name } = LOOPING;
  story.title('And when an agent runs away?');
  story.text(`${name} is stuck in a loop: it asks for one metric again and again, as fast as it is answered.`);
  const { calls, time, finding, refusal } = await runAway(gateway, { name, token, operator });
  story.step(
    `made ${calls} calls in ${(time / 1000).toFixed(1)} s`,
    finding ? 'Dogwatch noticed' : 'nobody minded',
    true,
  );
  if (!finding) return;
  story.step('the finding', finding.title, true);
  story.step('you quarantined it', 'for an hour, from its next call on', false);
  story.step('its next call', refusal ?? 'nobody stopped it', true);
}

function invite(
  story: Story,
  issuer: DemoIssuer,
  token: string,
  gateway: { readonly gatewayUrl: string; readonly apiUrl: string },
  made: { readonly dashboard: string; readonly monitor: number },
  options: DemoOptions,
  link: ConsoleLink,
): void {
  story.title('Now you. The gateway stays up until Ctrl-C');
  story.text(
    'Look at it in the console. The link signs you in once, within ten minutes; `npx dogwatch console` prints another:',
  );
  story.command(link.url);
  story.text('Call Datadog as yourself, with a token that is good for an hour:');
  story.command(`curl -H 'DD-API-KEY: ${token}' ${gateway.gatewayUrl}/api/v1/dashboard/${made.dashboard}`);
  story.text('Another token:');
  story.command(issuer.signInCommand(YOU.id));
  story.text('And see what became of it, or who changed the alert:');
  story.command(searchCommand('who:you since:1h', options));
  story.command(searchCommand(`resource:monitor/${made.monitor} action:update`, options));
  story.text(
    `The gateway is at ${gateway.gatewayUrl}, the API at ${gateway.apiUrl}, and all of it in ${options.directory}.`,
  );
}

function searchCommand(query: string, { directory }: DemoOptions): string {
  const path = relative(process.cwd(), directory);
  const config = path === DEMO_DIRECTORY ? '' : `--config ${path || '.'}/dogwatch.yaml `;
  return `npx dogwatch search ${config}'${query}'`;
}
