import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createProgram } from '../program.ts';
import { REFERENCES } from './reference.ts';

const docs = new URL('../../../docs/', import.meta.url);
const root = new URL('../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, docs), 'utf8');

for (const { file, renew } of REFERENCES) {
  test(`docs/${file} is up to date (npm run docs renews it)`, () => {
    assert.equal(read(file), renew(read(file)));
  });
}

test('every command that the documentation shows exists, with its options', () => {
  const program = createProgram();
  const texts = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(docs)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];
  let seen = 0;
  for (const name of texts) {
    for (const [, line = ''] of readFileSync(new URL(name, root), 'utf8').matchAll(
      /(?:^|[`\s(])dogwatch ((?:[a-z][a-z-]*)(?: [^`\n|#]*)?)/gm,
    )) {
      const words = line.trim().split(/\s+/);
      let command = program.commands.find((each) => each.name() === words[0]);
      if (!command && !/^(?:[a-z]+ )?--|^[a-z]+$/.test(line.trim())) continue;
      assert.ok(command, `${name}: dogwatch ${line}`);
      command = command.commands.find((each) => each.name() === words[1]) ?? command;
      for (const option of line.matchAll(/(?<=\s)--[a-z-]+/g)) {
        assert.ok(
          command.options.some(({ long }) => long === option[0]) || option[0] === '--help',
          `${name}: ${option[0]} of dogwatch ${line}`,
        );
      }
      seen += 1;
    }
  }
  assert.ok(seen > 20, `only ${seen} commands found`);
});

test('links between documents lead somewhere', () => {
  for (const [base, files] of [
    [root, ['README.md', 'CONTRIBUTING.md']],
    [docs, readdirSync(docs).filter((name) => name.endsWith('.md'))],
  ] as const) {
    for (const file of files) {
      for (const [, target = ''] of readFileSync(new URL(file, base), 'utf8').matchAll(
        /\]\((?!https?:|#)([^)#\s]+)/g,
      )) {
        assert.doesNotThrow(() => readFileSync(new URL(target, new URL(file, base))), `${file}: ${target}`);
      }
    }
  }
});
