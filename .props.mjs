import { parse } from 'acorn'
import { readFileSync } from 'node:fs'
const code = readFileSync('/tmp/wt/weight2tools/out/index.js','utf8')
const ast = parse(code,{ecmaVersion:'latest',sourceType:'module'})
const c = new Map()
const note=n=>c.set(n,(c.get(n)??0)+1)
;(function walk(n){ if(!n||typeof n!=='object')return; if(Array.isArray(n))return n.forEach(walk)
 if(n.type==='MemberExpression'&&!n.computed&&n.property.type==='Identifier')note(n.property.name)
 if(n.type==='Property'&&!n.computed&&n.key.type==='Identifier')note(n.key.name)
 for(const k in n)if(k!=='type')walk(n[k]) })(ast)
const rows=[...c].filter(([n])=>n.length>2).sort((a,b)=>b[1]*(b[0].length-1)-a[1]*(a[0].length-1))
console.log(rows.length, rows.reduce((s,[n,k])=>s+k*n.length,0), 'of', code.length)
console.log(rows.slice(0,300).map(([n,k])=>`${n}:${k}`).join(' '))
