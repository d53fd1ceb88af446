// node.mjs DIRECTORY: Node's JSON on the documents of the directory, with the published schema checked by ajv; prints
// what Google Benchmark would print.

import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const schemaTests = new URL('../../browser/schema/', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('../../../docs/schema/flexcrm.v1.schema.json', import.meta.url)));
let validate;
try {
  const { default: Ajv } = createRequire(schemaTests)('ajv/dist/2020.js');
  validate = new Ajv({strict: false}).compile(schema);
} catch (error) {
  console.error(`Benchmarks: Node without ajv (npm ci --prefix tests/browser/schema): ${error.message}`);
}

const directory = process.argv[2];
const benchmarks = [];
for (const document of readdirSync(directory)) {
  const bytes = readFileSync(join(directory, document));
  const value = JSON.parse(bytes);
  if (validate && !validate(value)) throw new Error(`${document}: ${JSON.stringify(validate.errors)}`);
  const operations = {'JSON.parse': () => JSON.parse(bytes), 'JSON.stringify': () => JSON.stringify(value)};
  if (validate) operations['JSON.parse + ajv'] = () => validate(JSON.parse(bytes));
  for (const [name, run] of Object.entries(operations)) {
    const measure = milliseconds => {
      const begin = process.cpuUsage().user;
      const until = performance.now() + milliseconds;
      let times = 0;
      for (; performance.now() < until; ++times) run();
      return (process.cpuUsage().user - begin) * 1000 / times;
    };
    measure(100);  // until it is compiled
    benchmarks.push({name: `${document}|Node|${name}`, cpu_time: measure(100), time_unit: 'ns'});
  }
}
console.log(JSON.stringify({benchmarks}));
