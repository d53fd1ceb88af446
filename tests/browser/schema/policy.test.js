// The schema of a dial policy: the same verdict as flexcrm::DialPolicy::from_json, over the same files.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';

const read = (path) => JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
const validate = new Ajv({ strict: true }).compile(read('docs/schema/flexcrm.dial-policy.v1.schema.json'));

test('the example of the documents is a policy', () => assert.ok(validate(read('tests/phone/policy.json')), JSON.stringify(validate.errors)));

describe('the schema accepts and refuses what from_json does', () => {
  for (const { about, policy, text, error, schema } of read('tests/phone/policies.json')) {
    // JSON.parse has no text for a bad one, and takes the last of two members.
    if (text !== undefined) continue;
    // `schema`: only the C++ reader knows which countries and time zones there are, and looks a default up in its list.
    test(about, () => assert.equal(validate(policy), schema ?? error === undefined, JSON.stringify(validate.errors)));
  }
});
