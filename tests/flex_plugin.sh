#!/usr/bin/env bash
# Builds examples/flex_plugin with Twilio's own scripts, as a project outside this tree would, and runs what they made in the
# stub of Flex. No Twilio account is needed; the first run fetches about 2,100 npm packages (1 GB).
set -euo pipefail
cd "$(dirname "$0")/.."

: "${FLEXCRM_CRM:=$PWD/build/dev/examples/crm/flexcrm-crm}"
export FLEXCRM_CRM
project=$PWD/build/flex_plugin

mkdir -p "$project/fs"
cp -r examples/flex_plugin/. "$project/"
npm pack ./src/browser --pack-destination "$project" --loglevel=error > /dev/null
# The packed package in place of the folder. `fs` is an empty package that reserves a name of Node's own; not every registry
# hands it out.
echo '{"name": "fs", "version": "0.0.1-security"}' > "$project/fs/package.json"
node - "$project/package.json" <<'JS'
const [file] = process.argv.slice(2);
const fs = require('node:fs');
const manifest = JSON.parse(fs.readFileSync(file));
const {version} = JSON.parse(fs.readFileSync('src/browser/package.json'));
manifest.dependencies.flexcrm = `file:./flexcrm-${version}.tgz`;
manifest.overrides = {fs: 'file:./fs'};
fs.writeFileSync(file, JSON.stringify(manifest, null, 2));
JS

cd "$project"
# A package of the same version is taken from here, not from a run before.
rm -rf node_modules/flexcrm package-lock.json build
npm install --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error
npx --no-install flex-plugin build

cd ../../tests/browser/e2e
FLEXCRM_BUILT_PLUGIN=$project/build/plugin-flexcrm.js node --test built_plugin.test.js
