import { describe, expect, it } from 'vitest'
import { barsOf } from '../../../bench/barsOf'
import { drawBars } from '../../../bench/drawBars'

describe('the bars of what a bench printed', () => {
  it('are the files and, apart, the integrations, by what they weigh: size', () => {
    const printed = `index.js                  22.05 kB gzipped, budget 22.1 kB
late.js                   21.40 kB gzipped, budget 21.4 kB
integrations/amazonS3.js   0.87 kB gzipped, budget 1.5 kB
integrations/amplitude.js   0.74 kB gzipped, budget 0.8 kB
`
    expect(barsOf('size', printed)).toEqual([
      {
        title: 'Files, gzipped',
        unit: 'kB',
        bars: [
          { name: 'index.js', value: 22.05 },
          { name: 'late.js', value: 21.4 },
        ],
      },
      {
        title: 'Integrations, gzipped',
        unit: 'kB',
        bars: [
          { name: 'amazonS3.js', value: 0.87 },
          { name: 'amplitude.js', value: 0.74 },
        ],
      },
    ])
  })

  it('are the contenders of each case: decide', () => {
    const printed = `Node: one flag again and again
  pennon          105 ns
  pennon 0.1.0    110 ns   pennon takes 0.95 of it (target: at most 1.05)
  official       4243 ns   pennon is 40.5 × faster (target 25 ×)
  growthbook     1624 ns   pennon is 15.5 × faster (target 8 ×)

Node: heap after 1,000,000 decisions less heap after 100,000: -0.04 MB (target: at most 1 MB)

Chromium: 10000 flags round and round
  pennon          343 ns
  official       6794 ns   pennon is 21.2 × faster (target 20 ×)

every target met
`
    expect(barsOf('decide', printed)).toEqual([
      {
        title: 'Node: one flag again and again',
        unit: 'ns',
        bars: [
          { name: 'pennon', value: 105 },
          { name: 'pennon 0.1.0', value: 110 },
          { name: 'official', value: 4243 },
          { name: 'growthbook', value: 1624 },
        ],
      },
      {
        title: 'Chromium: 10000 flags round and round',
        unit: 'ns',
        bars: [
          { name: 'pennon', value: 343 },
          { name: 'official', value: 6794 },
        ],
      },
    ])
  })

  it('are the contenders at each number of flags, and never where one was not ready: coldstart', () => {
    const printed = `With a filled cache, ms: medians of 5 fresh profiles, 3 visits each; flags of 1.1 KB
   flags                       pennon   official growthbook   of official  of GrowthBook
    1000  ready                 20.91       7.79       6.86          2.58           2.97
    1000  first decision         2.04       2.13       1.51          1.12           1.30
    1000  next 100 flags         2.35       8.29       6.14          0.27           0.40  (goal 0.5 × official)
    5000  all three             35.87          –      46.35             –           0.80  (goal 0.7 × GrowthBook)  MISSED

pennon, ready: 2.27 × the time for 20,000 flags as for 1,000 (goal 6)
`
    expect(barsOf('coldstart', printed)).toEqual([
      {
        title: '1,000 flags: until ready',
        unit: 'ms',
        bars: [
          { name: 'pennon', value: 20.91 },
          { name: 'official', value: 7.79 },
          { name: 'growthbook', value: 6.86 },
        ],
      },
      {
        title: '5,000 flags: until ready, and 101 decisions',
        unit: 'ms',
        bars: [
          { name: 'pennon', value: 35.87 },
          { name: 'official', value: undefined },
          { name: 'growthbook', value: 46.35 },
        ],
      },
    ])
  })

  it('are the first decisions on each network at each visit: load', () => {
    const printed = `40 ms, 16 Mbit; medians of 20 rounds, ms since the navigation began; in brackets: of 0.1.0
first visit                  script   readyFromCache         decision            ready
pennon                   218 (0.91)       343 (0.86)       348 (0.86)       348 (0.86)
pennon 0.1.0             227 (1.00)       349 (1.00)       351 (1.00)       351 (1.00)
goal: pennon, ready at most 1.02 × 0.1.0
cached visit                 script   readyFromCache         decision            ready
pennon, hinted            94 (0.97)       116 (0.94)       120 (0.94)       165 (0.94)
official                  98 (1.06)              – (–)            – (–)       167 (0.94)
goal: pennon, readyFromCache at most 1.05 × 0.1.0

150 ms, 1.6 Mbit; medians of 20 rounds, ms since the navigation began; in brackets: of 0.1.0
first visit                  script   readyFromCache         decision            ready
pennon                   653 (0.92)       951 (0.93)       952 (0.93)       952 (0.93)
official                 587 (0.82)       890 (0.87)       892 (0.87)       892 (0.87)

every goal met
`
    expect(barsOf('load', printed)).toEqual([
      {
        title: '40 ms, 16 Mbit, first visit: until the first decision',
        unit: 'ms',
        bars: [
          { name: 'pennon', value: 348 },
          { name: 'pennon 0.1.0', value: 351 },
        ],
      },
      {
        title: '40 ms, 16 Mbit, cached visit: until the first decision',
        unit: 'ms',
        bars: [
          { name: 'pennon, hinted', value: 120 },
          { name: 'official', value: undefined },
        ],
      },
      {
        title: '150 ms, 1.6 Mbit, first visit: until the first decision',
        unit: 'ms',
        bars: [
          { name: 'pennon', value: 952 },
          { name: 'official', value: 892 },
        ],
      },
    ])
  })

  it('are what arrived of all rounds, in both modes: pagehide', () => {
    const printed = `Received of N distinct impressions by the end of the next page's first 5 s, doubled ones in brackets; 3 rounds, 50 ms latency
mode       leaves by      N    pennon                         official SDK
DEBUG      close        300    300 300 300                    300 300 300               
DEBUG      close       1000    1000 1000 (12) 1000            0 1000 0                  
DEBUG      crash      20000    20000 20000 20000              0 0 0                       longest task 122 ms
OPTIMIZED  close        300    300 300 150                    300 300 300               
OPTIMIZED  close       1000    1000 1000 1000                 0 Navigation timeout of 30000 ms exceeded 0
OPTIMIZED  crash      20000    20000 20000 20000              0 0 0                       longest task 132 ms

100 flags, one user, OPTIMIZED: impressions sent, repetitions counted, bytes of bodies
  pennon: ten page loads in a row                100 impressions   900 counted    48681 bytes
`
    const title = (how: string) => `${how}: received, of all rounds in both modes`
    expect(barsOf('pagehide', printed)).toEqual([
      {
        title: title('close'),
        unit: '%',
        bars: [
          { name: 'pennon, 300', value: 92 },
          { name: 'official, 300', value: 100 },
          { name: 'pennon, 1,000', value: 100 },
          { name: 'official, 1,000', value: 17 },
        ],
      },
      {
        title: title('crash'),
        unit: '%',
        bars: [
          { name: 'pennon, 20,000', value: 100 },
          { name: 'official, 20,000', value: 0 },
        ],
      },
    ])
  })

  it('are none where a bench has no picture, or printed nothing to compare', () => {
    expect(barsOf('react', 'pennon/react   400 drawn until ready,   10 after the change')).toEqual([])
    expect(barsOf('decide', 'Node: one flag again and again\n  pennon          105 ns\n')).toEqual([])
  })
})

describe('the picture of bars', () => {
  it('has a bar as long as its value, none for nothing, and words as texts', () => {
    const bars = [
      { name: 'pennon', value: 1500 },
      { name: 'official', value: 3000 },
      { name: 'a <b> & c', value: undefined },
      { name: 'none', value: 0 },
    ]
    const svg = drawBars([{ title: 'x < y', unit: 'ms', bars }])
    const widths = [...svg.matchAll(/<rect.* width="(\d+)"/g)].map(([, width]) => Number(width))
    expect(widths).toEqual([110, 220])
    expect(svg).toMatch(/<rect class="own" [^>]+>\n<text [^>]+>1,500 ms</)
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text)
    expect(texts).toEqual([
      'x &lt; y',
      'pennon',
      '1,500 ms',
      'official',
      '3,000 ms',
      'a &lt;b> &amp; c',
      'never',
      'none',
      '0 ms',
    ])
  })
})
