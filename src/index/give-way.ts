// Lets a thread give way to those that serve calls: they get the processor first, and it what they leave.
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** How far below the others: beside one of them that is busy, a thread gets about a tenth of a processor, and all of one that is idle. */
const LOWER = 10;

/**
 * Lowers the priority of the calling thread, and of no other. Linux has one for each thread (sched(7)); elsewhere it would be the whole
 * process's, so nothing is done there, nor where a sandbox forbids it.
 */
export function giveWay(): void {
  const thread = callingThread();
  if (thread === undefined) return;
  try {
    setPriority(thread, Math.min(19, getPriority(thread) + LOWER));
  } catch {
    // Then it competes on equal terms, as it did before there were priorities.
  }
}

/** The number by which the kernel knows the calling thread; undefined where threads have none. */
export function callingThread(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const number = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return Number.isInteger(number) && number > 0 ? number : undefined;
  } catch {
    return undefined;
  }
}
