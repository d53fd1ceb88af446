// What `@twilio/flex-plugin` gives a plugin: the base class and the loader.
// The page's import map sends that name here, so a plugin file runs unchanged.
import {flex, Manager} from './flex-stub.js';

export class FlexPlugin {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  get pluginName() {
    return this.name;
  }

  /** Overridden by the plugin. */
  init() {}
}

/** @param {new () => FlexPlugin} Plugin */
export async function loadPlugin(Plugin) {
  const plugin = new Plugin();
  await plugin.init(flex, Manager.getInstance());
  return plugin;
}
