// An event, a query and a command for tests of the session, where the generated tables have none yet. Import
// it before anything that reads the tables.
import { messages, results } from '../../../src/browser/messages.js';

const text = (name) => ({ name, required: true, kind: 'text' });

messages.TaskChanged ??= { class: 'event', from: 'flex', fields: [
  { name: 'taskSid', required: true, kind: 'sid', prefix: 'WT' }, text('status'), text('at'), { name: 'repeated', kind: 'flag' },
] };
messages.ContactLookupRequest ??= { class: 'query', from: 'flex', result: 'ContactLookupResult', fields: [text('text')] };
messages.OpenRecordRequest ??= { class: 'command', from: 'flex', fields: [
  { name: 'record', required: true, kind: 'object', fields: [text('id')] },
  { name: 'lifetimeMs', required: true, kind: 'integer', min: 1000, max: 60000 },
] };
results.ContactLookupResult ??= { fields: [
  { name: 'matches', kind: 'list', items: { kind: 'object', fields: [text('id'), text('name')] } },
] };
