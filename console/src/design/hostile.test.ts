// What hides in a text is found and named, and nothing else is touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isHostile, pieces, visible } from './hostile.ts';

test('direction overrides, controls, terminal escapes and invisible characters are named', () => {
  assert.equal(visible('a\u202egnp.exe'), 'a⟨RLO⟩gnp.exe');
  assert.equal(visible('\u001b[31mred\u001b[0m'), '⟨ESC[31m⟩red⟨ESC[0m⟩');
  assert.equal(visible('\u001b]8;;http://evil\u0007x'), '⟨ESC]8;;http://evil⟨BEL⟩⟩x');
  assert.equal(visible('x\u0000y\u0007z\r'), 'x⟨NUL⟩y⟨BEL⟩z⟨CR⟩');
  assert.equal(visible('pay\u200bpal \ufeff\u00ad'), 'pay⟨ZWSP⟩pal ⟨BOM⟩⟨SHY⟩');
  assert.equal(visible('\u{e0041}tag'), '⟨U+E0041⟩tag');
  assert.equal(visible('\ud800'), '⟨U+D800⟩');
  assert.equal(visible('\u2066a\u2069'), '⟨LRI⟩a⟨PDI⟩');
});

test('text of any script, tabs, lines and emoji are left alone', () => {
  for (const text of ['plain', 'żółć', 'שלום', 'مرحبا', '日本語', 'a\tb\nc', '👩‍💻', '👩🏽‍🚒', '❤️', 'naïve'])
    assert.equal(visible(text), text, text);
});

test('pieces hold all of the text but what is named, and what is shown holds nothing hostile', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(isHostile(visible(text)), false);
      const plain = pieces(text).flatMap((piece) => ('text' in piece ? [piece.text] : []));
      assert.ok(plain.every((piece) => text.includes(piece)));
      if (!isHostile(text)) assert.deepEqual(plain.join(''), text);
    }),
  );
});
