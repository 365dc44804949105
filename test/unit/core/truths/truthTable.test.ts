import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TruthTable } from '../../../../src/core/truths/truthTable.ts';
import { processorClock } from '../../processorClock.ts';

const parse = (text: string) => TruthTable.parse(text, 'labels.semap.csv');

/** Labels that a spreadsheet, a terminal or a parser would take for something else. */
const HOSTILE = [
  '=cmd()',
  "'=cmd()",
  "''+1",
  '-5',
  '-dog',
  '@x',
  '|x',
  '＝cmd()',
  'a;=b',
  'a,b',
  '"quoted"',
  'say "hi", dog',
  '# dog',
  "'",
  '__proto__',
  '<img src=x onerror=alert(1)>',
  '日本語',
  'a\tb',
];

describe('A table of labels', () => {
  it('reads what was said of images', () => {
    const table = parse(
      `file_name,label,given,asked,content\na.jpg,dog,labeled,,\nb/c.jpg,cat,accepted,random,${'ab'.repeat(16)}\nd.jpg,,none,proposed,\ne.jpg,,,,\n`,
    );
    assert.deepEqual(table.of('a.jpg'), { label: 'dog', how: 'labeled' });
    assert.deepEqual(table.of('b/c.jpg'), {
      label: 'cat',
      how: 'accepted',
      asked: 'random',
      content: 'ab'.repeat(16),
    });
    assert.deepEqual(table.of('d.jpg'), { label: undefined, how: 'none', asked: 'proposed' });
    assert.equal(table.of('e.jpg'), undefined);
    assert.equal(table.of('constructor'), undefined);
    assert.equal(table.size, 4);
  });

  it('says of a label that an agent gave it, in a column that comes with the first one, until a person gives another', () => {
    const table = parse('file_name,label,note\na.jpg,dog,mine\n');
    assert.equal(table.of('a.jpg')?.givenBy, undefined);
    table.set('b.jpg', { label: 'cat', how: 'labeled', givenBy: 'agent' });
    assert.equal(table.text, 'file_name,label,note,given_by\na.jpg,dog,mine\nb.jpg,cat,,agent\n');
    assert.deepEqual(parse(table.text).of('b.jpg'), { label: 'cat', how: 'labeled', givenBy: 'agent' });
    table.set('b.jpg', { label: 'cat', how: 'labeled' });
    assert.deepEqual(parse(table.text).of('b.jpg'), { label: 'cat', how: 'labeled' });
  });

  it('gives back what it was given, to the letter', () => {
    for (const text of [
      'file_name,label\n',
      '\ufefffile_name;label;who\r\na.jpg;dog;me\r\n# the second week\r\n\r\nb.jpg; cat ;"you; and\r\nme"\r\n',
      'sep=,\n# ours\nid,file_name,label\n1,a.jpg,dog\n2,"b, c.jpg",cat,more,and more\n3\n',
      'file_name\tlabel\na.jpg\tdog',
      'file_name,label\nb.jpg,cat\nc.jpg,5" pipe\n',
      'file_name,label\r\ra.jpg,dog\rb.jpg,cat\r',
    ]) {
      assert.equal(parse(text).text, text);
    }
  });

  it('keeps every label and every name, and neither begins a formula', () => {
    const table = TruthTable.empty();
    for (const label of HOSTILE) table.set(`${label}.jpg`, { label, how: 'labeled' });
    const { text } = table;
    const again = parse(text);
    for (const label of HOSTILE) {
      const tab = label.replace('\t', ' ');
      assert.equal(again.of(`${label}.jpg`)?.label, label, tab);
    }
    assert.equal(again.text, text);
    assert.doesNotMatch(text, /(?:^|[,;\n])"?[=+@|＝]/m);
  });

  it('reads names with blanks, accents and line ends', () => {
    const table = TruthTable.empty();
    const names = [
      ' a.jpg ',
      'e\u0301.jpg',
      'two\nlines.jpg',
      'back\\slash.jpg',
      '#1.jpg',
      '# 1.jpg',
      '"q".jpg',
    ];
    for (const name of names) table.set(name, { label: name.trim(), how: 'accepted' });
    const again = parse(table.text);
    assert.equal(again.size, names.length);
    for (const name of names) assert.equal(again.of(name)?.how, 'accepted', JSON.stringify(name));
    assert.equal(again.of('\u00e9.jpg')?.how, 'accepted');
    assert.equal(again.of('./#1.jpg')?.label, '#1.jpg');
  });

  it('changes only the rows that are edited, and keeps columns that it does not know', () => {
    const table = parse('who,file_name,label,note\nme,a.jpg,dog,"so, so"\nyou,b.jpg,cat,\n# end\n');
    table.set('a.jpg', { label: 'wolf', how: 'labeled' });
    assert.equal(table.text, 'who,file_name,label,note\nme,a.jpg,wolf,"so, so"\nyou,b.jpg,cat,\n# end\n');
    table.set('b.jpg', { label: undefined, how: 'none' });
    table.set('c.jpg', { label: 'cat', how: 'accepted', asked: 'random' });
    assert.equal(
      table.text,
      'who,file_name,label,note,given,asked\nme,a.jpg,wolf,"so, so"\nyou,b.jpg,,,none\n# end\n,c.jpg,cat,,accepted,random\n',
    );
    assert.deepEqual(parse(table.text).of('c.jpg'), { label: 'cat', how: 'accepted', asked: 'random' });
    table.set('c.jpg', undefined);
    table.set('nothing.jpg', undefined);
    assert.equal(table.of('c.jpg'), undefined);
    assert.doesNotMatch(table.text, /c\.jpg/);
  });

  it('adds a line end where the file has none', () => {
    const table = parse('file_name,label\r\na.jpg,dog');
    table.set('b.jpg', { label: 'cat', how: 'labeled' });
    assert.equal(table.text, 'file_name,label\r\na.jpg,dog\r\nb.jpg,cat\r\n');
  });

  it('writes a row over and over without changing what else is in it', () => {
    const table = parse("file_name,label,note\n =a.jpg ,=1,'=x\n");
    for (const label of ['dog', '=cat', '+1+1']) table.set('=a.jpg', { label, how: 'labeled' });
    assert.equal(table.text, "file_name,label,note\n'=a.jpg,'+1+1,'=x\n");
    assert.equal(parse(table.text).of('=a.jpg')?.label, '+1+1');
  });

  it('lets no mark that nobody closes swallow rows that are added', () => {
    const table = parse('note,file_name,label\n"open,a.jpg,dog\n');
    table.set('5".jpg', { label: 'cat', how: 'labeled' });
    table.set('"b".jpg', { label: 'cat', how: 'labeled' });
    const again = parse(table.text);
    assert.deepEqual([...again.names], ['a.jpg', '5".jpg', '"b".jpg']);
    assert.equal(again.text, table.text);
  });

  it('takes the last of several rows, and says that they contradict each other', () => {
    const table = parse('file_name,label\na.jpg,dog\na.jpg,dog\nb.jpg,cat\na.jpg,wolf\n');
    assert.equal(table.of('a.jpg')?.label, 'wolf');
    assert.equal(table.contradictions, 1);
    table.set('a.jpg', { label: 'fox', how: 'labeled' });
    assert.equal(table.text, 'file_name,label\na.jpg,dog\na.jpg,dog\nb.jpg,cat\na.jpg,fox\n');
    table.set('a.jpg', undefined);
    assert.equal(table.text, 'file_name,label\nb.jpg,cat\n');
    assert.equal(table.contradictions, 0);
  });

  it('moves a row with all it has', () => {
    const table = parse('file_name,label,note\na.jpg,dog,mine\nb.jpg,cat,\n');
    table.move([
      { from: 'a.jpg', to: 'sub/a.jpg' },
      { from: 'gone.jpg', to: 'x.jpg' },
      { from: 'b.jpg', to: 'sub/a.jpg' },
    ]);
    assert.equal(table.text, 'file_name,label,note\nsub/a.jpg,dog,mine\nb.jpg,cat,\n');
    assert.equal(table.of('sub/a.jpg')?.label, 'dog');
    assert.equal(table.of('a.jpg'), undefined);
  });

  it('lets two rows change places, and counts as before', () => {
    const table = parse('file_name,label\na.jpg,dog\nb.jpg,cat\nc.jpg,cat\n');
    assert.deepEqual(
      [...table.counts.labels],
      [
        ['dog', 1],
        ['cat', 2],
      ],
    );
    table.move([
      { from: 'a.jpg', to: 'b.jpg' },
      { from: 'b.jpg', to: 'a.jpg' },
    ]);
    assert.equal(table.text, 'file_name,label\nb.jpg,dog\na.jpg,cat\nc.jpg,cat\n');
    table.set('c.jpg', undefined);
    assert.deepEqual([...table.counts.labels].toSorted(), [
      ['cat', 1],
      ['dog', 1],
    ]);
  });

  it('takes what stands beside a label in another table, and no formula', () => {
    const other = parse('file_name,label,note,=sum,\na.jpg,dog,=1+1,-3,lost\nb.jpg,cat,,,\n');
    const table = parse("file_name;label;'=sum\nx.jpg;fox;\n");
    for (const name of ['a.jpg', 'b.jpg']) table.set(name, other.of(name), other.remarks(name));
    assert.deepEqual(other.remarks('b.jpg'), []);
    assert.equal(table.text, "file_name;label;'=sum;note\nx.jpg;fox;\na.jpg;dog;-3;'=1+1\nb.jpg;cat\n");
    assert.deepEqual(parse(table.text).remarks('a.jpg'), [
      ['=sum', '-3'],
      ['note', "'=1+1"],
    ]);
    for (const name of ['a.jpg', 'b.jpg', 'x.jpg']) table.set(name, undefined);
    assert.equal(table.isBare(new Set(['=sum', 'note'])), false, 'it was not begun by SeMap');
    const own = TruthTable.empty();
    own.set('a.jpg', other.of('a.jpg'), other.remarks('a.jpg'));
    assert.equal(own.isBare(new Set(['=sum', 'note'])), false);
    own.set('a.jpg', undefined);
    assert.deepEqual([own.isBare(new Set(['=sum', 'note'])), own.isBare(new Set())], [true, false]);
  });

  it('leaves a row whose image moved on, but whose own row cannot', () => {
    const text = 'file_name,label\n1.jpg,one\n2.jpg,two\n3.jpg,three\n4.jpg,four\n';
    const table = parse(text);
    // Images were numbered on, and what was 4.jpg is gone: its row says so, and keeps its name.
    table.move(['1', '2', '3'].map((n) => ({ from: `${n}.jpg`, to: `${Number(n) + 1}.jpg` })));
    assert.equal(table.text, text);
    table.set('4.jpg', undefined);
    table.move(['1', '2', '3'].map((n) => ({ from: `${n}.jpg`, to: `${Number(n) + 1}.jpg` })));
    assert.equal(table.text, 'file_name,label\n2.jpg,one\n3.jpg,two\n4.jpg,three\n');
  });

  it('loses one row to a quotation mark that is never closed, not those after it', () => {
    const table = parse('file_name,label\na.jpg,"dog\nb.jpg,cat\nc.jpg,bird\n');
    assert.equal(table.of('b.jpg')?.label, 'cat');
    assert.equal(table.of('c.jpg')?.label, 'bird');
    table.set('a.jpg', { label: 'dog', how: 'labeled' });
    assert.equal(table.text, 'file_name,label\na.jpg,dog\nb.jpg,cat\nc.jpg,bird\n');
  });

  it('refuses what is no table, with its reason', () => {
    for (const text of ['a.jpg,dog\nb.jpg,cat\n', 'dog\ncat\n', '{"a": 1}', 'name,label\nx,y\n'])
      assert.throws(
        () => parse(text),
        /labels\.semap\.csv is not a table of labels: it has no column "file_name"/,
      );
    assert.throws(() => parse('file_name,text\na.jpg,dog\n'), /has no column "label"/);
    assert.equal(parse('').size, 0);
    assert.equal(parse('\ufeff\n\n').size, 0);
  });

  it('reads 200,000 rows and thousands of marks that nobody closes without delay', () => {
    const rows = Array.from(
      { length: 200_000 },
      (_, i) => `folder/image-${i}.jpg,label ${i % 100},labeled,,`,
    );
    const spent = processorClock();
    const table = parse(`file_name,label,given,asked,content\n${rows.join('\n')}\n`);
    assert.equal(table.size, 200_000);
    table.set('folder/image-7.jpg', { label: 'x', how: 'labeled' });
    assert.equal(parse(table.text).of('folder/image-7.jpg')?.label, 'x');
    const open = parse(`file_name,label\n${'a.jpg,"x""\n'.repeat(20_000)}`);
    assert.equal(open.size > 0, true);
    assert.ok(spent() < 10_000);
  });
});
