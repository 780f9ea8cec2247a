#include "buffer.h"
#include "protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

unsigned char *buffer_data(const struct buffer *b) {
    return b->storage + b->head;
}

/* Makes room for count bytes behind the live ones and returns where they go. */
static unsigned char *reserve(struct buffer *b, size_t count) {
    if (b->head + b->length + count > b->capacity && b->head > 0) {
        memmove(b->storage, b->storage + b->head, b->length);
        b->head = 0;
    }
    if (b->length + count > b->capacity) {
        size_t capacity = (b->length + count) * 2;
        unsigned char *grown = realloc(b->storage, capacity);
        if (!grown) {
            fputs("lab bridge: out of memory\n", stderr);
            _exit(EXIT_BRIDGE_FAILED);
        }
        b->storage = grown;
        b->capacity = capacity;
    }
    return b->storage + b->head + b->length;
}

void buffer_append(struct buffer *b, const void *bytes, size_t count) {
    if (count == 0) {
        return;
    }
    memcpy(reserve(b, count), bytes, count);
    b->length += count;
}

void buffer_append_string(struct buffer *b, const char *string) {
    buffer_append(b, string, strlen(string) + 1);
}

void buffer_append_number(struct buffer *b, uint32_t value) {
    unsigned char bytes[4];
    encode_number(bytes, value);
    buffer_append(b, bytes, sizeof bytes);
}

void buffer_consume(struct buffer *b, size_t count) {
    b->head += count;
    b->length -= count;
    if (b->length == 0) {
        b->head = 0;
    }
}

void buffer_clear(struct buffer *b) {
    b->head = b->length = 0;
}

void buffer_free(struct buffer *b) {
    free(b->storage);
    memset(b, 0, sizeof *b);
}

int buffer_send(struct buffer *b, int socket) {
    while (b->length > 0) {
        ssize_t sent = send(socket, buffer_data(b), b->length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            buffer_consume(b, (size_t)sent);
        } else if (errno == EAGAIN) {
            return 1;
        } else if (errno != EINTR) {
            return 0;
        }
    }
    return 1;
}

ssize_t buffer_receive(struct buffer *b, int socket, size_t limit) {
    ssize_t got = recv(socket, reserve(b, limit), limit, MSG_DONTWAIT);
    if (got > 0) {
        b->length += (size_t)got;
        return got;
    }
    if (got == 0) {
        return RECEIVE_END;
    }
    return errno == EAGAIN || errno == EINTR ? RECEIVE_NOTHING_YET : RECEIVE_FAILED;
}

void buffer_append_frame(struct buffer *b, char type, const void *payload, size_t count) {
    unsigned char header[FRAME_HEADER];
    header[0] = (unsigned char)type;
    encode_number(header + 1, (uint32_t)count);
    buffer_append(b, header, sizeof header);
    buffer_append(b, payload, count);
}

ssize_t buffer_read_frame(struct buffer *b, char type, int fd, size_t limit) {
    unsigned char *frame = reserve(b, FRAME_HEADER + limit);
    ssize_t got = read(fd, frame + FRAME_HEADER, limit);
    if (got > 0) {
        frame[0] = (unsigned char)type;
        encode_number(frame + 1, (uint32_t)got);
        b->length += FRAME_HEADER + (size_t)got;
    }
    return got;
}

uint32_t decode_number(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void encode_number(unsigned char *p, uint32_t value) {
    p[0] = (unsigned char)(value >> 24);
    p[1] = (unsigned char)(value >> 16);
    p[2] = (unsigned char)(value >> 8);
    p[3] = (unsigned char)value;
}
