/** Version of Redis-Lite. */
export const VERSION = "0.1.0";

/** Version of Redis whose replies are given. */
export const REDIS_VERSION = "7.0.15";
