// Applies a plan, and tells what came of it.
import { randomBytes } from 'node:crypto';
import { applyPlan, conflictsOf, type RevertConflict, type StepResult } from '../api/apply-revert.ts';
import type { Revert } from '../api/inquiries.ts';
import { DogwatchError } from '../exchange/error.ts';
import { changeLines } from './change-text.ts';
import { planLines } from './inquiry-text.ts';
import { printable } from './printable.ts';
import { printJson, printLines, type RecordOptions } from './record-options.ts';
import { whoCalls } from './run-exec.ts';
import { paint } from './terminal.ts';

export interface RevertOptions extends RecordOptions {
  readonly apply?: true;
  readonly force?: true;
  readonly gateway?: string;
  readonly subjectTokenFile?: string;
}

/** @throws DogwatchError `changed_since`, `revert_failed`, and what `whoCalls` throws */
export async function runRevert(plan: Revert, options: RevertOptions): Promise<void> {
  const { subject, gateway } = await whoCalls(options, process.env);
  const session = `revert-${plan.of.slice(0, 40).replace(/[^A-Za-z0-9._-]/g, '-')}-${randomBytes(3).toString('hex')}`;
  const caller = { gateway, token: subject, session };
  const conflicts = await conflictsOf(plan, caller);
  if (conflicts.length > 0 && !options.force) {
    if (options.json) printJson({ plan, conflicts, results: [] });
    else printLines(conflicts.flatMap(conflictLines));
    throw new DogwatchError('changed_since', 'nothing was sent: a resource is not as the change left it', {
      remedy: '--force puts it back all the same, and what was changed since is lost',
    });
  }
  const results = await applyPlan(plan, caller);
  if (options.json) printJson({ plan, conflicts, session, results });
  else {
    const colour = paint();
    printLines([
      ...planLines(plan, colour),
      '',
      ...results.flatMap(resultLines),
      '',
      `Recorded as session ${session}.`,
    ]);
  }
  const failed = results.find(({ error }) => error !== undefined);
  if (failed !== undefined) {
    throw new DogwatchError(
      'revert_failed',
      `step ${failed.step} was answered ${failed.status}; what follows it was not sent`,
      {
        remedy: 'see what was answered, then undo the rest: dogwatch revert shows what is left',
      },
    );
  }
}

const conflictLines = ({ step, resource, why, changes }: RevertConflict): string[] => [
  `${step}. ${printable(resource)}: ${printable(why)}`,
  ...changeLines(changes ?? [], { most: 20 }).map((line) => `    ${line}`),
];

function resultLines({ step, resource, status, restored, differs, error, exchange }: StepResult): string[] {
  const end = error ?? (restored === true ? 'as it was before' : restored === false ? 'not as it was before' : 'sent');
  return [
    `${step}. ${printable(resource)}: ${status}, ${printable(end)}${exchange === null ? '' : ` (exchange ${exchange})`}`,
    ...changeLines(differs ?? [], { most: 20 }).map((line) => `    ${line}`),
  ];
}
