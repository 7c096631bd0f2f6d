// The worker thread of one replay: verifies the proofs it is sent, replays them in a fresh sandbox, and tells each step.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { DogwatchError } from '../exchange/error.ts';
import { readVerifierKeys } from '../journal/verifier-keys.ts';
import { replay } from '../replay/replay.ts';
import { sandboxTargets } from '../replay/sandbox-target.ts';
import { readRecording } from './read-recording.ts';
import type { FromReplay, ReplayStart, ToReplay } from './replay-thread.ts';

if (!parentPort) throw new Error('this module is started as a worker thread');
const port = parentPort;
const { session, keys, skip, until } = workerData as ReplayStart;
const tell = (message: FromReplay): void => port.postMessage(message);

async function* proofs(): AsyncGenerator<string> {
  const waiting: ToReplay[] = [];
  port.on('message', (message: ToReplay) => waiting.push(message));
  for (;;) {
    while (waiting.length === 0) await once(port, 'message');
    const message = waiting.shift();
    if (message?.line === undefined) return;
    yield message.line;
  }
}

try {
  const recording = await readRecording(proofs(), session, readVerifierKeys(keys, 'vkey'));
  const beyond = skip.find((n) => n > recording.calls.length);
  if (beyond !== undefined)
    throw new DogwatchError('bad_parameter', `there is no call ${beyond}: the session has ${recording.calls.length}`);
  const calls = Math.min(recording.calls.length, until ?? recording.calls.length);
  tell({ event: 'begin', data: { calls } });
  const { targets, origin } = sandboxTargets(recording);
  const done = await replay(recording, {
    targets,
    origin,
    skip: new Set(skip),
    ...(until !== undefined && { until }),
    onStep: (step) => tell({ event: 'step', data: step }),
  });
  // The steps have been told.
  tell({ event: 'done', data: { ...done, steps: [] } });
} catch (error) {
  const known = error instanceof DogwatchError ? error : undefined;
  tell({
    failed: {
      code: known?.code ?? 'internal',
      message: known?.message ?? (error instanceof Error ? error.message : String(error)),
      ...(known?.remedy !== undefined && { remedy: known.remedy }),
    },
  });
}
port.close();
