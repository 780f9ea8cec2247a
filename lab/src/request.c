#include "request.h"
#include "protocol.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every command gets these, before what the shim passes on. */
static char *const base_environment[] = {
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
};
enum { BASE_ENVIRONMENT = sizeof base_environment / sizeof *base_environment };

static bool receive_at_least(struct buffer *b, size_t wanted, int socket) {
    while (b->length < wanted) {
        struct pollfd readable = {socket, POLLIN, 0};
        poll(&readable, 1, -1);
        ssize_t got = buffer_receive(b, socket, CHUNK);
        if (got == RECEIVE_END || got == RECEIVE_FAILED) {
            return false;
        }
    }
    return true;
}

struct reader {
    char **next, **end;
};

static char *take(struct reader *in) {
    return in->next < in->end ? *in->next++ : NULL;
}

static bool take_count(struct reader *in, size_t *count) {
    const char *text = take(in);
    if (!text) {
        return false;
    }
    *count = strtoul(text, NULL, 10);
    return *count <= (size_t)(in->end - in->next);
}

/* Splits the payload at its NULs. The array has room for the base environment and for the NULL
 * behind each of the two lists that need one. */
static bool split(struct request *r, const unsigned char *payload, size_t size, size_t *count) {
    if (size < 5 || payload[size - 1] != '\0') {
        return false;
    }
    *count = decode_number(payload);
    size -= 4;
    if (*count > size) {
        return false;
    }
    r->text = malloc(size);
    r->strings = calloc(*count + 1, sizeof *r->strings);
    if (!r->text || !r->strings) {
        return false;
    }
    memcpy(r->text, payload + 4, size);
    char *cursor = r->text, *end = r->text + size;
    for (size_t i = 0; i < *count; i++) {
        if (cursor >= end) {
            return false;
        }
        r->strings[i] = cursor;
        cursor += strlen(cursor) + 1;
    }
    return cursor == end;
}

static bool build_environment(struct request *r, char **given, size_t count) {
    r->environment = calloc(BASE_ENVIRONMENT + count + 1, sizeof *r->environment);
    if (!r->environment) {
        return false;
    }
    memcpy(r->environment, base_environment, sizeof base_environment);
    memcpy(r->environment + BASE_ENVIRONMENT, given, count * sizeof *given);
    return true;
}

static bool parse(struct request *r, const unsigned char *payload, size_t size) {
    size_t count, environment_count;
    if (!split(r, payload, size, &count)) {
        return false;
    }
    struct reader in = {r->strings, r->strings + count};
    const char *id = take(&in), *stdin_flag = take(&in), *uid = take(&in);
    const char *directory = take(&in);
    if (!directory || strchr(id, '/')) {
        return false;
    }
    r->id = id;
    r->forward_stdin = *stdin_flag == '1';
    r->uid = (uid_t)strtoul(uid, NULL, 10);
    r->directory = directory;
    if (!take_count(&in, &r->orphan_count)) {
        return false;
    }
    r->orphans = in.next;
    in.next += r->orphan_count;
    if (!take_count(&in, &environment_count) ||
        !build_environment(r, in.next, environment_count)) {
        return false;
    }
    in.next += environment_count;
    r->arguments = in.next; /* calloc() has put the closing NULL behind the last string */
    r->argument_count = (size_t)(in.end - in.next);
    return r->argument_count > 0;
}

bool request_receive(struct request *r, int socket, struct buffer *incoming) {
    if (!receive_at_least(incoming, FRAME_HEADER, socket)) {
        fputs("lab agent: a shim went away before its request\n", stderr);
        return false;
    }
    unsigned char type = buffer_data(incoming)[0];
    size_t size = decode_number(buffer_data(incoming) + 1);
    if (type != FRAME_REQUEST || size > MAX_REQUEST) {
        fprintf(stderr, "lab agent: not a request (type %d, %zu bytes)\n", type, size);
        return false;
    }
    if (!receive_at_least(incoming, FRAME_HEADER + size, socket)) {
        fputs("lab agent: a shim went away amid its request\n", stderr);
        return false;
    }
    bool good = parse(r, buffer_data(incoming) + FRAME_HEADER, size);
    if (!good) {
        fputs("lab agent: damaged request refused\n", stderr);
    }
    buffer_consume(incoming, FRAME_HEADER + size);
    return good;
}

void request_free(struct request *r) {
    free(r->text);
    free(r->strings);
    free(r->environment);
}
