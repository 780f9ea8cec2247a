/* Which commands run in the guest, known to all workers of all zygotes.
 *
 * A killed shim cannot say goodbye, and its connection's end takes a moment to arrive. But the
 * next shim can tell on the host that its predecessor is dead, and names it in its request. The
 * agent then makes sure that the dead shim's command has ended, or will never begin, before it
 * starts the new one. Two files per id in a tmpfs do that:
 *
 *   live/ID  exists while the command may be running; holds its process group
 *   dead/ID  exists once somebody has found the shim of ID dead
 *
 * A worker creates live/ID and then looks for dead/ID; whoever waits creates dead/ID and then
 * looks for live/ID. Whatever the order, at least one of them sees the other.
 */
#ifndef LAB_REGISTRY_H
#define LAB_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* False: the shim is known to be dead, the command must not start. */
bool registry_enter(const char *id);
void registry_set_group(const char *id, pid_t group);
bool registry_is_cancelled(const char *id);
void registry_leave(const char *id);

/* Kills the commands of dead shims and waits until they are gone. After some seconds it writes
 * a line to the guest's log and gives up, so that a hung kernel does not hang every test. */
void registry_await_end(char *const *ids, size_t count);

#endif
