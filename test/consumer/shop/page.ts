import { decide } from './decide.js'

const { dataset } = document.documentElement
dataset['shop'] = await decide(document.querySelector('meta[name=api]')?.getAttribute('content') ?? '')
