// The agent's activity and how Flex is set up for her calls: told to the CRM. The activity is changed for it too.
import { outboundSettingsOf } from './outbound_settings.js';

/** How long an activity may take to become the agent's after Flex's action resolved. */
const effectWithinMs = 10000;

/** @typedef {{sid: string, name: string, available: boolean}} Activity */

export class Agent {
  #manager;
  #state;
  #actions;

  /**
   * @param {any} manager @param {import('./flex_state.js').FlexState} state @param {import('./flex_actions.js').FlexActions} actions
   * @param {(method: import('./message_types.js').MessageName, params: any) => void} tell
   */
  constructor(manager, state, actions, tell) {
    this.#manager = manager;
    this.#state = state;
    this.#actions = actions;
    manager.events?.addListener?.('workerActivityUpdated', (/** @type {any} */ activity) => tell('AgentChanged', this.whole(activity)));
    // The settings have no event; Flex fetches them when it starts, and anew when it pleases.
    const settings = () => JSON.stringify(outboundSettingsOf(manager));
    let known = settings();
    state.watch(() => {
      const now = settings();
      if (now === known) return;
      known = now;
      tell('AgentChanged', this.whole());
    });
  }

  /** AgentChanged. @param {any} [told]  the activity of the event, if it is one */
  whole(told) {
    const worker = this.#manager.workerClient;
    const activity = typeof told?.name === 'string' && typeof told?.available === 'boolean' ? told : worker?.activity ?? {};
    return {
      availability: this.#availability(activity), connected: true, activityName: activity.name, activitySid: activity.sid,
      name: worker?.attributes?.full_name ?? worker?.name,
      outbound: outboundSettingsOf(this.#manager),
    };
  }

  /**
   * A SetAgentRequest. Flex resolves although TaskRouter refused (while a task is offered, for example), so the
   * activity itself is what counts.
   * @param {{availability?: string, activityName?: string, activitySid?: string, lifetimeMs: number}} params
   */
  async set({ availability, activityName, activitySid, lifetimeMs }) {
    const fits = (/** @type {Activity | undefined} */ one) => one !== undefined && (availability === undefined
      ? one.name === activityName || one.sid === activitySid
      : this.#availability(one) === availability);
    const present = () => this.#manager.workerClient?.activity;
    this.#actions.demand('SetActivity');
    if (fits(present())) return;
    // Flex's action takes an unknown name for no wish at all.
    const wanted = this.#activities.find(fits);
    if (!wanted) throw { reason: 'failed', detail: 'activity_missing' };
    await this.#actions.invoke('SetActivity', { activitySid: wanted.sid });
    const isSo = await this.#state.until(() => present()?.sid === wanted.sid, Math.min(lifetimeMs, effectWithinMs));
    if (!isSo) throw { reason: 'handler_timeout', detail: 'no_effect' };
  }

  /** @returns {Activity[]} */
  get #activities() {
    return [...this.#manager.workerClient?.activities?.values?.() ?? []];
  }

  /** @param {{sid?: string, name?: string, available?: boolean}} activity */
  #availability({ sid, name, available }) {
    const offlineSid = this.#manager.serviceConfiguration?.taskrouter_offline_activity_sid;
    if (available) return 'available';
    return (sid !== undefined && sid === offlineSid) || name === 'Offline' ? 'offline' : 'busy';
  }
}
