/** The addresses of the service, by purpose (FME docs: SDK proxy and network allow list). */
export const SERVICE_URLS = {
  sdk: 'https://sdk.split.io/api',
  auth: 'https://auth.split.io/api',
  streaming: 'https://streaming.split.io',
  events: 'https://events.split.io/api',
  telemetry: 'https://telemetry.split.io/api',
}
