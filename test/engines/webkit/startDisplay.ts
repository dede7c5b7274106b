import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface Display {
  /** As the environment variable DISPLAY says it. */
  readonly name: string
  stop(): void
}

/**
 * Starts a screen in memory with a window manager on it: WebKitGTK has no headless mode, and only a window manager can minimise a
 * window, which is what makes its page a hidden one.
 */
export async function startDisplay(): Promise<Display> {
  const children: ChildProcess[] = []
  const stop = () => {
    process.off('exit', stop)
    for (const child of children.splice(0).reverse()) child.kill()
  }
  process.on('exit', stop)

  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  children.push(screen)
  const name = `:${await firstLine(screen, screen.stdio[3] as Readable)}`
  // It says something once it runs; until then a window cannot be minimised.
  const manager = spawn('openbox', ['--sm-disable', '--startup', 'echo started'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, DISPLAY: name },
  })
  children.push(manager)
  await firstLine(manager, manager.stdout, /^started$/)
  return { name, stop }
}

function firstLine(child: ChildProcess, output: Readable, wanted = /./): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code} before it was ready`)))
    createInterface({ input: output }).on('line', (line) => {
      if (wanted.test(line)) resolve(line.trim())
    })
  })
}
