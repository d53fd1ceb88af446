// What npm and CMake hand out, as a project that depends on it sees it. Nothing here needs a network.
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { browser, filesIn, here, read, root, run, scratch, tsc } from './support.js';

const manifest = JSON.parse(read(browser, 'package.json'));
const isModule = (file) => /^\w+\.js$/.test(file);
const modules = filesIn(browser).filter(isModule);

test('version and license are those of the library', () => {
  const [, version] = /#define FLEXCRM_VERSION "(.*)"/.exec(read(root, 'include/flexcrm/version.hpp'));
  assert.equal(manifest.version, version);
  assert.equal(manifest.license, 'BSL-1.0');
  assert.equal(read(browser, 'LICENSE'), read(root, 'LICENSE'));
});

test('it needs nothing', () => {
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'scripts', 'bin']) assert.equal(manifest[kind], undefined, kind);
  for (const module of modules) {
    for (const [, from] of read(browser, module).matchAll(/^(?:import|export) .*from '(.*)';$/gm)) {
      assert.ok(modules.includes(from.replace('./', '')), `${module} imports ${from}`);
    }
  }
});

describe('a project that depends on it', () => {
  const project = scratch();
  const installed = join(project, 'node_modules/flexcrm');
  const npm = { cwd: project, env: { ...process.env, npm_config_cache: join(project, '.npm'), npm_config_update_notifier: 'false' } };

  before(() => {
    const [{ filename }] = JSON.parse(run('npm', ['pack', browser, '--json'], npm));
    writeFileSync(join(project, 'package.json'), '{"name": "plugin", "private": true, "type": "module"}');
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], npm);
  });

  test('has the modules, their declarations, and nothing else', () => {
    const declarations = modules.map((module) => `types/${module.replace(/js$/, 'd.ts')}`);
    assert.deepEqual(filesIn(installed), ['LICENSE', 'README.md', 'package.json', ...modules, ...declarations].sort());
    for (const file of filesIn(installed)) assert.equal(read(installed, file), read(browser, file), file);
  });

  test('imports every module, which has every value that its declaration promises', () => {
    const promised = Object.fromEntries(modules.map((module) => [module, [...read(installed, 'types', module.replace(/js$/, 'd.ts'))
      .matchAll(/^export (?:declare )?(?:class|function|const|let) (\w+)/gm)].map(([, name]) => name).sort()]));
    assert.ok(Object.values(promised).flat().length > 30);
    writeFileSync(join(project, 'all.mjs'), `const found = {};
for (const module of ${JSON.stringify(modules)}) found[module] = Object.keys(await import('flexcrm/' + module)).sort();
console.log(JSON.stringify(found));`);
    const found = JSON.parse(run(process.execPath, ['all.mjs'], { cwd: project }));
    // session.js hands a name of dials.js on.
    promised['session.js'] = [...promised['session.js'], 'outcomeOf'].sort();
    assert.deepEqual(found, promised);
  });

  test('cannot import what is no module of it', () => {
    writeFileSync(join(project, 'none.mjs'), `
await import('flexcrm/none.js').then(() => process.exit(1), () => {});
await import('flexcrm').then(() => process.exit(1), ({ code }) => console.log(code));`);
    assert.equal(run(process.execPath, ['none.mjs'], { cwd: project }).trim(), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  // node10 is what Twilio's template of a plugin has.
  for (const [resolution, module] of [['nodenext', 'nodenext'], ['bundler', 'esnext'], ['node10', 'esnext']]) {
    test(`compiles TypeScript against it, with the resolution ${resolution}`, () => {
      copyFileSync(join(here, 'consumer/plugin.ts'), join(project, 'plugin.ts'));
      tsc(['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2022', '--module', module, '--moduleResolution', resolution, 'plugin.ts'], { cwd: project });
    });
  }

  test('can do what its README shows', () => {
    const snippets = [...read(browser, 'README.md').matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
    assert.equal(snippets.length, 2);
    snippets.forEach((code, index) => writeFileSync(join(project, `readme${index}.js`), code));
    writeFileSync(join(project, 'surroundings.d.ts'), `declare module '@twilio/flex-plugin';\ndeclare function show(customer: object): void;\n`);
    tsc(['--allowJs', '--checkJs', '--noEmit', '--target', 'es2022', '--lib', 'es2022,dom', '--module', 'nodenext',
      'surroundings.d.ts', ...snippets.map((_, index) => `readme${index}.js`)], { cwd: project });
  });

  test('shows in its README how the example plugin is built', () => {
    const [, code] = /^```javascript\n(.*?)^```$/ms.exec(read(browser, 'README.md'));
    assert.ok(read(root, 'examples/flex_plugin/webpack.config.js').endsWith(code));
  });

  const build = process.env.FLEXCRM_BUILD;
  test('would find the same files in what CMake installs', { skip: build ? false : 'FLEXCRM_BUILD names no build directory' }, () => {
    const prefix = scratch();
    run('cmake', ['--install', build, '--component', 'browser', '--prefix', prefix]);
    // A program's part of the component is beside it: flexcrm::browser.
    const files = filesIn(prefix).filter((file) => file.startsWith('share/'));
    const room = files.find((file) => file.endsWith('/package.json')).slice(0, -'/package.json'.length);
    assert.match(room, /share\/flexcrm\/browser$/);
    assert.deepEqual(files, filesIn(installed).map((file) => join(room, file)));
    for (const file of filesIn(installed)) assert.equal(read(prefix, room, file), read(installed, file), file);
  });
});
