#define _GNU_SOURCE
#include "connect.h"
#include "protocol.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HELLO_SECONDS = 60,
    ATTEMPTS = 100,
    PAUSE_MICROSECONDS = 100 * 1000,
    /* A slowed stream must be slow in the guest as well, not pile up in the host's socket. */
    SLOW_RECEIVE_BUFFER = 64 * 1024,
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "lab shim: %s: %s\n", what, strerror(errno));
    exit(EXIT_BRIDGE_FAILED);
}

static int read_port(const char *dir, bool zpool) {
    char path[PATH_MAX + 16];
    int general = 0, for_zpool = 0;
    snprintf(path, sizeof path, "%s/port", dir);
    FILE *file = fopen(path, "re");
    if (!file || fscanf(file, "%d %d", &general, &for_zpool) != 2) {
        fprintf(stderr, "lab shim: no guest is running in %s\n", dir);
        exit(EXIT_BRIDGE_FAILED);
    }
    fclose(file);
    return zpool ? for_zpool : general;
}

static int connect_to(int port, bool slow) {
    int on = 1, small = SLOW_RECEIVE_BUFFER, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (slow) { /* only takes effect before the connection is made */
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    }
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("cannot reach the guest (is it running?)");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* False: the connection was lost first. The agent says nothing more until it has a request. */
static bool hear_hello(int socket) {
    unsigned char frame[FRAME_HEADER];
    struct pollfd readable = {socket, POLLIN, 0};
    if (poll(&readable, 1, HELLO_SECONDS * 1000) == 0) {
        errno = ETIMEDOUT;
        fail("the guest does not answer");
    }
    ssize_t got = recv(socket, frame, sizeof frame, MSG_WAITALL);
    return got == (ssize_t)sizeof frame && frame[0] == FRAME_HELLO;
}

/* One lock for each way into the guest. The kernel drops it if we are killed. */
static int queue_up(const char *dir, bool zpool) {
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/connect-%s", dir, zpool ? "zpool" : "general");
    int lock = open(path, O_RDONLY | O_CLOEXEC);
    if (lock < 0) {
        fail(path);
    }
    while (flock(lock, LOCK_EX) != 0) {
        if (errno != EINTR) {
            fail(path);
        }
    }
    return lock;
}

int connect_to_agent(const char *dir, bool zpool, bool slow) {
    int port = read_port(dir, zpool);
    int lock = queue_up(dir, zpool);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int fd = connect_to(port, slow);
        if (hear_hello(fd)) {
            close(lock);
            return fd;
        }
        close(fd);
        usleep(PAUSE_MICROSECONDS);
    }
    errno = ECONNRESET;
    fail("the guest does not keep a connection");
}
