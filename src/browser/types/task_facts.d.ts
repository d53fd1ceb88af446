/** @param {any} task @returns {string} */
export function statusOf(task: any): string;
/** No other status comes after it. @param {string} status */
export function isOver(status: string): boolean;
/** @param {any} task @returns {{taskSid: string, reservationSid: string}} */
export function sidsOf(task: any): {
    taskSid: string;
    reservationSid: string;
};
/** @param {any} task @returns {boolean} */
export function isVoice(task: any): boolean;
/** @param {any} task @returns {string | undefined} */
export function channelOf(task: any): string | undefined;
/** @param {any} task @returns {string | undefined} */
export function directionOf(task: any): string | undefined;
/** An attribute that is text and not empty. @param {any} task @param {string} name @returns {string | undefined} */
export function attributeOf({ attributes }: any, name: string): string | undefined;
/** Who called whom. @param {any} task */
export function endsOf(task: any): {
    from: string | undefined;
    to: string | undefined;
};
/** @param {unknown} date  Flex has Date objects @param {import('./clock.js').Clock} clock  for what Flex gives no time of */
export function timeOf(date: unknown, clock: import("./clock.js").Clock): string;
/** Twilio's number on a reservation that was canceled: busy, no permission, … @param {any} task @returns {number | undefined} */
export function canceledCodeOf(task: any): number | undefined;
