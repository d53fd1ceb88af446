import * as FlexPlugin from '@twilio/flex-plugin';

import FlexcrmPlugin from './FlexcrmPlugin';

FlexPlugin.loadPlugin(FlexcrmPlugin);
