import { comparesNumbers } from '../alike'

comparesNumbers('EQUAL_TO', {
  numbers: [
    [10, true],
    [' 10 ', true],
    [9, false],
    [10.5, false],
  ],
  dates: [
    [Date.UTC(2016, 2, 17), true],
    [Date.UTC(2016, 2, 17, 23, 59, 59, 999), true],
    [Date.UTC(2016, 2, 18), false],
    [Date.UTC(2016, 2, 16, 23, 59), false],
  ],
  summary: '=',
})
