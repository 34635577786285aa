// Lets the real package managers write lockfiles for small projects, and compares what they install with what
// tests/resolve finds in the manifests and lockfiles alone.
//
//     npm install && node locks.js [package manager …] [--project=NAME] [--keep]
//
// Every project asks for `ms`, directly and through `debug`, in one of the ways that package managers differ in. A tree per
// package manager and project is written to tests/resolve/npm/made-by-….in, without what was installed and with the
// registry's host replaced; the test harness writes the .deps beside it; then each installed version of `ms` must be selected
// somewhere and each selected version must be installed. Trees that were not there before are removed again unless --keep is given.
'use strict'

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..', '..')
const TREES = path.join(ROOT, 'tests', 'resolve', 'npm')
const MODULES = process.env.TOOLS || path.join(__dirname, 'node_modules')
const REGISTRY = /https?:\/\/registry\.[a-z.]+(?=\/)/g

const node = (...parts) => [process.execPath, path.join(MODULES, ...parts)]
const berry = (name) => ({
  command: [...node(name, 'bin', 'yarn.js'), 'install'],
  files: { '.yarnrc.yml': 'nodeLinker: node-modules\nenableTelemetry: false\n' },
  section: 'resolutions',
})
const pnpm = (name, section = 'pnpm') => ({
  command: [...node(name, 'bin', fs.existsSync(path.join(MODULES, name, 'bin', 'pnpm.cjs')) ? 'pnpm.cjs' : 'pnpm.mjs'), 'install', '--no-frozen-lockfile', '--ignore-scripts'],
  section,
  pnpm: true,
})
const npm = (name) => ({ command: [...node(name, 'bin', 'npm-cli.js'), 'install', '--ignore-scripts', '--no-audit', '--no-fund'], section: 'overrides' })
const binary = (scope, file) => {
  const folder = path.join(MODULES, scope)
  const found = fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name, file)) : []
  return found.find((name) => fs.existsSync(name)) || file
}

const MANAGERS = {
  npm6: { ...npm('npm6'), workspaces: false, overrides: false },
  npm7: { ...npm('npm7'), overrides: false },
  npm10: npm('npm10'),
  yarn1: { command: [...node('yarn1', 'bin', 'yarn.js'), 'install', '--ignore-scripts'], section: 'resolutions' },
  berry2: berry('berry2'),
  berry3: berry('berry3'),
  berry4: berry('berry'),
  pnpm7: pnpm('pnpm7'),
  pnpm8: pnpm('pnpm8'),
  pnpm9: pnpm('pnpm9'),
  pnpm10: pnpm('pnpm10'),
  pnpm12: pnpm('pnpm12', 'workspace'),
  bun: { command: [path.join(MODULES, 'bun', 'bin', 'bun.exe'), 'install', '--ignore-scripts'], section: 'overrides' },
  deno: { command: [binary('@deno', 'deno'), 'install'], overrides: false, files: {}, nodeModules: 'auto' },
}

// A project is a function from a package manager to its files.
const manifest = (fields) => JSON.stringify({ name: 'made', version: '1.0.0', private: true, ...fields }, null, 2) + '\n'
const PROJECTS = {
  direct: () => ({ 'package.json': manifest({ dependencies: { debug: '2.6.9', ms: '^2.1.0' } }) }),
  alias: () => ({ 'package.json': manifest({ dependencies: { older: 'npm:ms@2.0.0', ms: '~2.1.1' } }) }),
  transitive: () => ({ 'package.json': manifest({ dependencies: { send: '0.18.0' }, devDependencies: { debug: '3.2.7' } }) }),
  sections: () => ({ 'package.json': manifest({ dependencies: { ms: '2.0.0' }, devDependencies: { ms: '2.1.2' } }) }),
  optional: () => ({ 'package.json': manifest({ dependencies: { ms: '2.0.0' }, optionalDependencies: { ms: '2.1.2' } }) }),
  tarball: () => ({ 'package.json': manifest({ dependencies: { ms: 'https://registry.npmjs.org/ms/-/ms-2.1.1.tgz' } }) }),
  folder: () => ({
    'package.json': manifest({ dependencies: { own: 'file:./own', ms: '2.1.1' } }),
    'own/package.json': manifest({ name: 'own', dependencies: { ms: '2.0.0' } }),
  }),
  overrides: (manager) => {
    if (manager.overrides === false) return null
    const forced = { ms: '2.1.1' }
    const fields = { dependencies: { debug: '4.3.4' } }
    if (manager.section === 'workspace') {
      return { 'package.json': manifest(fields), 'pnpm-workspace.yaml': 'overrides:\n  ms: 2.1.1\n' }
    }
    fields[manager.section] = manager.section === 'pnpm' ? { overrides: forced } : forced
    return { 'package.json': manifest(fields) }
  },
  'overrides-of-direct': (manager) => {
    if (manager.overrides === false || manager.section === 'overrides') return null
    const fields = { dependencies: { debug: '4.3.4', ms: '^2.1.2' } }
    if (manager.section === 'workspace') {
      return { 'package.json': manifest(fields), 'pnpm-workspace.yaml': 'overrides:\n  ms: 2.1.1\n' }
    }
    fields[manager.section] = manager.section === 'pnpm' ? { overrides: { ms: '2.1.1' } } : { ms: '2.1.1' }
    return { 'package.json': manifest(fields) }
  },
  workspace: (manager) => {
    if (manager.workspaces === false) return null
    const files = {
      'package.json': manifest({ workspaces: ['packages/*'] }),
      'packages/a/package.json': manifest({ name: 'a', dependencies: { ms: '~2.0.0' } }),
      'packages/b/package.json': manifest({ name: 'b', dependencies: { ms: '^2.1.0', debug: '2.6.9' } }),
      'packages/c/package.json': manifest({ name: 'c', dependencies: { ms: '2.1.1', a: manager.pnpm ? 'workspace:*' : '1.0.0' } }),
    }
    if (manager.pnpm) files['pnpm-workspace.yaml'] = 'packages:\n- packages/*\n'
    return files
  },
}

function run(name, project) {
  const manager = MANAGERS[name]
  const files = PROJECTS[project](manager)
  if (!files) return null
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'locks-'))
  for (const [file, text] of Object.entries({ ...files, ...manager.files })) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    fs.writeFileSync(path.join(folder, file), text)
  }
  const [command, ...args] = manager.command
  const env = { ...process.env, CI: '', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', YARN_ENABLE_GLOBAL_CACHE: 'true', HOME: process.env.HOME }
  execFileSync(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const installed = new Set()
  walk(folder, (file) => {
    if (!/node_modules\/(\.pnpm\/|\.deno\/|\.bun\/)?.*package\.json$/.test(file)) return
    let found = {}
    try {
      found = JSON.parse(fs.readFileSync(file, 'utf8'))
    } catch {}
    if (found.name === 'ms' && found.version) installed.add(found.version)
  })
  const tree = path.join(TREES, `made-by-${name}-${project}.in`)
  fs.rmSync(tree, { recursive: true, force: true })
  walk(folder, (file) => {
    const relative = path.relative(folder, file)
    if (/(^|\/)(node_modules|\.yarn)\//.test(relative) || /\.(pnp\.cjs|pnp\.loader\.mjs)$/.test(relative)) return
    const target = path.join(tree, relative)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    const bytes = fs.readFileSync(file)
    fs.writeFileSync(target, bytes.includes(0) ? bytes : bytes.toString('utf8').replace(REGISTRY, 'https://registry.example'))
  })
  fs.rmSync(folder, { recursive: true, force: true })
  return installed
}

function walk(folder, visit) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) walk(file, visit)
    else if (entry.isFile()) visit(file)
  }
}

const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const only = process.argv.filter((word) => word.startsWith('--project=')).map((word) => word.slice(10))
const keep = process.argv.includes('--keep')
const known = new Set(fs.readdirSync(TREES))
const made = []
for (const name of asked.length ? asked : Object.keys(MANAGERS)) {
  for (const project of only.length ? only : Object.keys(PROJECTS)) {
    try {
      const installed = run(name, project)
      if (installed) made.push([name, project, installed])
    } catch (error) {
      console.log(`${name} ${project}: not run: ${String(error.stderr || error.message).trim().split('\n').slice(-3).join(' / ')}`)
    }
  }
}
execFileSync('cargo', ['test', '--quiet', '--test', 'fixtures', '--', 'resolve/npm/made-by'], {
  cwd: ROOT,
  env: { ...process.env, UPDATE_FIXTURES: '1' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let wrong = 0
for (const [name, project, installed] of made) {
  const stem = path.join(TREES, `made-by-${name}-${project}`)
  const lines = fs.readFileSync(`${stem}.deps`, 'utf8').split('\n')
  const selected = new Set()
  let unsure = 0
  for (const line of lines.filter((line) => / ms declared /.test(line) || /` ms declared/.test(line))) {
    const exact = /exactly ([^;]+);/.exec(line)
    if (exact) selected.add(exact[1])
    else unsure += 1
  }
  const is = (set) => [...set].sort().join(' ')
  const ok = is(selected) === is(installed) && unsure === 0
  if (!ok) wrong += 1
  console.log(`${ok ? 'ok  ' : 'DIFF'} ${name} ${project}: installed ${is(installed)}; found ${is(selected)}${unsure ? ` and ${unsure} unsure` : ''}`)
  if (!keep && !known.has(`${path.basename(stem)}.in`)) {
    fs.rmSync(`${stem}.in`, { recursive: true })
    fs.rmSync(`${stem}.deps`)
  }
}
process.exitCode = wrong ? 1 : 0
