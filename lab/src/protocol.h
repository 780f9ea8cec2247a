/* What the shim on the host and the agent in the guest say to each other.
 *
 * Every command has a TCP connection of its own. Both sides send frames: one byte type, four
 * bytes big-endian payload length, payload.
 *
 * The agent speaks first: FRAME_HELLO. Only then does the shim send its request, so a connection
 * that is lost before (see connect.h) can be made again without running anything twice.
 *
 * The request's payload: number of strings, then each string with its NUL, in this order:
 *   the command's id; "1" or "0" (forward stdin?); uid; working directory;
 *   number of orphans, their ids; number of environment strings, these; then argv to the end.
 * The leading number lets the agent refuse a damaged request instead of running half of it.
 *
 * Stdin travels by credit: the shim may send only as many bytes as the agent has offered. So
 * the agent never has to stop reading its socket, and sees a signal or the shim's death at once
 * even when the command does not read its input.
 */
#ifndef LAB_PROTOCOL_H
#define LAB_PROTOCOL_H

enum frame_type {
    /* host to guest */
    FRAME_REQUEST = 'R',
    FRAME_STDIN = '0',
    FRAME_STDIN_END = 'E',
    FRAME_SIGNAL = 'S',        /* payload: signal number, 1 byte */
    FRAME_STDOUT_REFUSED = 'C', /* the reader of the shim's stdout is gone */
    FRAME_STDERR_REFUSED = 'c',
    /* guest to host */
    FRAME_HELLO = 'H',
    FRAME_STARTING = 'G',      /* all orphans named in the request have ended */
    FRAME_STDOUT = '1',
    FRAME_STDERR = '2',
    FRAME_CREDIT = 'W',        /* payload: bytes of stdin the shim may send in addition */
    FRAME_STDIN_REFUSED = 'I', /* the command has closed its stdin */
    FRAME_EXIT = 'X',          /* payload: 0 and the exit status, or 1 and the signal */
};

enum {
    FRAME_HEADER = 5,
    CHUNK = 128 * 1024,         /* most bytes moved in one step */
    STDIN_WINDOW = 1024 * 1024, /* stdin bytes in flight */
    MAX_REQUEST = 256 * 1024 * 1024,
    GENERAL_PORT = 7001,        /* in the guest: zfs and every other command */
    ZPOOL_PORT = 7002,          /* in the guest: zpool, which has a zygote of its own */
    EXIT_BRIDGE_FAILED = 125,   /* shim's status when the fault is the bridge's */
};

#endif
