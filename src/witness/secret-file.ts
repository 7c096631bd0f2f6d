// The file of a witness's private key: made once, readable by its owner alone.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { DogwatchError } from '../exchange/error.ts';
import { newWitnessSecret, parseWitnessSecret, type WitnessSigner } from '../journal/cosignature.ts';
import { readKeyFile } from '../journal/key-source.ts';

/** @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid` */
export function loadWitnessSecret(file: string): WitnessSigner {
  const signer = parseWitnessSecret(readKeyFile(file, undefined, 'dogwatch witness new-key makes one'));
  if (signer !== undefined) return signer;
  throw new DogwatchError('key_invalid', `the file ${file} does not hold a witness's private key`, {
    remedy: 'it should be one line, PRIVATE+KEY+<name>+<key id>+<base64>; dogwatch witness new-key makes one',
  });
}

/** Makes a new key in a new file. @throws DogwatchError `key_invalid` for a name that is none, `key_unsafe` when the file is there */
export function createWitnessSecret(file: string, name: string): WitnessSigner {
  const secret = newWitnessSecret(name);
  const signer = secret === undefined ? undefined : parseWitnessSecret(secret);
  if (signer === undefined) {
    throw new DogwatchError('key_invalid', `a witness cannot be called ${JSON.stringify(name)}`, {
      remedy: 'name it like a URL without scheme, witness.example.com/w1: no blanks, no plus',
    });
  }
  let fd: number;
  try {
    fd = openSync(file, 'wx', 0o600);
  } catch (cause) {
    throw new DogwatchError('key_unsafe', `the key file ${file} cannot be made`, {
      cause,
      remedy: 'an existing key file is never replaced; name another place',
    });
  }
  try {
    writeSync(fd, `${secret}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return signer;
}
