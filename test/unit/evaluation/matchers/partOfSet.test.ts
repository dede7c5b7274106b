import { comparesSets } from '../alike'

comparesSets('PART_OF_SET', {
  rows: [
    [['b', 'a'], true],
    [['a'], true],
    [['a', 'a'], true],
    [['a', 'c'], false],
    [['a', 'b', 'c'], false],
  ],
  doubles: true,
  empty: false,
  summary: 'part of',
})
