// What a Flex plugin and a CRM's page write, and what tsc must not let them write.
import { Bridge, type BridgeState } from 'flexcrm/bridge.js';
import { decode } from 'flexcrm/codec.js';
import type { Outcome } from 'flexcrm/dials.js';
import { Endpoint, type Transport } from 'flexcrm/endpoint.js';
import type { AgentChanged, DialRequest, MessageName, WireReason } from 'flexcrm/message_types.js';
import { errors } from 'flexcrm/messages.js';
import { startPlugin } from 'flexcrm/plugin.js';
import { SocketTransport } from 'flexcrm/socket.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
const holds = <_ extends true>() => {};

export function init(flex: unknown, manager: unknown): () => void {
  // @ts-expect-error origins are texts
  startPlugin(flex, manager, { crmOrigins: [new Date()] });
  return startPlugin(flex, manager, { crmOrigins: ['https://crm.example'], token: async () => 'ticket' }).stop;
}

export function page(frame: { contentWindow: { postMessage(message: unknown, target: string): void } | null }, url: string): Bridge {
  const bridge = new Bridge({ frame, flexOrigin: 'https://flex.twilio.com', url, agent: 'alice' });
  bridge.onState((state) => holds<Same<typeof state, BridgeState>>());
  // @ts-expect-error the frame is missing
  new Bridge({ flexOrigin: 'https://flex.twilio.com', url, agent: 'alice' });
  return bridge;
}

export async function click(url: string): Promise<Outcome> {
  const transport: Transport = new SocketTransport({ url });
  const crm = new Endpoint({ transport, role: 'crm', agent: 'alice' });
  // @ts-expect-error no such role
  new Endpoint({ transport, role: 'server' });

  crm.on('TaskSelected', ({ attributes, channel, customer }) => `${attributes.name} ${channel ?? ''} ${customer?.phone ?? ''}`);
  crm.on('ContactLookupRequest', async ({ phone = '' }) => ({ matches: [{ id: '7', name: 'Ana', phones: [phone] }] }));
  // @ts-expect-error a match has a name
  crm.on('ContactLookupRequest', () => ({ matches: [{ id: '7' }] }));
  crm.on('AgentChanged', (agent, { method }) => {
    holds<Same<typeof agent, AgentChanged>>();
    holds<Same<typeof method, MessageName>>();
  });
  // @ts-expect-error no such message
  crm.on('TaskSelecte', () => {});
  // @ts-expect-error no such field
  crm.on('DialRequest', ({ number }) => ({ destination: number }));

  crm.send('SetAgentRequest', { availability: 'busy', lifetimeMs: 10000 });
  // @ts-expect-error no such word
  crm.send('SetAgentRequest', { availability: 'asleep', lifetimeMs: 10000 });
  // @ts-expect-error no lifetime
  await crm.request('TaskControlRequest', { action: 'accept', taskSid: 'WT00000000000000000000000000000000' });

  const request: DialRequest = { destination: '+34911234567', dialId: 'd-1', lifetimeMs: 10000 };
  const { result, error } = await crm.request('DialRequest', request);
  holds<Same<NonNullable<typeof result>['taskSid'], string | undefined>>();
  const answer = await crm.dial({ destination: '+34911234567' });
  if (!answer.error) return answer.result.taskSid === error?.reason ? 'unknown' : answer.outcome;
  // @ts-expect-error an error comes without a result
  return answer.result.taskSid;
}

export function read(text: string): string {
  const frame = decode(text);
  if (frame.type === 'refused') return frame.error.message;
  if (frame.type === 'response') return frame.error?.detail ?? '';
  // The method tells the type of the params.
  if (frame.method === 'DialRequest') return frame.params.destination;
  // @ts-expect-error not of every message
  return frame.params.destination;
}

const reason: WireReason = 'agent_busy';
export const code: number = errors[reason];
