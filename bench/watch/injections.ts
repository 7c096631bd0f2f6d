// What is done to synthetic agents on purpose: surges, ramps and silences, of known size, so that what is found can be counted.
import { type Agent, START } from './agents.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** Days before the first, for the agents to become known; and about how many lie between two. */
const FIRST = 4;
const APART = 1.5;
/** From this day on more is known of what is due: what begins before is told apart. */
export const KNOWN = 15;

export interface Plan {
  readonly kind: 'surge' | 'ramp' | 'drop' | 'silence';
  /** How many times the usual, at the end of a ramp; 0 of a silence, less than 1 of a drop. */
  readonly factor: number;
  /** Milliseconds. */
  readonly lasts: number;
}

export interface Injection extends Plan {
  readonly from: number;
  readonly to: number;
  /** Calls as they would have been, and how many came besides. Of a silence, all but the first did not come; of a drop, `excess` did not. */
  usual: number;
  excess: number;
}

export const PLANS: readonly Plan[] = [
  ...[3, 5, 10].flatMap((factor) =>
    [1, 5, 15, 30].map((minutes): Plan => ({ kind: 'surge', factor, lasts: minutes * MINUTE })),
  ),
  ...[4, 8].map((factor): Plan => ({ kind: 'ramp', factor, lasts: 4 * HOUR })),
  { kind: 'drop', factor: 0.2, lasts: 12 * HOUR },
  ...[1, 4, 12, 24].map((hours): Plan => ({ kind: 'silence', factor: 0, lasts: hours * HOUR })),
];

export interface Injected {
  readonly agent: Agent;
  readonly done: readonly Injection[];
}

/**
 * The agent, to whom such things happen. Each begins with a call, so that it falls into times at which the agent is active: an
 * agent in a loop does what it does anyway, several times as often.
 */
export function inject(agent: Agent, random: () => number): Injected {
  const done: Injection[] = [];
  let due = START + (FIRST + random() * APART) * DAY;
  let waiting: number[] = [];
  const change = (time: number): number => {
    const last = done.at(-1);
    if (time >= due && (!last || time >= last.to)) {
      const plan = PLANS[Math.floor(random() * PLANS.length)]!;
      done.push({ ...plan, from: time, to: time + plan.lasts, usual: 0, excess: 0 });
      due = time + plan.lasts + (0.5 + random()) * APART * DAY;
    }
    const now = done.at(-1);
    if (!now || time >= now.to) return 1;
    now.usual++;
    if (now.kind === 'silence') return time === now.from ? 1 : 0;
    if (now.kind === 'drop') {
      if (random() < now.factor) return 1;
      now.excess++;
      return 0;
    }
    if (now.kind === 'surge') return now.factor;
    return Math.floor(1 + ((now.factor - 1) * (time - now.from)) / now.lasts + random());
  };
  return {
    done,
    agent: {
      ...agent,
      calls(from, to) {
        for (const time of agent.calls(from, to)) {
          const times = change(time);
          if (times > 0) waiting.push(time);
          for (let more = 1; more < times; more++) {
            const at = time - Math.log(1 - random()) * 3000;
            waiting.push(at);
            done.at(-1)!.excess++;
          }
        }
        const ripe = waiting.filter((time) => time < to).sort((a, b) => a - b);
        waiting = waiting.filter((time) => time >= to);
        return ripe;
      },
    },
  };
}
