// A load at one rate that goes on while windows of time are compared: the same connections throughout, so that no window begins anew.
import { Pool } from 'undici';
import { DogwatchError } from '../../src/exchange/error.ts';
import { PATHS, requestBody, type SampleKind } from '../overhead/sample.ts';

export interface SteadyLoad {
  /** Milliseconds of the calls that were due between two moments of `performance.now()`, once all of them are back; counted from when they were due. */
  latencies(from: number, to: number): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/** @param rate calls a second over all connections */
export function startSteadyLoad(load: {
  readonly url: string;
  readonly token: string;
  readonly kind: SampleKind;
  readonly connections: number;
  readonly rate: number;
}): SteadyLoad {
  const pool = new Pool(load.url, { connections: load.connections, pipelining: 1 });
  const bodies = Array.from({ length: 256 }, () => requestBody(load.kind));
  const headers = { 'content-type': 'application/json', 'dd-api-key': load.token, 'dd-application-key': 'unused' };
  let calls: { readonly due: number; took: number | undefined }[] = [];
  const began = performance.now();
  let sent = 0;
  let failure: unknown;

  const call = async (due: number): Promise<void> => {
    const noted = { due, took: undefined as number | undefined };
    calls.push(noted);
    try {
      const { body, statusCode } = await pool.request({
        method: 'POST',
        path: PATHS[load.kind],
        headers,
        body: bodies[calls.length % bodies.length] as string | Buffer,
      });
      await body.dump({ limit: 1 << 20 });
      if (statusCode !== 200) failure ??= `a call was answered with ${statusCode}`;
    } catch (error) {
      failure ??= error;
    }
    noted.took = performance.now() - due;
  };
  const timer = setInterval(() => {
    for (let due = began; due <= performance.now(); ) {
      due = began + (sent * 1000) / load.rate;
      if (due > performance.now()) break;
      sent++;
      void call(due);
    }
  }, 1);

  return {
    async latencies(from, to) {
      for (;;) {
        if (failure !== undefined) throw new DogwatchError('internal', String(failure));
        const within = calls.filter(({ due }) => due >= from && due < to);
        if (within.every(({ took }) => took !== undefined)) {
          calls = calls.filter(({ due }) => due >= to);
          return within.map(({ took }) => took as number);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stop() {
      clearInterval(timer);
      await pool.destroy();
    },
  };
}
