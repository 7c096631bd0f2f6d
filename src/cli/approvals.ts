// `dogwatch approvals`, `approve` and `deny`: calls that wait for somebody's leave.
import { Command, Option } from 'commander';
import { APPROVAL_STATES, type Approval, type ApprovalState } from '../exchange/approval.ts';
import { printJson, printJsonLines, printLines } from './record-options.ts';
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

export function approvalsCommand(): Command {
  return common(new Command('approvals'))
    .description('List the calls that wait for approval.')
    .addOption(new Option('--state <state>', 'others than those that wait').choices(APPROVAL_STATES))
    .option('--all', 'also those that were decided or expired in the last day')
    .action(async (options: Common & { state?: ApprovalState; all?: true }) => {
      const { withAnswering } = await answering();
      const state = options.state ?? (options.all ? undefined : 'pending');
      const all = await withAnswering(options.config, ({ approvals }) => approvals(state));
      if (options.json) return printJsonLines(all);
      if (all.length === 0) return void process.stderr.write('No call waits for approval.\n');
      printLines(
        tableLines<Approval>(all, [
          { title: 'APPROVAL', value: ({ id }) => id, min: 36, max: 36, always: true },
          { title: 'WHO', value: ({ identity }) => identity.name, min: 10, max: 28, always: true },
          { title: 'CALL', value: ({ method, target }) => `${method} ${target}`, min: 16, max: 80, always: true },
          { title: 'OPERATION', value: ({ operation }) => operation, min: 14, max: 40 },
          { title: 'CONNECTION', value: ({ connection }) => connection, min: 10, max: 20 },
          { title: 'STATE', value: ({ state: now }) => now, min: 8, max: 8, always: true },
          { title: 'UNTIL', value: ({ expires }) => shortTime(expires), min: 14, max: 14 },
          { title: 'BY', value: ({ decided }) => decided?.by.name ?? '', min: 6, max: 20 },
          { title: 'EXCHANGE', value: ({ exchange }) => exchange, min: 36, max: 36 },
        ]),
      );
    });
}

export const approveCommand = (): Command =>
  decision('approve', 'Let a call through, once, when the agent makes it again.', true);
export const denyCommand = (): Command =>
  decision('deny', 'Refuse a call that waits for approval, or take approval back.', false);

function decision(name: string, description: string, approved: boolean): Command {
  return common(new Command(name))
    .description(description)
    .argument('<id>', 'of the approval, or the beginning of it')
    .option('--reason <reason>', 'the reason, for the record; of a denial the agent is told')
    .addHelpText('after', '\n`dogwatch show` with the exchange that `dogwatch approvals` names shows the whole call.')
    .action(async (id: string, options: Common & { reason?: string }) => {
      const { withAnswering } = await answering();
      const decided = await withAnswering(options.config, async ({ approvals, decide }) =>
        decide(wholeId(await approvals(undefined), id), approved, options.reason),
      );
      if (options.json) return printJson(decided);
      const { operation, identity, expires } = decided;
      printLines([
        approved
          ? `${identity.name} may make this ${operation} once, until ${shortTime(expires)}.`
          : `${operation} of ${identity.name} is denied.`,
      ]);
    });
}
