// What Flex shows right now, and when that may have changed. Flex's objects are class instances with getters, and
// parts of its store are missing while it starts, so every step is taken with care.

/** Manager events after which a look is worthwhile. The conference and the microphone change in the store alone. */
const events = ['taskUpdated', 'workerActivityUpdated'];

export class FlexState {
  #manager;
  #clock;
  /** @type {Set<() => void>} */
  #watchers = new Set();

  /** @param {any} flex @param {any} manager @param {import('./clock.js').Clock} clock */
  constructor(flex, manager, clock) {
    this.#manager = manager;
    this.#clock = clock;
    const changed = () => this.changed();
    manager.store?.subscribe?.(changed);
    for (const event of events) manager.events?.addListener?.(event, changed);
    flex.Actions.addListener('afterToggleMute', changed);
  }

  /** The agent's tasks, as Flex's store has them. @returns {any[]} */
  get tasks() {
    const tasks = this.#branches?.worker?.tasks;
    return typeof tasks?.values === 'function' ? [...tasks.values()] : [];
  }

  /** @returns {any} the selected task, if Flex's store says so */
  get selected() {
    const sid = this.#branches?.view?.selectedTaskSid;
    return sid ? this.tasks.find((task) => task?.sid === sid) : undefined;
  }

  /** @returns {boolean | undefined} is the agent's microphone off; undefined: there is no call */
  get muted() {
    const call = this.#branches?.phone?.activeCall;
    return typeof call?.isMuted === 'function' ? call.isMuted() === true : undefined;
  }

  /** @param {() => void} watcher called often: it must be cheap to find that nothing is new */
  watch(watcher) {
    this.#watchers.add(watcher);
  }

  /** Something may be different now. */
  changed() {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /**
   * Flex's actions resolve before, and sometimes without, their effect: this waits for what is to be seen.
   * @param {() => boolean} isSo @param {number} ms @returns {Promise<boolean>} false: not within this time
   */
  until(isSo, ms) {
    if (isSo()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (/** @type {boolean} */ seen) => {
        this.#clock.clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(seen);
      };
      const look = () => void (isSo() && end(true));
      const timer = this.#clock.setTimeout(() => end(false), ms);
      this.#watchers.add(look);
    });
  }

  /** @returns {any} */
  get #branches() {
    return this.#manager.store?.getState?.()?.flex;
  }
}
