import { defineComponent, h, onBeforeUnmount, onMounted, ref, watch } from 'vue'
import { DEFINITIONS } from './definitions'

interface Decision {
  readonly flag: string
  readonly treatment: string
  readonly config: string | null
  readonly label: string
}

/** pennon itself, in the reader's browser, on definitions that can be edited. It makes no request. */
export const Playground = defineComponent({
  name: 'Playground',
  setup() {
    const key = ref('user-42')
    const attributes = ref('{ "plan": "pro" }')
    const definitions = ref(JSON.stringify(DEFINITIONS, null, 2))
    const decisions = ref<Decision[]>([])
    const fault = ref('')
    let stop = () => {}
    let round = 0

    const decide = async () => {
      const mine = ++round
      const { createClient } = await import('pennon/full')
      if (mine !== round) return
      stop()
      fault.value = ''
      try {
        const d = JSON.parse(definitions.value) as { name: string }[]
        const labels = new Map<string, string>()
        const client = createClient({
          sdkKey: 'playground',
          key: key.value,
          attributes: JSON.parse(attributes.value || '{}') as Record<string, string>,
          bootstrap: {
            splitChanges: { ff: { d, s: -1, t: 1 }, rbs: { d: [], s: -1, t: -1 } },
            memberships: { [key.value]: { ms: { k: [] }, ls: { k: [] } } },
          },
          impressionListener: ({ flag, label }) => labels.set(flag, label),
          server: 'always',
          persistence: 'none',
          consent: 'unknown',
          logLevel: 'none',
        })
        stop = () => void client.destroy()
        const answers = client.getTreatmentsWithConfig(client.flags.names())
        // Listeners hear of a decision once the task that made it is over.
        await new Promise((resolve) => setTimeout(resolve))
        if (mine !== round) return
        decisions.value = Object.entries(answers).map(([flag, answer]) => ({
          flag,
          ...answer,
          label: labels.get(flag) ?? '',
        }))
      } catch (error) {
        decisions.value = []
        fault.value = error instanceof Error ? error.message : String(error)
      }
    }
    onMounted(decide)
    watch([key, attributes, definitions], decide)
    onBeforeUnmount(() => stop())

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
        h('div', { role: 'status' }, [
          fault.value && h('p', { class: 'fault' }, fault.value),
          decisions.value.length > 0 &&
            h('table', [
              h('thead', [
                h(
                  'tr',
                  ['Flag', 'Treatment', 'Label', 'Configuration'].map((name) => h('th', { scope: 'col' }, name)),
                ),
              ]),
              h(
                'tbody',
                decisions.value.map(({ flag, treatment, label, config }) =>
                  h(
                    'tr',
                    { key: flag },
                    [flag, h('strong', treatment), label, config && h('code', config)].map((cell) => h('td', [cell])),
                  ),
                ),
              ),
            ]),
        ]),
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
