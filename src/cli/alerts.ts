// `dogwatch alerts`: where alerts go, what became of them, trying a route, sending again what was given up.
import { Command } from 'commander';
import type { AlertRoute, Delivery } from '../exchange/alert.ts';
import { printable } from './printable.ts';
import { printJson, printLines } from './record-options.ts';
import { shortTime } from './row-table.ts';
import { tableLines } from './table.ts';
import { wholeId } from './whole-id.ts';

interface Common {
  readonly config?: string;
  readonly json?: true;
}

const answering = () => import('./reach-response.ts');

function common(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file ($DOGWATCH_CONFIG, ./dogwatch.yaml)')
    .option('--json', 'print JSON');
}

export function alertsCommand(): Command {
  const group = new Command('alerts').description('Alerts: routes, deliveries, and what was given up.');
  for (const command of [listCommand(), testCommand(), retryCommand()])
    group.addCommand(command, { isDefault: command.name() === 'list' });
  return group;
}

function listCommand(): Command {
  return common(new Command('list'))
    .description('Show the routes, and what was sent by them.')
    .action(async (options: Common) => {
      const { withAnswering } = await answering();
      const all = await withAnswering(options.config, ({ alerts }) => alerts());
      if (options.json) return printJson(all);
      if (all.routes.length === 0 && all.deliveries.length === 0)
        return void process.stderr.write('No route is configured; alerts.routes in the configuration has them.\n');
      printLines([
        ...tableLines<AlertRoute>(all.routes, [
          { title: 'ROUTE', value: ({ name }) => name, min: 8, max: 30, always: true },
          { title: 'TO', value: ({ to, where }) => `${to} ${where}`, min: 12, max: 60, always: true },
          { title: 'FROM', value: ({ match }) => match.severity, min: 8, max: 8, always: true },
          {
            title: 'ONLY',
            value: ({ match: { detectors = [], identities = [], connections = [] } }) =>
              [...detectors, ...identities, ...connections].join(', '),
            min: 8,
            max: 60,
          },
        ]),
        ...(all.deliveries.length === 0 ? [] : ['', ...deliveryLines(all.deliveries)]),
      ]);
    });
}

function testCommand(): Command {
  return common(new Command('test'))
    .description('Send a test message by a route.')
    .argument('<route>', 'its name')
    .action(async (route: string, options: Common) => {
      const { withAnswering } = await answering();
      tell(await withAnswering(options.config, ({ testAlert }) => testAlert(route)), options);
    });
}

function retryCommand(): Command {
  return common(new Command('retry'))
    .description('Send again what was given up, or what waits for its next attempt.')
    .argument('<id>', 'of the delivery, or the beginning of it')
    .action(async (id: string, options: Common) => {
      const { withAnswering } = await answering();
      const delivery = await withAnswering(options.config, async ({ alerts, retryAlert }) =>
        retryAlert(wholeId((await alerts()).deliveries, id)),
      );
      tell(delivery, options);
    });
}

/** What became of an attempt; the status of the command is 1 when it failed. */
function tell(delivery: Delivery, { json }: Common): void {
  const { route, state, problem = '' } = delivery;
  if (state !== 'delivered') process.exitCode = 1;
  if (json) printJson(delivery);
  else if (state === 'delivered') printLines([`${route} has taken the message.`]);
  else process.stderr.write(`dogwatch: ${printable(`${route} has not taken the message: ${problem}`)}\n`);
}

const deliveryLines = (deliveries: readonly Delivery[]): string[] =>
  tableLines<Delivery>(deliveries, [
    { title: 'DELIVERY', value: ({ id }) => id, min: 36, max: 36, always: true },
    { title: 'TIME', value: ({ created }) => shortTime(created), min: 14, max: 14 },
    { title: 'ROUTE', value: ({ route }) => route, min: 8, max: 24, always: true },
    {
      title: 'STATE',
      value: ({ state, next }) => (state === 'pending' && next !== undefined ? `again ${shortTime(next)}` : state),
      min: 9,
      max: 20,
      always: true,
      paint: ({ state }, colour) =>
        state === 'dead' ? colour.red : state === 'delivered' ? colour.green : colour.yellow,
    },
    { title: 'TRIES', value: ({ attempts }) => String(attempts), min: 5, max: 5 },
    { title: 'TELLS', value: ({ title }) => title, min: 12, max: 80, always: true },
    { title: 'PROBLEM', value: ({ problem = '' }) => problem, min: 10, max: 60 },
  ]);
