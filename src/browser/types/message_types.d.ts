/**
 * Class session · sent by client
 */
export type Hello = {
    /**
     * what the client asks to be
     */
    role: "flex" | "crm";
    /**
     * oldest version the client speaks · 1 to 2⁵³−1
     */
    protocolMin: number;
    /**
     * newest version the client speaks · 1 to 2⁵³−1
     */
    protocolMax: number;
    /**
     * the agent this endpoint belongs to · 1 to 128 bytes
     */
    agent: string;
    /**
     * random per page load or process, never stored · 1 to 128 bytes
     */
    instance: string;
    /**
     * proof for the authorize step
     */
    token?: string | undefined;
    /**
     * beyond version 1 · 1 to 64 bytes
     */
    capabilities?: string[] | undefined;
    /**
     * the session to go on with
     */
    resume?: ResumeOffer | undefined;
    /**
     * true only by a user's act: wins over a newer instance
     */
    takeover?: boolean | undefined;
};
/**
 * Class session · sent by both
 */
export type Bye = {
    /**
     * why
     */
    reason: "logout" | "replaced" | "shutdown";
    /**
     * come back no sooner, ms · 0 to 2⁵³−1
     */
    retryAfterMs?: number | undefined;
};
/**
 * Class state · sent by flex · slot agent
 */
export type AgentChanged = {
    /**
     * can the agent take work
     */
    availability: "available" | "busy" | "offline";
    /**
     * is a Flex endpoint connected for the agent
     */
    connected?: boolean | undefined;
    /**
     * TaskRouter activity
     */
    activityName?: string | undefined;
    /**
     * its SID · `WA…`
     */
    activitySid?: string | undefined;
    /**
     * the worker's friendly name
     */
    name?: string | undefined;
    /**
     * how Flex is set up for outgoing calls
     */
    outbound?: OutboundSettings | undefined;
};
/**
 * Class state · sent by flex · slot selection
 */
export type TaskSelected = {
    /**
     * the task's attributes, verbatim
     */
    attributes: Record<string, any>;
    /**
     * what reports name · `WT…`
     */
    taskSid?: string | undefined;
    /**
     * what Flex's actions take; may be "new" · `WR…` or `new`
     */
    reservationSid?: string | undefined;
    /**
     * the task's channel
     */
    channel?: "email" | (string & {}) | "voice" | "sms" | "web" | "whatsapp" | "chat" | "messenger" | "gbm" | undefined;
    /**
     * who began the contact
     */
    direction?: (string & {}) | "inbound" | "outbound" | undefined;
    /**
     * where the task is in its life
     */
    status?: "completed" | "canceled" | "timeout" | "rejected" | (string & {}) | "offered" | "accepted" | "wrapup" | "rescinded" | undefined;
    /**
     * TaskQueue's friendly name
     */
    queueName?: string | undefined;
    /**
     * why it became the selected one
     */
    cause?: "auto" | (string & {}) | "agent" | "resync" | undefined;
    /**
     * what Flex knows of the person
     */
    customer?: TaskCustomer | undefined;
};
/**
 * Class state · sent by flex · slot selection
 */
export type TaskDeselected = {
    /**
     * the task that was selected · `WT…`
     */
    taskSid?: string | undefined;
    /**
     * its reservation; may be "new" · `WR…` or `new`
     */
    reservationSid?: string | undefined;
};
/**
 * Class event · sent by flex
 */
export type TaskChanged = {
    /**
     * the task · `WT…`
     */
    taskSid: string;
    /**
     * its reservation; may be "new" · `WR…` or `new`
     */
    reservationSid?: string | undefined;
    /**
     * the state it is in now
     */
    status: "offered" | "accepted" | "wrapup" | "completed" | "canceled" | "rejected" | "timeout" | "rescinded" | (string & {});
    /**
     * when it got there
     */
    at: string;
    /**
     * why, in Flex's or TaskRouter's words
     */
    reason?: string | undefined;
    /**
     * Twilio's own code · 0 to 2⁵³−1
     */
    reasonCode?: number | undefined;
    /**
     * the task's channel
     */
    channel?: "email" | (string & {}) | "voice" | "sms" | "web" | "whatsapp" | "chat" | "messenger" | "gbm" | undefined;
    /**
     * the task's attributes, verbatim
     */
    attributes?: Record<string, any> | undefined;
    /**
     * told before, in a session that was lost
     */
    repeated?: boolean | undefined;
};
/**
 * Class event · sent by flex
 */
export type CallChanged = {
    /**
     * the call's task · `WT…`
     */
    taskSid: string;
    /**
     * the state it is in now
     */
    state: "dialing" | "ringing" | "connected" | "held" | "ended" | (string & {});
    /**
     * when it got there
     */
    at: string;
    /**
     * the call · `CA…`
     */
    callSid?: string | undefined;
    /**
     * the click that began it · 1 to 128 bytes
     */
    dialId?: string | undefined;
    /**
     * is the agent's microphone off
     */
    muted?: boolean | undefined;
    /**
     * who began
     */
    direction?: (string & {}) | "inbound" | "outbound" | undefined;
    /**
     * caller, as Flex shows it
     */
    from?: string | undefined;
    /**
     * called, as Flex shows it
     */
    to?: string | undefined;
    /**
     * why it ended: an error name
     */
    cause?: string | undefined;
    /**
     * Twilio's own code · 0 to 2⁵³−1
     */
    causeCode?: number | undefined;
    /**
     * talking time, s · 0 to 2⁵³−1
     */
    durationSeconds?: number | undefined;
    /**
     * told before, in a session that was lost
     */
    repeated?: boolean | undefined;
};
/**
 * Class state · sent by flex · slot snapshot
 */
export type Snapshot = {
    /**
     * the agent's state
     */
    agent: AgentChanged;
    /**
     * open tasks, each with its newest state
     */
    tasks?: TaskChanged[] | undefined;
    /**
     * the selected task, or null
     */
    selected?: TaskSelected | null | undefined;
    /**
     * live calls, each with its newest state
     */
    calls?: CallChanged[] | undefined;
    /**
     * true: something before this may have been lost
     */
    reset: boolean;
};
/**
 * Class command · sent by crm
 */
export type DialRequest = {
    /**
     * whom to call
     */
    destination: string;
    /**
     * made once per click · 1 to 128 bytes
     */
    dialId: string;
    /**
     * how long after the click the call may still start, ms · 1000 to 60000
     */
    lifetimeMs: number;
    /**
     * whom the callee sees
     */
    callerId?: string | undefined;
    /**
     * TaskQueue of the outbound task · `WQ…`
     */
    queueSid?: string | undefined;
    /**
     * attributes of the outbound task · not `direction`, `from`, `outbound_to`
     */
    taskAttributes?: Record<string, any> | undefined;
    /**
     * the record that was clicked
     */
    customer?: DialCustomer | undefined;
};
/**
 * Class query · sent by flex
 */
export type DialClaimRequest = {
    /**
     * the dial that is about to start · 1 to 128 bytes
     */
    dialId: string;
};
/**
 * Class command · sent by crm
 * At least one of `reservationSid`, `taskSid`.
 */
export type TaskControlRequest = {
    /**
     * what Flex's actions take · `WR…` or `new`
     */
    reservationSid?: string | undefined;
    /**
     * the task · `WT…`
     */
    taskSid?: string | undefined;
    /**
     * what to do
     */
    action: "accept" | "reject" | "select" | "wrapup" | "complete";
    /**
     * for reports
     */
    reason?: string | undefined;
    /**
     * how long it may still take effect, ms · 1000 to 60000
     */
    lifetimeMs: number;
};
/**
 * Class command · sent by crm
 * Exactly one of `availability`, `activityName`, `activitySid`.
 */
export type SetAgentRequest = {
    /**
     * any activity that is so
     */
    availability?: "offline" | "available" | "busy" | undefined;
    /**
     * TaskRouter activity by name · not empty
     */
    activityName?: string | undefined;
    /**
     * by SID · `WA…`
     */
    activitySid?: string | undefined;
    /**
     * how long it may still take effect, ms · 1000 to 60000
     */
    lifetimeMs: number;
};
/**
 * Class command · sent by crm
 */
export type CallControlRequest = {
    /**
     * the call's task · `WT…`
     */
    taskSid: string;
    /**
     * what to do
     */
    action: "hold" | "unhold" | "mute" | "unmute" | "hangup" | "dtmf" | "transfer";
    /**
     * dtmf: the tones to send · 1 to 32 of `0-9 * # A-D w`
     */
    digits?: string | undefined;
    /**
     * transfer: a worker or a queue · `WK…` or `WQ…`
     */
    targetSid?: string | undefined;
    /**
     * transfer: how; default cold
     */
    mode?: "cold" | "warm" | undefined;
    /**
     * how long it may still take effect, ms · 1000 to 60000
     */
    lifetimeMs: number;
};
/**
 * Class query · sent by flex
 * Exactly one of `phone`, `email`, `id`, `text`.
 */
export type ContactLookupRequest = {
    /**
     * as Flex shows it · not empty
     */
    phone?: string | undefined;
    /**
     * e-mail address · not empty
     */
    email?: string | undefined;
    /**
     * the CRM's own id · not empty
     */
    id?: string | undefined;
    /**
     * what the agent typed · not empty
     */
    text?: string | undefined;
    /**
     * most matches; default 10 · 1 to 100
     */
    limit?: number | undefined;
};
/**
 * Class command · sent by flex
 */
export type OpenRecordRequest = {
    /**
     * which
     */
    record: RecordReference;
    /**
     * the task it is about · `WT…`
     */
    taskSid?: string | undefined;
    /**
     * how long it may still take effect, ms · 1000 to 60000
     */
    lifetimeMs: number;
};
/**
 * Class command · sent by flex
 */
export type LogActivityRequest = {
    /**
     * the task · `WT…`
     */
    taskSid: string;
    /**
     * 1, 2, … per task · 1 to 2⁵³−1
     */
    revision: number;
    /**
     * the task's channel
     */
    channel?: "email" | (string & {}) | "voice" | "sms" | "web" | "whatsapp" | "chat" | "messenger" | "gbm" | undefined;
    /**
     * who began
     */
    direction?: (string & {}) | "inbound" | "outbound" | undefined;
    /**
     * caller, as Flex shows it
     */
    from?: string | undefined;
    /**
     * called, as Flex shows it
     */
    to?: string | undefined;
    /**
     * when it began
     */
    startedAt?: string | undefined;
    /**
     * when it ended
     */
    endedAt?: string | undefined;
    /**
     * the agent's verdict
     */
    disposition?: string | undefined;
    /**
     * what the agent wrote
     */
    notes?: string | undefined;
    /**
     * who it was
     */
    customer?: TaskCustomer | undefined;
    /**
     * how long it may still take effect, ms · 1000 to 60000
     */
    lifetimeMs: number;
};
export type HelloResult = {
    /**
     * random, a new one for each session · 1 to 128 bytes
     */
    session: string;
    /**
     * the version both sides speak · 1 to 2⁵³−1
     */
    protocol: number;
    /**
     * beyond version 1 · 1 to 64 bytes
     */
    capabilities?: string[] | undefined;
    /**
     * true: the old session goes on
     */
    resumed: boolean;
    /**
     * either side closes after this long without a frame, ms · 1000 to 2⁵³−1
     */
    idleMs: number;
    /**
     * bounds on frames to the server
     */
    limits: WireLimits;
};
export type DialResult = {
    /**
     * as dialled
     */
    destination: string;
    /**
     * the outbound task · `WT…`
     */
    taskSid?: string | undefined;
    /**
     * its reservation · `WR…` or `new`
     */
    reservationSid?: string | undefined;
};
export type DialClaimResult = {
    /**
     * true once, while the dial is open and young enough
     */
    granted: boolean;
};
export type ContactLookupResult = {
    /**
     * best first
     */
    matches?: ContactMatch[] | undefined;
    /**
     * there are more than the limit
     */
    truncated?: boolean | undefined;
};
export type ContactMatch = {
    /**
     * the CRM's own id · not empty
     */
    id: string;
    /**
     * as the CRM shows it
     */
    name: string;
    /**
     * E.164 or as stored
     */
    phones?: string[] | undefined;
    /**
     * the record's page, of the CRM's own origin
     */
    url?: string | undefined;
};
export type DialCustomer = {
    /**
     * the CRM's own id · not empty
     */
    id: string;
    /**
     * kind of record, e.g. contact
     */
    type?: string | undefined;
};
export type OutboundSettings = {
    /**
     * is the dialpad switched on
     */
    enabled: boolean;
    /**
     * the dialpad's default country, ISO 3166-1 alpha-2 · 2 to 2 bytes
     */
    location?: string | undefined;
    /**
     * whom the called person sees · 1 to 255 bytes
     */
    callerId?: string | undefined;
    /**
     * TaskQueue of the outbound task · `WQ…`
     */
    queueSid?: string | undefined;
    /**
     * Workflow of the outbound task · `WW…`
     */
    workflowSid?: string | undefined;
};
export type RecordReference = {
    /**
     * the CRM's own id · not empty
     */
    id: string;
    /**
     * kind of record, e.g. case
     */
    type?: string | undefined;
};
export type ResumeOffer = {
    /**
     * the session to go on with · 1 to 128 bytes
     */
    session: string;
};
export type TaskCustomer = {
    /**
     * the CRM's own id
     */
    id?: string | undefined;
    /**
     * as Flex shows it
     */
    phone?: string | undefined;
    /**
     * e-mail address
     */
    email?: string | undefined;
    /**
     * name as Flex shows it
     */
    name?: string | undefined;
};
export type WireLimits = {
    /**
     * longest frame, bytes · 1024 to 2⁵³−1
     */
    frameBytes: number;
    /**
     * deepest nesting · 4 to 1024
     */
    depth: number;
    /**
     * most members in a frame · 64 to 2⁵³−1
     */
    members: number;
    /**
     * longest string in a typed field, bytes of UTF-8 · 256 to 2⁵³−1
     */
    textBytes: number;
};
/**
 * The fields of each message.
 */
export type Messages = {
    Hello: Hello;
    Ping: Record<string, never>;
    Bye: Bye;
    Void: Record<string, never>;
    AgentChanged: AgentChanged;
    TaskSelected: TaskSelected;
    TaskDeselected: TaskDeselected;
    TaskChanged: TaskChanged;
    CallChanged: CallChanged;
    Snapshot: Snapshot;
    DialRequest: DialRequest;
    DialClaimRequest: DialClaimRequest;
    TaskControlRequest: TaskControlRequest;
    SetAgentRequest: SetAgentRequest;
    CallControlRequest: CallControlRequest;
    ContactLookupRequest: ContactLookupRequest;
    OpenRecordRequest: OpenRecordRequest;
    LogActivityRequest: LogActivityRequest;
};
/**
 * What each message is answered with.
 */
export type Results = {
    Hello: HelloResult;
    Ping: null;
    Bye: null;
    Void: null;
    AgentChanged: null;
    TaskSelected: null;
    TaskDeselected: null;
    TaskChanged: null;
    CallChanged: null;
    Snapshot: null;
    DialRequest: DialResult;
    DialClaimRequest: DialClaimResult;
    TaskControlRequest: null;
    SetAgentRequest: null;
    CallControlRequest: null;
    ContactLookupRequest: ContactLookupResult;
    OpenRecordRequest: null;
    LogActivityRequest: null;
};
export type MessageName = keyof Messages;
/**
 * Reasons of errors that travel.
 */
export type WireReason = "syntax" | "too_large" | "too_deep" | "invalid_request" | "not_an_object" | "batch_not_supported" | "wrong_version" | "invalid_id" | "missing_method" | "too_many_members" | "not_a_bare_message" | "unknown_method" | "invalid_params" | "duplicate_key" | "number_not_finite" | "missing_member" | "wrong_type" | "too_short" | "too_long" | "out_of_range" | "not_an_integer" | "unknown_value" | "invalid_sid" | "invalid_destination" | "destination_kind_disabled" | "invalid_digits" | "invalid_time" | "not_exactly_one" | "reserved_attribute" | "unauthorized" | "wrong_role" | "protocol_version" | "rate_limited" | "agent_limit" | "tenant_limit" | "budget_used" | "agent_offline" | "agent_busy" | "expired" | "session_lost" | "destination_refused" | "destination_not_allowed" | "region_not_allowed" | "premium_number" | "shared_cost_number" | "satellite_number" | "short_number" | "emergency_number" | "number_not_valid" | "caller_id_not_allowed" | "queue_not_allowed" | "quiet_hours" | "do_not_call" | "outbound_disabled" | "misconfigured" | "no_audio" | "inbound_pending" | "failed" | "handler_timeout" | "internal_error";
