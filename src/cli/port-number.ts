// Port numbers of the command line.
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError for anything but 0 to 65535 */
export function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('expected a port number from 0 to 65535.');
}
