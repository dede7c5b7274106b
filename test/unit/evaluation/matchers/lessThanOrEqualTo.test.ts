import { comparesNumbers } from '../alike'

comparesNumbers('LESS_THAN_OR_EQUAL_TO', {
  numbers: [
    [10, true],
    [9, true],
    [10.01, false],
  ],
  dates: [
    [Date.UTC(2016, 2, 17, 18, 55, 59, 999), true],
    [Date.UTC(2016, 2, 17, 18, 56), false],
    [Date.UTC(2016, 2, 16), true],
  ],
  summary: '<=',
})
