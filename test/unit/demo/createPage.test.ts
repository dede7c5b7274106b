import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { expect, it, vi } from 'vitest'
import { createPage } from '../../../demo/server/createPage'

it('serves what is built after the server began, and complains of nothing', async () => {
  const complain = vi.spyOn(console, 'error')
  const folder = mkdtempSync(join(tmpdir(), 'pennon-page-'))
  const distRoot = join(folder, 'dist')
  const app = createPage({
    pageRoot: folder,
    vendorRoot: folder,
    distRoot,
    served: new Map(),
    apiUrl: () => 'http://127.0.0.1/api',
    config: () => ({}),
    qa: new Hono(),
  })
  mkdirSync(distRoot)
  writeFileSync(join(distRoot, 'index.js'), 'built')
  const answer = await app.request('/dist/index.js', {}, { incoming: { headers: { host: '127.0.0.1' } } })
  expect(await answer.text()).toBe('built')
  expect(complain).not.toHaveBeenCalled()
  rmSync(folder, { recursive: true })
})
