/** Where the fields of a record batch are, in bytes (KIP-98, the format's second version; Kafka's documentation, "Record Batch"). */
export const LENGTH_AT = 8
export const MAGIC_AT = 16
export const CRC_AT = 17
export const ATTRIBUTES_AT = 21
export const LAST_OFFSET_AT = 23
export const FIRST_TIME_AT = 27
export const MAX_TIME_AT = 35
export const PRODUCER_AT = 43
export const COUNT_AT = 57
export const RECORDS_AT = 61
/** What the length counts from. */
export const AFTER_LENGTH = 12

/** The format's number. */
export const MAGIC = 2
