import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildAside } from '../../tools/buildAside'

let parent: string
let dist: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'pennon-build-'))
  dist = join(parent, 'dist')
  fill(dist, 'first')
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

/** A build of two files that belong together. */
function fill(folder: string, text: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of ['index.js', 'late.js']) writeFileSync(join(folder, name), text)
}
const contents = () => readdirSync(dist).map((name) => readFileSync(join(dist, name), 'utf8'))
const build = (text: string) =>
  buildAside(dist, (made) => {
    fill(made, text)
    return Promise.resolve()
  })

describe('a build', () => {
  it('shows nothing before it is whole, and leaves nothing beside it', async () => {
    await buildAside(dist, async (made) => {
      writeFileSync(join(made, 'index.js'), 'second')
      mkdirSync(`${made}.types`)
      await Promise.resolve()
      expect(contents()).toEqual(['first', 'first'])
      writeFileSync(join(made, 'late.js'), 'second')
      expect(contents()).toEqual(['first', 'first'])
    })
    expect(contents()).toEqual(['second', 'second'])
    expect(readdirSync(parent)).toEqual(['dist'])
  })

  it('that fails half-way leaves the last as it was', async () => {
    const failing = buildAside(dist, (made) => {
      writeFileSync(join(made, 'index.js'), 'second')
      return Promise.reject(new Error('no late.js'))
    })
    await expect(failing).rejects.toThrow('no late.js')
    expect(contents()).toEqual(['first', 'first'])
    expect(readdirSync(parent)).toEqual(['dist'])
  })

  it('that cannot take its place leaves the last as it was', async () => {
    const failing = buildAside(dist, (made) => {
      // Renaming a file to a folder fails, as any renaming may.
      rmSync(made, { recursive: true })
      writeFileSync(made, 'a file')
      mkdirSync(`${made}.last`)
      writeFileSync(join(`${made}.last`, 'a'), 'in the way')
      return Promise.resolve()
    })
    await expect(failing).rejects.toThrow(/ENOTEMPTY/)
    expect(contents()).toEqual(['first', 'first'])
  })

  it('is the first where there is none', async () => {
    rmSync(dist, { recursive: true })
    await build('second')
    expect(contents()).toEqual(['second', 'second'])
  })

  it('is as old as its beginning: what changed while it ran is newer', async () => {
    let begun = 0
    const before = Date.now()
    await buildAside(dist, async (made) => {
      begun = Date.now()
      await expect.poll(() => Date.now()).toBeGreaterThan(begun)
      fill(made, 'second')
    })
    // File systems keep a time that was set to the microsecond or so.
    const made = Math.round(statSync(dist).mtimeMs)
    expect(made).toBeGreaterThanOrEqual(before)
    expect(made).toBeLessThanOrEqual(begun)
  })

  it('of two terminals at once is the one or the other', async () => {
    await Promise.all([build('second'), build('third')])
    expect([
      ['second', 'second'],
      ['third', 'third'],
    ]).toContainEqual(contents())
    expect(readdirSync(parent)).toEqual(['dist'])
  })

  it('that is interrupted leaves the last as it was, and nothing beside it', async () => {
    const script = join(parent, 'interrupted.ts')
    writeFileSync(
      script,
      `import { writeFileSync } from 'node:fs'
       import { buildAside } from ${JSON.stringify(join(import.meta.dirname, '../../tools/buildAside.ts'))}
       void buildAside(${JSON.stringify(dist)}, (made) => {
         writeFileSync(made + '/index.js', 'second')
         process.stdout.write('half')
         setInterval(() => {}, 1_000)
         return new Promise(() => {})
       })`,
    )
    const child = spawn(process.execPath, ['--import', 'tsx', script])
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect(readdirSync(parent)).toHaveLength(3)
    child.kill('SIGTERM')
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(1)
    expect(contents()).toEqual(['first', 'first'])
    expect(readdirSync(parent).sort()).toEqual(['dist', 'interrupted.ts'])
  })
})

describe('who reads all the while', () => {
  it('finds a file of one build or another, whole', async () => {
    await build('0'.repeat(1e5))
    // A second thread reads while this one builds.
    const reader = new Worker(
      `const { readFileSync } = require('node:fs')
       const { parentPort, workerData } = require('node:worker_threads')
       const seen = new Set()
       let isAsked = false
       parentPort.on('message', () => (isAsked = true))
       const look = () => {
         try {
           const text = readFileSync(workerData, 'utf8')
           seen.add(text === text[0].repeat(1e5) ? 'whole' : 'half')
         } catch (error) {
           // Between the two renamings there is no folder.
           seen.add(error.code)
         }
         if (isAsked) parentPort.postMessage([...seen])
         else setImmediate(look)
       }
       look()
       parentPort.postMessage('reads')`,
      { eval: true, workerData: join(dist, 'late.js') },
    )
    const answer = () => new Promise((resolve) => reader.once('message', resolve))
    await answer()
    for (let n = 1; n < 100; n++) await build(String(n % 10).repeat(1e5))
    reader.postMessage('enough')
    const seen = (await answer()) as string[]
    await reader.terminate()
    expect(seen).toContain('whole')
    expect(seen.filter((each) => !['whole', 'ENOENT'].includes(each))).toEqual([])
  })
})
