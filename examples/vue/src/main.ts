import { createClient } from 'pennon'
import { createApp } from 'vue'
import App from './App.vue'
import { settings } from './settings'
import { PENNON } from './useTreatment'

createApp(App).provide(PENNON, createClient(settings)).mount('#app')
