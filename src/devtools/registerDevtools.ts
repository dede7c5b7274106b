import { createPanel, type Panel } from './createPanel'
import { createRecorder, type Recorder } from './createRecorder'
import { element } from './element'
import { STYLES } from './styles'
import type { Client } from '../client/types/client'
import type { Attributes } from '../evaluation/types'

/** The name of the custom element. */
export const NAME = 'pennon-devtools'

/** `<pennon-devtools>` shows the flags of a page, why each has its treatment, and what became of the page's impressions. */
export interface DevtoolsElement extends HTMLElement {
  /** The client that the panel shows. @default undefined: there is nothing to open */
  client: Client | undefined
  /** Whether the panel is open; also the attribute `open`. While it is closed nothing is done. @default false */
  open: boolean
  /** The attributes that calls of the application pass; the panel decides with them. @default undefined */
  decisionAttributes: Attributes | undefined
}

/**
 * Defines `<pennon-devtools>`, once; importing the module does not. Its attributes are `open`; `inline`: the panel is part of
 * the page, and always open, instead of a dock with a button; and `record`: impressions and deliveries are recorded while it is
 * closed, too.
 *
 * @throws where there are no custom elements, such as on a server
 */
export function registerDevtools(): void {
  if (customElements.get(NAME)) return

  // The class is defined in here, because a server has no HTMLElement to extend.
  class PennonDevtools extends HTMLElement implements DevtoolsElement {
    static readonly observedAttributes = ['open', 'inline', 'record']
    readonly #root = this.attachShadow({ mode: 'open' })
    #client: Client | undefined
    #attributes: Attributes | undefined
    #recorder: Recorder | undefined
    #isRecording = false
    #panel: Panel | undefined
    #launcher: HTMLElement | undefined

    get client() {
      return this.#client
    }
    set client(client) {
      if (client === this.#client) return
      this.#stop()
      this.#client = client
      this.#recorder = client && createRecorder(client)
      this.#update()
    }
    get open() {
      return this.hasAttribute('open')
    }
    set open(open) {
      this.toggleAttribute('open', open)
    }
    get decisionAttributes() {
      return this.#attributes
    }
    set decisionAttributes(attributes) {
      this.#attributes = attributes
      this.#panel?.setAttributes(attributes)
    }

    connectedCallback() {
      // The style is a constructed sheet, because a strict content security policy refuses style elements.
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(STYLES)
      this.#root.adoptedStyleSheets = [sheet]
      // Properties that were set before the element was defined hide the accessors, so that they are set anew.
      for (const name of ['client', 'open', 'decisionAttributes'] as const) {
        if (!Object.hasOwn(this, name)) continue
        const value = this[name]
        delete (this as Partial<DevtoolsElement>)[name]
        Object.assign(this, { [name]: value })
      }
      this.#update()
    }
    disconnectedCallback() {
      this.#stop()
    }
    attributeChangedCallback() {
      this.#update()
    }

    /** Creates or removes the parts of the element, as its properties ask for. */
    #update() {
      const client = this.#client
      const recorder = this.#recorder
      if (!this.isConnected || !client || !recorder) return
      const isInline = this.hasAttribute('inline')
      const isOpen = isInline || this.open
      const shouldRecord = isOpen || this.hasAttribute('record')
      if (shouldRecord && !this.#isRecording) recorder.start(() => this.#panel?.note())
      if (!shouldRecord) recorder.stop()
      this.#isRecording = shouldRecord

      if (isOpen && !this.#panel) {
        this.#launcher?.remove()
        this.#panel = createPanel({
          client,
          recorder,
          attributes: this.#attributes,
          onClose: isInline ? undefined : () => this.#close(),
        })
        this.#root.append(this.#panel.node)
      }
      if (!isOpen) this.#showLauncher()
    }
    #showLauncher() {
      this.#panel?.stop()
      this.#panel?.node.remove()
      this.#panel = undefined
      this.#launcher ??= element(
        'section',
        { class: 'launcher', part: 'launcher', 'aria-label': 'pennon devtools' },
        element(
          'button',
          { type: 'button', on: { click: () => this.#show() } },
          element('span', { class: 'mark' }),
          element('span', {}, 'pennon'),
          element('span', { class: 'hidden' }, ' devtools'),
        ),
      )
      this.#root.append(this.#launcher)
    }
    #show() {
      this.open = true
      this.#panel?.focus()
    }
    #close() {
      this.open = false
      this.#launcher?.querySelector('button')?.focus()
    }
    #stop() {
      this.#recorder?.stop()
      this.#isRecording = false
      this.#panel?.stop()
      this.#panel?.node.remove()
      this.#launcher?.remove()
      this.#panel = undefined
    }
  }
  customElements.define(NAME, PennonDevtools)
}
