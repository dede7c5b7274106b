import { comparesNumbers } from '../alike'

comparesNumbers('GREATER_THAN_OR_EQUAL_TO', {
  numbers: [
    [10, true],
    [11, true],
    [9.99, false],
  ],
  dates: [
    [Date.UTC(2016, 2, 17, 18, 55), true],
    [Date.UTC(2016, 2, 17, 18, 54, 59, 999), false],
    [Date.UTC(2016, 2, 18), true],
  ],
  summary: '>=',
})
