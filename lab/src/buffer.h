/* A byte queue: appended at the tail, consumed at the head. */
#ifndef LAB_BUFFER_H
#define LAB_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buffer {
    unsigned char *storage;
    size_t head;     /* offset of the first live byte */
    size_t length;   /* number of live bytes */
    size_t capacity;
};

/* What buffer_receive() found, besides a positive number of bytes. */
enum { RECEIVE_END = 0, RECEIVE_FAILED = -1, RECEIVE_NOTHING_YET = -2 };

unsigned char *buffer_data(const struct buffer *b);
void buffer_append(struct buffer *b, const void *bytes, size_t count);
void buffer_append_string(struct buffer *b, const char *string); /* with its NUL */
void buffer_append_number(struct buffer *b, uint32_t value);     /* 4 bytes, big endian */
void buffer_consume(struct buffer *b, size_t count);
void buffer_clear(struct buffer *b);
void buffer_free(struct buffer *b);

/* Sends what the socket takes without blocking. False: the peer is gone. */
int buffer_send(struct buffer *b, int socket);
/* Appends what the socket has, without blocking: a count or one of RECEIVE_*. */
ssize_t buffer_receive(struct buffer *b, int socket, size_t limit);

/* Appends a whole frame (protocol.h). */
void buffer_append_frame(struct buffer *b, char type, const void *payload, size_t count);
/* Reads from a descriptor straight into a new frame; nothing is appended unless read() gave
 * bytes. Returns what read() returned. */
ssize_t buffer_read_frame(struct buffer *b, char type, int fd, size_t limit);

uint32_t decode_number(const unsigned char *bytes);
void encode_number(unsigned char *bytes, uint32_t value);

#endif
