// All there is to do in Flex: read the configuration and start. The imports are bare names, so that the
// same file runs in Twilio's build and, by an import map, unbuilt on a page.
import { FlexPlugin } from '@twilio/flex-plugin';
import { startPlugin } from 'flexcrm/plugin.js';

const PLUGIN_NAME = 'FlexcrmPlugin';

export default class FlexcrmPlugin extends FlexPlugin {
  constructor() {
    super(PLUGIN_NAME);
  }

  /**
   * @param {typeof import('@twilio/flex-ui')} flex
   * @param {import('@twilio/flex-ui').Manager} manager
   */
  init(flex, manager) {
    // Never from the address of the page: whoever frames Flex could write it.
    const config = manager.configuration?.flexcrm ?? manager.serviceConfiguration?.ui_attributes?.flexcrm ?? {};
    this.flexcrm = startPlugin(flex, manager, config);
  }
}
