import type { Page } from 'puppeteer-core'

/** Firefox's driver, of which puppeteer shows no more than its own commands. */
interface Connection {
  send(
    method: string,
    params: object,
  ): Promise<{ result: { contexts: { context: string }[]; result: { value: unknown } } }>
}

/**
 * Runs a script in a window of Firefox's own, for what its driver has no command for.
 *
 * @param script - an expression, in which `tab` is the page's BrowsingContext
 */
export async function inFirefox(page: Page, script: string): Promise<unknown> {
  const { connection } = page.browser() as unknown as { connection: Connection }
  const { _id: id } = page.mainFrame() as unknown as { _id: string }
  const { result: tree } = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' })
  const expression = `(() => {
    const { NavigableManager } = ChromeUtils.importESModule('chrome://remote/content/shared/NavigableManager.sys.mjs')
    const tab = NavigableManager.getBrowsingContextById('${id}')
    return ${script}
  })()`
  const target = { context: tree.contexts[0]?.context }
  const { result } = await connection.send('script.evaluate', { expression, target, awaitPromise: false })
  return result.result.value
}
