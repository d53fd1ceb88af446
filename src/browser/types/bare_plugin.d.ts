/**
 * @param {{flex: any, window: any, origins: string[], calls: import('./outbound_call.js').OutboundCalls,
 *   console: {warn: (...words: unknown[]) => void}, config: import('./plugin.js').PluginConfig}} parts
 * @returns {() => void} ends it
 */
export function startBare({ flex, window, origins, calls, console, config }: {
    flex: any;
    window: any;
    origins: string[];
    calls: import("./outbound_call.js").OutboundCalls;
    console: {
        warn: (...words: unknown[]) => void;
    };
    config: import("./plugin.js").PluginConfig;
}): () => void;
