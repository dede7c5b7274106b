// A warning, as of what is experimental, would be printed as well.
process.on('warning', ({ message }) => console.log(message))

const { createClient } = require('pennon')
const { SplitFactory } = require('pennon/compat')
const { createTestClient } = require('pennon/testing')

const client = createTestClient({ flags: { checkout: 'on' } })
console.log(typeof createClient, typeof SplitFactory, client.getTreatment('checkout'))
