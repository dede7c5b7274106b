import { comparesSets } from '../alike'

comparesSets('EQUAL_TO_SET', {
  rows: [
    [['b', 'a'], true],
    [['a', 'b', 'a'], true],
    [['a'], false],
    [['a', 'b', 'c'], false],
    [['a', 'c'], false],
  ],
  doubles: false,
  empty: false,
  summary: 'equal to set',
})
