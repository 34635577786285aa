// Writes the verdicts of npm's own `semver` package in the line format of tests/fixtures/versions.rs.
//
//     npm install && npm run --silent generate
//
// The seed is fixed, so two runs write the same bytes. Versions are cleaned as npm cleans them (`semver.clean`), ranges are
// read in strict mode, and pre-releases are left out unless the range names one (no `includePrerelease`). Which side of a
// minimum a range lies on is found by trying every version near each one that the range or the minimum names.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const semver = require('semver')

const RELEASED = fs.readFileSync(path.join(__dirname, 'client-node-versions.txt'), 'utf8').trim().split('\n')

// A small generator of random numbers (mulberry32): the platform's own cannot be seeded.
let state = 0x6b756265
const random = () => {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const below = (n) => Math.floor(random() * n)
const pick = (list) => list[below(list.length)]
const chance = (p) => random() < p

const lines = new Set()
const escape = (text) =>
  text
    .replace(/\\/g, '\\\\')
    .replace(/\t/g, '\\t')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/[\u0000-\u001f\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff]/g, (c) =>
      `\\u{${c.codePointAt(0).toString(16)}}`)
const line = (...words) => lines.add(words.map(escape).join('\t'))

const IDENTIFIERS = ['0', '1', '2', '10', 'alpha', 'beta', 'rc', 'rc1', 'rc7', 'rc10', 'x', '-', '0a', 'a-b', 'next', 'dev']
const prerelease = () => Array.from({ length: 1 + below(3) }, () => pick(IDENTIFIERS)).join('.')
const build = () => pick(['b', '1', '001', 'sha.5114f85', 'a-b.0'])
const number = () => String(pick([0, 0, 0, 1, 1, 2, 3, 4, 9, 10, 11, 12, 21]))

const plain = () => {
  const core = chance(0.25) ? pick(RELEASED) : `${pick(['0', '0', '1', '2'])}.${number()}.${number()}`
  return chance(0.25) && !core.includes('-') ? `${core}-${prerelease()}` : core
}
const version = () => (chance(0.1) ? `${plain()}+${build()}` : plain())

// --- order ---------------------------------------------------------------------------------------------------------
const order = (a, b) => {
  const compared = semver.compare(semver.clean(a), semver.clean(b))
  if (compared < 0) line('order', a, '<', b)
  else if (compared > 0) line('order', b, '<', a)
  else line('order', a, '=', b)
}
for (let i = 0; i < RELEASED.length; i++) {
  for (const step of [1, 2, 7]) {
    if (RELEASED[i + step]) order(RELEASED[i], RELEASED[i + step])
  }
}
for (let i = 0; i < 4000; i++) order(version(), version())
for (let i = 0; i < 600; i++) {
  const core = `${number()}.${number()}.${number()}`
  order(`${core}-${prerelease()}`, `${core}-${prerelease()}`)
}
for (let i = 0; i < 300; i++) {
  order(pick(['', 'v', '=', ' ', '= v', '=v', 'vv']) + plain() + pick(['', ' ', '\t']), plain())
}
const LARGEST = String(Number.MAX_SAFE_INTEGER)
order(`${LARGEST}.${LARGEST}.${LARGEST}`, `${LARGEST}.0.0`)

// --- what is no version --------------------------------------------------------------------------------------------
const WILD = '0123456789...-+~^<>= vVxX*|,rcabz_@#/\t\u00a0\ufeffé'
const wild = (longest) => Array.from({ length: 1 + below(longest) }, () => pick([...WILD])).join('')
const mangled = (text) => {
  const at = below(text.length + 1)
  return text.slice(0, at) + pick(['', wild(2)]) + text.slice(at + below(3))
}
const refuse = (text) => {
  if (semver.clean(text) === null) line('refuse', text)
  else order(text, '1.0.0')
}
for (const text of [
  '', '1', '1.2', '1.2.3.4', '01.2.3', '1.02.3', '1.2.03', '1.2.3-01', '1.2.3-', '1.2.3+', '1.2.3-a..b', '1.2.3-a_b',
  '1.2.3rc1', '1.2.3 4', '1.2.x', 'x', '*', 'latest', '-1.2.3', '+1.2.3', '١.2.3', '1. 2.3', 'V1.2.3', 'v 1.2.3', '> 1.2.3',
  '9007199254740992.0.0', '0.9007199254740992.0', '0.0.9007199254740992', '1e3.0.0', `1.2.3-${'a'.repeat(250)}`,
  `1.2.3-${'a'.repeat(251)}`, `1.2.3+${'a'.repeat(250)}`, `1.2.3+${'a'.repeat(251)}`,
]) refuse(text)
for (let i = 0; i < 1500; i++) refuse(mangled(version()))
for (let i = 0; i < 700; i++) refuse(wild(9))

// --- ranges --------------------------------------------------------------------------------------------------------
const partial = () => {
  const [core, ...rest] = plain().split('-')
  const parts = core.split('.')
  const shape = below(10)
  if (shape < 5) return [core, ...rest].join('-') + (chance(0.05) ? `+${build()}` : '')
  if (shape < 7) return parts.slice(0, 1 + below(2)).join('.')
  const from = below(3)
  return parts.map((part, index) => (index >= from ? pick(['x', 'X', '*']) : part)).slice(0, 1 + below(3)).join('.')
}
const comparator = () => {
  const operator = pick(['', '', '=', '>', '>=', '>=', '<', '<', '<=', '^', '^', '^', '~', '~', '~>'])
  return operator + pick(['', '', '', '', ' ', '  ']) + pick(['', '', '', '', 'v', '=']) + partial()
}
const set = () => {
  const shape = below(12)
  if (shape === 0) return `${partial()} - ${partial()}`
  if (shape === 1) return pick(['', '*', 'x', ' ', '>=0', '>=0.0.0', '>0', '<0.0.0-0', '>=0.0.0-0', '^x', '~*', '<*', '>x'])
  return Array.from({ length: pick([1, 1, 1, 1, 2, 2, 3]) }, comparator).join(pick([' ', ' ', '  ', '\t', '\u00a0']))
}
const range = () => {
  const sets = Array.from({ length: pick([1, 1, 1, 1, 1, 2, 2, 3]) }, set)
  const text = sets.join(pick(['||', ' || ', '|| ']))
  return chance(0.05) ? ` ${text} ` : text
}

const named = (text) => {
  const found = text.match(/\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?/g) ?? []
  return found.map((part) => {
    const [core, ...rest] = part.split('-')
    const [major, minor = '0', patch = '0'] = core.split('.')
    return { numbers: [major, minor, patch].map(Number), prerelease: rest.join('-') }
  })
}
const near = (...texts) => {
  const found = new Set(['0.0.0', '0.0.1', '0.1.0', '1.0.0', '999.0.0'])
  for (const { numbers: [major, minor, patch], prerelease } of texts.flatMap(named)) {
    for (const m of [major - 1, major, major + 1].filter((n) => n >= 0)) {
      found.add(`${m}.0.0`).add(`${m}.999.999`)
    }
    for (const m of [minor - 1, minor, minor + 1].filter((n) => n >= 0)) {
      found.add(`${major}.${m}.0`).add(`${major}.${m}.999`)
    }
    for (const m of [patch - 1, patch, patch + 1].filter((n) => n >= 0)) found.add(`${major}.${minor}.${m}`)
    const pres = ['0', 'a', 'rc.1', 'rc7', 'zzz', ...(prerelease ? [prerelease, `${prerelease}.0`, `${prerelease}.zzz`] : [])]
    for (const pre of pres) found.add(`${major}.${minor}.${patch}-${pre}`)
  }
  return [...found].filter((text) => semver.valid(text))
}

const MINIMUMS = ['0.10.3', '0.10.3', '1.0.0', '0.9.0', '0.12.0', '2.0.0', '0.0.1']
const judge = (text, count) => {
  if (semver.validRange(text) === null) {
    if (encodeURIComponent(text.trim()) !== text.trim()) line('refuse-range', 'npm', text)
    return
  }
  const candidates = near(text)
  for (let i = 0; i < count; i++) {
    const candidate = chance(0.2) ? pick(RELEASED) : pick(candidates)
    line(semver.satisfies(candidate, text) ? 'in' : 'out', 'npm', text, candidate)
  }
  const minimum = pick(MINIMUMS)
  const admitted = near(text, minimum).filter((candidate) => semver.satisfies(candidate, text))
  const lower = admitted.filter((candidate) => semver.lt(candidate, minimum)).length
  if (admitted.length > 0) {
    line(lower === admitted.length ? 'below' : lower === 0 ? 'above' : 'straddles', 'npm', text, minimum)
  }
}
for (const text of [
  '', '*', 'x', '||', '0.10.3||', '|| ||', '^0', '^0.0', '^0.0.3', '~0', '~>0.10', '==1.2', '==1.2.3', '=v1.2.3', '1.2.3*', '*1.2.3',
  '1.*.3', '>1.x', '>=x', '<x', '>x', '< 1', '~ 1', '~ > 1', '^ 1', '~> 1.2', '> v 1.2', '1.2.3 - 2', '= 1.2 - 2', '=1.2.3 - 2',
  'v1 - v2', '1 -2', '1- 2', '1 - 2 - 3', '1 - 2 3', '1.2.3,', '>1,<2', '>1 && <2', '1 | 2', '^^1', '^~1', '>>1', '=>1', '!1', '!=1.2.3',
  '1.2.3-rc.1 - 1.2.3', '>1.2.3-rc.1 <1.2.3', '1.2.3-x', '1.2.x-rc', '1.2.3+b', '1.2+b', '^1.2.3+b.1 <2', '1.x.99999999999999999999',
  '99999999999999999999.x', '^9007199254740991', '<=9007199254740991', '>9007199254740991', '9007199254740991.0.0', '1.2.3-v = 1.2.3',
  '(1.2.3)', '"1.2.3"', '1.2.3;', 'a b', 'latest next', 'latést', '@latest', '#1', '%', '1.2.3 latest', 'é', '^', '>', '<', '=', '>=', '> =1',
]) judge(text, 6)
for (let i = 0; i < 3600; i++) judge(range(), 3)
for (let i = 0; i < 2200; i++) judge(mangled(range()), 1)
for (let i = 0; i < 1500; i++) judge(wild(10), 1)
for (const release of RELEASED) {
  for (const operator of ['^', '~', '>', '<=', '']) judge(operator + release, 2)
}

process.stdout.write(`# Written by tests/oracles/npm/generate.js with semver ${require('semver/package.json').version}; do not edit.\n`)
process.stdout.write([...lines].join('\n') + '\n')
