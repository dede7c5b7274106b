import { element } from './element'
import type { View } from './view'

export interface Tabs {
  readonly list: HTMLElement
  readonly panels: HTMLElement
  shown(): View
  show(view: View): void
  focus(): void
}

/** Tabs as the ARIA practices have them: arrows go from one to the next, and only the chosen one is a stop of the Tab key. */
export function createTabs(views: readonly View[], onShow: () => void): Tabs {
  let current = 0
  const tabs = views.map(({ name }, index) =>
    element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${index}`,
        'aria-controls': `panel-${index}`,
        on: { click: () => select(index) },
      },
      name,
    ),
  )
  const panels = views.map(({ node }, index) =>
    element('div', { class: 'view', role: 'tabpanel', id: `panel-${index}`, 'aria-labelledby': `tab-${index}` }, node),
  )
  const mark = () => {
    tabs.forEach((tab, index) => {
      tab.setAttribute('aria-selected', String(index === current))
      tab.tabIndex = index === current ? 0 : -1
    })
    panels.forEach((panel, index) => (panel.hidden = index !== current))
  }
  const select = (index: number) => {
    current = index
    mark()
    onShow()
  }
  const list = element(
    'div',
    {
      class: 'tabs',
      role: 'tablist',
      'aria-label': 'Views',
      on: {
        keydown(event) {
          const last = tabs.length - 1
          const to = {
            ArrowRight: (current + 1) % tabs.length,
            ArrowLeft: (current + last) % tabs.length,
            Home: 0,
            End: last,
          }[event.key]
          if (to === undefined) return
          event.preventDefault()
          select(to)
          tabs[to]?.focus()
        },
      },
    },
    tabs,
  )
  mark()

  return {
    list,
    panels: element('div', { class: 'views' }, panels),
    shown: () => views[current] as View,
    show: (view) => select(views.indexOf(view)),
    focus: () => tabs[current]?.focus(),
  }
}
