/* A request as the agent has parsed it. */
#ifndef LAB_REQUEST_H
#define LAB_REQUEST_H

#include "buffer.h"

#include <stdbool.h>

struct request {
    char *text;      /* holds all strings below */
    char **strings;  /* holds all arrays below */
    const char *id;
    bool forward_stdin;
    uid_t uid;
    const char *directory;
    char **orphans;
    size_t orphan_count;
    char **environment; /* ends with NULL */
    char **arguments;   /* ends with NULL */
    size_t argument_count;
};

/* Reads the request frame; what follows it stays in the buffer. False: the shim went away or
 * sent nonsense (which is logged). */
bool request_receive(struct request *r, int socket, struct buffer *incoming);
void request_free(struct request *r);

#endif
