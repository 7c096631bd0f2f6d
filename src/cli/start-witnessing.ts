// Starts what hands checkpoints to witnesses and places for copies, as the configuration says.
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { DogwatchError } from '../exchange/error.ts';
import { parseWitnessKey } from '../journal/cosignature.ts';
import type { CopyTarget } from '../witness/copies.ts';
import { startWitnessing, type Witnessing } from '../witness/witnessing.ts';

export function witnessingOf({ checkpoints, data }: Pick<Config, 'checkpoints' | 'data'>, log: Logger): Witnessing {
  const { interval, timeout, witnesses, needed, copies } = checkpoints;
  return startWitnessing({
    dir: data,
    witnesses: witnesses.map(({ name, url, key: text }) => {
      const key = parseWitnessKey(text);
      if (key === undefined) throw new DogwatchError('config_invalid', `the key of the witness ${name} is none`);
      return { name, url, key };
    }),
    needed: needed ?? Math.floor(witnesses.length / 2) + 1,
    copies: copies.flatMap(({ file, syslog, post }): CopyTarget[] => [
      ...(file === undefined ? [] : [{ kind: 'file' as const, path: file }]),
      ...(syslog === undefined ? [] : [{ kind: 'syslog' as const, url: syslog }]),
      ...(post === undefined ? [] : [{ kind: 'post' as const, url: post }]),
    ]),
    interval,
    timeout,
    log,
  });
}
