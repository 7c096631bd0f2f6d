// `dogwatch whoami`: as whom a gateway knows the caller, with which groups and roles.
import { Command } from 'commander';
import type { Whoami } from './ask-whoami.ts';
import { printable } from './printable.ts';
import { printJson, printLines, type RecordOptions, recordOptions } from './record-options.ts';
import { shortTime } from './row-table.ts';
import { paint } from './terminal.ts';

export function whoamiCommand(): Command {
  return recordOptions(new Command('whoami'), 'print JSON')
    .description('Show as whom the gateway knows you.')
    .action(async (options: RecordOptions) => {
      const { askWhoami } = await import('./ask-whoami.ts');
      const answer = await askWhoami(options.config);
      if (options.json) return printJson(answer);
      printLines(linesOf(answer));
    });
}

function linesOf({ identity, roles, token, gateway }: Whoami): string[] {
  const { name, issuer, subject, email, groups, onBehalfOf, claims, session } = identity;
  const lines: [string, string][] = [
    ['identity', `${issuer}#${subject}${email === undefined ? '' : `, ${email}`}`],
    ['groups', groups.join(', ') || '(none)'],
    ['roles', roles.join(', ') || '(none)'],
  ];
  if (onBehalfOf.length > 0)
    lines.push(['through', onBehalfOf.map((actor) => `${actor.issuer}#${actor.subject}`).join(', ')]);
  for (const [claim, value] of Object.entries(claims)) lines.push([claim, value]);
  if (session !== undefined) lines.push(['session', session]);
  if (token !== undefined) {
    const { id, kind, expiresAt, connection, action } = token;
    const limits = [
      ...(action === undefined ? [] : ['reading only']),
      ...(connection === undefined ? [] : [connection]),
    ];
    lines.push(['token', [`${id} (${kind})`, ...limits].join(', ')], ['good until', shortTime(expiresAt)]);
  }
  lines.push(['gateway', gateway]);
  const width = Math.max(...lines.map(([label]) => label.length));
  const colour = paint();
  return [
    colour.bold(printable(name)),
    ...lines.map(([label, value]) => `${colour.dim(printable(label).padEnd(width))}  ${printable(value)}`),
  ];
}
