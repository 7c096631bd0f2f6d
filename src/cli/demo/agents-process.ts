// Starts the agents' process and passes its reports on.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AgentsOrder, AgentsReport } from './agents.ts';

type Step = Extract<AgentsReport, { kind: 'step' }>;
type Done = Extract<AgentsReport, { kind: 'done' }>;

export interface AgentsProcess {
  /** Lets the agents work; resolves when both are done. */
  work(order: AgentsOrder, onStep: (step: Step) => void): Promise<Done>;
  close(): void;
}

/** Starts the process. It loads Datadog's client meanwhile, which takes a second or two. */
export function startAgents(): AgentsProcess {
  const script = import.meta.url.endsWith('.ts') ? './agents.ts' : './agents.js';
  // No Datadog settings of yours: whatever the agents know, they were told by the demo.
  const { DD_SITE: _site, DD_API_KEY: _api, DD_APP_KEY: _app, ...env } = process.env;
  // An agent must not be stopped by the Ctrl-C that is meant for the demo, which ends it in order.
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), { env, detached: true });
  let failure: Error | undefined;
  let onFailure = (_error: Error): void => {};
  let onReport = (_report: AgentsReport): void => {};
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const fail = (error: Error): void => {
    failure ??= error;
    onFailure(failure);
  };
  child.on('message', (message) => {
    const report = message as AgentsReport;
    if (report.kind === 'ready') isReady();
    else if (report.kind === 'failed') fail(new Error(`a demo agent failed: ${report.message}`));
    else onReport(report);
  });
  child.once('error', fail);
  child.once('exit', (code) => fail(new Error(`the agents' process ended with status ${code}`)));
  return {
    work: (order, onStep) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        onFailure = reject;
        onReport = (report) => {
          if (report.kind === 'step') onStep(report);
          else if (report.kind === 'done') resolve(report);
        };
        ready.then(() => child.send(order));
      }),
    close: () => {
      onFailure = () => {};
      if (child.connected) child.disconnect();
    },
  };
}
