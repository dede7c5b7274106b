import { createDecisions } from './createDecisions'
import { createDeliveriesView } from './createDeliveriesView'
import { createFlagsView } from './createFlagsView'
import { createImpressionsView } from './createImpressionsView'
import { createOverridesView } from './createOverridesView'
import { createStatusView } from './createStatusView'
import { createTabs } from './createTabs'
import { element } from './element'
import { textOf } from './explanationNodes'
import type { Client } from '../client/types/client'
import type { Attributes } from '../evaluation/types'
import type { Recorder } from './createRecorder'

export interface Panel {
  readonly node: HTMLElement
  /** Draws soon, because something was recorded. */
  note(): void
  setAttributes(attributes: Attributes | undefined): void
  focus(): void
  stop(): void
}

interface PanelParts {
  client: Client
  recorder: Recorder
  attributes: Attributes | undefined
  /** Called when the panel is closed; undefined where it is part of the page, and always open. */
  onClose: (() => void) | undefined
}

/** Pause between two looks of the panel, ms: ages grow, and bound attributes change without an event. */
const LOOK_MS = 1_000
/** Rows have two lines below the first width; from the second on, list and detail are side by side. The style sheet says the same. */
const NARROW_PX = 640
const WIDE_PX = 960

/** The open panel. It listens, looks and draws until it is stopped. */
export function createPanel({ client, recorder, attributes, onClose }: PanelParts): Panel {
  const decisions = createDecisions(client)
  const status = element('p', { class: 'hidden', role: 'status' })
  const say = (text: string) => (status.textContent = text)

  const flags = createFlagsView({ client, decisions, recorder, say })
  const impressions = createImpressionsView({
    client,
    recorder,
    say,
    onExplain({ flag, attributes: given }) {
      tabs.show(flags)
      // Attributes that the application has bound since then were not part of that decision.
      const bound = Object.keys(client.getAttributes()).map((name) => [name, undefined] as const)
      flags.open(flag, { ...Object.fromEntries(bound), ...given })
    },
  })
  const deliveries = createDeliveriesView(recorder)
  const overrides = createOverridesView(client, say)
  const tabs = createTabs([flags, impressions, deliveries, overrides, createStatusView(client)], () => draw())
  const node = element(
    'section',
    { class: 'panel', 'aria-label': 'pennon devtools', on: { keydown: onKey } },
    element(
      'div',
      { class: 'top' },
      element('span', { class: 'brand' }, element('span', { class: 'mark' }), 'pennon'),
      tabs.list,
      element('span', { class: 'key', title: 'The key of this client' }, client.status().key ?? 'no key'),
      onClose &&
        element(
          'button',
          { type: 'button', class: 'icon', 'aria-label': 'Close pennon devtools', on: { click: onClose } },
          '✕',
        ),
    ),
    tabs.panels,
    status,
  )

  let frame: number | undefined
  let bound = ''
  const draw = () => {
    if (frame !== undefined) cancelAnimationFrame(frame)
    frame = undefined
    tabs.shown().refresh()
  }
  // The panel is drawn once a frame, however much happens, and not at all in a tab behind another one, which has no frames.
  const schedule = () => (frame ??= requestAnimationFrame(draw))
  const onChange = () => {
    decisions.clear()
    schedule()
  }
  const look = () => {
    const now = textOf(client.getAttributes())
    if (now !== bound) decisions.clear()
    bound = now
    schedule()
  }

  function onKey(event: KeyboardEvent) {
    // Keys stay in the panel: the page would see this element, not the field that is typed into, and take them for its shortcuts.
    event.stopPropagation()
    if (event.key !== 'Escape' || event.defaultPrevented) return
    const { target } = event
    // The browser empties a search field at Escape.
    if (target instanceof HTMLInputElement && target.type === 'search' && target.value) return
    if (!tabs.shown().back?.()) onClose?.()
  }

  const resize = new ResizeObserver(([entry]) => {
    const width = entry?.contentRect.width ?? 0
    node.toggleAttribute('data-narrow', width < NARROW_PX)
    node.toggleAttribute('data-wide', width >= WIDE_PX)
    schedule()
  })
  resize.observe(node)
  const stops = (['update', 'readyFromCache', 'ready', 'timeout'] as const).map((event) => client.on(event, onChange))
  const timer = setInterval(look, LOOK_MS)
  for (const type of ['keyup', 'keypress'] as const) node.addEventListener(type, (event) => event.stopPropagation())
  if (attributes) flags.setAttributes(attributes)
  schedule()

  return {
    node,
    note() {
      if (tabs.shown() === impressions || tabs.shown() === deliveries) schedule()
    },
    setAttributes(given) {
      flags.setAttributes(given)
      schedule()
    },
    focus: tabs.focus,
    stop() {
      for (const stop of stops) stop()
      clearInterval(timer)
      resize.disconnect()
      if (frame !== undefined) cancelAnimationFrame(frame)
    },
  }
}
