// Twilio's scripts compile the plugin's own sources alone, and their webpack 4 cannot read the JavaScript of today:
// flexcrm goes through the same Babel as the plugin.
const { dirname } = require('path');

module.exports = (config) => {
  const rules = config.module.rules.flatMap((rule) => rule.oneOf || [rule]);
  const babel = rules.find(({ loader = '' }) => loader.includes('babel-loader'));
  babel.include = [].concat(babel.include, dirname(require.resolve('flexcrm/package.json')));
  return config;
};
