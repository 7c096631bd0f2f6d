// Preloaded into a gateway (`node --import`): every write to a file fails with ENOSPC while the file named by the variable is there.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const flag = process.env.DOGWATCH_TEST_NO_ROOM ?? '';
const full = (fd: number): boolean => fd > 2 && fs.existsSync(flag);
const noRoom = (): NodeJS.ErrnoException =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28, syscall: 'write' });

type Anything = (...args: unknown[]) => unknown;

for (const name of ['write', 'writev'] as const) {
  const original = fs[name] as unknown as Anything;
  (fs as unknown as Record<string, Anything>)[name] = (...args) => {
    const callback = args.at(-1) as (error: Error) => void;
    return full(args[0] as number) ? void setImmediate(callback, noRoom()) : original(...args);
  };
}
for (const name of ['writeSync', 'writevSync'] as const) {
  const original = fs[name] as unknown as Anything;
  (fs as unknown as Record<string, Anything>)[name] = (...args) => {
    if (full(args[0] as number)) throw noRoom();
    return original(...args);
  };
}
const handle = await fs.promises.open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(handle) as Record<string, Anything>;
for (const name of ['write', 'writev', 'writeFile', 'appendFile']) {
  const original = prototype[name] as Anything;
  prototype[name] = async function (this: { fd: number }, ...args: unknown[]) {
    if (full(this.fd)) throw noRoom();
    return original.apply(this, args);
  };
}
await handle.close();
syncBuiltinESMExports();
