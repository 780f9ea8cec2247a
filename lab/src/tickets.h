/* How a shim knows which other shims of its guest were killed.
 *
 * Every running shim holds a file in DIR/live, its ticket, under an exclusive lock, and removes
 * it when its command has ended. The kernel drops the lock of a killed shim before anybody can
 * learn of its death by wait(). So a ticket without a lock is one whose shim died, and whose
 * command may still be running in the guest: an orphan.
 */
#ifndef LAB_TICKETS_H
#define LAB_TICKETS_H

#include "buffer.h"

struct tickets {
    int folder;            /* DIR/live */
    int own;               /* the locked file */
    char id[64];
    struct buffer orphans; /* names, each with its NUL */
    size_t orphan_count;
};

/* Draws a ticket of our own, then lists the orphans. Fails by exit. */
void tickets_draw(struct tickets *t, const char *dir);
/* The guest has confirmed that the orphans listed are gone. */
void tickets_forget_orphans(struct tickets *t);
void tickets_return(struct tickets *t);

#endif
