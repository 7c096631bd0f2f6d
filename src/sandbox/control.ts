// The control paths under /_sandbox/: reset, state, log, faults.
import { type Answer, ok, textFailure } from './call.ts';
import { noFaults, readFaults } from './faults.ts';
import { isObject, type Json } from './json.ts';
import type { Running } from './running.ts';
import { readState } from './state-file.ts';

/** Answers a control request; nothing of the state has changed when it answers with an error. */
export function answerControl(running: Running, method: string, target: string, raw: Buffer): Answer {
  const path = target.split('?')[0];
  let body: Json | undefined;
  try {
    body = raw.length === 0 ? undefined : (JSON.parse(raw.toString('utf8')) as Json);
  } catch (error) {
    return textFailure(400, `the body is not JSON: ${(error as Error).message}`);
  }
  switch (`${method} ${path}`) {
    case 'POST /_sandbox/reset': {
      const now = isObject(body) ? body.now : undefined;
      const clock = typeof now === 'number' ? now : typeof now === 'string' ? Date.parse(now) : undefined;
      if (clock !== undefined && !Number.isFinite(clock))
        return textFailure(400, 'now must be an ISO 8601 time, or milliseconds since the epoch');
      running.sandbox.reset(clock);
      running.log.clear();
      running.faults = noFaults;
      return ok({ reset: true });
    }
    case 'GET /_sandbox/state':
      return ok(running.sandbox.world.save() as unknown as Json);
    case 'PUT /_sandbox/state': {
      const state = readState(body);
      if (typeof state === 'string') return textFailure(400, state);
      running.sandbox.world.load(state);
      return ok({ loaded: true });
    }
    case 'GET /_sandbox/log':
      return ok({ requests: running.log.newest() as unknown as Json });
    case 'PUT /_sandbox/faults': {
      const faults = readFaults(body);
      if (!faults)
        return textFailure(400, 'faults are {"every": N, "status": 400 to 599, "delayMs": 0 to 60000, "drop": true}');
      running.faults = faults;
      return ok({ ...faults });
    }
    default:
      return textFailure(404, `no ${method} ${path}: POST reset, GET or PUT state, GET log, PUT faults`);
  }
}
