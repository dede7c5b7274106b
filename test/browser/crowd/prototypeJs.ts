/**
 * What Prototype.js does to the built-ins that pennon might use, in its own words of today: shops of Magento 1 still load 1.7, and
 * some a 1.6 whose arrays have a `toJSON`. Runs in a page, as text: it sees nothing of this file.
 */
export function likePrototypeJs(): void {
  const give = (to: object, members: Record<string, unknown>) => {
    // Members are assigned, as by a script of that age: they are enumerable, so that every `for…in` of the page sees them.
    for (const name in members) (to as Record<string, unknown>)[name] = members[name]
  }
  const toArray = (given: ArrayLike<unknown> & { toArray?: () => unknown[] }): unknown[] => {
    if (!given) return []
    if ('toArray' in Object(given)) return (given.toArray as () => unknown[])()
    let { length } = given
    const made = new Array<unknown>(length)
    while (length--) made[length] = given[length]
    return made
  }
  // It takes neither iterables nor a function, only what has a length.
  give(Array, { from: toArray })
  give(Object, {
    keys(object: object) {
      const names: string[] = []
      for (const name in object) if (Object.prototype.hasOwnProperty.call(object, name)) names.push(name)
      return names
    },
    // Inherited members are taken too.
    values(object: Record<string, unknown>) {
      const values: unknown[] = []
      for (const name in object) values.push(object[name])
      return values
    },
    extend: give,
    isArray: (value: unknown) => Object.prototype.toString.call(value) === '[object Array]',
  })

  type Each = (this: unknown, value: unknown, index: number) => unknown
  const stop = new Error('found')
  const enumerable = {
    each(this: unknown[], iterator: Each, context?: unknown) {
      for (let i = 0; i < this.length; i++) if (i in this) iterator.call(context, this[i], i)
      return this
    },
    collect(this: unknown[], iterator: Each = (value) => value, context?: unknown) {
      const results: unknown[] = []
      enumerable.each.call(this, (value, index) => results.push(iterator.call(context, value, index)))
      return results
    },
    findAll(this: unknown[], iterator: Each, context?: unknown) {
      const results: unknown[] = []
      enumerable.each.call(this, (value, index) => iterator.call(context, value, index) && results.push(value))
      return results
    },
    detect(this: unknown[], iterator: Each, context?: unknown) {
      let found: unknown
      try {
        enumerable.each.call(this, (value, index) => {
          if (!iterator.call(context, value, index)) return
          found = value
          throw stop
        })
      } catch (thrown) {
        if (thrown !== stop) throw thrown
      }
      return found
    },
    all(this: unknown[], iterator: Each = (value) => value, context?: unknown) {
      return enumerable.findAll.call(this, (value, index) => !iterator.call(context, value, index)).length === 0
    },
    any(this: unknown[], iterator: Each = (value) => value, context?: unknown) {
      return enumerable.findAll.call(this, iterator, context).length > 0
    },
    toArray(this: unknown[]) {
      return this.slice(0)
    },
  }
  const { reverse } = Array.prototype
  give(Array.prototype, {
    ...enumerable,
    map: enumerable.collect,
    filter: enumerable.findAll,
    find: enumerable.detect,
    every: enumerable.all,
    some: enumerable.any,
    // It gives the values, not pairs.
    entries: enumerable.toArray,
    include(this: unknown[], value: unknown) {
      return this.indexOf(value) !== -1
    },
    reverse(this: unknown[], inline?: boolean) {
      return reverse.call(inline === false ? this.slice(0) : this)
    },
    clear(this: unknown[]) {
      this.length = 0
      return this
    },
    first(this: unknown[]) {
      return this[0]
    },
    last(this: unknown[]) {
      return this[this.length - 1]
    },
    size(this: unknown[]) {
      return this.length
    },
  })
  give(String.prototype, {
    include(this: string, part: string) {
      return this.indexOf(part) > -1
    },
    startsWith(this: string, start: string) {
      return this.lastIndexOf(start, 0) === 0
    },
    endsWith(this: string, end: string) {
      const at = this.length - end.length
      return at >= 0 && this.indexOf(end, at) === at
    },
    toArray(this: string) {
      return this.split('')
    },
    sub(this: string, pattern: string | RegExp, by: string) {
      return this.replace(pattern, by)
    },
  })
  give(Function.prototype, {
    bind(this: (...given: unknown[]) => unknown, context: unknown, ...first: unknown[]) {
      const bound = (...given: unknown[]) => this.apply(context, [...first, ...given])
      return bound
    },
    defer(this: (...given: unknown[]) => unknown, ...given: unknown[]) {
      return setTimeout(() => this.apply(this, given), 10)
    },
  })
  give(window, { $A: toArray, Prototype: { Version: '1.7.3' } })
}

/** What 1.6 adds, before browsers had `JSON`: lists become the text of their JSON, and are quoted once more. Runs after the other. */
export function likePrototypeJs16(): void {
  const own = JSON.stringify
  const give = (to: object) =>
    Object.assign(to, {
      toJSON(this: unknown[]) {
        const parts: string[] = []
        for (let i = 0; i < this.length; i++) parts.push(own(this[i]))
        return `[${parts.join(', ')}]`
      },
    })
  give(Array.prototype)
}
