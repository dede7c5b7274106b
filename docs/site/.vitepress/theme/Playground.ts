import { defineComponent, h, onMounted, ref, shallowRef, watch } from 'vue'
import type { Explanation } from 'pennon/full'
// The panel's own words and bars. The package gives them away only inside the panel.
import { explanationNodes } from '../../../../src/devtools/explanationNodes'
import { reasonOf } from '../../../../src/devtools/reasonOf'
import { DEFINITIONS } from './definitions'

/** pennon itself, in the reader's browser, on definitions that can be edited. It makes no request. */
export const Playground = defineComponent({
  name: 'Playground',
  setup() {
    const key = ref('user-42')
    const attributes = ref('{ "plan": "pro" }')
    const definitions = ref(JSON.stringify(DEFINITIONS, null, 2))
    const decisions = shallowRef<Explanation[]>([])
    const fault = ref('')
    let round = 0

    const decide = async () => {
      const mine = ++round
      const { createClient } = await import('pennon/full')
      if (mine !== round) return
      fault.value = ''
      try {
        const d = JSON.parse(definitions.value) as { name: string }[]
        const client = createClient({
          sdkKey: 'playground',
          key: key.value,
          attributes: JSON.parse(attributes.value || '{}') as Record<string, string>,
          bootstrap: {
            splitChanges: { ff: { d, s: -1, t: 1 }, rbs: { d: [], s: -1, t: -1 } },
            memberships: { [key.value]: { ms: { k: [] }, ls: { k: [] } } },
          },
          streaming: false,
          persistence: 'none',
          consent: 'unknown',
          logLevel: 'none',
        })
        // `pennon/full` explains from the first call on what `getTreatment` answers.
        decisions.value = client.flags.names().flatMap((flag) => client.explain(flag) ?? [])
        // A client that ends in the task that made it has sent nothing.
        void client.destroy()
      } catch (error) {
        // The last decisions stay, as of old: what is typed is broken at every other letter.
        fault.value = error instanceof Error ? error.message : String(error)
      }
    }
    onMounted(decide)
    watch([key, attributes, definitions], decide)

    const input = (label: string, value: typeof key) =>
      h('label', [
        label,
        h('input', {
          value: value.value,
          spellcheck: false,
          onInput: (event: Event) => (value.value = (event.target as HTMLInputElement).value),
        }),
      ])

    return () =>
      h('div', { class: 'playground' }, [
        h('div', { class: 'asked' }, [input('Key', key), input('Attributes, as JSON', attributes)]),
        h('p', { class: 'fault', role: 'status' }, fault.value),
        h('div', { class: { old: fault.value } }, decisions.value.map(decisionNode)),
        h('label', [
          'Definitions, as the service sends them',
          h('textarea', {
            value: definitions.value,
            rows: 24,
            spellcheck: false,
            onInput: (event: Event) => (definitions.value = (event.target as HTMLTextAreaElement).value),
          }),
        ]),
      ])
  },
})

/** A line that says what was decided, and opens to how. */
function decisionNode(explanation: Explanation) {
  const { flag, treatment, label, config } = explanation
  return h('details', { key: flag, class: 'decision' }, [
    h('summary', [
      h('span', { class: 'flag' }, flag),
      h('strong', treatment),
      h('span', { class: 'label' }, label),
      config && h('code', config),
    ]),
    h('div', { class: 'why' }, [
      h('p', reasonOf(explanation)),
      h('div', {
        class: 'steps',
        ref: (place) => (place as Element | null)?.replaceChildren(...explanationNodes(explanation)),
      }),
    ]),
  ])
}
