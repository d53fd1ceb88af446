/** @type {{version: number, subprotocol: string, limits: import('./fields.js').Limits}} */
export const protocol: {
    version: number;
    subprotocol: string;
    limits: import("./fields.js").Limits;
};
/** @type {Readonly<Record<import('./message_types.js').WireReason, number>>} */
export const errors: Readonly<Record<import("./message_types.js").WireReason, number>>;
/** @type {Readonly<Record<import('./message_types.js').MessageName, import('./codec.js').MessageRow>>} */
export const messages: Readonly<Record<import("./message_types.js").MessageName, import("./codec.js").MessageRow>>;
/** @type {Readonly<Record<string, import('./codec.js').Table>>} */
export const results: Readonly<Record<string, import("./codec.js").Table>>;
