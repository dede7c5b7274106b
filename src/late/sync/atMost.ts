/** Makes a function that runs at most so many pieces of work at a time. The others wait, in the order they came. */
export function atMost(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let underWay = 0

  return async (work) => {
    if (underWay < most) underWay++
    // Work that ends hands its place over, so that nothing that is new gets in before what waits.
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else underWay--
    }
  }
}
