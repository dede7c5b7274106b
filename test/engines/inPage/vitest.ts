import {
  chai,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
  GLOBAL_EXPECT,
  type ExpectStatic,
} from '@vitest/expect'

// As much of vitest as the specs of conformance use, for a page, and for Node to compare. They run while they are loaded, one after the
// other.

/** What became of a spec: left as the global `outcome`. */
export interface Outcome {
  passed: number
  /** Calls of `expect`: a test may have one for each of many rows. */
  checks: number
  /** Name and reason. */
  failures: string[]
}

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)
export const expect = ((value: unknown, message?: string) => {
  outcome.checks++
  return chai.expect(value, message)
}) as ExpectStatic
Object.assign(globalThis, { [GLOBAL_EXPECT]: expect })
setState({ assertionCalls: 0 }, expect)

const outcome: Outcome = { passed: 0, checks: 0, failures: [] }
Object.assign(globalThis, { outcome })

type Body = (...row: unknown[]) => void
const titles: string[] = []

export const describe = withEach((title, body) => {
  titles.push(title)
  body()
  titles.pop()
})

export const it = withEach((title, body) => {
  try {
    body()
    outcome.passed++
  } catch (error) {
    outcome.failures.push(
      `${[...titles, title].join(' > ')}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
})

/** There they print what was counted. */
export const afterAll = () => undefined

function withEach(run: (title: string, body: Body) => void) {
  const each = (rows: readonly unknown[]) => (title: string, body: Body) => {
    for (const row of rows) {
      run(`${title} ${JSON.stringify(row).slice(0, 80)}`, () =>
        body(...(Array.isArray(row) ? (row as unknown[]) : [row])),
      )
    }
  }
  return Object.assign(run, { each })
}
