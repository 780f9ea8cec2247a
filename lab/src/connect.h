/* How a shim gets its connection to the agent.
 *
 * The emulated network listens on the host with room for two connections that it has not yet
 * accepted. More, when many commands come at once or the guest stands still for a moment, and
 * the host's kernel drops some: they come through seconds or minutes later, or are reset. So the
 * shims of a guest queue up for a lock, and its holder connects and waits for the agent's hello.
 */
#ifndef LAB_CONNECT_H
#define LAB_CONNECT_H

#include <stdbool.h>

/* A connection on which the agent has said hello. "slow" keeps the receive buffer small.
 * Fails by exit. */
int connect_to_agent(const char *dir, bool zpool, bool slow);

#endif
