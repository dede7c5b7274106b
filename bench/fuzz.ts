// npm run bench:fuzz: asks for decisions from mutated definitions. Exits with 1 when one throws, hangs (over 50 ms of computing,
// three times in a row on fresh definitions), changes a prototype, or is explained otherwise.
import { evaluate, evaluatorDoor } from '../src/evaluation/evaluate'
import { createExplain } from '../src/late/explain/explain'
import { createHostileWorld, faultOf, type HostileWorld } from '../test/unit/evaluation/hostileWorld'
import { readOptions } from '../test/tools/readOptions'

const LIMIT_MS = 50

const explain = createExplain(evaluatorDoor)

const { decisions: wanted, seed: firstSeed } = readOptions(
  `usage: npm run bench:fuzz -- [--decisions N] [--seed N]
  --decisions N   how many decisions to ask for; 200,000 unless told
  --seed N        the first of the seeds that definitions are made from; 1 unless told`,
  { decisions: 200_000, seed: 1 },
)

let decisions = 0
let throws = 0
let hangs = 0
let wrong = 0
let slowest = 0
const labels = new Map<string, number>()

/** What this process has computed so far, ms: unlike the clock it stands still while other programs have the processor. */
function computed(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Time of one decision on definitions that nothing was asked of yet. */
function time(world: HostileWorld, call: HostileWorld['calls'][number]): number {
  const definitions = world.definitions()
  const subject = world.subject()
  const from = computed()
  evaluate(call.flag, subject, call.attributes, definitions)
  return computed() - from
}

const started = performance.now()
for (let seed = firstSeed; decisions < wanted; seed++) {
  const world = createHostileWorld(seed)
  const definitions = world.definitions()
  const subject = world.subject()
  for (const call of world.calls) {
    if (decisions++ >= wanted) break
    try {
      const from = computed()
      const evaluation = evaluate(call.flag, subject, call.attributes, definitions)
      const took = computed() - from
      if (took > LIMIT_MS && time(world, call) > LIMIT_MS && time(world, call) > LIMIT_MS) {
        hangs++
        console.log(`seed ${seed}, ${call.flag}: ${took.toFixed(0)} ms`)
      }
      slowest = Math.max(slowest, took)
      const fault = faultOf(evaluation, explain(call.flag, subject, call.attributes, definitions), call.flag)
      if (fault) {
        wrong++
        console.log(`seed ${seed}, ${call.flag}: ${fault}`)
      }
      labels.set(evaluation.label, (labels.get(evaluation.label) ?? 0) + 1)
    } catch (fault) {
      throws++
      console.log(`seed ${seed}, ${call.flag}: threw ${fault instanceof Error ? fault.stack : String(fault)}`)
    }
    if (throws + hangs + wrong > 20) process.exit(1)
  }
}
const common = [...labels].sort((a, b) => b[1] - a[1]).slice(0, 9)
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s, slowest decision ${slowest.toFixed(1)} ms`)
console.log(common.map(([label, count]) => `${count} ${JSON.stringify(label)}`).join(', '))
console.log(`${wanted} decisions: ${throws} throws, ${hangs} hangs, ${wrong} wrong`)
process.exitCode = throws || hangs || wrong ? 1 : 0
