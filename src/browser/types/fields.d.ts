/**
 * @param {Field} field @param {unknown} value @param {string} at @param {ReadOptions} options
 * @returns {any}
 */
export function readField(field: Field, value: unknown, at: string, options: ReadOptions): any;
/**
 * Reads the members as they come, then gives them in table order; unknown ones are left behind.
 * @param {Table} table @param {unknown} value @param {string} at @param {ReadOptions} options
 * @returns {Record<string, any>}
 */
export function readFields({ fields, exactlyOne, atLeastOne }: Table, value: unknown, at: string, options: ReadOptions): Record<string, any>;
/**
 * The opposite way: members in table order, without those that are absent. Checks nothing; the text made
 * from it is read back by the reader above.
 * @param {Field[]} fields @param {any} value
 * @returns {any}
 */
export function arrangeFields(fields: Field[], value: any): any;
/**
 * @typedef {object} Table           a message, a result or an object among the fields
 * @property {Field[]} [fields]
 * @property {string[]} [exactlyOne]  of these members
 * @property {string[]} [atLeastOne]  of these members
 *
 * @typedef {object} FieldRule
 * @property {string} [name]
 * @property {boolean} [required]
 * @property {string} kind
 * @property {number} [min]
 * @property {number} [max]
 * @property {string} [prefix]       several are parted by |
 * @property {string[]} [values]
 * @property {boolean} [open]
 * @property {boolean} [nullable]    null says that the member is absent
 * @property {string[]} [reserved]
 * @property {Field} [items]
 *
 * @typedef {FieldRule & Table} Field
 *
 * @typedef {{frameBytes: number, depth: number, members: number, textBytes: number}} Limits
 *
 * @typedef {object} ReadOptions
 * @property {boolean} [allowSip]     destinations may be sip: and sips: URIs
 * @property {boolean} [allowClient]  destinations may be client: identities
 * @property {boolean} [lenientSids]  test data only: any text with the right prefix is a SID
 * @property {Partial<Limits>} [limits]
 */
/** Thrown inside the reader and caught in the codec; never leaves this package. */
export class Refused {
    /** @param {string} reason @param {string} pointer */
    constructor(reason: string, pointer: string);
    reason: string;
    pointer: string;
}
/**
 * a message, a result or an object among the fields
 */
export type Table = {
    fields?: Field[] | undefined;
    /**
     * of these members
     */
    exactlyOne?: string[] | undefined;
    /**
     * of these members
     */
    atLeastOne?: string[] | undefined;
};
export type FieldRule = {
    name?: string | undefined;
    required?: boolean | undefined;
    kind: string;
    min?: number | undefined;
    max?: number | undefined;
    /**
     * several are parted by |
     */
    prefix?: string | undefined;
    values?: string[] | undefined;
    open?: boolean | undefined;
    /**
     * null says that the member is absent
     */
    nullable?: boolean | undefined;
    reserved?: string[] | undefined;
    items?: Field | undefined;
};
export type Field = FieldRule & Table;
export type Limits = {
    frameBytes: number;
    depth: number;
    members: number;
    textBytes: number;
};
export type ReadOptions = {
    /**
     * destinations may be sip: and sips: URIs
     */
    allowSip?: boolean | undefined;
    /**
     * destinations may be client: identities
     */
    allowClient?: boolean | undefined;
    /**
     * test data only: any text with the right prefix is a SID
     */
    lenientSids?: boolean | undefined;
    limits?: Partial<Limits> | undefined;
};
