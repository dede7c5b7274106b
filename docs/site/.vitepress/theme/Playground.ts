import { defineComponent, h, onMounted, reactive, shallowRef, watch } from 'vue'
import type { Attributes, Explanation } from 'pennon/full'
// The panel's own words and bars. The package gives them away only inside the panel.
import { explanationNodes } from '../../../../src/devtools/explanationNodes'
import { reasonOf } from '../../../../src/devtools/reasonOf'
import { DEFINITIONS } from './definitions'

type Field = 'key' | 'attributes' | 'definitions'

/** pennon itself, in the reader's browser, on definitions that can be edited. It makes no request. */
export const Playground = defineComponent({
  name: 'Playground',
  setup() {
    const texts = reactive<Record<Field, string>>({
      key: 'user-42',
      attributes: '{ "plan": "pro" }',
      definitions: JSON.stringify(DEFINITIONS, null, 2),
    })
    const decisions = shallowRef<Explanation[]>([])
    /** What is wrong with a field, by its name. The last decisions stay, as of old: what is typed is broken at every other letter. */
    const faults = shallowRef<Partial<Record<Field, string>>>({})
    let round = 0

    const decide = async () => {
      const mine = ++round
      const { createClient } = await import('pennon/full')
      if (mine !== round) return
      let field: Field = 'definitions'
      try {
        const d: unknown = JSON.parse(texts.definitions)
        if (!Array.isArray(d)) throw new Error('This is no list. A whole answer of the service has the list in ff.d.')
        field = 'attributes'
        const attributes: unknown = JSON.parse(texts.attributes || '{}')
        if (Object(attributes) !== attributes || Array.isArray(attributes)) throw new Error('This is no object.')
        field = 'key'
        const client = createClient({
          sdkKey: 'playground',
          key: texts.key,
          attributes: attributes as Attributes,
          bootstrap: {
            splitChanges: { ff: { d: d as { name: string }[], s: -1, t: 1 }, rbs: { d: [], s: -1, t: -1 } },
            memberships: { [texts.key]: { ms: { k: [] }, ls: { k: [] } } },
          },
          streaming: false,
          persistence: 'none',
          consent: 'unknown',
          logLevel: 'none',
        })
        // `pennon/full` explains from the first call on what `getTreatment` answers.
        decisions.value = client.flags.names().flatMap((flag) => client.explain(flag) ?? [])
        faults.value = {}
        // A client that ends in the task that made it has sent nothing.
        void client.destroy()
      } catch (error) {
        faults.value = { [field]: error instanceof Error ? error.message : String(error) }
      }
    }
    onMounted(decide)
    watch(texts, decide)

    const fieldNode = (field: Field, label: string, tag: 'input' | 'textarea') =>
      h('div', { class: 'field' }, [
        h('label', { for: field }, label),
        h('p', { class: 'fault', role: 'status' }, faults.value[field]),
        h(tag, {
          id: field,
          value: texts[field],
          rows: tag === 'textarea' && 24,
          spellcheck: false,
          'aria-invalid': field in faults.value,
          onInput: (event: Event) => (texts[field] = (event.target as HTMLInputElement).value),
        }),
      ])

    return () =>
      h('div', { class: 'playground' }, [
        h('div', { class: 'asked' }, [
          fieldNode('key', 'Key', 'input'),
          fieldNode('attributes', 'Attributes, as JSON', 'input'),
        ]),
        h('div', { class: { old: Object.keys(faults.value).length } }, decisions.value.map(decisionNode)),
        fieldNode('definitions', 'Definitions, as the service sends them', 'textarea'),
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
